#include "tidbxx/schema/table_definition.hpp"

#include "schema/embedded_column.hpp"
#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/vector.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

namespace tidb {

namespace {

bool is_integer(type_kind kind) {
  return kind == type_kind::tinyint || kind == type_kind::smallint || kind == type_kind::integer ||
         kind == type_kind::bigint;
}

[[noreturn]] void refuse(const table_definition& table, const std::string& why) {
  throw_usage("the table \"" + table.name + "\" cannot be made: " + why);
}

[[noreturn]] void refuse(const table_definition& table, const column_definition& column, const std::string& why) {
  refuse(table, "the column \"" + column.name + "\" is a " + to_string(column.type) + ": " + why);
}

/// What the type's length counts, and the most of it; nothing for types without one.
struct length_limit {
  std::uint32_t most{};
  std::string what{};
};

length_limit length_limit_of(type_kind kind) {
  switch (kind) {
  case type_kind::varchar: return {16383, "its length is between 1 and 16383 characters"};
  case type_kind::char_: return {255, "its length is between 1 and 255 characters"};
  case type_kind::varbinary: return {65535, "its length is between 1 and 65535 bytes"};
  case type_kind::binary: return {255, "its length is between 1 and 255 bytes"};
  case type_kind::bit: return {64, "it has between 1 and 64 bits"};
  case type_kind::decimal: return {max_decimal_digits, "it has between 1 and 65 digits"};
  default: return {};
  }
}

void check_labels(const table_definition& table, const column_definition& column) {
  const bool is_set = column.type.kind == type_kind::set;
  const auto& labels = column.labels;
  if (labels.empty()) refuse(table, column, "it needs labels");
  if (is_set && labels.size() > 64) refuse(table, column, "it has at most 64 labels");
  for (const auto& label : labels) {
    if (label.empty() || label.ends_with(' ')) refuse(table, column, "a label is empty or ends with a blank");
    if (is_set && label.find(',') != std::string::npos)
      refuse(table, column, "the label \"" + label + "\" has a comma, which divides labels");
    if (std::ranges::count(labels, label) > 1) refuse(table, column, "the label \"" + label + "\" is there twice");
  }
}

void check_column(const table_definition& table, const column_definition& column) {
  const auto& type = column.type;
  if (const auto limit = length_limit_of(type.kind); limit.most != 0 && (type.length < 1 || type.length > limit.most))
    refuse(table, column, limit.what);
  if (type.kind == type_kind::decimal && (type.scale > max_decimal_scale || type.scale > type.length))
    refuse(table, column, "at most 30 of its digits, and not more than it has, are behind the point");
  if ((type.kind == type_kind::datetime || type.kind == type_kind::timestamp || type.kind == type_kind::time) &&
      type.scale > 6)
    refuse(table, column, "its seconds have at most 6 digits of fraction");
  if (type.kind == type_kind::vector && type.length > max_dimensions)
    refuse(table, "the column \"" + column.name + "\" has more than 16383 dimensions");
  if (type.kind == type_kind::enumeration || type.kind == type_kind::set) check_labels(table, column);
  if (column.auto_increment && !is_integer(type.kind))
    refuse(table, "the column \"" + column.name + "\" counts by itself, but is no integer");
}

void check(const table_definition& table) {
  if (table.columns.empty()) refuse(table, "it has no columns");
  for (auto column = table.columns.begin(); column != table.columns.end(); ++column) {
    check_column(table, *column);
    if (std::any_of(std::next(column), table.columns.end(),
                    [&](const auto& other) { return other.name == column->name; }))
      refuse(table, "two columns are named \"" + column->name + "\"");
  }
  for (const auto& key : table.primary_key)
    if (std::ranges::none_of(table.columns, [&](const auto& column) { return column.name == key; }))
      refuse(table, "its primary key names \"" + key + "\", which is no column");
  if (std::ranges::count_if(table.columns, [](const auto& column) { return column.auto_increment; }) > 1)
    refuse(table, "only one column can count by itself");
}

/// SQLite finds a row fastest by a sole key of type INTEGER: it is the row's own number.
bool is_row_number(const table_definition& table, const column_definition& column) {
  return table.primary_key.size() == 1 && table.primary_key.front() == column.name && is_integer(column.type.kind);
}

/// It holds a column's name and more, and SQLite's names may be of any length.
std::string constraint_name(const std::string& tag) {
  std::string quoted = "`tidbxx:";
  for (char letter : tag) quoted.append(letter == '`' ? 2 : 1, letter);
  return quoted + '`';
}

std::string embedded_column(const table_definition& table, const column_definition& column) {
  const auto name = sql::quote_identifier(column.name);
  const bool row_number = is_row_number(table, column);
  const bool strict_already = row_number && column.type == column_type{type_kind::bigint};
  if (column.auto_increment && !row_number)
    refuse(table, "on the embedded engine a column that counts by itself is the whole primary key");
  auto text = name + " " + (row_number ? "INTEGER" : detail::embedded_type(column.type));
  if (row_number) text += column.auto_increment ? " PRIMARY KEY AUTOINCREMENT" : " PRIMARY KEY";
  if (!column.nullable) text += " NOT NULL";
  if (column.unique) text += " UNIQUE";
  if (const auto strict = strict_already ? std::nullopt : detail::embedded_check(column))
    text += " CONSTRAINT " + constraint_name(strict->tag) + " CHECK (" + strict->condition + ")";
  return text;
}

/// ('red','green'), or nothing.
std::string label_list(const column_definition& column) {
  std::string text;
  for (const auto& label : column.labels)
    text += (text.empty() ? "(" : ",") + sql::quote_text(label, sql::dialect::tidb);
  return text.empty() ? text : text + ")";
}

std::string tidb_column(const column_definition& column) {
  auto text = sql::quote_identifier(column.name) + " " + to_string(column.type) + label_list(column);
  text += column.nullable ? " NULL" : " NOT NULL";
  if (column.auto_increment) text += " AUTO_INCREMENT";
  if (column.unique) text += " UNIQUE";
  return text;
}

std::string key_list(const table_definition& table) {
  std::string text = "PRIMARY KEY (";
  for (std::size_t i = 0; i < table.primary_key.size(); ++i)
    text += (i == 0 ? "" : ", ") + sql::quote_identifier(table.primary_key[i]);
  return text + ")";
}

}  // namespace

std::string to_string(column_type type) {
  const std::string sign = type.is_unsigned ? " UNSIGNED" : "";
  const auto sized = [](std::string_view name, std::uint32_t length) {
    return std::string(name) + "(" + std::to_string(length) + ")";
  };
  const auto fraction = [&](std::string_view name) {
    return type.scale == 0 ? std::string(name) : sized(name, type.scale);
  };
  switch (type.kind) {
  case type_kind::boolean: return "BOOLEAN";
  case type_kind::tinyint: return "TINYINT" + sign;
  case type_kind::smallint: return "SMALLINT" + sign;
  case type_kind::integer: return "INT" + sign;
  case type_kind::bigint: return "BIGINT" + sign;
  case type_kind::float32: return "FLOAT";
  case type_kind::float64: return "DOUBLE";
  case type_kind::decimal: return "DECIMAL(" + std::to_string(type.length) + "," + std::to_string(type.scale) + ")";
  case type_kind::char_: return sized("CHAR", type.length);
  case type_kind::varchar: return sized("VARCHAR", type.length);
  case type_kind::tinytext: return "TINYTEXT";
  case type_kind::text: return "TEXT";
  case type_kind::mediumtext: return "MEDIUMTEXT";
  case type_kind::longtext: return "LONGTEXT";
  case type_kind::binary: return sized("BINARY", type.length);
  case type_kind::varbinary: return sized("VARBINARY", type.length);
  case type_kind::tinyblob: return "TINYBLOB";
  case type_kind::blob: return "BLOB";
  case type_kind::mediumblob: return "MEDIUMBLOB";
  case type_kind::longblob: return "LONGBLOB";
  case type_kind::datetime: return fraction("DATETIME");
  case type_kind::timestamp: return fraction("TIMESTAMP");
  case type_kind::date: return "DATE";
  case type_kind::time: return fraction("TIME");
  case type_kind::year: return "YEAR";
  case type_kind::bit: return sized("BIT", type.length);
  case type_kind::enumeration: return "ENUM";
  case type_kind::set: return "SET";
  case type_kind::json: return "JSON";
  case type_kind::vector: return type.length == 0 ? "VECTOR" : sized("VECTOR", type.length);
  }
  return {};
}

std::string create_table_sql(const table_definition& table, engine_kind engine, bool skip_existing) {
  const auto name = sql::quote_identifier(table.name);
  check(table);
  const bool embedded = engine == engine_kind::embedded;
  std::string text = "CREATE TABLE " + std::string(skip_existing ? "IF NOT EXISTS " : "") + name + " (";
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    text += (i == 0 ? "\n  " : ",\n  ") +
            (embedded ? embedded_column(table, table.columns[i]) : tidb_column(table.columns[i]));
  const bool in_column =
      embedded && std::ranges::any_of(table.columns, [&](const auto& column) { return is_row_number(table, column); });
  if (!table.primary_key.empty() && !in_column) text += ",\n  " + key_list(table);
  return text + "\n)";
}

}  // namespace tidb
