#include "search/tiflash_replica.hpp"
#include "tidbxx/client/client.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <fmt/format.h>

namespace tidb {

namespace {

void expect_server(const client& db, std::source_location where) {
  if (db.engine() == engine_kind::tidb) return;
  throw_error({.code = errc::unsupported,
               .message = "TiFlash replicas are TiDB's: the embedded engine has none, and needs none",
               .endpoint = db.endpoint(),
               .where = where,
               .sent = false});
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
  detail::wait_for_tiflash_replica(on(), table, limit, on().context(where));
}

}  // namespace tidb
