#include "tidbxx/schema/table_definition.hpp"

#include "tidbxx/core/error.hpp"
#include "tidbxx/core/vector.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace tidb {

namespace {

constexpr std::uint32_t max_varchar = 16383;

bool is_integer(type_kind kind) {
  return kind == type_kind::tinyint || kind == type_kind::smallint || kind == type_kind::integer ||
         kind == type_kind::bigint;
}

[[noreturn]] void refuse(const table_definition& table, const std::string& why) {
  throw_usage("the table \"" + table.name + "\" cannot be made: " + why);
}

void check_column(const table_definition& table, const column_definition& column) {
  if (column.type.kind == type_kind::varchar && (column.type.length < 1 || column.type.length > max_varchar))
    refuse(table, "the column \"" + column.name + "\" is a VARCHAR(" + std::to_string(column.type.length) +
                      "): its length is between 1 and 16383 characters");
  if (column.type.kind == type_kind::vector && column.type.length > max_dimensions)
    refuse(table, "the column \"" + column.name + "\" has more than 16383 dimensions");
  if (column.auto_increment && !is_integer(column.type.kind))
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

std::string unsigned_range(int bits) { return "BETWEEN 0 AND " + std::to_string((std::uint64_t{1} << bits) - 1); }

std::string signed_range(int bits) {
  const auto limit = std::int64_t{1} << (bits - 1);
  return "BETWEEN " + std::to_string(-limit) + " AND " + std::to_string(limit - 1);
}

/// The condition that makes an embedded column as strict as TiDB's, and what its name says of it.
struct strictness {
  std::string tag{};
  std::string condition{};
};

std::optional<strictness> strictness_of(const column_definition& column, const std::string& name) {
  const auto [kind, is_unsigned, length] = column.type;
  // SQLite keeps a value of another type as it is, where TiDB converts or refuses it
  const auto typed = [&](const std::string& types, const std::string& more) {
    return strictness{"range:" + column.name + ":" + to_string(column.type),
                      "typeof(" + name + ") IN (" + types + ", 'null')" + more};
  };
  const auto range = [&](int bits) {
    return typed("'integer'", " AND " + name + " " + (is_unsigned ? unsigned_range(bits) : signed_range(bits)));
  };
  const auto bytes = [&] {
    return strictness{"length:" + column.name + ":65535 bytes", "length(CAST(" + name + " AS BLOB)) <= 65535"};
  };
  switch (kind) {
  case type_kind::boolean:
  case type_kind::tinyint: return range(8);
  case type_kind::smallint: return range(16);
  case type_kind::integer: return range(32);
  case type_kind::bigint: return typed("'integer'", is_unsigned ? " AND " + name + " >= 0" : "");
  case type_kind::float32:
  case type_kind::float64: return typed("'real'", "");
  case type_kind::varchar: {
    // length() sees nothing behind a NUL: such a text may have as many bytes
    const auto limit = " <= " + std::to_string(length);
    return strictness{"length:" + column.name + ":" + std::to_string(length) + " characters",
                      "length(CAST(" + name + " AS BLOB))" + limit + " OR (length(" + name + ")" + limit +
                          " AND instr(" + name + ", char(0)) = 0)"};
  }
  case type_kind::text:
  case type_kind::blob: return bytes();
  case type_kind::json: return strictness{"json:" + column.name, name + " IS NULL OR json_valid(" + name + ")"};
  case type_kind::vector: {
    const auto size = length == 0 ? "length(" + name + ") % 4 = 0"
                                  : "length(" + name + ") = " + std::to_string(std::size_t{4} * length);
    return strictness{"dims:" + column.name + ":" + std::to_string(length),
                      "typeof(" + name + ") IN ('blob', 'null') AND " + size};
  }
  default: return std::nullopt;
  }
}

/// SQLite finds a row fastest by a sole key of type INTEGER: it is the row's own number.
bool is_row_number(const table_definition& table, const column_definition& column) {
  return table.primary_key.size() == 1 && table.primary_key.front() == column.name && is_integer(column.type.kind);
}

std::string embedded_column(const table_definition& table, const column_definition& column) {
  const auto name = sql::quote_identifier(column.name);
  const bool row_number = is_row_number(table, column);
  const bool strict_already = row_number && column.type == column_type{type_kind::bigint, false, 0};
  if (column.auto_increment && !row_number)
    refuse(table, "on the embedded engine a column that counts by itself is the whole primary key");
  auto text = name + " " + (row_number ? "INTEGER" : to_string(column.type));
  if (row_number) text += column.auto_increment ? " PRIMARY KEY AUTOINCREMENT" : " PRIMARY KEY";
  if (!column.nullable) text += " NOT NULL";
  if (column.unique) text += " UNIQUE";
  if (const auto strict = strict_already ? std::nullopt : strictness_of(column, name))
    text += " CONSTRAINT " + sql::quote_identifier("tidbxx:" + strict->tag) + " CHECK (" + strict->condition + ")";
  return text;
}

std::string tidb_column(const column_definition& column) {
  auto text = sql::quote_identifier(column.name) + " " + to_string(column.type);
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
  switch (type.kind) {
  case type_kind::boolean: return "BOOLEAN";
  case type_kind::tinyint: return "TINYINT" + sign;
  case type_kind::smallint: return "SMALLINT" + sign;
  case type_kind::integer: return "INT" + sign;
  case type_kind::bigint: return "BIGINT" + sign;
  case type_kind::float32: return "FLOAT";
  case type_kind::float64: return "DOUBLE";
  case type_kind::varchar: return "VARCHAR(" + std::to_string(type.length) + ")";
  case type_kind::text: return "TEXT";
  case type_kind::mediumtext: return "MEDIUMTEXT";
  case type_kind::longtext: return "LONGTEXT";
  case type_kind::blob: return "BLOB";
  case type_kind::longblob: return "LONGBLOB";
  case type_kind::datetime: return "DATETIME(6)";
  case type_kind::date: return "DATE";
  case type_kind::time: return "TIME(6)";
  case type_kind::json: return "JSON";
  case type_kind::vector: return type.length == 0 ? "VECTOR" : "VECTOR(" + std::to_string(type.length) + ")";
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
