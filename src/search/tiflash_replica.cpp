#include "search/tiflash_replica.hpp"

#include "search/own_sql.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <thread>
#include <tuple>

#include <fmt/format.h>

namespace tidb::detail {

std::optional<tiflash_replica> find_tiflash_replica(const executor& on, std::string_view table,
                                                    const call_context& context) {
  const statement_text text("SELECT REPLICA_COUNT, AVAILABLE, PROGRESS FROM information_schema.tiflash_replica WHERE "
                            "TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?");
  const auto found = read_own<std::tuple<std::int64_t, bool, double>>(on, context, text, std::string(table));
  if (found.empty()) return std::nullopt;
  const auto& [wanted, available, progress] = found.front();
  return tiflash_replica{wanted, available, progress};
}

std::int64_t count_tiflash_stores(const executor& on, const call_context& context) {
  const statement_text text("SELECT COUNT(*) FROM information_schema.cluster_info WHERE type = 'tiflash'");
  return read_own<std::int64_t>(on, context, text).front();
}

std::string why_it_waits(std::string_view table, const tiflash_replica& state, std::optional<std::int64_t> stores) {
  if (stores == 0)
    return fmt::format("`{}` is to have {} in TiFlash, and no TiFlash store is up: add one, or set 0 replicas", table,
                       state.wanted);
  if (stores && state.wanted > *stores)
    return fmt::format("`{}` is to have {} replicas in TiFlash, and only {} of its stores are up: add stores, or set "
                       "fewer replicas",
                       table, state.wanted, *stores);
  return fmt::format("the TiFlash replicas of `{}` are made, {:.0f} % so far: wait longer; if that does not grow, look "
                     "at the stores' logs",
                     table, state.progress * 100);
}

namespace {

[[noreturn]] void refuse_to_wait(const executor& on, std::string_view table, const tiflash_replica& state,
                                 const call_context& context) {
  std::optional<std::int64_t> stores;
  try {
    stores = count_tiflash_stores(on, context);
  } catch (const error&) {  // a user who may not see the cluster: the rest is told all the same
  }
  throw_error({.code = errc::timeout,
               .message = why_it_waits(table, state, stores),
               .endpoint = on.pool()->endpoint(),
               .where = context.where});
}

}  // namespace

void wait_for_tiflash_replica(const executor& on, std::string_view table, std::chrono::milliseconds limit,
                              const call_context& context) {
  constexpr std::chrono::milliseconds most{2'000};
  const auto until = std::chrono::steady_clock::now() + limit;
  for (std::chrono::milliseconds pause{50};; pause = std::min(pause * 2, most)) {
    const auto state = find_tiflash_replica(on, table, context);
    if (!state)
      throw_usage("`" + std::string(table) + "` has no TiFlash replicas to wait for: call set_tiflash_replicas first",
                  context.where);
    if (state->available) return;
    const auto left = until - std::chrono::steady_clock::now();
    if (left.count() <= 0) refuse_to_wait(on, table, *state, context);
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(pause, left));
  }
}

}  // namespace tidb::detail
