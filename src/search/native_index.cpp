#include "search/native_index.hpp"

#include "core/error_table.hpp"
#include "schema/sql_tokens.hpp"
#include "search/index_blocks.hpp"
#include "search/indexed_column.hpp"
#include "search/own_sql.hpp"
#include "search/server_index_ddl.hpp"
#include "search/server_registry.hpp"
#include "search/tiflash_replica.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <tuple>
#include <utility>
#include <vector>

namespace tidb::detail {

namespace {

constexpr int no_such_key = 1091, build_failed = 9014;

std::string quoted(std::string_view name) { return sql::quote_identifier(name); }

index_target column_of(const index_place& place) { return place.target(); }

[[noreturn]] void refuse_native(const index_target& of, std::string_view reason, const call_context& context) {
  refuse_index(entry_named("server-index-unsupported"), name_of(of), reason, context.where);
}

void check_kind(const executor& on, const index_target& of, const vector_index_options& options,
                const call_context& context) {
  if (on.engine() == engine_kind::embedded)
    refuse_native(of, "it takes a TiDB with TiFlash, and this is the embedded engine", context);
  if (options.metric != metric::cosine && options.metric != metric::l2)
    refuse_native(of, "TiDB has them for cosine and l2, not for " + metric_name(options.metric), context);
}

/// The name that TiDB has for its index of the column; empty if it has none.
std::string name_in_tidb(const executor& on, const index_target& of, metric by, const call_context& context) {
  const statement_text text("SHOW CREATE TABLE " + quoted(of.table));
  try {
    const auto found = read_own<std::tuple<std::string, std::string>>(on, context, text);
    return found.empty() ? std::string() : vector_index_in(std::get<1>(found.front()), of.column, by);
  } catch (const error& failed) {
    if (!is_missing_table(failed)) throw;
    return {};
  }
}

std::string name_for(std::string_view column) {
  constexpr std::string_view stem = "_tidbxx_hnsw_";
  constexpr std::size_t longest = 64;
  return std::string(stem) +
         (stem.size() + column.size() <= longest ? std::string(column) : random_name().substr(0, 16));
}

void give_replica(const executor& on, const index_target& of, std::chrono::milliseconds limit,
                  const call_context& context) {
  if (!find_tiflash_replica(on, of.table, context))
    run_own_ddl(on, context, "ALTER TABLE " + quoted(of.table) + " SET TIFLASH REPLICA 1");
  wait_for_tiflash_replica(on, of.table, limit, context);
}

/// What TiFlash says of indexes of the table that did not build; empty if it says nothing.
std::string errors_in_tiflash(const executor& on, std::string_view table, const call_context& context) {
  const statement_text text("SELECT DISTINCT ERROR_MESSAGE FROM information_schema.tiflash_indexes WHERE "
                            "TIDB_DATABASE = DATABASE() AND TIDB_TABLE = ? AND ERROR_MESSAGE <> ''");
  std::string all;
  for (const auto& one : read_own<std::string>(on, context, text, std::string(table)))
    all += (all.empty() ? "" : "; ") + one;
  return all;
}

void add_to_tidb(const executor& on, const index_target& of, metric by, std::string_view name,
                 const call_context& context) try {
  run_own_ddl(on, context,
              "ALTER TABLE " + quoted(of.table) + " ADD VECTOR INDEX " + quoted(name) + " ((" +
                  std::string(distance_function(by)) + "(" + quoted(of.column) + "))) USING HNSW");
} catch (const error& failed) {
  if (failed.info().server_code != build_failed) throw;
  auto info = failed.info();
  try {
    if (const auto why = errors_in_tiflash(on, of.table, context); !why.empty()) info.message += ": " + why;
  } catch (const error&) {  // the error that is on its way says more
  }
  throw_error(std::move(info));
}

void drop_in_tidb(const executor& on, std::string_view table, std::string_view name, const call_context& context) try {
  run_own_ddl(on, context, "ALTER TABLE " + quoted(table) + " DROP INDEX " + quoted(name));
} catch (const error& failed) {
  if (failed.info().server_code != no_such_key && !is_missing_table(failed)) throw;
}

void register_native(const executor& on, const index_target& of, metric by, const std::string& name,
                     const call_context& context) {
  const statement_text enter(
      "INSERT INTO `_tidbxx_index` (kind, table_name, column_name, metric, dimensions, version, key_name, state, "
      "generation) VALUES ('server', ?, ?, ?, ?, ?, ?, 'native', 0) ON DUPLICATE KEY UPDATE metric = VALUES(metric), "
      "dimensions = VALUES(dimensions), key_name = VALUES(key_name)");
  run_own(on, context, enter, std::string(of.table), std::string(of.column), metric_name(by), of.dimensions,
          index_tables_version, name);
  index_catalog::of(on).forget_list();
}

/// The column has an index of the kind that is not asked for.
void refuse_other_kind(const index_target& of, const vector_index_options& options, const call_context& context) {
  if (options.existing == if_exists::raise) refuse_index(entry_named("index-exists"), name_of(of), {}, context.where);
  const bool has_own = options.kind == index_kind::server;
  if (options.existing == if_exists::skip)
    throw_usage("the vector index on " + name_of(of) +
                    (has_own ? " is tidbxx's own, not the server's" : " is the server's, not one in tables") +
                    ": drop it, or say if_exists::overwrite",
                context.where);
}

/// The one in tables that is to be replaced, if there is one.
std::optional<index_place> replaced_own_index(const executor& on, const index_target& of,
                                              const vector_index_options& options, const call_context& context) {
  const auto listing = index_catalog::of(on).list(on, context);
  const auto* const own = listing->find(of.table, of.column);
  if (own == nullptr) return std::nullopt;
  if (own->place.state != index_state::dropping) refuse_other_kind(of, options, context);
  return own->place;
}

/// What TiDB calls the one that is to be replaced, empty if there is none; nothing if the one that is there will do.
std::optional<std::string> replaced_in_tidb(const executor& on, const index_target& of,
                                            const vector_index_options& options, const call_context& context) {
  const auto known = find_native_index(on, of, context);
  if (known && known->by != options.metric && options.existing == if_exists::skip)
    throw_usage("the vector index on " + name_of(of) + " is for " + metric_name(known->by) + ", not for " +
                    metric_name(options.metric) + ": drop it, or say if_exists::overwrite",
                context.where);
  const auto by = known ? known->by : options.metric;
  const auto name = name_in_tidb(on, of, by, context);
  if (name.empty()) return name;  // none, or another tool dropped it
  if (options.existing == if_exists::raise) refuse_index(entry_named("index-exists"), name_of(of), {}, context.where);
  if (options.existing == if_exists::overwrite) return name;
  if (!known || known->native_name != name) {  // of another tool, or of one that was killed
    make_server_registry(on, context);
    register_native(on, of, by, name, context);
  }
  return std::nullopt;
}

}  // namespace

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

std::optional<index_place> find_native_index(const executor& on, const index_target& of, const call_context& context) {
  if (on.engine() == engine_kind::embedded) return std::nullopt;
  const auto listing = index_catalog::of(on).list(on, context);
  const auto* const found = listing->find_native(of.table, of.column);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

bool has_native_index(const executor& on, const index_target& of, const call_context& context) {
  const auto found = find_native_index(on, of, context);
  return found && !name_in_tidb(on, of, found->by, context).empty();
}

void create_native_index(const executor& on, const index_target& of, const vector_index_options& options,
                         const call_context& context) {
  check_kind(on, of, options, context);
  table_id_on_server(on, of.table, context);  // there is such a table
  index_catalog::of(on).forget_list();
  const auto own = replaced_own_index(on, of, options, context);
  const auto before = replaced_in_tidb(on, of, options, context);
  if (!before) return;
  // first what may fail: the one that is replaced is there until then
  give_replica(on, of, options.replica_timeout, context);
  make_server_registry(on, context);
  if (!before->empty()) drop_in_tidb(on, of.table, *before, context);
  const auto name = name_for(of.column);
  add_to_tidb(on, of, options.metric, name, context);
  register_native(on, of, options.metric, name, context);
  if (own) drop_on_server(on, *own, context);
}

std::optional<index_place> replaced_native_index(const executor& on, const index_target& of,
                                                 const vector_index_options& options, const call_context& context) {
  index_catalog::of(on).forget_list();
  auto native = find_native_index(on, of, context);
  if (native && !name_in_tidb(on, of, native->by, context).empty()) refuse_other_kind(of, options, context);
  return native;
}

void drop_native_index(const executor& on, const index_place& place, const call_context& context) {
  const statement_text unregister("DELETE FROM `_tidbxx_index` WHERE id = ?");
  drop_in_tidb(on, place.table, place.native_name, context);
  run_own(on, context, unregister, place.id);
  index_catalog::of(on).forget_list();
}

void rebuild_native_index(const executor& on, const index_place& place, const call_context& context) {
  give_replica(on, column_of(place), vector_index_options{}.replica_timeout, context);
  drop_in_tidb(on, place.table, place.native_name, context);
  add_to_tidb(on, column_of(place), place.by, place.native_name, context);
}

void compact_native_index(const executor& on, const index_place& place, const call_context& context) {
  run_own_ddl(on, context, "ALTER TABLE " + quoted(place.table) + " COMPACT TIFLASH REPLICA");
}

index_stats stats_of_native_index(const executor& on, const index_place& place, const call_context& context) {
  const statement_text text(
      "SELECT CAST(IFNULL(SUM(ROWS_STABLE_INDEXED + ROWS_DELTA_INDEXED), 0) AS SIGNED), "
      "CAST(IFNULL(SUM(ROWS_DELTA_NOT_INDEXED), 0) AS SIGNED), CAST(IFNULL(SUM(ROWS_STABLE_NOT_INDEXED), 0) AS "
      "SIGNED), IFNULL(MAX(ERROR_MESSAGE), '') FROM information_schema.tiflash_indexes WHERE TIDB_DATABASE = "
      "DATABASE() AND TIDB_TABLE = ? AND INDEX_NAME = ?");
  const auto replica = find_tiflash_replica(on, place.table, context);
  // each copy has its line
  const auto copies = static_cast<std::uint64_t>(std::max<std::int64_t>(replica ? replica->wanted : 1, 1));
  auto [indexed, delta, not_indexed, failure] =
      read_own<std::tuple<std::uint64_t, std::uint64_t, std::uint64_t, std::string>>(on, context, text, place.table,
                                                                                     place.native_name)
          .front();
  return {.kind = index_kind::server,
          .rows = indexed / copies,
          .delta = delta / copies,
          .not_indexed = not_indexed / copies,
          .error = std::move(failure)};
}

index_check check_native_index(const executor& on, const index_place& place, const call_context& context) {
  index_check found;
  if (name_in_tidb(on, column_of(place), place.by, context).empty())
    return found.problems.emplace_back("another tool has dropped it: call rebuild_index"), found;
  const auto stats = stats_of_native_index(on, place, context);
  found.rows = stats.rows + stats.delta + stats.not_indexed;
  if (!stats.error.empty()) found.problems.push_back("it did not build: " + stats.error);
  const auto replica = find_tiflash_replica(on, place.table, context);
  if (!replica)
    found.problems.emplace_back("its table has no copy in TiFlash any more: call rebuild_index");
  else if (!replica->available)
    found.problems.emplace_back("the copy of its table in TiFlash is not there: call wait_for_tiflash");
  return found;
}

void forget_native_indexes(const executor& on, std::string_view table, const call_context& context) {
  const statement_text unregister("DELETE FROM `_tidbxx_index` WHERE id = ?");
  const auto listing = index_catalog::of(on).list(on, context);
  for (const auto& place : listing->native)
    if (same_name(place.table, table)) run_own(on, context, unregister, place.id);
}

std::string why_index_is_unused(const executor& on, const index_place& place, const call_context& context) {
  if (name_in_tidb(on, column_of(place), place.by, context).empty())
    return "TiDB has no such index any more: call rebuild_index";
  const auto replica = find_tiflash_replica(on, place.table, context);
  if (!replica || !replica->available) return "the copy of the table in TiFlash is not there: see check_index";
  if (on.in_transaction()) return "in a transaction that has written the table TiDB compares all rows";
  return "TiDB compares all rows: it finds that cheaper in a small table, or tidb_isolation_read_engines leaves "
         "TiFlash "
         "out";
}

}  // namespace tidb::detail
