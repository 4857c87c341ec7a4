// Where the codes of a row lie, and how rows are put there.
//
// A block of 32 rows: for each group of four dimensions 16 bytes, byte j with the signs of row j in its lower and those
// of row j + 16 in its upper half (FAISS' fast scan has the same idea); then 32 floats `offset` and 32 floats `slope`.
// A distance is base + offset · stretch − slope · (sum of the query under the signs), base and stretch being the
// partition's for a query. Of second codes: base + offset · stretch − slope · (product of the query with the bytes).
#pragma once

#include "search/coded_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace tidb::detail {

struct code_layout {
  std::size_t padded{};  ///< dimensions, a multiple of 64

  std::size_t sign_bytes() const { return padded / 8; }
  std::size_t code_bytes() const { return padded / 4 * 16; }
  std::size_t block_bytes() const { return code_bytes() + 2 * block_rows * sizeof(float); }
  static std::size_t blocks(std::size_t rows) { return (rows + block_rows - 1) / block_rows; }
  /// In memory of a full block, without its key.
  std::size_t row_bytes() const { return block_bytes() / block_rows + padded + 2 * sizeof(float); }
};

/// One row, taken apart.
struct row_codes {
  const std::uint8_t* signs{};
  const std::int8_t* second{};
  float offset{}, slope{}, second_offset{}, second_slope{};
};

/// Puts rows together into a run, one after the other.
class run_builder {
public:
  /// With room for so many rows.
  run_builder(code_layout layout, std::uint32_t partition, std::size_t rows);
  /// Begins with a copy of a run, and room for `more` rows.
  run_builder(code_layout layout, const coded_run& run, std::size_t more);

  void add(std::int64_t key, const row_codes& codes);
  /// Of the row added last.
  void name(std::string_view key) { run_.names.add(key); }
  /// The row in this slot of another run.
  void add(const coded_run& run, std::size_t slot);
  coded_run finish() { return std::move(run_); }

private:
  void reserve(std::size_t rows);
  /// The block that the next row goes into.
  std::uint8_t* block_of_next();

  code_layout layout_;
  coded_run run_;
};

}  // namespace tidb::detail
