// Tables that refer to each other, on TiDB.
#include "core/text.hpp"
#include "schema/migration_tidb.hpp"
#include "schema/table_sql.hpp"
#include "tidbxx/core/error.hpp"

namespace tidb::detail {

namespace {

constexpr auto tidb = sql::dialect::tidb;

}  // namespace

/// Whether the columns, of a foreign key's one end, or an index of them, do not stay as they are.
bool tidb_planner::stands_on(std::span<const std::string> columns, const table_change& change) const {
  const auto is_one = [&](std::string_view name) {
    return std::ranges::any_of(columns, [&](const auto& column) { return same_text(column, name); });
  };
  if (is_copied(change)) return true;
  return std::ranges::any_of(change.differences(tidb), [&](const part_difference& each) {
    if (each.found.empty()) return false;
    if (each.part.kind == part_kind::column) return is_one(each.part.name);
    if (each.part.kind != part_kind::index && each.part.kind != part_kind::unique_index) return false;
    const auto index = named_part(change.now.indexes, each.part.name);
    return index == change.now.indexes.end() ? is_one(each.part.name) : is_one(index->parts.front().column);
  });
}

std::string tidb_planner::why_in_the_way(const foreign_key_definition& key, const table_change& child) const {
  const auto same = std::ranges::none_of(child.differences(tidb), [&](const part_difference& each) {
    return each.part == part_name{part_kind::foreign_key, lower(key.name)};
  });
  if (!same) return "it is not wanted as it is";
  if (stands_on(key.columns, child)) return "its columns change";
  const auto* parent = change_of(key.table);
  if (parent != nullptr && stands_on(key.referenced, *parent)) return "the columns that it refers to change";
  const bool goes =
      std::ranges::any_of(task_.dropped, [&](const auto& each) { return same_text(each.name, key.table); });
  return goes ? "the table that it refers to goes" : "";
}

/// `before`: what the table is called when the migration begins.
void tidb_planner::drop_foreign_key(table_definition& child, const std::string& before,
                                    const foreign_key_definition& key) {
  add("drop the foreign key " + quoted(key.name) + " of " + quoted(child.name),
      "ALTER TABLE " + quoted(child.name) + " DROP FOREIGN KEY " + quoted(key.name));
  // the index that was made for it stays
  const auto there = task_.state.indexes.find(lower(before));
  const bool has_own = there != task_.state.indexes.end() &&
                       std::ranges::any_of(there->second, [&](const auto& each) { return same_text(each, key.name); });
  if (!has_own || named_part(child.indexes, key.name) != child.indexes.end()) return;
  index_definition own{.name = key.name};
  for (const auto& column : key.columns) own.parts.push_back({.column = column});
  child.indexes.push_back(std::move(own));
}

void tidb_planner::drop_foreign_keys() {
  for (const auto& table : task_.neighbours)
    for (const auto& key : table.foreign_keys)
      if (const auto* parent = change_of(key.table); parent != nullptr && stands_on(key.referenced, *parent))
        throw_usage("the table \"" + table.name + "\" refers to columns of \"" + key.table +
                    "\" that change, by the foreign key \"" + key.name +
                    "\": give its definition to the migration, too, or drop the key");
  for (auto& change : task_.changes) {
    const auto keys = change.now.foreign_keys;
    std::vector<foreign_key_definition> gone;
    for (const auto& key : keys)
      if (!why_in_the_way(key, change).empty()) gone.push_back(key);
    for (const auto& key : gone) {
      drop_foreign_key(change.now, change.before.name, key);
      std::erase(change.now.foreign_keys, key);
    }
  }
  // tables that go, and refer to each other
  for (auto& table : task_.dropped)
    for (const auto& key : std::exchange(table.foreign_keys, {}))
      if (!same_text(key.table, table.name)) drop_foreign_key(table, table.name, key);
}

void tidb_planner::create_tables() {
  for (const auto& table : task_.created) {
    const auto is_ready = [&](const foreign_key_definition& key) {
      const auto* there = change_of(key.table);
      if (there != nullptr) return there->differences(tidb).empty();
      return named_part(task_.created, key.table) == task_.created.end() || same_text(key.table, table.name) ||
             named_part(made_, key.table) != made_.end();
    };
    auto made = table;
    std::erase_if(made.foreign_keys, [&](const auto& key) { return !is_ready(key); });
    add("create the table " + quoted(table.name), create_table_sql(made, engine_kind::tidb, false));
    made_.push_back(std::move(made));
  }
}

void tidb_planner::add_foreign_keys(const table_definition& wanted, const std::vector<foreign_key_definition>& there) {
  for (const auto& key : wanted.foreign_keys)
    if (named_part(there, key.name) == there.end())
      add("add the foreign key " + quoted(key.name) + " to " + quoted(wanted.name),
          "ALTER TABLE " + quoted(wanted.name) + " ADD " + foreign_key_sql(key));
}

}  // namespace tidb::detail
