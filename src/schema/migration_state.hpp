// What a migration begins with, and what it is planned to do.
#pragma once

#include "tidbxx/engine/options.hpp"
#include "tidbxx/schema/migration.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tidb::detail {

/// The tables of a database as they are.
struct database_state {
  engine_kind engine{};
  std::vector<table_definition> tables{};  ///< those that are wanted, renamed or dropped, and those that refer to them
  std::vector<std::string> names{};        ///< of all tables
  /// Indexes by the names that the engine has for them, of each table, whose name is in small letters.
  std::map<std::string, std::vector<std::string>> indexes{};
  std::vector<std::string> left_over{};  ///< helper tables of a migration that was broken off
};

/// Rows that stand in a plan's way: there may be none when it begins.
struct row_check {
  std::string count{};    ///< SQL of their number
  std::string problem{};  ///< what is wrong with them
  std::string remedy{};
};

struct planned_step {
  migration_step shown{};
  std::string table{};        ///< the one that it makes anew
  std::string fingerprint{};  ///< SQL of the number of its rows and what they are; the same until its RENAME
};

/// A column that a search index may be of, and that does not stay as it is, or whose rows get other keys.
struct moved_column {
  std::string table{}, column{};
  std::string new_table{}, new_column{};  ///< without a column: it goes
  std::uint32_t dimensions{};             ///< afterwards, of vectors
};

struct planned_migration {
  std::vector<planned_step> steps{};
  std::vector<row_check> checks{};
  std::vector<moved_column> moved{};
};

/// Errors: usage_error for what cannot be planned, naming it and what to do.
planned_migration plan_migration(const database_state& now, std::span<const table_definition> wanted,
                                 const migration_options& options);

/// The names of helper tables, in which rows are copied, and of those that they take the place of.
std::string helper_name(std::string_view table);
std::string retired_name(std::string_view table);
bool is_helper_name(std::string_view name);

inline constexpr std::string_view history_table = "_tidbxx_migrations";

}  // namespace tidb::detail
