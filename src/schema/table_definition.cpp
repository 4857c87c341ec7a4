#include "schema/table_sql.hpp"
#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/vector.hpp"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string>
#include <utility>

namespace tidb {

namespace detail {

bool is_integer(type_kind kind) {
  return kind == type_kind::tinyint || kind == type_kind::smallint || kind == type_kind::integer ||
         kind == type_kind::bigint;
}

void refuse(const table_definition& table, const std::string& why) {
  throw_usage("the table \"" + table.name + "\" cannot be made: " + why);
}

void refuse(const table_definition& table, const column_definition& column, const std::string& why) {
  refuse(table, "the column \"" + column.name + "\" is a " + to_string(column.type) + ": " + why);
}

namespace {

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
  if (column.auto_random > 0 && (type.kind != type_kind::bigint || column.auto_random > 15 || column.auto_increment ||
                                 table.primary_key.empty() || table.primary_key.front() != column.name))
    refuse(table, column, "AUTO_RANDOM, of 1 to 15 bits, is for a BIGINT that begins the primary key");
  if (!column.generated.empty() && (column.default_to || column.auto_increment || column.on_update_now))
    refuse(table, column, "it is computed, and cannot have another value of its own");
  if (column.on_update_now && type.kind != type_kind::datetime && type.kind != type_kind::timestamp)
    refuse(table, column, "ON UPDATE CURRENT_TIMESTAMP is for a DATETIME and a TIMESTAMP");
}

void expect_column(const table_definition& table, const std::string& name, const std::string& what) {
  if (std::ranges::none_of(table.columns, [&](const auto& column) { return column.name == name; }))
    refuse(table, what + " names \"" + name + "\", which is no column");
}

void check_index(const table_definition& table, const index_definition& index) {
  if (index.parts.empty()) refuse(table, "the index \"" + index.name + "\" is of no columns");
  for (const auto& part : index.parts) {
    if (part.column.empty() == part.expression.empty())
      refuse(table, "a part of the index \"" + index.name + "\" is a column or an expression");
    if (!part.column.empty()) expect_column(table, part.column, "the index \"" + index.name + "\"");
  }
  if (std::ranges::count(table.indexes, index.name, &index_definition::name) > 1)
    refuse(table, "two indexes are named \"" + index.name + "\"");
}

void check_foreign_key(const table_definition& table, const foreign_key_definition& key) {
  if (key.columns.empty() || key.columns.size() != key.referenced.size())
    refuse(table, "a foreign key to \"" + key.table + "\" has as many columns as it refers to, and at least one");
  for (const auto& column : key.columns) expect_column(table, column, "a foreign key");
}

}  // namespace

void check_definition_of(const table_definition& table) {
  if (table.columns.empty()) refuse(table, "it has no columns");
  for (auto column = table.columns.begin(); column != table.columns.end(); ++column) {
    check_column(table, *column);
    if (std::any_of(std::next(column), table.columns.end(),
                    [&](const auto& other) { return other.name == column->name; }))
      refuse(table, "two columns are named \"" + column->name + "\"");
  }
  for (const auto& key : table.primary_key) expect_column(table, key, "its primary key");
  for (const auto& index : table.indexes) check_index(table, index);
  for (const auto& key : table.foreign_keys) check_foreign_key(table, key);
  if (std::ranges::count_if(table.columns, [](const auto& column) { return column.auto_increment; }) > 1)
    refuse(table, "only one column can count by itself");
}

table_definition with_names(table_definition table) {
  const auto number_free = [](const auto& all, const std::string& before) {
    for (std::size_t number = 1;; ++number)
      if (auto name = before + std::to_string(number);
          std::ranges::none_of(all, [&](const auto& each) { return each.name == name; }))
        return name;
  };
  for (auto& index : table.indexes) {
    if (!index.name.empty() || index.parts.empty()) continue;
    const auto& first = index.parts.front().column;
    const auto base = first.empty() ? std::string("expression_index") : first;
    const auto is_taken = std::ranges::any_of(table.indexes, [&](const auto& each) { return each.name == base; });
    index.name = is_taken ? number_free(table.indexes, base + "_") : base;
  }
  for (auto& key : table.foreign_keys)
    if (key.name.empty()) key.name = number_free(table.foreign_keys, "fk_");
  for (auto& check : table.checks)
    if (check.name.empty()) check.name = number_free(table.checks, table.name + "_chk_");
  return table;
}

}  // namespace detail

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

}  // namespace tidb
