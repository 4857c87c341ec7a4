// On the embedded engine a table is made anew beside the old one and takes its place: ALTER TABLE does little there.
#include "core/text.hpp"
#include "schema/migration_planner.hpp"
#include "schema/table_sql.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace tidb::detail {

namespace {

constexpr auto sqlite = sql::dialect::sqlite;

class embedded_planner {
public:
  explicit embedded_planner(migration_task& task) : task_(task) {}

  std::vector<planned_step> plan() && {
    for (const auto& [from, to] : task_.renamed_tables) rename(from, to);
    for (auto& change : task_.changes) rename_columns(change);
    for (const auto& table : task_.created) create(table);
    for (const auto& change : task_.changes) make(change);
    for (const auto& table : task_.dropped) steps_.push_back(drop_step(table.name));
    return std::move(steps_);
  }

private:
  void rename(const std::string& from, const std::string& to);
  void rename_columns(table_change& change);
  void create(const table_definition& table);
  void make(const table_change& change);
  void change_indexes(const table_change& change, const std::vector<part_difference>& all);
  void rebuild(const table_change& change);
  std::string copy_rows(const table_change& change, const std::string& helper) const;
  const std::string* index_called(const table_change& change, const std::string& name) const;

  migration_task& task_;
  std::vector<planned_step> steps_;
};

void embedded_planner::rename(const std::string& from, const std::string& to) {
  steps_.push_back(step("rename the table " + quoted(from) + " to " + quoted(to),
                        {"ALTER TABLE " + quoted(from) + " RENAME TO " + quoted(to)}));
  for (auto& change : task_.changes) {
    if (!same_text(change.before.name, from)) continue;
    for (auto& index : change.now.indexes)  // they keep the old name in front, and that is theirs now
      if (const auto* full = index_called(change, index.name)) index.name = *full;
  }
}

void embedded_planner::rename_columns(table_change& change) {
  auto tables = task_.all();
  for (const auto& column : change.wanted.columns) {
    const auto old = change.renamed.find(lower(column.name));
    if (old == change.renamed.end()) continue;
    steps_.push_back(step("rename the column " + quoted(old->second) + " of " + quoted(change.now.name) + " to " +
                              quoted(column.name),
                          {"ALTER TABLE " + quoted(change.now.name) + " RENAME COLUMN " + quoted(old->second) + " TO " +
                           quoted(column.name)}));
    rename_column(tables, change.now.name, old->second, column.name, sqlite);
  }
}

void embedded_planner::create(const table_definition& table) {
  std::vector<std::string> sql{create_table_sql(table, engine_kind::embedded, false)};
  for (auto& index : create_index_sql(table, engine_kind::embedded)) sql.push_back(std::move(index));
  steps_.push_back(step("create the table " + quoted(table.name), std::move(sql)));
}

/// The index in the file that a definition calls so: ours have the table's name in front, as it was when they were
/// made.
const std::string* embedded_planner::index_called(const table_change& change, const std::string& name) const {
  const auto there = task_.state.indexes.find(lower(change.before.name));
  if (there == task_.state.indexes.end()) return nullptr;
  for (const auto& full : {change.before.name + "." + name, name}) {
    const auto found = std::ranges::find_if(there->second, [&](const auto& each) { return same_text(each, full); });
    if (found != there->second.end()) return &*found;
  }
  return nullptr;
}

void embedded_planner::make(const table_change& change) {
  const auto all = change.differences(sqlite);
  if (all.empty() && change.renamed.empty()) return;
  // a constraint's name, which errors are told by, has the column's in it
  const bool are_indexes = change.renamed.empty() && std::ranges::all_of(all, [&](const part_difference& each) {
                             const bool is_index =
                                 each.part.kind == part_kind::index || each.part.kind == part_kind::unique_index;
                             return is_index && (each.found.empty() || index_called(change, each.part.name) != nullptr);
                           });
  are_indexes ? change_indexes(change, all) : rebuild(change);
}

void embedded_planner::change_indexes(const table_change& change, const std::vector<part_difference>& all) {
  const auto table = quoted(change.wanted.name);
  for (const auto& each : all)
    if (!each.found.empty())
      steps_.push_back(step("drop the " + to_string(each.part) + " of " + table,
                            {"DROP INDEX " + quoted_at_any_length(*index_called(change, each.part.name))}));
  for (const auto& each : all) {
    if (each.wanted.empty()) continue;
    const auto& indexes = change.wanted.indexes;
    const auto index =
        std::ranges::find_if(indexes, [&](const auto& one) { return same_text(one.name, each.part.name); });
    table_definition alone = change.wanted;
    alone.indexes = {index != indexes.end()
                         ? *index
                         : index_definition{each.part.name, {{.column = each.part.name}}, true}};  // a UNIQUE's
    steps_.push_back(step("add the " + to_string(each.part) + " " + each.wanted + " to " + table,
                          create_index_sql(alone, engine_kind::embedded)));
  }
}

/// A column of SQLite's that has the row's own number, beside those of the tables.
std::string_view number_of_row(const table_change& change) {
  constexpr std::array<std::string_view, 3> names{"rowid", "_rowid_", "oid"};
  const auto* found = std::ranges::find_if(names, [&](auto name) {
    return find_column(change.now, name) == nullptr && find_column(change.wanted, name) == nullptr;
  });
  return found == names.end() ? std::string_view() : *found;
}

std::string embedded_planner::copy_rows(const table_change& change, const std::string& helper) const {
  std::string into, values;
  const auto add = [&](const std::string& name, const std::string& value) {
    into += (into.empty() ? "" : ", ") + name;
    values += (values.empty() ? "" : ", ") + value;
  };
  // search indexes know rows by their numbers
  if (const auto number = std::string(number_of_row(change));
      !number.empty() && !is_row_number(change.wanted) && !is_row_number(change.now))
    add(number, number);
  for (const auto& column : copied_columns(change, change.now, sqlite))
    if (column.written) add(quoted(column.name), column.value);
  if (into.empty()) add(quoted(change.wanted.columns.front().name), "NULL");  // a key that counts by itself, alone
  return "INSERT INTO " + quoted(helper) + " (" + into + ") SELECT " + values + " FROM " + quoted(change.now.name);
}

/// Keys that were given once are not given again.
std::vector<std::string> keep_counter(const table_change& change, const std::string& helper) {
  const auto counts = [](const table_definition& table) {
    return std::ranges::any_of(table.columns,
                               [](const auto& column) { return column.auto_increment || column.auto_random > 0; });
  };
  if (!counts(change.now) || !counts(change.wanted)) return {};
  const auto own = sql::quote_text(helper, sqlite), old = sql::quote_text(change.now.name, sqlite);
  return {"INSERT INTO sqlite_sequence (name, seq) SELECT " + own + ", seq FROM sqlite_sequence WHERE name IN (" + own +
              ", " + old + ") ORDER BY seq",
          "DELETE FROM sqlite_sequence WHERE name = " + own +
              " AND rowid < (SELECT max(rowid) FROM sqlite_sequence WHERE name = " + own + ")"};
}

void embedded_planner::rebuild(const table_change& change) {
  const auto name = change.wanted.name, helper = helper_name(name);
  auto made = change.wanted;
  made.name = helper;
  auto one = step("make the table " + quoted(name) + " anew" + text_of(change, sqlite),
                  {create_table_sql(made, engine_kind::embedded, false)}, losses_of(change));
  one.table = name;
  auto& sql = one.shown.sql;
  const auto add = [&](std::string text) {
    if (!text.empty()) sql.push_back(std::move(text));
  };
  add(copy_rows(change, helper));
  for (auto& each : keep_counter(change, helper)) add(std::move(each));
  add("DROP TABLE " + quoted(name));
  // what other tables, views and triggers say of the table stays as it is
  add("PRAGMA legacy_alter_table = ON");
  add("ALTER TABLE " + quoted(helper) + " RENAME TO " + quoted(name));
  add("PRAGMA legacy_alter_table = OFF");
  for (auto& index : create_index_sql(change.wanted, engine_kind::embedded)) add(std::move(index));
  steps_.push_back(std::move(one));
}

}  // namespace

std::vector<planned_step> plan_for_embedded(migration_task& task) { return embedded_planner(task).plan(); }

}  // namespace tidb::detail
