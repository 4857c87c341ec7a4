#include "tidbxx/schema/difference.hpp"

#include "core/text.hpp"
#include "engine/sql_text.hpp"
#include "schema/default_form.hpp"
#include "schema/expression_form.hpp"
#include "schema/table_sql.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>

namespace tidb {

namespace detail {

namespace {

constexpr std::string_view usual_collation = "utf8mb4_bin";

/// A default in one form.
void normalise(column_default& what, const column_definition& of, sql::dialect by) {
  if (!what.is_expression) {
    if (auto form = form_of_default(of, what.text)) what.text = std::move(*form);
    return;
  }
  what.text = form_of_expression(what.text, by);
  if (what.text.starts_with("now(")) what.text.replace(0, 3, "current_timestamp");
  if (what.text.ends_with("()")) what.text.erase(what.text.size() - 2);
}

/// The definition in the one form of all that make the same table.
table_definition normal(table_definition table, sql::dialect by) {
  table = with_names(std::move(table));
  if (lower(table.collation) == usual_collation) table.collation.clear();
  if (!table.clustered && !table.primary_key.empty()) table.clustered = true;
  if (table.primary_key.empty()) table.clustered.reset();
  for (auto& name : table.primary_key) name = lower(name);
  for (auto& column : table.columns) {
    column.name = lower(column.name);
    if (lower(column.collation) == (table.collation.empty() ? usual_collation : lower(table.collation)))
      column.collation.clear();
    if (std::ranges::find(table.primary_key, column.name) != table.primary_key.end()) column.nullable = false;
    if (column.default_to) normalise(*column.default_to, column, by);
    if (!column.generated.empty()) column.generated = form_of_expression(column.generated, by);
    if (std::exchange(column.unique, false))
      table.indexes.push_back({.name = column.name, .parts = {{.column = column.name}}, .unique = true});
  }
  for (auto& index : table.indexes)
    for (auto& part : index.parts)
      part = {lower(part.column), part.prefix,
              part.expression.empty() ? std::string() : form_of_expression(part.expression, by), part.descending};
  for (auto& key : table.foreign_keys) {
    key.table = lower(key.table);
    for (auto* names : {&key.columns, &key.referenced})
      for (auto& name : *names) name = lower(name);
    for (auto* action : {&key.on_delete, &key.on_update})
      if (*action == reference_action::restrict) *action = reference_action::no_action;  // the same but for its name
  }
  for (auto& check : table.checks) check.condition = form_of_expression(check.condition, by);
  return table;
}

using parts_of_table = std::map<std::string, std::string>;

/// Each part of a table, and what it is.
parts_of_table parts_of(const table_definition& given, sql::dialect by) {
  const auto table = normal(given, by);
  parts_of_table all;
  const auto named = [](std::string_view what, const std::string& name) {
    return std::string(what) + " " + sql::quote_identifier(lower(name));
  };
  for (const auto& column : table.columns) all[named("column", column.name)] = tidb_column(table, column);
  if (!table.primary_key.empty())
    all["primary key"] = name_list(table.primary_key) + (*table.clustered ? "" : " NONCLUSTERED");
  for (const auto& index : table.indexes)
    all[named(index.unique ? "unique index" : "index", index.name)] =
        (index.unique ? "UNIQUE " : "") + part_list(index, sql::dialect::tidb);
  for (const auto& key : table.foreign_keys) all[named("foreign key", key.name)] = foreign_key_sql(key);
  for (const auto& check : table.checks) all[named("check", check.name)] = check_sql(check);
  if (!table.collation.empty()) all["collation"] = lower(table.collation);
  if (!table.comment.empty()) all["comment"] = sql::quote_text(table.comment, sql::dialect::tidb);
  if (table.auto_id_cache > 0) all["AUTO_ID_CACHE"] = std::to_string(table.auto_id_cache);
  if (table.shard_row_id_bits > 0) all["SHARD_ROW_ID_BITS"] = std::to_string(table.shard_row_id_bits);
  for (const auto& option : table.options) {
    if (option.empty()) continue;
    const auto form = form_of_expression(option, by);
    const auto begin = form.find_first_not_of('(');
    auto& before = all["option " + form.substr(begin, form.find_first_of(" =", begin) - begin)];
    before += (before.empty() ? "" : ", ") + form;
  }
  for (const auto& each : table.not_told) all["not told: " + each] = each;
  return all;
}

}  // namespace

}  // namespace detail

std::vector<table_difference> compare_tables(const table_definition& wanted, const table_definition& found,
                                             engine_kind engine) {
  const auto by = detail::dialect_of(engine);
  auto shall = detail::parts_of(wanted, by);
  std::vector<table_difference> all;
  for (const auto& [what, is] : detail::parts_of(found, by)) {
    const auto same = shall.extract(what);
    if (same.empty())
      all.push_back({what, {}, is});
    else if (same.mapped() != is)
      all.push_back({what, same.mapped(), is});
  }
  for (const auto& [what, text] : shall) all.push_back({what, text, {}});
  return all;
}

}  // namespace tidb
