// Vectors for the tests of the vector index, and exact answers to compare with.
#pragma once

#include "search/snapshot_search.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tests {

struct vector_set {
  std::size_t dimensions{};
  std::vector<std::int64_t> keys;
  std::vector<float> numbers;

  std::span<const float> row(std::size_t at) const { return {numbers.data() + at * dimensions, dimensions}; }
};

/// Rows around `clusters` centres, which lie anywhere; keys 10, 13, 16 …
vector_set clustered(std::size_t rows, std::size_t dimensions, std::size_t clusters, std::uint64_t seed);

/// Model and rows of a whole set.
std::shared_ptr<const tidb::detail::vector_snapshot> index_of(const vector_set& set, tidb::metric by,
                                                              std::uint64_t seed = 7);

/// The keys of the nearest rows, among those allowed.
std::vector<std::int64_t> exact_nearest(const vector_set& set, tidb::metric by, std::span<const float> query,
                                        std::size_t wanted, const tidb::detail::key_set* allowed = nullptr);

/// What share of the exact nearest the proposals have, over all queries.
double recall_of(const tidb::detail::vector_snapshot& index, const vector_set& set, const vector_set& queries,
                 tidb::detail::vector_query like);

std::string name_of(tidb::metric by);

}  // namespace tests
