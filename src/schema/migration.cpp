// What a migration does on either engine.
#include "core/text.hpp"
#include "engine/sql_text.hpp"
#include "schema/migration_checks.hpp"
#include "schema/migration_planner.hpp"
#include "schema/migration_tidb.hpp"
#include "schema/table_sql.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace tidb {

namespace detail {

std::vector<table_definition*> migration_task::all() {
  std::vector<table_definition*> tables;
  tables.reserve(changes.size() + dropped.size() + neighbours.size());
  for (auto& change : changes) tables.push_back(&change.now);
  for (auto* more : {&dropped, &neighbours})
    for (auto& table : *more) tables.push_back(&table);
  return tables;
}

namespace {

class migration_planner {
public:
  migration_planner(const database_state& now, std::span<const table_definition> wanted,
                    const migration_options& options)
      : wanted_(wanted), options_(options), by_(dialect_of(now.engine)), task_{.state = now} {}

  planned_migration plan() &&;

private:
  void check_wanted() const;
  void rename_tables();
  void rename_column_of(const renamed_column& each);
  void sort_out();
  bool has_same_rows(const table_change& change) const;
  void note_moved(planned_migration& to) const;
  table_definition* found(std::string_view name);
  bool is_wanted(std::string_view name) const {
    return std::ranges::any_of(wanted_, [&](const auto& each) { return same_text(each.name, name); });
  }

  std::span<const table_definition> wanted_;
  const migration_options& options_;
  sql::dialect by_;
  migration_task task_;
  std::vector<table_definition> before_, now_;  // in the same order
};

void migration_planner::check_wanted() const {
  std::set<std::string> names;
  for (const auto& table : wanted_) {
    if (!names.insert(lower(table.name)).second)
      throw_usage("two tables that are wanted are named \"" + table.name + "\"");
    (void)create_table_sql(table, task_.state.engine, false);  // which refuses what no engine makes
  }
}

table_definition* migration_planner::found(std::string_view name) {
  const auto there = std::ranges::find_if(now_, [&](const auto& each) { return same_text(each.name, name); });
  return there == now_.end() ? nullptr : &*there;
}

/// Errors: usage_error for names that change places, which no single step does.
template <class Rename, class SameTable>
void refuse_circles(const std::vector<Rename>& all, SameTable&& same_table) {
  for (const auto& first : all) {
    auto name = first.to;
    for (std::size_t left = all.size(); left > 0; --left) {
      if (same_text(name, first.from))
        throw_usage("\"" + first.from + "\" and \"" + first.to +
                    "\" cannot change places in one migration: give one of "
                    "them another name with the first, and its own with a second");
      const auto next = std::ranges::find_if(
          all, [&](const Rename& each) { return same_table(first, each) && same_text(each.from, name); });
      if (next == all.end()) break;
      name = next->to;
    }
  }
}

/// Those whose new names are free, until there are no more: `a` to `b` and `b` to `c` may be said in any order.
void migration_planner::rename_tables() {
  auto left = options_.renamed_tables;
  refuse_circles(left, [](const auto&, const auto&) { return true; });
  for (const auto& each : left)
    if (!is_wanted(each.to))
      throw_usage("the table \"" + each.to + "\", a new name, is not among those that are wanted");
  const auto exists = [&](std::string_view name) {
    return found(name) != nullptr || std::ranges::any_of(task_.state.names, [&](const auto& each) {
             const bool has_gone = std::ranges::any_of(
                 task_.renamed_tables, [&](const auto& renamed) { return same_text(renamed.first, each); });
             return same_text(each, name) && !has_gone;
           });
  };
  for (bool goes_on = true; goes_on;) {
    const auto next =
        std::ranges::find_if(left, [&](const auto& each) { return found(each.from) != nullptr && !exists(each.to); });
    goes_on = next != left.end();
    if (!goes_on) break;
    std::vector<table_definition*> tables(now_.size());
    std::ranges::transform(now_, tables.begin(), [](auto& table) { return &table; });
    task_.renamed_tables.emplace_back(next->from, next->to);
    rename_table(tables, next->from, next->to);
    left.erase(next);
  }
  for (const auto& each : left)
    if (found(each.from) != nullptr && !is_wanted(each.from))
      throw_usage("the table \"" + each.from + "\" cannot be renamed to \"" + each.to +
                  "\": there is one of that name");
}

void migration_planner::sort_out() {
  for (const auto& given : wanted_) {
    auto wanted = with_names(given);
    auto* now = found(wanted.name);
    if (now == nullptr) {
      task_.created.push_back(std::move(wanted));
      continue;
    }
    if (!now->not_told.empty())
      throw_usage("the table \"" + now->name + "\" has more than a definition tells, which a migration would lose: " +
                  now->not_told.front() + "; change it by hand");
    now->name = wanted.name;
    const auto place = static_cast<std::size_t>(now - now_.data());
    task_.changes.push_back({.before = before_[place], .now = *now, .wanted = std::move(wanted), .renamed = {}});
  }
  for (auto& table : now_)
    if (!is_wanted(table.name)) (options_.drop_others ? task_.dropped : task_.neighbours).push_back(std::move(table));
}

void migration_planner::rename_column_of(const renamed_column& each) {
  const auto change =
      std::ranges::find_if(task_.changes, [&](const auto& one) { return same_text(one.wanted.name, each.table); });
  if (change == task_.changes.end()) {
    if (is_wanted(each.table)) return;  // it will be made with the new name
    throw_usage("the table \"" + each.table + "\", a column of which is renamed, is not among those that are wanted");
  }
  const auto* from = find_column(change->now, each.from);
  const auto* to = find_column(change->now, each.to);
  const auto what =
      "the column \"" + each.from + "\" of \"" + each.table + "\" cannot be renamed to \"" + each.to + "\": ";
  if (find_column(change->wanted, each.to) == nullptr) throw_usage(what + "that one is not wanted");
  if (from != nullptr && find_column(change->wanted, each.from) != nullptr) {
    if (to != nullptr) return;  // it was, and the old name is another column's now
    throw_usage(what + "a column of the old name is wanted, too; add that one with the next migration");
  }
  if (from == nullptr && to == nullptr) throw_usage(what + "there is none of either name");
  if (from == nullptr) return;  // it was
  if (to != nullptr) throw_usage(what + "there is one of that name");
  change->renamed[lower(each.to)] = from->name;
}

/// Those that others refer to come before these, as far as no circle has them.
std::vector<table_definition> parents_first(std::vector<table_definition> tables) {
  std::vector<table_definition> made;
  while (!tables.empty()) {
    auto next = std::ranges::find_if(tables, [&](const table_definition& table) {
      return std::ranges::all_of(table.foreign_keys, [&](const foreign_key_definition& key) {
        return same_text(key.table, table.name) ||
               std::ranges::none_of(tables, [&](const auto& each) { return same_text(each.name, key.table); });
      });
    });
    if (next == tables.end()) next = tables.begin();
    made.push_back(std::move(*next));
    tables.erase(next);
  }
  return made;
}

/// An index of the table goes on with the rows as they will be: on TiDB by the table's name and the types of its key.
bool migration_planner::has_same_rows(const table_change& change) const {
  if (!std::ranges::equal(change.before.primary_key, change.wanted.primary_key, same_text)) return false;
  if (task_.state.engine == engine_kind::embedded) return is_row_number(change.before) == is_row_number(change.wanted);
  const auto type_of = [](const table_definition& table, std::string_view name) {
    const auto found =
        std::ranges::find_if(table.columns, [&](const auto& each) { return same_text(each.name, name); });
    return found == table.columns.end() ? column_type() : found->type;
  };
  return same_text(change.before.name, change.wanted.name) && why_copied(change).empty() &&
         std::ranges::all_of(change.before.primary_key, [&](const std::string& name) {
           return type_of(change.before, name) == type_of(change.wanted, name);
         });
}

/// What a search index may be of.
enum class indexed_as : std::uint8_t { nothing, vectors, texts };
indexed_as indexed_as_of(type_kind kind) {
  switch (kind) {
  case type_kind::vector: return indexed_as::vectors;
  case type_kind::varchar:
  case type_kind::char_:
  case type_kind::tinytext:
  case type_kind::text:
  case type_kind::mediumtext:
  case type_kind::longtext: return indexed_as::texts;
  default: return indexed_as::nothing;
  }
}

void migration_planner::note_moved(planned_migration& to) const {
  for (const auto& change : task_.changes) {
    const bool same_keys = has_same_rows(change);
    for (const auto& column : change.before.columns) {
      const auto as = indexed_as_of(column.type.kind);
      if (as == indexed_as::nothing) continue;
      const auto wanted = std::ranges::find_if(change.wanted.columns, [&](const auto& each) {
        return change.source_of(each.name, change.before) == &column;
      });
      if (wanted == change.wanted.columns.end() || indexed_as_of(wanted->type.kind) != as) {
        to.moved.push_back({change.before.name, column.name, change.wanted.name, {}, 0});
        continue;
      }
      const auto dimensions = as == indexed_as::vectors ? wanted->type.length : 0;
      const bool same_type = as == indexed_as::texts || wanted->type == column.type;
      if (!same_keys || !same_text(wanted->name, column.name) || !same_type)
        to.moved.push_back({change.before.name, column.name, change.wanted.name, wanted->name, dimensions});
    }
  }
  for (const auto& table : task_.dropped)
    for (const auto& column : table.columns)
      if (indexed_as_of(column.type.kind) != indexed_as::nothing)
        to.moved.push_back({table.name, column.name, {}, {}, 0});
}

planned_migration migration_planner::plan() && {
  check_wanted();
  before_ = now_ = task_.state.tables;
  rename_tables();
  sort_out();
  refuse_circles(options_.renamed_columns,
                 [](const auto& left, const auto& right) { return same_text(left.table, right.table); });
  for (const auto& each : options_.renamed_columns) rename_column_of(each);
  task_.created = parents_first(std::move(task_.created));
  task_.dropped = parents_first(std::move(task_.dropped));
  std::ranges::reverse(task_.dropped);
  planned_migration made;
  note_moved(made);
  made.checks = row_checks_of(task_.changes, task_.created, by_);
  made.steps = task_.state.engine == engine_kind::tidb ? plan_for_tidb(task_) : plan_for_embedded(task_);
  return made;
}

}  // namespace

planned_migration plan_migration(const database_state& now, std::span<const table_definition> wanted,
                                 const migration_options& options) {
  return migration_planner(now, wanted, options).plan();
}

}  // namespace detail

}  // namespace tidb
