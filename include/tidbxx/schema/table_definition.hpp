// A table as a plain value, and the SQL that makes it.
#pragma once

#include "tidbxx/core/codec.hpp"
#include "tidbxx/engine/options.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidb {

/// A column as a plain value.
struct column_definition {
  std::string name{};
  column_type type{};
  bool nullable{};
  bool auto_increment{};
  bool unique{};
  std::vector<std::string> labels{};  ///< of an ENUM or SET
};

/// A table as a plain value, for tables without a struct.
struct table_definition {
  std::string name{};
  std::vector<column_definition> columns{};
  std::vector<std::string> primary_key{};  ///< column names; empty for none
};

/// What to do when a table is there already.
enum class if_exists {
  raise,      ///< an error
  skip,       ///< leave it as it is
  overwrite,  ///< drop it with its rows and make it anew
};

/// The type as TiDB writes it, without the labels of an ENUM or SET: "VARCHAR(32)", "INT UNSIGNED", "DECIMAL(10,2)" …
std::string to_string(column_type type);

/// CREATE TABLE for the engine. On the embedded engine checks make the columns as strict as TiDB's.
/// Errors: usage_error for a table without columns, a column named twice, a key that is no column, a type whose length,
/// digits or labels TiDB does not have (a VARCHAR over 16,383 characters, a vector of over 16,383 dimensions, a DECIMAL
/// of over 65 digits …), or several auto-increment columns.
std::string create_table_sql(const table_definition& table, engine_kind engine, bool skip_existing);

}  // namespace tidb
