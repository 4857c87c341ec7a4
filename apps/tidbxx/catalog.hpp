// What columns a table has, asked of the engine's own catalog, and what search indexes.
#pragma once

#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// What a column takes, as far as our commands treat columns differently.
enum class column_class : std::uint8_t {
  boolean,
  integer,
  real,
  decimal,
  text,
  blob,
  json,
  date,
  datetime,
  time,
  vector,
  other
};

struct table_column {
  std::string name{};
  std::string type{};  ///< in the engine's words
  column_class takes{};
  std::uint32_t dimensions{};  ///< of a vector; 0: any
  bool nullable{};
  bool has_default{};  ///< also what the engine fills in by itself
  bool in_key{};       ///< part of the primary key
};

/// The columns in the table's order; empty if there is no such table.
std::vector<table_column> columns_of(const tidb::client& db, std::string_view table);

/// The columns. Errors: failure that lists the tables there are.
std::vector<table_column> require_columns(const tidb::client& db, std::string_view table);

/// The column of this name, in any case; null if there is none.
const table_column* find_column(const std::vector<table_column>& columns, std::string_view name);
/// The column of this name, in any case. Errors: failure that lists the columns there are.
const table_column& require_column(const std::vector<table_column>& columns, std::string_view table,
                                   std::string_view name);

/// The index that has the column, in any case; null if there is none.
const tidb::search_index_definition* find_index(const std::vector<tidb::search_index_definition>& indexes,
                                                std::string_view column);

/// ASCII letters in lower case: how both engines compare names.
std::string lower(std::string_view text);
/// The names with commas; "none" if there are none.
std::string list_of(const std::vector<std::string>& names);
std::string list_of(const std::vector<table_column>& columns);
/// The columns of each.
std::string list_of(const std::vector<tidb::search_index_definition>& indexes);

}  // namespace cli
