// What training found out about a column of vectors: the rotation, the partitions and how far a search must reach.
// Source: Gao & Long, "RaBitQ", SIGMOD 2024; Jégou et al., "Product quantization", 2011 (inverted files).
#pragma once

#include "search/partitions.hpp"
#include "search/reach.hpp"
#include "search/rotation.hpp"
#include "tidbxx/search/distance.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// Bytes that are no model or no rows: truncated, damaged, or of a newer format.
class malformed_index : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

struct model_options {
  std::uint32_t dimensions{};  ///< 1 to 16,383
  metric by{};                 ///< not L1
  std::uint64_t seed{};
};

/// Immutable; shared by threads.
class vector_model {
public:
  /// From a sample of the rows, row-major. `rows`: how many the table has; small ones get a single partition.
  /// The same options, sample and rows give the same model. An empty sample will do; then nothing is learnt.
  /// A sample of all rows up to 50,000, and of 100 · sqrt(rows) beyond, is enough.
  /// Errors: usage_error for L1, and for dimensions out of range.
  static std::shared_ptr<const vector_model> train(const model_options& options, std::span<const float> sample,
                                                   std::uint64_t rows, unsigned threads = 1);
  /// Errors: malformed_index.
  static std::shared_ptr<const vector_model> from_bytes(std::string_view bytes);
  /// Little-endian, versioned.
  std::string bytes() const;

  std::uint32_t dimensions() const { return options_.dimensions; }
  metric by() const { return options_.by; }
  std::uint32_t partitions() const { return partitions_.count(); }
  /// What a stored row takes, without its key.
  std::size_t bytes_per_row() const;
  /// The partition that a row of this vector is kept in.
  std::uint32_t assign(std::span<const float> vector) const;

  // What the coder and the search need of it.

  /// Dimensions of the codes: a multiple of 64.
  std::uint32_t padded() const { return rotation_.padded(); }
  /// The vector as the codes see it: moved to the middle of the rows or, for cosine, made one long; then rotated.
  /// `out`: padded() numbers. False for one that has no distance: zeros under cosine.
  bool prepare(std::span<const float> vector, float* out) const;
  const partition_table& table() const { return partitions_; }
  const search_reach& reach() const { return reach_; }
  /// What an inner product's query is scaled to, so that its distances are of the size of the rows'.
  float typical_length() const { return typical_length_; }

private:
  explicit vector_model(const model_options& options);
  void set_table(partition_table table);

  model_options options_;
  rotation rotation_;
  std::vector<float> middle_;  // what L2 subtracts, so that a query's tables are fine enough; else empty
  partition_table partitions_;
  search_reach reach_;
  float typical_length_{1};
};

}  // namespace tidb::detail
