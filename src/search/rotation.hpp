// A random rotation by signed Hadamard steps: as good as a random matrix for codes of signs, and n log n.
// Source: Ailon & Chazelle, "Fast Johnson-Lindenstrauss transform", 2009; Kac's walk for lengths that are no power of
// two.
#pragma once

#include <cstdint>
#include <vector>

namespace tidb::detail {

class rotation {
public:
  /// The same seed gives the same rotation on every machine.
  rotation(std::uint32_t dimensions, std::uint64_t seed);

  std::uint32_t dimensions() const { return dimensions_; }
  /// The dimensions, rounded up to a multiple of 64.
  std::uint32_t padded() const { return padded_; }
  /// In place: padded() numbers, those behind the dimensions being zero.
  void apply(float* vector) const;

private:
  std::uint32_t dimensions_, padded_, power_;  // power_: the largest power of two within padded_
  std::vector<float> signs_;                   // +1 and −1, padded_ of each round
};

}  // namespace tidb::detail
