#include "search/native_ddl.hpp"

#include "core/error_table.hpp"
#include "schema/sql_tokens.hpp"
#include "search/index_catalog.hpp"
#include "search/indexed_column.hpp"
#include "search/native_text.hpp"
#include "search/own_sql.hpp"
#include "search/server_registry.hpp"
#include "search/tiflash_replica.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <string>
#include <tuple>
#include <utility>

namespace tidb::detail {

namespace {

constexpr int no_such_key = 1091, build_failed = 9014;

std::string quoted(std::string_view name) { return sql::quote_identifier(name); }

/// What TiFlash says of indexes of the table that did not build; empty if it says nothing.
std::string errors_in_tiflash(const executor& on, std::string_view table, const call_context& context) {
  const statement_text text("SELECT DISTINCT ERROR_MESSAGE FROM information_schema.tiflash_indexes WHERE "
                            "TIDB_DATABASE = DATABASE() AND TIDB_TABLE = ? AND ERROR_MESSAGE <> ''");
  std::string all;
  for (const auto& one : read_own<std::string>(on, context, text, std::string(table)))
    all += (all.empty() ? "" : "; ") + one;
  return all;
}

void add_vectors_to_tidb(const executor& on, const index_place& place, const call_context& context) try {
  run_own_ddl(on, context,
              "ALTER TABLE " + quoted(place.table) + " ADD VECTOR INDEX " + quoted(place.native_name) + " ((" +
                  std::string(distance_function(place.by)) + "(" + quoted(place.columns.front()) + "))) USING HNSW");
} catch (const error& failed) {
  if (failed.info().server_code != build_failed) throw;
  auto info = failed.info();
  try {
    if (const auto why = errors_in_tiflash(on, place.table, context); !why.empty()) info.message += ": " + why;
  } catch (const error&) {  // the error that is on its way says more
  }
  throw_error(std::move(info));
}

}  // namespace

void refuse_native(const index_target& of, std::string_view reason, std::source_location where) {
  refuse_index(entry_named("server-index-unsupported"), name_of(of), reason, where);
}

std::string vector_index_in(std::string_view create_table, std::string_view column, metric by) {
  for (token_reader in(create_table, sql::dialect::tidb); !in.is_over(); in.next()) {
    if (in.peek().kind != token_kind::word || !in.is("VECTOR")) continue;
    if (!in.take("VECTOR", "INDEX") && !in.take("VECTOR", "KEY")) continue;
    auto name = in.next().text;
    if (in.take("(", "(") && same_name(in.next().text, distance_function(by)) && in.take("(") &&
        same_name(in.next().text, column))
      return name;
  }
  return {};
}

std::string native_name_of(const executor& on, const index_place& place, const call_context& context) {
  const statement_text text("SHOW CREATE TABLE " + quoted(place.table));
  try {
    const auto found = read_own<std::tuple<std::string, std::string>>(on, context, text);
    if (found.empty()) return {};
    const auto& [table, sql] = found.front();
    const auto& column = place.columns.front();
    return place.is_text() ? fulltext_index_in(sql, column) : vector_index_in(sql, column, place.by);
  } catch (const error& failed) {
    if (!is_missing_table(failed)) throw;
    return {};
  }
}

void prepare_native(const executor& on, const index_place& place, std::chrono::milliseconds limit,
                    const call_context& context) {
  if (place.is_text()) return expect_fulltext_search(on, place, context);
  if (!find_tiflash_replica(on, place.table, context))
    run_own_ddl(on, context, "ALTER TABLE " + quoted(place.table) + " SET TIFLASH REPLICA 1");
  wait_for_tiflash_replica(on, place.table, limit, context);
}

void drop_in_tidb(const executor& on, std::string_view table, std::string_view name, const call_context& context) try {
  run_own_ddl(on, context, "ALTER TABLE " + quoted(table) + " DROP INDEX " + quoted(name));
} catch (const error& failed) {
  if (failed.info().server_code != no_such_key && !is_missing_table(failed)) throw;
}

void add_to_tidb(const executor& on, const index_place& place, std::chrono::milliseconds limit,
                 const call_context& context) {
  if (!place.is_text()) return add_vectors_to_tidb(on, place, context);
  add_texts_to_tidb(on, place, context);
  try {
    if (find_tiflash_replica(on, place.table, context)) wait_for_tiflash_replica(on, place.table, limit, context);
    if (native_name_of(on, place, context).empty())
      refuse_native(place.target(), "this TiDB takes FULLTEXT INDEX and makes none", context.where);
    expect_fulltext_index(on, place, context);
  } catch (...) {
    try {
      drop_in_tidb(on, place.table, place.native_name, context);
    } catch (const error&) {  // the error that is on its way says more
    }
    throw;
  }
}

}  // namespace tidb::detail
