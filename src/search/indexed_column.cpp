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

std::string name_of(const vector_column& of) {
  return "\"" + std::string(of.table) + "." + std::string(of.name) + "\"";
}

[[noreturn]] void refuse_index(const error_entry& entry, const std::string& name, std::string_view reason,
                               std::source_location where) {
  error_info info{.where = where, .sent = false};
  judge(info, entry, {{"name", name}, {"reason", reason}});
  throw_error(std::move(info));
}

bool has_column(const executor& on, const vector_column& of, const call_context& context) {
  const statement_text text("SELECT COUNT(*) FROM pragma_table_info(?) WHERE name = ? COLLATE NOCASE");
  return read_own<std::int64_t>(on, context, text, std::string(of.table), std::string(of.name)).front() > 0;
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

/// `has_key_index`: an INTEGER PRIMARY KEY DESC is a column like any other, with an index of its own.
/// The column that is the row's number, or SQLite's own name for that number.
std::pair<std::string, bool> key_of(const std::vector<table_column>& columns, bool has_key_index) {
  const auto in_key = [](const table_column& column) { return column.key_place > 0; };
  const auto key = std::ranges::find_if(columns, in_key);
  if (!has_key_index && key != columns.end() && std::ranges::count_if(columns, in_key) == 1 &&
      same_name(key->type, "INTEGER"))
    return {key->name, true};
  for (const char* name : {"_rowid_", "rowid", "oid"})
    if (std::ranges::none_of(columns, [&](const table_column& column) { return same_name(column.name, name); }))
      return {name, false};
  return {};
}

}  // namespace

indexed_column examine(const executor& on, const vector_column& of, const call_context& context) {
  const auto columns = columns_of(on, of.table, context);
  if (columns.empty())
    refuse_index(entry_named("index-of-nothing"), "table \"" + std::string(of.table) + "\"", {}, context.where);
  if (std::ranges::none_of(columns, [&](const table_column& column) { return same_name(column.name, of.name); }))
    refuse_index(entry_named("index-of-nothing"), "column " + name_of(of), {}, context.where);
  const statement_text without("SELECT COUNT(*) FROM pragma_table_list(?) WHERE wr = 1");
  const statement_text key_index("SELECT COUNT(*) FROM pragma_index_list(?) WHERE origin = 'pk'");
  const bool has_key_index = read_own<std::int64_t>(on, context, key_index, std::string(of.table)).front() > 0;
  auto [key, stable] = key_of(columns, has_key_index);
  if (key.empty() || read_own<std::int64_t>(on, context, without, std::string(of.table)).front() > 0)
    refuse_index(entry_named("index-unsupported"), name_of(of), "rows of a table WITHOUT ROWID have no number",
                 context.where);
  return {.table = std::string(of.table),
          .column = std::string(of.name),
          .key = std::move(key),
          .key_is_stable = stable,
          .dimensions = of.dimensions};
}

}  // namespace tidb::detail
