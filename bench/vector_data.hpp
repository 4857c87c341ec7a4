// The vectors of the benchmark: real ones from a folder, or made up, with their true neighbours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace bench {

constexpr std::size_t neighbours = 10;

/// Row-major, all of length one: cosine, inner product and L2 then have the same neighbours.
struct vector_data {
  std::size_t dimensions{};
  std::vector<float> rows, queries;
  std::vector<std::int64_t> truth;  ///< the nearest ten of each query, nearest first

  std::size_t count() const { return rows.size() / dimensions; }
  std::size_t query_count() const { return queries.size() / dimensions; }
  const float* row(std::size_t at) const { return rows.data() + at * dimensions; }
  const float* query(std::size_t at) const { return queries.data() + at * dimensions; }
  std::span<const std::int64_t> truth_of(std::size_t query) const {
    return std::span(truth).subspan(query * neighbours, neighbours);
  }
};

/// packages.npy and queries.npy of the folder, the first `rows` of them (0: all).
vector_data load_vectors(const std::string& folder, std::size_t rows);
/// Rows around rows / 100 centres, which themselves lie around fewer, so that clusters overlap.
vector_data make_vectors(std::size_t rows, std::size_t dimensions, std::size_t queries);
/// The first rows of another set.
vector_data part_of(const vector_data& all, std::size_t rows);

/// The nearest ten among the rows whose bit is set; all if there are none.
std::vector<std::int64_t> true_neighbours(const vector_data& data, const std::vector<bool>& allowed = {});

}  // namespace bench
