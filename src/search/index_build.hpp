// Building an index whole.
#pragma once

#include "search/index_catalog.hpp"

#include <cstdint>
#include <source_location>
#include <span>
#include <string>

namespace tidb::detail {

/// Builds the index from the table, in one read and one write transaction; what is written meanwhile stays in the
/// delta. `why` is kept for index_stats.
/// Errors: usage_error inside a transaction; newer_index.
void rebuild_index(const executor& on, const index_entry& entry, const std::string& why, const call_context& context);

/// Builds it anew whatever it is now. Errors: as rebuild_index.
void heal_index(const executor& on, const index_entry& entry, const std::string& why, const call_context& context);

/// Runs `use`; an index that only a later version of this library knows becomes the error `unsupported`, and so does
/// one that can no longer be tracked.
void refuse_newer(const index_entry& entry, const call_context& context, function_ref<void()> use);

/// Of a table that was emptied in the transaction that `inside` is.
void empty_index(const executor& inside, const index_entry& entry, const call_context& context);

/// The same on TiDB: `table_id` is what the emptied table is now, `before` was in the delta before it was emptied.
void empty_index_on_server(const executor& inside, const index_entry& entry, const std::string& table_id,
                           std::span<const delta_row> before, const call_context& context);

}  // namespace tidb::detail
