#include "search/indexed_column.hpp"

#include "core/error_table.hpp"
#include "search/index_catalog.hpp"
#include "search/own_sql.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace tidb::detail {

std::string name_of(const index_target& of) {
  if (of.column.empty()) return "\"" + std::string(of.table) + "\"";
  return "\"" + std::string(of.table) + "." + std::string(of.column) + "\"";
}

[[noreturn]] void refuse_index(const error_entry& entry, const std::string& name, std::string_view reason,
                               std::source_location where) {
  error_info info{.where = where, .sent = false};
  judge(info, entry, {{"name", name}, {"reason", reason}});
  throw_error(std::move(info));
}

void refuse_computed_column(const index_target& of, const call_context& context) {
  refuse_index(entry_named("index-unsupported"), name_of(of),
               "the database computes it of other columns, whose changes tell nothing of it: index those",
               context.where);
}

void expect_same_form(const index_target& of, const index_form& there, const index_form& asked,
                      const call_context& context) {
  constexpr auto remedy = ": drop it, or say if_exists::overwrite";
  if (there.text != asked.text)
    throw_usage("the full-text index on " + name_of(of) +
                    " is of other columns, or has other boosts or another analyzer" + remedy,
                context.where);
  if (there.by != asked.by)
    throw_usage("the vector index on " + name_of(of) + " is for " + metric_name(there.by) + ", not for " +
                    metric_name(asked.by) + remedy,
                context.where);
}

namespace {

struct table_column {
  std::string name{};
  std::string type{};
  std::int64_t key_place{};
};

std::vector<table_column> columns_of(const executor& on, std::string_view table, const call_context& context) {
  const statement_text text("SELECT name, type, pk FROM pragma_table_info(?)");
  std::vector<table_column> columns;
  for (auto& [name, type, place] :
       read_own<std::tuple<std::string, std::string, std::int64_t>>(on, context, text, std::string(table)))
    columns.push_back({std::move(name), std::move(type), place});
  return columns;
}

bool is_among(const std::vector<table_column>& columns, std::string_view name) {
  return std::ranges::any_of(columns, [&](const table_column& column) { return same_name(column.name, name); });
}

/// `has_key_index`: an INTEGER PRIMARY KEY DESC is a column like any other, with an index of its own.
/// The column that is the row's number, or SQLite's own name for that number.
std::pair<std::string, bool> key_of(const std::vector<table_column>& columns, bool has_key_index) {
  const auto in_key = [](const table_column& column) { return column.key_place > 0; };
  const auto key = std::ranges::find_if(columns, in_key);
  if (!has_key_index && key != columns.end() && std::ranges::count_if(columns, in_key) == 1 &&
      same_name(key->type, "INTEGER"))
    return {key->name, true};
  for (const char* name : {"_rowid_", "rowid", "oid"})
    if (!is_among(columns, name)) return {name, false};
  return {};
}

}  // namespace

bool has_columns(const executor& on, std::string_view table, const std::vector<std::string>& columns,
                 const call_context& context) {
  const auto there = columns_of(on, table, context);
  return std::ranges::all_of(columns, [&](const std::string& column) { return is_among(there, column); });
}

indexed_column examine(const executor& on, const index_target& of, const std::vector<std::string>& columns,
                       const call_context& context) {
  const auto there = columns_of(on, of.table, context);
  if (there.empty())
    refuse_index(entry_named("index-of-nothing"), "table \"" + std::string(of.table) + "\"", {}, context.where);
  const statement_text computed(
      "SELECT COUNT(*) FROM pragma_table_xinfo(?) WHERE name = ? COLLATE NOCASE AND hidden IN "
      "(2, 3)");
  for (const auto& column : columns) {
    if (is_among(there, column)) continue;
    if (read_own<std::int64_t>(on, context, computed, std::string(of.table), column).front() > 0)
      refuse_computed_column({of.table, column}, context);
    refuse_index(entry_named("index-of-nothing"), "column " + name_of({of.table, column}), {}, context.where);
  }
  const statement_text without("SELECT COUNT(*) FROM pragma_table_list(?) WHERE wr = 1");
  const statement_text key_index("SELECT COUNT(*) FROM pragma_index_list(?) WHERE origin = 'pk'");
  const bool has_key_index = read_own<std::int64_t>(on, context, key_index, std::string(of.table)).front() > 0;
  auto [key, stable] = key_of(there, has_key_index);
  if (key.empty() || read_own<std::int64_t>(on, context, without, std::string(of.table)).front() > 0)
    refuse_index(entry_named("index-unsupported"), name_of(of), "rows of a table WITHOUT ROWID have no number",
                 context.where);
  return {.table = std::string(of.table),
          .columns = columns,
          .key = std::move(key),
          .key_is_stable = stable,
          .dimensions = of.dimensions};
}

}  // namespace tidb::detail
