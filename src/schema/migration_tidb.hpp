// How TiDB makes tables into others.
#pragma once

#include "schema/migration_planner.hpp"

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidb::detail {

/// Why the table's rows have to be copied; empty if ALTER TABLE does it all.
std::string why_copied(const table_change& change);
/// A new table beside the old one, its rows, and both names at once.
planned_step copy_step(const table_change& change, const std::string& why);
/// What makes a statement that writes many rows several transactions.
std::string in_batches(const table_definition& table);

/// The parts of a table that have a name: indexes, foreign keys, checks.
template <class Parts>
auto named_part(Parts& parts, std::string_view name) {
  return std::ranges::find_if(parts, [&](const auto& each) { return same_text(each.name, name); });
}

/// Each ALTER TABLE commits by itself, so each is a step of its own, and a plan is right from wherever one before was
/// broken off.
class tidb_planner {
public:
  explicit tidb_planner(migration_task& task) : task_(task) {}
  std::vector<planned_step> plan() &&;

private:
  void rename_columns(table_change& change);
  void drop_checks(table_change& change);
  void drop_check(table_change& change, std::size_t place);
  void drop_foreign_keys();
  std::string why_in_the_way(const foreign_key_definition& key, const table_change& child) const;
  bool stands_on(std::span<const std::string> columns, const table_change& change) const;
  void drop_foreign_key(table_definition& child, const std::string& before, const foreign_key_definition& key);
  void create_tables();
  void alter_table(table_change& change);
  void drop_indexes(table_change& change);
  void change_columns(table_change& change);
  void change_column(table_change& change, const part_difference& difference);
  void add_columns(table_change& change);
  void add_indexes(const table_change& change);
  void add_checks(const table_change& change);
  void change_options(const table_change& change);
  void drop_columns(table_change& change);
  void copy(table_change& change);
  void add_foreign_keys(const table_definition& wanted, const std::vector<foreign_key_definition>& there);
  void add(std::string what, std::string sql, std::string loses = {}) {
    steps_.push_back(step(std::move(what), {std::move(sql)}, std::move(loses)));
  }
  bool is_copied(const table_change& change) const {
    return std::ranges::any_of(copied_, [&](const auto& each) { return each.first == change.wanted.name; });
  }
  const table_change* change_of(std::string_view table) const {
    const auto found =
        std::ranges::find_if(task_.changes, [&](const auto& each) { return same_text(each.wanted.name, table); });
    return found == task_.changes.end() ? nullptr : &*found;
  }

  migration_task& task_;
  std::vector<planned_step> steps_;
  std::vector<std::pair<std::string, std::string>> copied_;  ///< tables, and why
  std::vector<table_definition> made_;                       ///< those that are created, as they are so far
};

}  // namespace tidb::detail
