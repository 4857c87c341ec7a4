#include "tidbxx/schema/difference.hpp"

#include "core/text.hpp"
#include "engine/sql_text.hpp"
#include "schema/default_form.hpp"
#include "schema/expression_form.hpp"
#include "schema/table_parts.hpp"
#include "schema/table_sql.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <cstddef>
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

/// Options by the name that they begin with.
void add_options(const table_definition& table, sql::dialect by, table_parts& to) {
  for (const auto& option : table.options) {
    if (option.empty()) continue;
    const auto form = form_of_expression(option, by);
    const auto begin = form.find_first_not_of('(');
    auto& before = to[{part_kind::option, form.substr(begin, form.find_first_of(" =", begin) - begin)}];
    before += (before.empty() ? "" : ", ") + form;
  }
}

}  // namespace

table_parts parts_of(const table_definition& given, sql::dialect by) {
  const auto table = normal(given, by);
  table_parts all;
  for (const auto& column : table.columns) all[{part_kind::column, lower(column.name)}] = tidb_column(table, column);
  if (!table.primary_key.empty())
    all[{part_kind::primary_key, {}}] = name_list(table.primary_key) + (*table.clustered ? "" : " NONCLUSTERED");
  for (const auto& index : table.indexes)
    all[{index.unique ? part_kind::unique_index : part_kind::index, lower(index.name)}] =
        (index.unique ? "UNIQUE " : "") + part_list(index, sql::dialect::tidb);
  for (const auto& key : table.foreign_keys) all[{part_kind::foreign_key, lower(key.name)}] = foreign_key_sql(key);
  for (const auto& check : table.checks) all[{part_kind::check, lower(check.name)}] = check_sql(check);
  if (!table.collation.empty()) all[{part_kind::collation, {}}] = lower(table.collation);
  if (!table.comment.empty()) all[{part_kind::comment, {}}] = sql::quote_text(table.comment, sql::dialect::tidb);
  if (table.auto_id_cache > 0) all[{part_kind::auto_id_cache, {}}] = std::to_string(table.auto_id_cache);
  if (table.shard_row_id_bits > 0) all[{part_kind::shard_row_id_bits, {}}] = std::to_string(table.shard_row_id_bits);
  add_options(table, by, all);
  for (const auto& each : table.not_told) all[{part_kind::not_told, each}] = each;
  return all;
}

std::string to_string(const part_name& part) {
  const auto named = [&](std::string_view what) { return std::string(what) + " " + sql::quote_identifier(part.name); };
  switch (part.kind) {
  case part_kind::column: return named("column");
  case part_kind::primary_key: return "primary key";
  case part_kind::index: return named("index");
  case part_kind::unique_index: return named("unique index");
  case part_kind::foreign_key: return named("foreign key");
  case part_kind::check: return named("check");
  case part_kind::collation: return "collation";
  case part_kind::comment: return "comment";
  case part_kind::auto_id_cache: return "AUTO_ID_CACHE";
  case part_kind::shard_row_id_bits: return "SHARD_ROW_ID_BITS";
  case part_kind::option: return "option " + part.name;
  case part_kind::not_told: return "not told: " + part.name;
  }
  return {};
}

std::vector<part_difference> differences_of(const table_definition& wanted, const table_definition& found,
                                            sql::dialect by) {
  auto shall = parts_of(wanted, by);
  std::vector<part_difference> all;
  for (const auto& [part, is] : parts_of(found, by)) {
    const auto same = shall.extract(part);
    if (same.empty())
      all.push_back({part, {}, is});
    else if (same.mapped() != is)
      all.push_back({part, same.mapped(), is});
  }
  for (const auto& [part, text] : shall) all.push_back({part, text, {}});
  return all;
}

}  // namespace detail

std::vector<table_difference> compare_tables(const table_definition& wanted, const table_definition& found,
                                             engine_kind engine) {
  std::vector<table_difference> all;
  for (auto& each : detail::differences_of(wanted, found, detail::dialect_of(engine)))
    all.push_back({detail::to_string(each.part), std::move(each.wanted), std::move(each.found)});
  return all;
}

}  // namespace tidb
