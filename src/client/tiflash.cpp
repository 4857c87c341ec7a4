#include "client/tiflash.hpp"

#include "tidbxx/client/client.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <thread>

#include <fmt/format.h>

namespace tidb {

namespace detail {

std::int64_t tiflash_stores(const statements& on, std::source_location where) {
  return on.query<std::int64_t>({"SELECT COUNT(*) FROM information_schema.cluster_info WHERE type = 'tiflash'", where})
      .value();
}

std::string why_it_waits(std::string_view table, const tiflash_state& state) {
  if (state.stores == 0)
    return fmt::format("`{}` is to have {} in TiFlash, and no TiFlash store is up: add one, or set 0 replicas", table,
                       state.wanted);
  if (state.wanted > state.stores)
    return fmt::format("`{}` is to have {} replicas in TiFlash, and only {} of its stores are up: add stores, or set "
                       "fewer replicas",
                       table, state.wanted, state.stores);
  return fmt::format("the TiFlash replicas of `{}` are made, {:.0f} % so far: wait longer; if that does not grow, look "
                     "at the stores' logs",
                     table, state.progress * 100);
}

}  // namespace detail

namespace {

void expect_server(const client& db, std::source_location where) {
  if (db.engine() == engine_kind::tidb) return;
  throw_error({.code = errc::unsupported,
               .message = "TiFlash replicas are TiDB's: the embedded engine has none, and needs none",
               .endpoint = db.endpoint(),
               .where = where,
               .sent = false});
}

/// Errors: usage_error for a table without replicas.
detail::tiflash_state state_of(const client& db, const std::string& table, std::source_location where) {
  const auto found = db.query<std::int64_t, bool, double>(
                           {"SELECT REPLICA_COUNT, AVAILABLE, PROGRESS FROM information_schema.tiflash_replica "
                            "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?",
                            where},
                           table)
                         .one_or_none();
  if (!found)
    throw_usage("`" + table + "` has no TiFlash replicas to wait for: call set_tiflash_replicas first", where);
  return {std::get<0>(*found), std::get<1>(*found), std::get<2>(*found), detail::tiflash_stores(db, where)};
}

}  // namespace

void client::set_tiflash_replicas(std::string_view table, int replicas, std::source_location where) const {
  expect_server(*this, where);
  if (replicas < 0) throw_usage("set_tiflash_replicas takes 0 or more", where);
  execute({fmt::format("ALTER TABLE {} SET TIFLASH REPLICA {}", sql::quote_identifier(table), replicas), where});
}

void client::wait_for_tiflash(std::string_view table, std::chrono::milliseconds limit,
                              std::source_location where) const {
  expect_server(*this, where);
  constexpr std::chrono::milliseconds most{2'000};
  const auto until = std::chrono::steady_clock::now() + limit;
  for (std::chrono::milliseconds pause{50};; pause = std::min(pause * 2, most)) {
    const auto state = state_of(*this, std::string(table), where);
    if (state.available) return;
    const auto left = until - std::chrono::steady_clock::now();
    if (left.count() <= 0)
      throw_error({.code = errc::timeout,
                   .message = detail::why_it_waits(table, state),
                   .endpoint = endpoint(),
                   .where = where});
    std::this_thread::sleep_for(std::min<std::chrono::steady_clock::duration>(pause, left));
  }
}

}  // namespace tidb
