// Generations of a delta on TiDB: what was deleted from it lies there for minutes, and every reader walks over it. So
// rows are read from a generation on that is counted up, once no transaction can add to those before it any more.
#pragma once

#include "search/index_catalog.hpp"

#include <cstdint>

namespace tidb::detail {

/// By the server's clock, since 1970.
std::int64_t server_milliseconds(const executor& on, const call_context& context);

/// In the transaction that sets the manifest: begins a new generation if many rows were taken out of this one.
void turn_generation_if_worn(const executor& inside, const index_tables& tables, index_manifest& changed,
                             std::uint64_t taken, const call_context& context);

/// Outside of transactions: leaves the generations before the newest one behind, if they are empty and all who write
/// know of it. Waits for those that are at it, but not for long.
void leave_old_generations(const executor& on, const index_entry& entry, const call_context& context);

}  // namespace tidb::detail
