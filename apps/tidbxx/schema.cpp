// tidbxx schema show: the SQL that makes the tables again.
#include "catalog.hpp"
#include "commands.hpp"
#include "output.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace cli {

namespace {

/// Whether all tables that a table refers to are among these, or are itself.
bool can_be_made_behind(const std::vector<tidb::table_definition>& made, const tidb::table_definition& table) {
  return std::ranges::all_of(table.foreign_keys, [&](const auto& key) {
    return key.table == table.name || std::ranges::find(made, key.table, &tidb::table_definition::name) != made.end();
  });
}

/// Those that others refer to come first; those that refer to each other, or to what is not shown, come last.
std::vector<tidb::table_definition> in_order(std::vector<tidb::table_definition> tables) {
  std::vector<tidb::table_definition> made;
  for (auto next = tables.begin(); next != tables.end();) {
    next = std::ranges::find_if(tables, [&](const auto& table) { return can_be_made_behind(made, table); });
    if (next == tables.end()) break;
    made.push_back(std::move(*next));
    tables.erase(next);
    next = tables.begin();
  }
  std::ranges::move(tables, std::back_inserter(made));
  return made;
}

}  // namespace

int run(const schema_command& command) {
  const auto db = open(command.url);
  const auto to = command.embedded ? tidb::engine_kind::embedded : tidb::engine_kind::tidb;
  const auto all = db.list_tables();
  std::vector<tidb::table_definition> tables;
  for (const auto& name : command.tables.empty() ? all : command.tables) {
    if (!db.has_table(name))
      throw failure(
          fmt::format("there is no table \"{}\" in {}; the tables there: {}", name, db.endpoint(), list_of(all)));
    try {
      tables.push_back(db.reflect_table(name));
    } catch (const tidb::usage_error& why) {
      print(fmt::format("-- {} is not shown: {}\n", name, one_line(reason_of(why))));
    }
  }
  for (auto& table : in_order(std::move(tables))) {
    for (const auto& each : std::exchange(table.not_told, {}))
      print(fmt::format("-- not shown of {}: {}\n", table.name, one_line(each)));
    print(tidb::create_table_sql(table, to, false) + ";\n");
    for (const auto& index : tidb::create_index_sql(table, to)) print(index + ";\n");
  }
  return succeeded;
}

}  // namespace cli
