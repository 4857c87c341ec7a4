#include "tidbxx/schema/migration.hpp"

#include "core/text.hpp"
#include "engine/sql_text.hpp"
#include "schema/migration_checks.hpp"
#include "schema/migration_planner.hpp"
#include "schema/table_sql.hpp"
#include "schema/type_facts.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>
#include <utility>

namespace tidb {

namespace detail {

std::string quoted(std::string_view name) { return sql::quote_identifier(name); }

planned_step step(std::string what, std::vector<std::string> sql, std::string loses) {
  return {.shown = {std::move(what), std::move(sql), std::move(loses)}};
}

planned_step drop_step(const std::string& table) {
  return step("drop the table " + quoted(table), {"DROP TABLE " + quoted(table)},
              "the table " + quoted(table) + " and its rows");
}

std::string text_of_zero(const column_definition& added, sql::dialect by) {
  const bool is_given =
      added.nullable || added.default_to || !added.generated.empty() || added.auto_increment || added.auto_random > 0;
  const auto zero = is_given ? std::nullopt : zero_of(added, by);
  return zero ? ", with " + *zero + " in rows that are there" : "";
}

std::string text_of(const table_change& change, sql::dialect by) {
  std::string text;
  for (const auto& each : change.differences(by)) {
    text += (text.empty() ? ": " : "; ") + to_string(each.part);
    if (each.found.empty())
      text += " is new, " + each.wanted;
    else
      text += each.wanted.empty() ? " goes" : " is " + each.wanted + " instead of " + each.found;
    if (each.part.kind != part_kind::column || each.wanted.empty()) continue;
    const auto& column = column_named(change.wanted, each.part.name);
    const auto* old = change.source_of(column.name, change.now);
    if (old == nullptr)
      text += text_of_zero(column, by);
    else if (old->nullable && !column.nullable && column.default_to)
      text += ", with the default for NULL";
  }
  return text;
}

std::string losses_of(const table_change& change) {
  std::string text;
  for (const auto& column : change.now.columns) {
    if (!column.generated.empty()) continue;
    const bool stays = std::ranges::any_of(change.wanted.columns, [&](const auto& wanted) {
      const auto* old = change.source_of(wanted.name, change.now);
      return wanted.generated.empty() && old != nullptr && same_text(old->name, column.name);
    });
    if (stays) continue;
    const bool is_computed = find_column(change.wanted, column.name) != nullptr;
    text += (text.empty() ? "" : "; ") + ("the column " + quoted(column.name)) + " of " + quoted(change.now.name) +
            (is_computed ? ", which becomes computed, loses its values" : " and its values");
  }
  return text;
}

std::vector<table_definition*> migration_task::all() {
  std::vector<table_definition*> tables;
  tables.reserve(changes.size() + dropped.size() + neighbours.size());
  for (auto& change : changes) tables.push_back(&change.now);
  for (auto* more : {&dropped, &neighbours})
    for (auto& table : *more) tables.push_back(&table);
  return tables;
}

namespace {

/// A name of at most 64 characters; what is too long ends with a number of its own.
std::string name_beside(std::string_view prefix, std::string_view table) {
  auto name = std::string(prefix) + std::string(table);
  constexpr std::size_t most = 64;
  if (name.size() <= most) return name;
  std::uint64_t mixed = 14'695'981'039'346'656'037U;  // FNV-1a
  for (const char letter : table) mixed = (mixed ^ static_cast<unsigned char>(letter)) * 1'099'511'628'211U;
  name.resize(most / 2);
  while (!name.empty() && (static_cast<unsigned char>(name.back()) & 0x80U) != 0) name.pop_back();  // no half a letter
  return name + std::to_string(mixed);
}

constexpr std::string_view helper_prefix = "_tidbxx_new_", retired_prefix = "_tidbxx_old_";

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
  void note_vectors(planned_migration& to) const;
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

/// Those whose new names are free, until there are no more: `a` to `b` and `b` to `c` may be said in any order.
void migration_planner::rename_tables() {
  std::vector<renamed_table> left = options_.renamed_tables;
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

void migration_planner::note_vectors(planned_migration& to) const {
  if (task_.state.engine == engine_kind::tidb) return;
  for (const auto& change : task_.changes) {
    const bool same_keys = std::ranges::equal(change.before.primary_key, change.wanted.primary_key, same_text) &&
                           is_row_number(change.before) == is_row_number(change.wanted);
    for (const auto& column : change.before.columns) {
      if (column.type.kind != type_kind::vector) continue;
      const auto wanted = std::ranges::find_if(change.wanted.columns, [&](const auto& each) {
        return change.source_of(each.name, change.before) == &column;
      });
      if (wanted == change.wanted.columns.end())
        to.vectors.push_back({change.before.name, column.name, {}, {}, 0});
      else if (!same_keys || !same_text(wanted->name, column.name) || wanted->type != column.type)
        to.vectors.push_back({change.before.name, column.name, change.wanted.name, wanted->name, wanted->type.length});
    }
  }
  for (const auto& table : task_.dropped)
    for (const auto& column : table.columns)
      if (column.type.kind == type_kind::vector) to.vectors.push_back({table.name, column.name, {}, {}, 0});
}

planned_migration migration_planner::plan() && {
  check_wanted();
  before_ = now_ = task_.state.tables;
  rename_tables();
  sort_out();
  for (const auto& each : options_.renamed_columns) rename_column_of(each);
  task_.created = parents_first(std::move(task_.created));
  task_.dropped = parents_first(std::move(task_.dropped));
  std::ranges::reverse(task_.dropped);
  planned_migration made;
  note_vectors(made);
  made.checks = row_checks_of(task_.changes, task_.created, by_);
  made.steps = task_.state.engine == engine_kind::tidb ? plan_for_tidb(task_) : plan_for_embedded(task_);
  return made;
}

}  // namespace

std::string helper_name(std::string_view table) { return name_beside(helper_prefix, table); }
std::string retired_name(std::string_view table) { return name_beside(retired_prefix, table); }
bool is_helper_name(std::string_view name) {
  return name.starts_with(helper_prefix) || name.starts_with(retired_prefix);
}

planned_migration plan_migration(const database_state& now, std::span<const table_definition> wanted,
                                 const migration_options& options) {
  return migration_planner(now, wanted, options).plan();
}

}  // namespace detail

bool migration_plan::loses_data() const noexcept {
  return std::ranges::any_of(steps, [](const auto& each) { return !each.loses.empty(); });
}

std::string to_string(const migration_plan& plan) {
  std::string text;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const auto& each = plan.steps[i];
    text += std::to_string(i + 1) + ". " + each.what + "\n";
    if (!each.loses.empty()) text += "   LOSES " + each.loses + "\n";
    for (const auto& sql : each.sql) {
      text += "   ";
      for (const char letter : sql) text.append(1, letter).append(letter == '\n' ? "   " : "");
      text += ";\n";
    }
  }
  return text;
}

}  // namespace tidb
