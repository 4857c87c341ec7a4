#include "search/native_index.hpp"

#include "core/error_table.hpp"
#include "search/index_blocks.hpp"
#include "search/indexed_column.hpp"
#include "search/native_ddl.hpp"
#include "search/native_text.hpp"
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

std::string quoted(std::string_view name) { return sql::quote_identifier(name); }

void check_kind(const executor& on, const index_target& of, const vector_index_options& options,
                const call_context& context) {
  if (on.engine() == engine_kind::embedded)
    refuse_native(of, "it takes a TiDB with TiFlash, and this is the embedded engine", context.where);
  if (options.metric != metric::cosine && options.metric != metric::l2)
    refuse_native(of, "TiDB has them for cosine and l2, not for " + metric_name(options.metric), context.where);
}

std::string name_for(const index_place& place) {
  const std::string stem = place.is_text() ? "_tidbxx_fts_" : "_tidbxx_hnsw_";
  constexpr std::size_t longest = 64;
  const auto& column = place.columns.front();
  return stem + (stem.size() + column.size() <= longest ? column : random_name().substr(0, 16));
}

void register_native(const executor& on, const index_place& place, const call_context& context) {
  const statement_text enter(
      "INSERT INTO `_tidbxx_index` (kind, table_name, column_name, metric, dimensions, version, key_name, state, "
      "generation, text_form) VALUES (?, ?, ?, ?, ?, ?, ?, 'native', 0, ?) ON DUPLICATE KEY UPDATE metric = "
      "VALUES(metric), dimensions = VALUES(dimensions), key_name = VALUES(key_name), text_form = VALUES(text_form)");
  run_own(on, context, enter, std::string(place.is_text() ? "server_text" : "server"), place.table,
          place.columns.front(), place.is_text() ? std::string("bm25") : metric_name(place.by), place.dimensions,
          index_tables_version, place.native_name, place.text);
  index_catalog::of(on).forget_list();
}

/// The column has an index that is not of the kind that is asked for; `is_own`: it is in tables.
void refuse_other_kind(const index_target& of, bool is_own, if_exists existing, const call_context& context) {
  if (existing == if_exists::raise) refuse_index(entry_named("index-exists"), name_of(of), {}, context.where);
  if (existing == if_exists::skip)
    throw_usage("the search index on " + name_of(of) +
                    (is_own ? " is tidbxx's own, not the server's" : " is the server's, not one in tables") +
                    ": drop it, or say if_exists::overwrite",
                context.where);
}

/// The one in tables that is to be replaced, if there is one.
std::optional<index_place> replaced_own_index(const executor& on, const index_target& of, if_exists existing,
                                              const call_context& context) {
  const auto listing = index_catalog::of(on).list(on, context);
  const auto* const own = listing->find(of.table, of.column);
  if (own == nullptr) return std::nullopt;
  if (own->place.state != index_state::dropping) refuse_other_kind(of, true, existing, context);
  return own->place;
}

/// Another metric, or another parser.
bool is_alike(const index_place& known, const index_place& wanted) {
  return known.by == wanted.by && known.text == wanted.text;
}

/// What TiDB calls the one that is to be replaced, empty if there is none; nothing if the one that is there will do.
std::optional<std::string> replaced_in_tidb(const executor& on, const index_place& wanted, if_exists existing,
                                            const call_context& context) {
  const auto of = wanted.target();
  const auto known = find_native_index(on, of, context);
  if (known && !is_alike(*known, wanted) && existing == if_exists::skip)
    throw_usage("the search index on " + name_of(of) +
                    (wanted.is_text() ? std::string(" has another parser")
                                      : " is for " + metric_name(known->by) + ", not for " + metric_name(wanted.by)) +
                    ": drop it, or say if_exists::overwrite",
                context.where);
  auto name = native_name_of(on, known.value_or(wanted), context);
  if (name.empty()) return name;  // none, or another tool dropped it
  if (existing == if_exists::raise) refuse_index(entry_named("index-exists"), name_of(of), {}, context.where);
  if (existing == if_exists::overwrite) return name;
  if (!known || known->native_name != name) {  // of another tool, or of one that was killed
    make_server_registry(on, context);
    auto theirs = wanted;
    theirs.native_name = std::move(name);
    register_native(on, theirs, context);
  }
  return std::nullopt;
}

void create(const executor& on, index_place wanted, if_exists existing, std::chrono::milliseconds limit,
            const call_context& context) {
  const auto of = wanted.target();
  table_id_on_server(on, of.table, context);  // there is such a table
  index_catalog::of(on).forget_list();
  const auto own = replaced_own_index(on, of, existing, context);
  const auto before = replaced_in_tidb(on, wanted, existing, context);
  if (!before) return;
  // first what may fail: the one that is replaced is there until then
  prepare_native(on, wanted, limit, context);
  make_server_registry(on, context);
  if (!before->empty()) drop_in_tidb(on, of.table, *before, context);
  wanted.native_name = name_for(wanted);
  add_to_tidb(on, wanted, limit, context);
  register_native(on, wanted, context);
  if (own) drop_on_server(on, *own, context);
}

constexpr auto usual_limit = vector_index_options{}.replica_timeout;

}  // namespace

std::optional<index_place> find_native_index(const executor& on, const index_target& of, const call_context& context) {
  if (on.engine() == engine_kind::embedded) return std::nullopt;
  const auto listing = index_catalog::of(on).list(on, context);
  const auto* const found = listing->find_native(of.table, of.column);
  if (found == nullptr) return std::nullopt;
  if (of.column.empty()) listing->expect_one_text_index(of.table, context.where);
  return *found;
}

bool has_native_index(const executor& on, const index_target& of, const call_context& context) {
  if (on.engine() == engine_kind::embedded) return false;
  const auto listing = index_catalog::of(on).list(on, context);
  const auto* const found = listing->find_native(of.table, of.column);
  return found != nullptr && !native_name_of(on, *found, context).empty();
}

void create_native_index(const executor& on, const index_target& of, const vector_index_options& options,
                         const call_context& context) {
  check_kind(on, of, options, context);
  create(on,
         {.table = std::string(of.table),
          .columns = {std::string(of.column)},
          .by = options.metric,
          .dimensions = of.dimensions},
         options.existing, options.replica_timeout, context);
}

void create_native_index(const executor& on, const index_target& of, const fulltext_index_options& options,
                         const call_context& context) {
  if (on.engine() == engine_kind::embedded)
    refuse_native(of, "it takes a TiDB with full-text search, and this is the embedded engine", context.where);
  create(on,
         {.table = std::string(of.table),
          .columns = {std::string(of.column)},
          .text = native_text_form(of.column, options.parser)},
         options.existing, options.replica_timeout, context);
}

std::optional<index_place> replaced_native_index(const executor& on, const index_target& of, if_exists existing,
                                                 const call_context& context) {
  index_catalog::of(on).forget_list();
  auto native = find_native_index(on, of, context);
  if (native && !native_name_of(on, *native, context).empty()) refuse_other_kind(of, false, existing, context);
  return native;
}

void drop_native_index(const executor& on, const index_place& place, const call_context& context) {
  const statement_text unregister("DELETE FROM `_tidbxx_index` WHERE id = ?");
  drop_in_tidb(on, place.table, place.native_name, context);
  run_own(on, context, unregister, place.id);
  index_catalog::of(on).forget_list();
}

void rebuild_native_index(const executor& on, const index_place& place, const call_context& context) {
  prepare_native(on, place, usual_limit, context);
  drop_in_tidb(on, place.table, place.native_name, context);
  add_to_tidb(on, place, usual_limit, context);
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
  if (native_name_of(on, place, context).empty())
    return found.problems.emplace_back("another tool has dropped it: call " + place.call("rebuild")), found;
  const auto stats = stats_of_native_index(on, place, context);
  found.rows = stats.rows + stats.delta + stats.not_indexed;
  if (!stats.error.empty()) found.problems.push_back("it did not build: " + stats.error);
  const auto replica = find_tiflash_replica(on, place.table, context);
  if (!replica)
    found.problems.emplace_back("its table has no copy in TiFlash any more: call " + place.call("rebuild"));
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

std::vector<index_place> take_native_texts(const executor& on, std::string_view table, const call_context& context) {
  const auto listing = index_catalog::of(on).list(on, context);
  std::vector<index_place> taken;
  for (auto place : listing->native) {
    if (!place.is_text() || !same_name(place.table, table)) continue;
    place.native_name = native_name_of(on, place, context);
    if (place.native_name.empty()) continue;  // another tool has dropped it
    drop_in_tidb(on, place.table, place.native_name, context);
    taken.push_back(std::move(place));
  }
  return taken;
}

void put_native_texts(const executor& on, const std::vector<index_place>& taken, const call_context& context) {
  for (const auto& place : taken) add_to_tidb(on, place, usual_limit, context);
}

std::string why_index_is_unused(const executor& on, const index_place& place, const call_context& context) {
  if (native_name_of(on, place, context).empty())
    return "TiDB has no such index any more: call " + place.call("rebuild");
  const auto replica = find_tiflash_replica(on, place.table, context);
  if (!replica || !replica->available)
    return "the copy of the table in TiFlash is not there: see " + place.call("check");
  if (on.in_transaction()) return "in a transaction that has written the table TiDB compares all rows";
  return "TiDB compares all rows: it finds that cheaper in a small table, or tidb_isolation_read_engines leaves "
         "TiFlash out";
}

}  // namespace tidb::detail
