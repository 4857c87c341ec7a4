// The tables of one search index, and the triggers that fill its delta: names and SQL. See docs/index-tables.md.
#pragma once

#include "search/row_keys.hpp"
#include "tidbxx/engine/options.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

inline constexpr std::string_view index_registry = "_tidbxx_index";
inline constexpr std::string_view create_index_registry =
    "CREATE TABLE IF NOT EXISTS `_tidbxx_index` (id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, "
    "table_name TEXT NOT NULL COLLATE NOCASE, column_name TEXT NOT NULL COLLATE NOCASE, "
    "metric TEXT NOT NULL, dimensions INTEGER NOT NULL, version INTEGER NOT NULL, text_form TEXT, "
    "UNIQUE (kind, table_name, column_name))";
/// On TiDB, where the definition of a table tells nobody of an index. `state`: see index_state. `generation`: of what
/// writers add to the delta. `tracked_by`: the column by which rows that other tools write are seen. `text_form`: what
/// a full-text index is made with; its first column is in `column_name`.
inline constexpr std::string_view create_server_registry =
    "CREATE TABLE IF NOT EXISTS `_tidbxx_index` (id BIGINT PRIMARY KEY AUTO_INCREMENT, kind VARCHAR(16) NOT NULL, "
    "table_name VARCHAR(64) COLLATE utf8mb4_general_ci NOT NULL, "
    "column_name VARCHAR(64) COLLATE utf8mb4_general_ci NOT NULL, metric VARCHAR(32) NOT NULL, "
    "dimensions INT NOT NULL, version INT NOT NULL, key_name VARCHAR(4096) NOT NULL, state VARCHAR(16) NOT NULL, "
    "generation BIGINT NOT NULL, tracked_by VARCHAR(64) NOT NULL DEFAULT '', text_form MEDIUMTEXT, UNIQUE (kind, "
    "table_name, column_name))";

/// What the index is of.
struct indexed_column {
  std::string table{};
  std::vector<std::string> columns{};     ///< several of a full-text index
  std::string key{};                      ///< the column that holds the row's number, or SQLite's own name for it
  bool key_is_stable{};                   ///< false: VACUUM may number the rows anew
  std::uint32_t dimensions{};             ///< 0: any
  std::vector<key_column> key_columns{};  ///< on TiDB, where the key is no number
};

class index_tables {
public:
  index_tables(std::int64_t id, engine_kind engine)
      : id_(id), stem_("_tidbxx_" + std::to_string(id) + "_"), engine_(engine) {}

  std::int64_t id() const noexcept { return id_; }

  engine_kind engine() const noexcept { return engine_; }

  std::string manifest() const { return stem_ + "manifest"; }
  std::string block() const { return stem_ + "block"; }
  std::string delta() const { return stem_ + "delta"; }
  /// Has one row whose number VACUUM changes when it changes those of other tables.
  std::string canary() const { return stem_ + "canary"; }
  /// `nonce` tells the triggers of this making of the index from those of another.
  std::vector<std::string> triggers(std::string_view nonce) const;

  std::vector<std::string> create() const;
  std::vector<std::string> create_triggers(const indexed_column& of, std::string_view nonce) const;
  std::vector<std::string> drop() const;
  /// The canary's row, as it was made.
  std::vector<std::string> renew_canary() const;

private:
  std::int64_t id_;
  std::string stem_;
  engine_kind engine_;
};

}  // namespace tidb::detail
