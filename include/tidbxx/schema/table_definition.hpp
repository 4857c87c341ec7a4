// A table as a plain value, and the SQL that makes it.
#pragma once

#include "tidbxx/core/codec.hpp"
#include "tidbxx/engine/options.hpp"
#include "tidbxx/schema/column_options.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

/// DEFAULT: what a column holds of a row that is written without it.
struct column_default {
  std::string text{};    ///< a value as text, such as `0`, `new` or `2026-01-31 12:00:00`; or SQL
  bool is_expression{};  ///< SQL, such as `CURRENT_TIMESTAMP(6)` or `uuid()`
  friend bool operator==(const column_default&, const column_default&) = default;
};

/// A column as a plain value.
struct column_definition {
  std::string name{};
  column_type type{};
  bool nullable{};
  bool auto_increment{};
  bool unique{};
  std::vector<std::string> labels{};  ///< of an ENUM or SET
  std::optional<column_default> default_to{};
  std::string generated{};     ///< the SQL that the engine computes it from; empty: it is written
  bool stored{};               ///< of a generated one: kept with the row, not computed when it is read
  bool on_update_now{};        ///< TiDB sets it to the time of each change; the embedded engine refuses it
  std::uint8_t auto_random{};  ///< shard bits of TiDB's AUTO_RANDOM, 1 to 15; 0: none
  std::string collation{};     ///< such as `utf8mb4_general_ci`; empty: the table's
  std::string comment{};
};

/// A part of an index: a column, the first characters of one, or an expression.
struct index_part {
  std::string column{};
  std::uint32_t prefix{};  ///< characters; 0: all
  std::string expression{};
  bool descending{};
  friend bool operator==(const index_part&, const index_part&) = default;
};

struct index_definition {
  std::string name{};
  std::vector<index_part> parts{};
  bool unique{};
  friend bool operator==(const index_definition&, const index_definition&) = default;
};

struct foreign_key_definition {
  std::string name{};
  std::vector<std::string> columns{};
  std::string table{};
  std::vector<std::string> referenced{};
  reference_action on_delete{}, on_update{};
  friend bool operator==(const foreign_key_definition&, const foreign_key_definition&) = default;
};

struct check_definition {
  std::string name{};
  std::string condition{};  ///< SQL
};

/// A table as a plain value, for tables without a struct.
struct table_definition {
  std::string name{};
  std::vector<column_definition> columns{};
  std::vector<std::string> primary_key{};  ///< column names; empty for none
  std::vector<index_definition> indexes{};
  std::vector<foreign_key_definition> foreign_keys{};
  std::vector<check_definition> checks{};
  std::string collation{};  ///< of texts; empty: utf8mb4_bin
  std::string comment{};
  std::optional<bool> clustered{};   ///< TiDB: whether rows lie in the order of the primary key; by default they do
  std::uint32_t auto_id_cache{};     ///< TiDB's AUTO_ID_CACHE; 0: the server's
  std::uint8_t shard_row_id_bits{};  ///< TiDB's SHARD_ROW_ID_BITS
  /// What reflect_table found and a definition has no place for, as SQL: a partial index, a STRICT of SQLite's …
  std::vector<std::string> not_told{};
  std::vector<std::string> options{};  ///< others of TiDB's as SQL, such as `TTL = created + INTERVAL 30 DAY`
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
/// CREATE INDEX, one for each index that CREATE TABLE does not make: those of the embedded engine, whose names have
/// the table's in front, as they are the whole file's.
std::vector<std::string> create_index_sql(const table_definition& table, engine_kind engine);
/// The tables that CREATE TABLE and CREATE INDEX in TiDB's SQL make, such as `tidbxx schema show` prints them:
/// statements with semicolons between, and comments. Errors: usage_error for any other statement, and for an index of
/// no table.
std::vector<table_definition> read_tables(std::string_view sql);

}  // namespace tidb
