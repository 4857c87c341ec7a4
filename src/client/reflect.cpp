#include "client/reflect.hpp"

#include "core/text.hpp"
#include "schema/table_change.hpp"
#include "schema/table_reader.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace tidb::detail {

table_definition reflect_table(const statements& on, std::string_view name, std::source_location where) {
  if (on.on().engine() == engine_kind::tidb) {
    const auto found = on.query({"SHOW CREATE TABLE " + sql::quote_identifier(name), where}).one();
    if (found.names().front() == "View")
      throw_error({.code = errc::statement,
                   .message = "\"" + std::string(name) + "\" is a view, and no table",
                   .endpoint = on.on().pool()->endpoint(),
                   .where = where});
    return read_table(found.get<std::string>("Create Table"), sql::dialect::tidb);
  }
  const auto create =
      on.query<std::string>({"SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE", where},
                            name)
          .one_or_none();
  if (!create)
    throw_error({.code = errc::statement,
                 .message = "there is no table \"" + std::string(name) + "\"",
                 .endpoint = on.on().pool()->endpoint(),
                 .where = where});
  auto table = read_table(*create, sql::dialect::sqlite);
  const auto indexes =
      on.query<std::string>({"SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? COLLATE "
                             "NOCASE AND sql IS NOT NULL ORDER BY rowid",
                             where},
                            name);
  for (const auto& index : indexes.all()) read_index(index, sql::dialect::sqlite, table);
  return table;
}

void expect_checks(const statements& on, std::source_location where) {
  if (on.on().engine() == engine_kind::embedded ||
      on.query<bool>({"SELECT @@tidb_enable_check_constraint", where}).value())
    return;
  throw_error({.code = errc::unsupported,
               .message = "this TiDB ignores CHECK: SET GLOBAL tidb_enable_check_constraint = ON, or leave checks out",
               .endpoint = on.on().pool()->endpoint(),
               .where = where,
               .sent = false});
}

namespace {

constexpr std::string_view tables_of(engine_kind engine) {
  return engine == engine_kind::embedded
             ? "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type IN ('table', 'virtual') AND name NOT "
               "LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
             : "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE() AND "
               "table_type = 'BASE TABLE' ORDER BY table_name";
}

constexpr std::string_view references_of(engine_kind engine) {
  return engine == engine_kind::embedded
             ? "SELECT DISTINCT t.name, k.\"table\" FROM pragma_table_list AS t, pragma_foreign_key_list(t.name) AS k "
               "WHERE t.schema = 'main' AND t.type = 'table'"
             : "SELECT DISTINCT CAST(table_name AS CHAR), CAST(referenced_table_name AS CHAR) FROM "
               "information_schema.key_column_usage WHERE table_schema = DATABASE() AND referenced_table_name IS NOT "
               "NULL";
}

constexpr std::string_view indexes_of(engine_kind engine) {
  return engine == engine_kind::embedded
             ? "SELECT tbl_name, name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL"
             : "SELECT DISTINCT CAST(table_name AS CHAR), CAST(index_name AS CHAR) FROM information_schema.statistics "
               "WHERE table_schema = DATABASE()";
}

using pairs = std::vector<std::tuple<std::string, std::string>>;

bool is_among(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::any_of(names, [&](const auto& each) { return same_text(each, name); });
}

/// Those that are wanted or get another name, and those that refer to them.
std::vector<std::string> names_to_read(std::span<const table_definition> wanted, const migration_options& options,
                                       const pairs& references) {
  std::vector<std::string> own;
  for (const auto& table : wanted) own.push_back(table.name);
  for (const auto& each : options.renamed_tables) own.push_back(each.from);
  auto all = own;
  for (const auto& [child, parent] : references)
    if (is_among(own, parent)) all.push_back(child);
  return all;
}

/// Of a table that is left alone or dropped no more than its name has to be known.
table_definition read_one(const statements& on, const std::string& name, bool is_wanted, std::source_location where) {
  try {
    return reflect_table(on, name, where);
  } catch (const usage_error&) {
    if (is_wanted) throw;
    return {.name = name};
  }
}

}  // namespace

database_state read_state(const statements& on, std::span<const table_definition> wanted,
                          const migration_options& options, std::source_location where) {
  const auto engine = on.on().engine();
  database_state made{.engine = engine};
  const auto pairs_of = [&](std::string_view sql) {
    return on.query<std::string, std::string>({std::string(sql), where}).all();
  };
  const auto names = names_to_read(wanted, options, pairs_of(references_of(engine)));
  for (auto& name : on.query<std::string>({std::string(tables_of(engine)), where}).all()) {
    if (is_helper_name(name)) made.left_over.push_back(name);
    if (name.starts_with("_tidbxx_")) continue;
    const bool is_named = is_among(names, name);
    if (is_named || options.drop_others) made.tables.push_back(read_one(on, name, is_named, where));
    made.names.push_back(std::move(name));
  }
  for (auto& [table, index] : pairs_of(indexes_of(engine))) made.indexes[lower(table)].push_back(std::move(index));
  return made;
}

}  // namespace tidb::detail
