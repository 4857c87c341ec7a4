// How each engine makes tables into others.
#pragma once

#include "schema/migration_state.hpp"
#include "schema/table_change.hpp"

#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidb::detail {

/// What is to be done, all that is common to the engines being decided.
struct migration_task {
  const database_state& state;
  std::vector<table_change> changes{};         ///< tables that are there, also those that are as they shall be
  std::vector<table_definition> created{};     ///< in the order of their foreign keys, as far as there is one
  std::vector<table_definition> dropped{};     ///< the other way round
  std::vector<table_definition> neighbours{};  ///< tables that are left alone and refer to others
  std::vector<std::pair<std::string, std::string>> renamed_tables{};

  /// All tables, for what the engine keeps up by itself.
  std::vector<table_definition*> all();
};

std::vector<planned_step> plan_for_tidb(migration_task& task);
std::vector<planned_step> plan_for_embedded(migration_task& task);

/// A step of one statement or several.
planned_step step(std::string what, std::vector<std::string> sql, std::string loses = {});
planned_step drop_step(const std::string& table);
/// ": column `coins` is new, …", for what a step does to a whole table.
std::string text_of(const table_change& change, sql::dialect by);
/// ", with 0 in rows that are there", for a column that is new; or empty.
std::string text_of_zero(const column_definition& added, sql::dialect by);
/// "the column `coins` of `players` and its values" for those that go, with "; " between; or empty.
std::string losses_of(const table_change& change);
/// `players`
std::string quoted(std::string_view name);

}  // namespace tidb::detail
