// Where the codes of a row lie.
//
// A block of 32 rows: for each group of four dimensions 16 bytes, byte j with the signs of row j in its lower and those
// of row j + 16 in its upper half (FAISS' fast scan has the same idea); then 32 floats `offset` and 32 floats `slope`.
// A distance is base + scale · offset − slope · (sum of the query under the signs), base and scale being the
// partition's.
#pragma once

#include "search/coded_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace tidb::detail {

struct code_layout {
  std::size_t padded{};  ///< dimensions, a multiple of 64

  std::size_t groups() const { return padded / 4; }
  std::size_t block_bytes() const { return groups() * 16 + 2 * block_rows * sizeof(float); }
  static std::size_t blocks(std::size_t rows) { return (rows + block_rows - 1) / block_rows; }
  /// Without its key.
  std::size_t row_bytes() const { return block_bytes() / block_rows + padded + 2 * sizeof(float); }
};

}  // namespace tidb::detail
