// Merging the delta of an index into its blocks, in bounded steps.
#pragma once

#include "search/index_catalog.hpp"

#include <cstdint>

namespace tidb::detail {

enum class merge_outcome {
  nothing,    ///< there was nothing to do
  some,       ///< the oldest part of the delta is in blocks now, or the index was built anew where that is better
  by_others,  ///< another one was faster
};
merge_outcome merge_step(const executor& on, const index_entry& entry, const call_context& context);

/// Merges all that is in the delta now.
void merge_all(const executor& on, const index_entry& entry, const call_context& context);
/// Merges while the delta has more than `budget` rows and nobody else does.
void merge_if_long(const executor& on, const index_entry& entry, std::int64_t budget, const call_context& context);

}  // namespace tidb::detail
