#include "search/code_layout.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::size_t half = block_rows / 2;

/// `signs`: of 32 rows, one after the other.
void pack_signs(const std::uint8_t* signs, std::size_t sign_bytes, std::uint8_t* block) {
  for (std::size_t row = 0; row < half; ++row) {
    const auto* lower = signs + row * sign_bytes;
    const auto* upper = lower + half * sign_bytes;
    for (std::size_t i = 0; i < sign_bytes; ++i) {
      // a byte of signs is two groups
      block[i * 2 * half + row] = static_cast<std::uint8_t>((lower[i] & 15) | upper[i] << 4);
      block[(i * 2 + 1) * half + row] = static_cast<std::uint8_t>(lower[i] >> 4 | (upper[i] & 0xF0));
    }
  }
}

void unpack_signs(const std::uint8_t* block, std::size_t row, std::size_t sign_bytes, std::uint8_t* signs) {
  const auto* from = block + row % half;
  const int shift = row < half ? 0 : 4;
  for (std::size_t i = 0; i < sign_bytes; ++i) {
    const unsigned first = from[i * 2 * half] >> shift & 15U, second = from[(i * 2 + 1) * half] >> shift & 15U;
    signs[i] = static_cast<std::uint8_t>(first | second << 4);
  }
}

}  // namespace

run_builder::run_builder(code_layout layout, std::uint32_t partition, std::size_t rows)
    : layout_(layout), signs_(block_rows * layout.sign_bytes()), factors_(2 * block_rows),
      unpacked_(layout.sign_bytes()) {
  run_.partition = partition;
  run_.keys.reserve(rows);
  run_.blocks.reserve(code_layout::blocks(rows) * layout.block_bytes());
  run_.second.reserve(rows * layout.padded);
  run_.second_factors.reserve(rows * 2);
}

void run_builder::add(std::int64_t key, const row_codes& codes) {
  run_.keys.push_back(key);
  run_.second.insert(run_.second.end(), codes.second, codes.second + layout_.padded);
  run_.second_factors.insert(run_.second_factors.end(), {codes.second_offset, codes.second_slope});
  std::memcpy(signs_.data() + waiting_ * layout_.sign_bytes(), codes.signs, layout_.sign_bytes());
  factors_[waiting_] = codes.offset;
  factors_[block_rows + waiting_] = codes.slope;
  if (++waiting_ == block_rows) pack();
}

void run_builder::add(const coded_run& run, std::size_t slot) {
  const auto row = slot % block_rows;
  const auto* block = run.blocks.data() + slot / block_rows * layout_.block_bytes();
  unpack_signs(block, row, layout_.sign_bytes(), unpacked_.data());
  row_codes codes{.signs = unpacked_.data(), .second = run.second.data() + slot * layout_.padded};
  const auto* factors = block + layout_.code_bytes();
  std::memcpy(&codes.offset, factors + row * sizeof(float), sizeof(float));
  std::memcpy(&codes.slope, factors + (block_rows + row) * sizeof(float), sizeof(float));
  codes.second_offset = run.second_factors[slot * 2];
  codes.second_slope = run.second_factors[slot * 2 + 1];
  add(run.keys[slot], codes);
}

void run_builder::pack() {
  const auto end = run_.blocks.size();
  run_.blocks.resize(end + layout_.block_bytes());
  pack_signs(signs_.data(), layout_.sign_bytes(), run_.blocks.data() + end);
  std::memcpy(run_.blocks.data() + end + layout_.code_bytes(), factors_.data(), factors_.size() * sizeof(float));
  waiting_ = 0;
}

coded_run run_builder::finish() {
  if (waiting_ != 0) {
    // The rest of the block is zero, so that equal rows are equal bytes.
    std::fill(signs_.begin() + static_cast<std::ptrdiff_t>(waiting_ * layout_.sign_bytes()), signs_.end(),
              std::uint8_t{0});
    std::fill_n(factors_.begin() + static_cast<std::ptrdiff_t>(waiting_), block_rows - waiting_, 0.F);
    std::fill_n(factors_.begin() + static_cast<std::ptrdiff_t>(block_rows + waiting_), block_rows - waiting_, 0.F);
    pack();
  }
  return std::move(run_);
}

}  // namespace tidb::detail
