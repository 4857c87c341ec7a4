// Writing an index: building it whole, and merging the delta into blocks in bounded steps.
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

enum class merge_outcome {
  nothing,    ///< there was nothing to do
  some,       ///< the oldest part of the delta is in blocks now, or the index was built anew where that is better
  by_others,  ///< another one was faster
};
merge_outcome merge_step(const executor& on, const index_entry& entry, const call_context& context);

/// Of a table that was emptied in the transaction that `inside` is.
void empty_index(const executor& inside, const index_entry& entry, const call_context& context);

/// The same on TiDB: `table_id` is what the emptied table is now, `before` was in the delta before it was emptied.
void empty_index_on_server(const executor& inside, const index_entry& entry, const std::string& table_id,
                           std::span<const delta_row> before, const call_context& context);

/// Merges all that is in the delta now.
void merge_all(const executor& on, const index_entry& entry, const call_context& context);
/// Merges while the delta has more than `budget` rows and nobody else does.
void merge_if_long(const executor& on, const index_entry& entry, std::int64_t budget, const call_context& context);

}  // namespace tidb::detail
