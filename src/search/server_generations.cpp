#include "search/server_generations.hpp"

#include "search/own_sql.hpp"
#include "search/server_registry.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"
#include "tidbxx/sql/printer.hpp"

#include <chrono>

namespace tidb::detail {

namespace {

constexpr std::uint64_t worn_after = 10'000;  // rows taken: to walk over them takes TiDB some 2 ms
constexpr auto longest_wait = std::chrono::seconds(2);

bool all_know(const executor& on, const index_manifest& manifest, const call_context& context) {
  // far longer than writers believe the registry: the clock is one server's, and read before the commit
  return server_milliseconds(on, context) - manifest.turned > 12 * registry_is_believed_for().count();
}

}  // namespace

std::int64_t server_milliseconds(const executor& on, const call_context& context) {
  const statement_text text("SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED)");
  return read_own<std::int64_t>(on, context, text).front();
}

void turn_generation_if_worn(const executor& inside, const index_tables& tables, index_manifest& changed,
                             std::uint64_t taken, const call_context& context) {
  changed.taken += taken;
  if (changed.taken < worn_after || changed.generation > changed.lowest) return;
  ++changed.generation;
  changed.taken = 0;
  changed.turned = server_milliseconds(inside, context);
  const statement_text turn("UPDATE `_tidbxx_index` SET generation = ? WHERE id = ?");
  run_own(inside, context, turn, changed.generation, tables.id());
}

void leave_old_generations(const executor& on, const index_entry& entry, const call_context& context) {
  const index_tables& tables = entry.index->tables();
  const auto before = read_manifest(on, tables, context);
  if (before.generation == before.lowest || entry.index->is_resting() || !all_know(on, before, context)) return;
  try {
    wait_for_writers(on.until(std::chrono::steady_clock::now() + longest_wait), tables.delta(), context);
  } catch (const timeout&) {  // a long transaction: another time
    return entry.index->rest();
  }
  const statement_text left("SELECT COUNT(*) FROM " + sql::quote_identifier(tables.delta()) +
                            " WHERE generation >= ? AND generation < ?");
  const auto leave = [&](const executor& inside) {
    auto manifest = read_manifest(inside, tables, context);
    if (manifest.version != before.version) return;
    if (read_own<std::int64_t>(inside, context, left, manifest.lowest, manifest.generation).front() > 0) return;
    manifest.lowest = manifest.generation;
    replace_manifest(inside, tables, manifest, context);
  };
  run_transaction(on, {}, leave, nullptr, context.where);
}

}  // namespace tidb::detail
