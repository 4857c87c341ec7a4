// Distances between vectors, bit for bit as TiDB computes them.
#pragma once

#include <cstddef>
#include <span>

namespace tidb::detail {

/// Borrowed float32 in little-endian order at any address: cells of an engine are not aligned.
struct packed_floats {
  const void* data{};
  std::size_t size{};  ///< how many floats

  packed_floats() noexcept = default;
  packed_floats(const void* bytes, std::size_t count) noexcept : data(bytes), size(count) {}
  packed_floats(std::span<const float> values) noexcept : data(values.data()), size(values.size()) {}
};

/// The distances of TiDB's VEC_… functions: sums in float32, in order; the last division and root in float64.
/// Shape: both vectors have the same number of dimensions; the caller checks.
/// Units: 0 (same direction) to 2 for cosine, NaN if a vector is zero or a sum overflows to infinity over infinity;
/// L1 and L2 from 0; the negative inner product is unbounded. Smaller is nearer in all four.
/// Cost: one pass of the latency of an addition (about 1.3 ns) a dimension; a search index has faster ones.
double cosine_distance(packed_floats left, packed_floats right) noexcept;
double l2_distance(packed_floats left, packed_floats right) noexcept;
double l1_distance(packed_floats left, packed_floats right) noexcept;
double negative_inner_product(packed_floats left, packed_floats right) noexcept;

/// The length of a vector, summed in float64 as TiDB's VEC_L2_NORM does.
double l2_norm(packed_floats values) noexcept;

}  // namespace tidb::detail
