#include "schema/table_change.hpp"

#include "core/text.hpp"
#include "schema/conversion.hpp"
#include "schema/names_in_sql.hpp"
#include "schema/table_sql.hpp"
#include "schema/type_facts.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <utility>

namespace tidb::detail {

bool same_text(std::string_view left, std::string_view right) { return lower(left) == lower(right); }

const column_definition* find_column(const table_definition& table, std::string_view name) {
  const auto found =
      std::ranges::find_if(table.columns, [&](const auto& column) { return same_text(column.name, name); });
  return found == table.columns.end() ? nullptr : &*found;
}

const column_definition& column_named(const table_definition& table, std::string_view name) {
  if (const auto* found = find_column(table, name)) return *found;
  throw_usage("\"" + table.name + "\" has no column \"" + std::string(name) + "\"");
}

bool is_in_primary_key(const table_definition& table, std::string_view column) {
  return std::ranges::any_of(table.primary_key, [&](const auto& key) { return same_text(key, column); });
}

bool is_row_number(const table_definition& table) {
  return table.primary_key.size() == 1 && is_integer(column_named(table, table.primary_key.front()).type.kind);
}

const column_definition* table_change::source_of(std::string_view name, const table_definition& in) const {
  const auto old = renamed.find(lower(name));
  if (old != renamed.end())
    if (const auto* found = find_column(in, old->second)) return found;
  return find_column(in, name);
}

void rename_table(std::vector<table_definition*>& tables, std::string_view from, std::string_view to) {
  for (auto* table : tables) {
    if (same_text(table->name, from)) table->name = to;
    for (auto& key : table->foreign_keys)
      if (same_text(key.table, from)) key.table = to;
  }
}

namespace {

void rename_in(std::vector<std::string>& names, std::string_view from, std::string_view to) {
  for (auto& name : names)
    if (same_text(name, from)) name = to;
}

/// What an engine keeps of a table whose column gets another name.
void rename_own_column(table_definition& table, std::string_view from, std::string_view to, sql::dialect by) {
  const auto in_sql = [&](std::string& sql) {
    if (!sql.empty()) sql = with_column_renamed(sql, from, to, by);
  };
  rename_in(table.primary_key, from, to);
  for (auto& column : table.columns) {
    in_sql(column.generated);
    if (!same_text(column.name, from)) continue;
    column.name = to;
    if (std::exchange(column.unique, false))  // whose index keeps the name that it has
      table.indexes.push_back({.name = std::string(from), .parts = {{.column = column.name}}, .unique = true});
  }
  for (auto& index : table.indexes)
    for (auto& part : index.parts) {
      if (same_text(part.column, from)) part.column = to;
      in_sql(part.expression);
    }
  for (auto& key : table.foreign_keys) rename_in(key.columns, from, to);
  for (auto& check : table.checks) in_sql(check.condition);
}

}  // namespace

void rename_column(std::vector<table_definition*>& tables, std::string_view table, std::string_view from,
                   std::string_view to, sql::dialect by) {
  for (auto* each : tables) {
    if (same_text(each->name, table)) rename_own_column(*each, from, to, by);
    for (auto& key : each->foreign_keys)
      if (same_text(key.table, table)) rename_in(key.referenced, from, to);
  }
}

namespace {

[[noreturn]] void refuse(const table_change& change, const column_definition& column, const std::string& why) {
  throw_usage("the column \"" + column.name + "\" of \"" + change.wanted.name + "\" " + why);
}

/// The value of a column that was there.
copied_column from_old(const table_change& change, const column_definition& old, const column_definition& column,
                       sql::dialect by) {
  const auto made = conversion_of(old, column, by);
  if (!made)
    refuse(change, column,
           "is a " + to_string(old.type) + ", of which no " + to_string(column.type) +
               " is made: add a column of another name, fill it, and drop this one with the next migration");
  const bool may_be_null = old.nullable && !is_in_primary_key(change.before, old.name);
  if (!may_be_null || column.nullable || !column.default_to || column.default_to->is_expression)
    return {column.name, made->value, true};
  return {column.name, "COALESCE(" + made->value + ", " + default_literal(change.wanted, column, by) + ")", true};
}

/// The value of a column that is new.
copied_column of_new(const table_change& change, const column_definition& column, sql::dialect by) {
  if (column.auto_increment || column.auto_random > 0) return {column.name, {}, false};
  if (column.default_to)
    return {column.name, column.default_to->is_expression ? std::string() : default_literal(change.wanted, column, by),
            false};
  if (column.nullable && !is_in_primary_key(change.wanted, column.name)) return {column.name, "NULL", false};
  // no row may be there for a type without a zero: a check of the plan sees to it
  return {column.name, zero_of(column, by).value_or("NULL"), true};
}

}  // namespace

std::vector<copied_column> copied_columns(const table_change& change, const table_definition& from, sql::dialect by) {
  std::vector<copied_column> all;
  for (const auto& column : change.wanted.columns) {
    if (!column.generated.empty()) continue;
    const auto* old = change.source_of(column.name, from);
    all.push_back(old != nullptr ? from_old(change, *old, column, by) : of_new(change, column, by));
  }
  return all;
}

}  // namespace tidb::detail
