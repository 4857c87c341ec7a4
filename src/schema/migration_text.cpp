// What the steps of a migration are called.
#include "schema/migration_planner.hpp"
#include "schema/type_facts.hpp"
#include "tidbxx/schema/migration.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

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

}  // namespace

std::string helper_name(std::string_view table) { return name_beside(helper_prefix, table); }
std::string retired_name(std::string_view table) { return name_beside(retired_prefix, table); }
bool is_helper_name(std::string_view name) {
  return name.starts_with(helper_prefix) || name.starts_with(retired_prefix);
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
