#include "catalog.hpp"

#include "commands.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

namespace cli {

namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

/// By the type's first word, in lower case.
column_class class_of(std::string_view word) {
  if (is_one_of(word, {"bool", "boolean"})) return column_class::boolean;
  if (word.find("int") != std::string_view::npos || word == "year") return column_class::integer;
  if (is_one_of(word, {"double", "float", "real"})) return column_class::real;
  if (is_one_of(word, {"decimal", "numeric", "decimal_text"})) return column_class::decimal;
  if (is_one_of(word, {"varchar", "char", "text", "tinytext", "mediumtext", "longtext", "clob"}))
    return column_class::text;
  if (word.ends_with("blob") || word.ends_with("binary")) return column_class::blob;
  if (is_one_of(word, {"datetime", "timestamp"})) return column_class::datetime;
  if (is_one_of(word, {"json", "json_text"})) return column_class::json;
  if (word == "date") return column_class::date;
  if (word == "time") return column_class::time;
  if (word == "vector") return column_class::vector;
  return column_class::other;
}

void read_type(table_column& column) {
  const auto type = lower(column.type);
  const auto word = std::string_view(type).substr(0, type.find_first_of("( "));
  column.takes = class_of(word);
  if (column.takes != column_class::vector || word.size() >= type.size()) return;
  const auto* const digits = type.data() + word.size() + 1;
  std::from_chars(digits, type.data() + type.size(), column.dimensions);
}

// CAST, for the catalog's own columns are of types that differ between versions.
constexpr auto tidb_columns =
    "SELECT CAST(column_name AS CHAR), CAST(column_type AS CHAR), is_nullable = 'YES', "
    "column_default IS NOT NULL OR extra <> '', column_key = 'PRI' FROM information_schema.columns "
    "WHERE table_schema = DATABASE() AND LOWER(table_name) = ? ORDER BY ordinal_position";
// An integer that is the whole primary key is the row's number, which SQLite makes up if it is not given.
constexpr auto embedded_columns = "SELECT name, type, \"notnull\" = 0 AND pk = 0, dflt_value IS NOT NULL OR (pk > 0 "
                                  "AND lower(type) = 'integer'), pk > 0 "
                                  "FROM pragma_table_info(?) ORDER BY cid";

}  // namespace

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& letter : made)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return made;
}

std::string list_of(const std::vector<std::string>& names) {
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

std::string list_of(const std::vector<table_column>& columns) {
  std::vector<std::string> names;
  for (const auto& column : columns) names.push_back(column.name);
  return list_of(names);
}

std::string list_of(const std::vector<tidb::search_index_definition>& indexes) {
  std::vector<std::string> names;
  for (const auto& index : indexes) names.push_back(fmt::format("({})", fmt::join(index.columns, ", ")));
  return list_of(names);
}

const tidb::search_index_definition* find_index(const std::vector<tidb::search_index_definition>& indexes,
                                                std::string_view column) {
  const auto wanted = lower(column);
  const auto found = std::ranges::find_if(indexes, [&](const auto& index) {
    return std::ranges::any_of(index.columns, [&](const auto& each) { return lower(each) == wanted; });
  });
  return found == indexes.end() ? nullptr : &*found;
}

std::vector<table_column> columns_of(const tidb::client& db, std::string_view table) {
  const auto* const sql = db.engine() == tidb::engine_kind::embedded ? embedded_columns : tidb_columns;
  std::vector<table_column> columns;
  for (auto& [name, type, nullable, has_default, in_key] :
       db.query<std::string, std::string, bool, bool, bool>(sql, lower(table)).all()) {
    table_column column{.name = name, .type = type, .nullable = nullable, .has_default = has_default, .in_key = in_key};
    read_type(column);
    columns.push_back(std::move(column));
  }
  return columns;
}

std::vector<table_column> require_columns(const tidb::client& db, std::string_view table) {
  auto columns = columns_of(db, table);
  if (columns.empty())
    throw failure(fmt::format("there is no table \"{}\" in {}; the tables there: {}", table, db.endpoint(),
                              list_of(db.list_tables())));
  return columns;
}

const table_column* find_column(const std::vector<table_column>& columns, std::string_view name) {
  const auto wanted = lower(name);
  const auto found = std::ranges::find_if(columns, [&](const auto& column) { return lower(column.name) == wanted; });
  return found == columns.end() ? nullptr : &*found;
}

const table_column& require_column(const std::vector<table_column>& columns, std::string_view table,
                                   std::string_view name) {
  const auto* const found = find_column(columns, name);
  if (found == nullptr)
    throw failure(fmt::format("the table \"{}\" has no column \"{}\"; its columns: {}", table, name, list_of(columns)));
  return *found;
}

}  // namespace cli
