// What ALTER TABLE does on TiDB.
#include "schema/migration_tidb.hpp"

#include "core/text.hpp"
#include "schema/conversion.hpp"
#include "schema/names_in_sql.hpp"
#include "schema/table_sql.hpp"
#include "schema/type_facts.hpp"

namespace tidb::detail {

namespace {

constexpr auto tidb = sql::dialect::tidb;

std::string alter(const table_change& change, const std::string& how) {
  return "ALTER TABLE " + quoted(change.now.name) + " " + how;
}

/// As ALTER TABLE takes it: UNIQUE is an index of its own.
std::string column_sql(const table_change& change, column_definition column) {
  column.unique = false;
  return tidb_column(change.wanted, column);
}

}  // namespace

std::vector<planned_step> tidb_planner::plan() && {
  for (const auto& name : task_.state.left_over)
    add("drop " + quoted(name) + ", which a migration that was broken off has left", "DROP TABLE " + quoted(name));
  for (const auto& [from, to] : task_.renamed_tables)
    add("rename the table " + quoted(from) + " to " + quoted(to),
        "ALTER TABLE " + quoted(from) + " RENAME TO " + quoted(to));
  for (const auto& change : task_.changes)
    if (auto why = why_copied(change); !why.empty()) copied_.emplace_back(change.wanted.name, std::move(why));
  for (auto& change : task_.changes) {
    if (is_copied(change)) continue;
    drop_checks(change);
    rename_columns(change);
  }
  drop_foreign_keys();
  create_tables();
  for (auto& change : task_.changes) is_copied(change) ? copy(change) : alter_table(change);
  for (const auto& change : task_.changes) add_foreign_keys(change.wanted, change.now.foreign_keys);
  for (const auto& table : made_) {
    const auto wanted = named_part(task_.created, table.name);
    add_foreign_keys(*wanted, table.foreign_keys);
  }
  for (const auto& table : task_.dropped) steps_.push_back(drop_step(table.name));
  return std::move(steps_);
}

void tidb_planner::drop_check(table_change& change, std::size_t place) {
  auto& checks = change.now.checks;
  add("drop the check " + quoted(checks[place].name) + " of " + quoted(change.now.name),
      alter(change, "DROP CONSTRAINT " + quoted(checks[place].name)));
  checks.erase(checks.begin() + static_cast<std::ptrdiff_t>(place));
}

/// Also those that name a column that gets another name or goes: TiDB keeps it for them.
void tidb_planner::drop_checks(table_change& change) {
  const auto stays = [&](const check_definition& check) {
    for (const auto& column : change.now.columns) {
      const bool is_renamed =
          std::ranges::any_of(change.renamed, [&](const auto& each) { return same_text(each.second, column.name); });
      const bool goes = !is_renamed && find_column(change.wanted, column.name) == nullptr;
      if ((is_renamed || goes) && names_column(check.condition, column.name, tidb)) return false;
    }
    return true;
  };
  const auto all = change.differences(tidb);
  for (std::size_t i = change.now.checks.size(); i-- > 0;) {
    const auto& check = change.now.checks[i];
    const bool differs = std::ranges::any_of(all, [&](const part_difference& each) {
      return each.part == part_name{part_kind::check, lower(check.name)};
    });
    if (differs || !stays(check)) drop_check(change, i);
  }
}

void tidb_planner::rename_columns(table_change& change) {
  auto tables = task_.all();
  for (const auto& [to, from] : change.renamed) {
    const auto& name = column_named(change.wanted, to).name;
    add("rename the column " + quoted(from) + " of " + quoted(change.now.name) + " to " + quoted(name),
        alter(change, "RENAME COLUMN " + quoted(from) + " TO " + quoted(name)));
    rename_column(tables, change.now.name, from, name, tidb);
  }
}

void tidb_planner::alter_table(table_change& change) {
  drop_indexes(change);
  change_columns(change);
  add_columns(change);
  add_indexes(change);
  add_checks(change);
  change_options(change);
  drop_columns(change);
}

void tidb_planner::drop_indexes(table_change& change) {
  for (const auto& each : change.differences(tidb)) {
    if (each.found.empty() || (each.part.kind != part_kind::index && each.part.kind != part_kind::unique_index))
      continue;
    const auto index = named_part(change.now.indexes, each.part.name);
    const auto key = named_part(change.wanted.foreign_keys, each.part.name);
    const bool is_of_key =
        each.wanted.empty() && index != change.now.indexes.end() && key != change.wanted.foreign_keys.end() &&
        std::ranges::equal(index->parts, key->columns, [](const index_part& part, const std::string& column) {
          return part.prefix == 0 && same_text(part.column, column);
        });
    if (is_of_key) continue;  // it will be its index again
    add("drop the " + to_string(each.part) + " of " + quoted(change.now.name),
        alter(change, "DROP INDEX " + quoted(each.part.name)));
    if (index != change.now.indexes.end()) change.now.indexes.erase(index);
    for (auto& column : change.now.columns)
      if (same_text(column.name, each.part.name)) column.unique = false;
  }
}

void tidb_planner::change_columns(table_change& change) {
  for (const auto& each : change.differences(tidb))
    if (each.part.kind == part_kind::column && !each.found.empty() && !each.wanted.empty()) change_column(change, each);
}

void tidb_planner::change_column(table_change& change, const part_difference& difference) {
  const auto& wanted = column_named(change.wanted, difference.part.name);
  const auto& old = column_named(change.now, difference.part.name);
  const auto modify = "MODIFY COLUMN ";
  auto one =
      step("change the column " + difference.found + " of " + quoted(change.now.name) + " to " + difference.wanted, {});
  const bool fills = old.nullable && !wanted.nullable && wanted.default_to && !wanted.default_to->is_expression;
  if (fills) {
    one.shown.what += ", with the default for NULL";
    auto between = wanted;
    between.nullable = true;
    if (!holds_the_same(old, wanted)) one.shown.sql.push_back(alter(change, modify + column_sql(change, between)));
    const auto name = quoted(wanted.name);
    one.shown.sql.push_back(in_batches(change.now) + "UPDATE " + quoted(change.now.name) + " SET " + name + " = " +
                            default_literal(change.wanted, wanted, tidb) + " WHERE " + name + " IS NULL");
  }
  one.shown.sql.push_back(alter(change, modify + column_sql(change, wanted)));
  steps_.push_back(std::move(one));
  const bool was_unique = old.unique;
  for (auto& column : change.now.columns)
    if (same_text(column.name, wanted.name)) {
      column = wanted;
      column.unique = was_unique;
    }
}

void tidb_planner::add_columns(table_change& change) {
  for (const bool computed : {false, true})
    for (const auto& each : change.differences(tidb)) {
      if (each.part.kind != part_kind::column || !each.found.empty()) continue;
      auto column = column_named(change.wanted, each.part.name);
      if (column.generated.empty() == computed) continue;
      add("add the column " + each.wanted + " to " + quoted(change.now.name) + text_of_zero(column, tidb),
          alter(change, "ADD COLUMN " + column_sql(change, column)));
      column.unique = false;
      change.now.columns.push_back(std::move(column));
    }
}

void tidb_planner::add_indexes(const table_change& change) {
  for (const auto& each : change.differences(tidb)) {
    if (each.wanted.empty() || (each.part.kind != part_kind::index && each.part.kind != part_kind::unique_index))
      continue;
    const auto index = named_part(change.wanted.indexes, each.part.name);
    const bool unique = each.part.kind == part_kind::unique_index;
    const index_definition of_column{each.part.name, {{.column = each.part.name}}, true};
    add("add the " + to_string(each.part) + " " + each.wanted + " to " + quoted(change.now.name),
        alter(change, std::string("ADD ") + (unique ? "UNIQUE " : "") + "INDEX " + quoted(each.part.name) + " " +
                          part_list(index == change.wanted.indexes.end() ? of_column : *index, tidb)));
  }
}

void tidb_planner::add_checks(const table_change& change) {
  for (const auto& check : change.wanted.checks)
    if (named_part(change.now.checks, check.name) == change.now.checks.end())
      add("add the check " + quoted(check.name) + " to " + quoted(change.wanted.name) + ": " + check.condition,
          alter(change, "ADD " + check_sql(check)));
}

void tidb_planner::change_options(const table_change& change) {
  const auto& wanted = change.wanted;
  for (const auto& each : change.differences(tidb)) {
    std::string option;
    if (each.part.kind == part_kind::comment) option = "COMMENT " + sql::quote_text(wanted.comment, tidb);
    if (each.part.kind == part_kind::auto_id_cache) option = "AUTO_ID_CACHE " + std::to_string(wanted.auto_id_cache);
    if (each.part.kind == part_kind::shard_row_id_bits)
      option = "SHARD_ROW_ID_BITS " + std::to_string(wanted.shard_row_id_bits);
    if (!option.empty()) add("change the option " + option + " of " + quoted(wanted.name), alter(change, option));
  }
}

void tidb_planner::drop_columns(table_change& change) {
  for (const bool computed : {true, false})
    for (const auto& each : change.differences(tidb)) {
      if (each.part.kind != part_kind::column || !each.wanted.empty()) continue;
      const auto& column = column_named(change.now, each.part.name);
      if (column.generated.empty() == computed) continue;
      const auto name = quoted(column.name);
      const auto which = "the column " + name + " of " + quoted(change.now.name);
      add("drop " + which, alter(change, "DROP COLUMN " + name), computed ? "" : which + " and its values");
      std::erase_if(change.now.columns, [&](const auto& one) { return same_text(one.name, each.part.name); });
    }
}

void tidb_planner::copy(table_change& change) {
  const auto why = std::ranges::find(copied_, change.wanted.name, &std::pair<std::string, std::string>::first)->second;
  steps_.push_back(copy_step(change, why));
  // what has a name of its own in the whole database can only follow
  auto made = change.wanted;
  made.foreign_keys.clear();
  made.checks.clear();
  change.now = std::move(made);
  add_checks(change);
}

std::vector<planned_step> plan_for_tidb(migration_task& task) { return tidb_planner(task).plan(); }

}  // namespace tidb::detail
