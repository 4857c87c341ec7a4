#include "core/text.hpp"
#include "schema/conversion.hpp"
#include "schema/migration_tidb.hpp"
#include "schema/names_in_sql.hpp"
#include "schema/table_sql.hpp"

#include <algorithm>
#include <vector>

namespace tidb::detail {

namespace {

constexpr auto tidb = sql::dialect::tidb;

bool counts(const column_definition& column) { return column.auto_increment || column.auto_random > 0; }

/// A column that is changed, and is there before and afterwards.
std::string why_copied_for(const table_change& change, const column_definition& old, const column_definition& wanted) {
  if (old.auto_increment != wanted.auto_increment || old.auto_random != wanted.auto_random)
    return "how the column " + quoted(wanted.name) + " counts by itself";
  if (old.generated != wanted.generated || old.stored != wanted.stored)
    return "how the column " + quoted(wanted.name) + " is computed";
  if (!same_text(old.collation, wanted.collation)) return "the collation of the column " + quoted(wanted.name);
  const bool is_key = is_in_primary_key(change.now, old.name) || is_in_primary_key(change.wanted, wanted.name);
  return is_key && !holds_the_same(old, wanted)
             ? "the type of the column " + quoted(wanted.name) + " of the primary key"
             : "";
}

std::string why_copied_for(const column_definition& added) {
  if (counts(added)) return "the new column " + quoted(added.name) + ", which counts by itself";
  if (!added.generated.empty() && added.stored)
    return "the new column " + quoted(added.name) + ", which is computed and kept";
  const bool is_reckoned = added.default_to && added.default_to->is_expression && !is_now(*added.default_to);
  return is_reckoned ? "the default of the new column " + quoted(added.name) : "";
}

/// What else is made of a column: TiDB changes none that it is needed for.
std::string what_is_made_of(const table_definition& table, std::string_view name) {
  for (const auto& column : table.columns)
    if (!column.generated.empty() && names_column(column.generated, name, tidb))
      return "the column " + quoted(column.name);
  for (const auto& index : table.indexes)
    for (const auto& part : index.parts)
      if (!part.expression.empty() && names_column(part.expression, name, tidb))
        return "the index " + quoted(index.name);
  for (const auto& option : table.options)
    if (names_column(option, name, tidb)) return "an option of the table";
  return {};
}

std::string why_copied_for(const table_change& change, const part_difference& each) {
  switch (each.part.kind) {
  case part_kind::primary_key: return "the primary key";
  case part_kind::collation: return "the collation of the table";
  case part_kind::option: return "the " + to_string(each.part);
  case part_kind::column: break;
  default: return {};
  }
  const auto& name = each.part.name;
  if (each.found.empty()) return why_copied_for(column_named(change.wanted, name));
  if (const auto made = what_is_made_of(change.now, name); !made.empty())
    return "the column " + quoted(name) + ", of which " + made + " is made";
  if (each.wanted.empty()) return {};
  return why_copied_for(change, column_named(change.now, name), column_named(change.wanted, name));
}

/// SQL of a number that is another one once a row has changed.
std::string fingerprint_of(const table_definition& table) {
  std::string cells;
  for (const auto& column : table.columns) {
    const auto name = quoted(column.name);
    cells += ", IFNULL(" + (column.type.kind == type_kind::vector ? "VEC_AS_TEXT(" + name + ")" : name) + ", '~')";
  }
  return "SELECT CONCAT(COUNT(*), ' ', BIT_XOR(CRC32(CONCAT_WS(','" + cells + ")))) FROM " + quoted(table.name);
}

}  // namespace

std::string why_copied(const table_change& change) {
  for (const auto& [to, from] : change.renamed)
    if (const auto made = what_is_made_of(change.now, from); !made.empty())
      return "the name of the column " + quoted(from) + ", of which " + made + " is made";
  auto renamed = change;
  for (const auto& [to, from] : change.renamed) {
    std::vector<table_definition*> alone{&renamed.now};
    rename_column(alone, renamed.now.name, from, column_named(change.wanted, to).name, tidb);
  }
  for (const auto& each : renamed.differences(tidb))
    if (auto why = why_copied_for(renamed, each); !why.empty()) return why;
  return {};
}

std::string in_batches(const table_definition& table) {
  const bool is_several = table.primary_key.size() > 1 && table.clustered.value_or(true);
  return "BATCH " + (is_several ? "ON " + quoted(table.name) + "." + quoted(table.primary_key.front()) + " " : "") +
         "LIMIT 1000 ";
}

planned_step copy_step(const table_change& change, const std::string& why) {
  const auto name = change.wanted.name, helper = helper_name(name), retired = retired_name(name);
  auto made = change.wanted;
  made.name = helper;
  made.foreign_keys.clear();
  made.checks.clear();
  std::string into, values;
  for (const auto& column : copied_columns(change, change.now, tidb)) {
    if (!column.written) continue;
    into += (into.empty() ? "" : ", ") + quoted(column.name);
    values += (values.empty() ? "" : ", ") + column.value;
  }
  if (into.empty()) {  // a key that counts by itself, alone
    into = quoted(change.wanted.columns.front().name);
    values = "NULL";
  }
  std::vector<std::string> sql{create_table_sql(made, engine_kind::tidb, false)};
  if (std::ranges::any_of(change.wanted.columns, [](const auto& column) { return column.auto_random > 0; }))
    sql.emplace_back("SET SESSION allow_auto_random_explicit_insert = 1");
  sql.push_back(in_batches(change.now) + "INSERT INTO " + quoted(helper) + " (" + into + ") SELECT " + values +
                " FROM " + quoted(change.now.name));
  sql.push_back("RENAME TABLE " + quoted(name) + " TO " + quoted(retired) + ", " + quoted(helper) + " TO " +
                quoted(name));
  sql.push_back("DROP TABLE " + quoted(retired));
  auto one = step("copy the rows of " + quoted(name) + " to a new table, for TiDB cannot change " + why +
                      text_of(change, tidb),
                  std::move(sql), losses_of(change));
  one.table = name;
  one.fingerprint = fingerprint_of(change.now);
  return one;
}

}  // namespace tidb::detail
