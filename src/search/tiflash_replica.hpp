// How far a table's copies in TiFlash are, which TiDB's own vector index needs.
#pragma once

#include "tidbxx/engine/executor.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidb::detail {

/// What INFORMATION_SCHEMA.TIFLASH_REPLICA says of a table.
struct tiflash_replica {
  std::int64_t wanted{};  ///< copies
  bool available{};
  double progress{};  ///< 0 to 1
};

/// Nothing if the table is to have none.
std::optional<tiflash_replica> find_tiflash_replica(const executor& on, std::string_view table,
                                                    const call_context& context);
/// How many TiFlash stores there are. Errors: of a user who may not see the cluster (PROCESS).
std::int64_t count_tiflash_stores(const executor& on, const call_context& context);

/// Why the copies are not there yet, and what to do. `stores`: none if that is not known.
std::string why_it_waits(std::string_view table, const tiflash_replica& state, std::optional<std::int64_t> stores);

/// Errors: usage_error for a table that is to have none; timeout, with the reason.
void wait_for_tiflash_replica(const executor& on, std::string_view table, std::chrono::milliseconds limit,
                              const call_context& context);

}  // namespace tidb::detail
