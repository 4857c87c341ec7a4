// Partitions of the rows: each has a centre, and a row is kept where its nearest centre is.
#pragma once

#include "search/aligned.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tidb::detail {

/// All vectors here are rotated and padded; all distances are squared.
class partition_table {
public:
  partition_table() = default;
  /// `centres`: row-major, as many as spreads. `spreads`: the mean squared distance of a partition's rows to its
  /// centre.
  partition_table(std::uint32_t padded, aligned_vector<float> centres, std::vector<float> spreads);

  std::uint32_t count() const { return static_cast<std::uint32_t>(spreads_.size()); }
  std::uint32_t padded() const { return padded_; }
  const float* centre(std::uint32_t partition) const { return centres_.data() + std::size_t{partition} * padded_; }
  float spread(std::uint32_t partition) const { return spreads_[partition]; }
  /// The squared length of a centre.
  float square(std::uint32_t partition) const { return squares_[partition]; }
  std::size_t bytes() const;

  /// The inner products of `rows` vectors with all centres. `out`: padded_count() numbers for each vector.
  void products(const float* vectors, std::size_t rows, float* out) const;
  std::size_t padded_count() const { return squares_.size(); }
  /// Of one vector's products: the nearest centre. Equal on every machine and however many vectors are asked at once.
  std::uint32_t nearest(const float* products) const;
  /// The nearest centre of each of the vectors.
  void assign(const float* vectors, std::size_t rows, std::uint32_t* out) const;

private:
  std::uint32_t padded_{};
  aligned_vector<float> centres_;
  aligned_vector<float> panels_;  // the centres again, 32 side by side, as the kernel reads them
  std::vector<float> spreads_;
  aligned_vector<float> squares_;  // infinity behind the last
};

/// Lloyd's k-means on rotated vectors: deterministic from the seed. `count` is at most the number of rows.
partition_table find_partitions(std::uint32_t padded, std::span<const float> rows, std::uint32_t count,
                                std::uint64_t seed, unsigned threads);

}  // namespace tidb::detail
