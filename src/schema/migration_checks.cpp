#include "schema/migration_checks.hpp"

#include "schema/conversion.hpp"
#include "schema/names_in_sql.hpp"
#include "schema/table_sql.hpp"
#include "schema/type_facts.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

std::string quoted(std::string_view name) { return sql::quote_identifier(name); }

/// The checks of one table.
class check_finder {
public:
  check_finder(const table_change& change, std::span<const table_change> all, std::span<const table_definition> created,
               sql::dialect by)
      : change_(change), all_(all), created_(created), by_(by), columns_(copied_columns(change, change.before, by)),
        table_(quoted(change.before.name)) {}

  std::vector<row_check> find() && {
    for (const auto& column : change_.wanted.columns)
      if (column.generated.empty()) of_column(column);
    for (const auto& each : change_.differences(by_)) of_difference(each);
    return std::move(made_);
  }

private:
  void add(const std::string& from_where, std::string problem, std::string remedy = "change them first") {
    made_.push_back({"SELECT COUNT(*) FROM " + from_where, std::move(problem), std::move(remedy)});
  }
  void of_column(const column_definition& column);
  void of_difference(const part_difference& difference);
  void of_key(const std::string& what, const std::vector<index_part>& parts, bool null_is_another);
  void of_foreign_key(const foreign_key_definition& key);
  void of_check(const check_definition& check);
  std::string named(const column_definition& column) const {
    return "the column \"" + column.name + "\" of \"" + change_.wanted.name + "\"";
  }

  const table_change& change_;
  std::span<const table_change> all_;
  std::span<const table_definition> created_;
  sql::dialect by_;
  std::vector<copied_column> columns_;
  std::string table_;
  std::vector<row_check> made_;
};

/// (SELECT 1 AS `a`, …) AS p: the rows as they will be; nothing if a column that is named cannot be known yet.
std::optional<std::string> as_wanted(const table_change& change, const std::vector<copied_column>& columns,
                                     std::string_view name) {
  std::string list;
  for (const auto& column : columns)
    if (!column.value.empty()) list += (list.empty() ? "" : ", ") + column.value + " AS " + quoted(column.name);
  if (list.empty()) return std::nullopt;
  return "(SELECT " + list + " FROM " + quoted(change.before.name) + ") AS " + std::string(name);
}

bool is_known(const std::vector<copied_column>& columns, std::string_view name) {
  return std::ranges::any_of(columns,
                             [&](const auto& each) { return same_text(each.name, name) && !each.value.empty(); });
}

void check_finder::of_column(const column_definition& column) {
  const auto* old = change_.source_of(column.name, change_.before);
  const bool counts = column.auto_increment || column.auto_random > 0;
  if (old == nullptr) {
    if (!column.nullable && !column.default_to && !counts && !zero_of(column, by_))
      add(table_, named(column) + " is new and NOT NULL, and rows that are there have no value for it",
          "give it a default, or let it be NULL");
    return;
  }
  const auto name = quoted(old->name);
  const bool may_be_null = old->nullable && !is_in_primary_key(change_.before, old->name);
  const bool is_filled = column.default_to && !column.default_to->is_expression;
  if (may_be_null && !column.nullable && !is_filled)
    add(table_ + " WHERE " + name + " IS NULL", named(column) + " shall be NOT NULL, and has NULL",
        "fill it first, or give it a default");
  const auto made = conversion_of(*old, column, by_);
  if (made && !made->keeps.empty())
    add(table_ + " WHERE " + name + " IS NOT NULL AND NOT COALESCE((" + made->keeps + "), 0)",
        named(column) + " has values that a " + to_string(column.type) + " does not hold");
}

void check_finder::of_key(const std::string& what, const std::vector<index_part>& parts, bool null_is_another) {
  std::string list, present;
  for (const auto& part : parts) {
    if (!part.expression.empty() || !is_known(columns_, part.column)) return;  // the engine will see to it
    auto value = quoted(part.column);
    if (part.prefix > 0)
      value = fmt::format(fmt::runtime(by_ == sql::dialect::sqlite ? "substr({}, 1, {})" : "LEFT({}, {})"), value,
                          part.prefix);
    list += (list.empty() ? "" : ", ") + value;
    present += (present.empty() ? "" : " AND ") + value + " IS NOT NULL";
  }
  const auto rows = as_wanted(change_, columns_, "p");
  if (!rows) return;
  const auto where = null_is_another ? " WHERE " + present : std::string();
  add("(SELECT 1 FROM " + *rows + where + " GROUP BY " + list + " HAVING COUNT(*) > 1) AS d",
      "the " + what + " of \"" + change_.wanted.name + "\" has values that are there more than once");
}

void check_finder::of_check(const check_definition& check) {
  for (const auto& column : change_.wanted.columns)
    if (!is_known(columns_, column.name) && names_column(check.condition, column.name, by_)) return;
  if (const auto rows = as_wanted(change_, columns_, "p"))
    add(*rows + " WHERE NOT (" + check.condition + ")",
        "the check \"" + check.name + "\" of \"" + change_.wanted.name + "\" is not met");
}

void check_finder::of_foreign_key(const foreign_key_definition& key) {
  for (const auto& column : key.columns)
    if (!is_known(columns_, column)) return;
  const auto rows = as_wanted(change_, columns_, "c");
  if (!rows) return;
  const auto parent =
      std::ranges::find_if(all_, [&](const auto& each) { return same_text(each.wanted.name, key.table); });
  std::string from = quoted(key.table) + " AS p";
  if (parent != all_.end()) {
    const auto columns = copied_columns(*parent, parent->before, by_);
    for (const auto& column : key.referenced)
      if (!is_known(columns, column)) return;
    from = as_wanted(*parent, columns, "p").value_or(from);
  }
  std::string same, present;
  for (std::size_t i = 0; i < key.columns.size(); ++i) {
    same += (i == 0 ? "" : " AND ") + ("p." + quoted(key.referenced[i])) + " = c." + quoted(key.columns[i]);
    present += "c." + quoted(key.columns[i]) + " IS NOT NULL AND ";
  }
  const bool is_new = std::ranges::any_of(created_, [&](const auto& each) { return same_text(each.name, key.table); });
  add(*rows + " WHERE " + present + (is_new ? "TRUE" : "NOT EXISTS (SELECT 1 FROM " + from + " WHERE " + same + ")"),
      "the foreign key \"" + key.name + "\" of \"" + change_.wanted.name + "\" refers to no row of \"" + key.table +
          "\"",
      "delete or change them first");
}

void check_finder::of_difference(const part_difference& difference) {
  const auto& wanted = change_.wanted;
  if (difference.wanted.empty()) return;
  const auto is_it = [&](const auto& each) { return same_text(each.name, difference.part.name); };
  switch (difference.part.kind) {
  case part_kind::primary_key: {
    std::vector<index_part> parts;
    parts.reserve(wanted.primary_key.size());
    for (const auto& key : wanted.primary_key) parts.push_back({.column = key});
    return of_key("primary key", parts, false);
  }
  case part_kind::unique_index: {
    const auto index = std::ranges::find_if(wanted.indexes, is_it);
    const auto what = "unique index \"" + difference.part.name + "\"";
    return index == wanted.indexes.end() ? of_key(what, {{.column = difference.part.name}}, true)
                                         : of_key(what, index->parts, true);
  }
  case part_kind::foreign_key:
    if (const auto key = std::ranges::find_if(wanted.foreign_keys, is_it); key != wanted.foreign_keys.end())
      of_foreign_key(*key);
    return;
  case part_kind::check:
    if (const auto check = std::ranges::find_if(wanted.checks, is_it); check != wanted.checks.end()) of_check(*check);
    return;
  default: return;
  }
}

}  // namespace

std::vector<row_check> row_checks_of(std::span<const table_change> changes, std::span<const table_definition> created,
                                     sql::dialect by) {
  std::vector<row_check> all;
  for (const auto& change : changes)
    for (auto& each : check_finder(change, changes, created, by).find()) all.push_back(std::move(each));
  return all;
}

}  // namespace tidb::detail
