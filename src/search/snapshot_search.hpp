// Nearest-neighbour search over coded rows: which of them are worth an exact look.
#pragma once

#include "search/key_set.hpp"
#include "search/row_source.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tidb::detail {

struct vector_query {
  std::span<const float> vector{};
  std::size_t wanted{10};
  double recall{0.99};           ///< of the best `wanted`, on average over queries like the rows
  std::size_t num_candidates{};  ///< how many rows to propose; 0: what the recall needs
  const key_set* allowed{};      ///< null: all rows
};

struct proposal {
  std::int64_t key{};
  float distance{};    ///< estimated by the second code, in the metric's own terms
  std::string name{};  ///< of the key, where that is no integer
};

struct search_cost {
  std::size_t partitions{}, scanned{}, reranked{};
  double scan_us{}, rerank_us{};
};

/// The rows among which the best `wanted` are, nearest first: as many as an exact stage must look at to reach `recall`,
/// at least `wanted` where there are as many. None for a vector without distances (zeros under cosine).
/// Errors: usage_error for a vector of other dimensions; what the source throws.
std::vector<proposal> propose(row_source& from, const vector_query& query, search_cost* cost = nullptr);
std::vector<proposal> propose(const vector_snapshot& snapshot, const vector_query& query, search_cost* cost = nullptr);

/// Bytes in memory of a model for so many rows.
std::size_t estimate_model(const model_options& options, std::uint64_t rows);
/// Bytes in memory of an index of so many rows, before it is built.
std::size_t estimate_memory(const model_options& options, std::uint64_t rows);

}  // namespace tidb::detail
