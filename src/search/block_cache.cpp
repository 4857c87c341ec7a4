#include "search/block_cache.hpp"

namespace tidb::detail {

std::size_t bytes_of(const block_runs& runs) {
  std::size_t size = 0;
  for (const auto& run : runs)
    size += sizeof(*run) + run->keys.size() * sizeof(std::int64_t) + run->blocks.size() + run->second.size() +
            run->second_factors.size() * sizeof(float) + run->names.bytes();
  return size;
}

}  // namespace tidb::detail
