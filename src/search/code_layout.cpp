#include "search/code_layout.hpp"

#include <cstring>

namespace tidb::detail {

namespace {

constexpr std::size_t half = block_rows / 2;

/// Where in a group's 16 bytes a row's four signs are.
struct nibble {
  std::size_t byte{};
  int shift{};
};

nibble nibble_of(std::size_t row) { return {row % half, row < half ? 0 : 4}; }

}  // namespace

run_builder::run_builder(code_layout layout, std::uint32_t partition, std::size_t rows) : layout_(layout) {
  run_.partition = partition;
  reserve(rows);
}

run_builder::run_builder(code_layout layout, const coded_run& run, std::size_t more) : layout_(layout) {
  run_.partition = run.partition;
  reserve(run.rows() + more);
  run_.keys = run.keys;
  run_.names = run.names;
  append(run_.blocks, run.blocks.data(), run.blocks.size());
  append(run_.second, run.second.data(), run.second.size());
  append(run_.second_factors, run.second_factors.data(), run.second_factors.size());
}

void run_builder::reserve(std::size_t rows) {
  run_.keys.reserve(rows);
  run_.blocks.reserve(code_layout::blocks(rows) * layout_.block_bytes());
  run_.second.reserve(rows * layout_.padded);
  run_.second_factors.reserve(rows * 2);
}

std::uint8_t* run_builder::block_of_next() {
  const auto block = run_.keys.size() / block_rows * layout_.block_bytes();
  // Zeros first: signs are added bit by bit, and rows that are none make no difference between equal runs.
  if (block == run_.blocks.size()) run_.blocks.resize(block + layout_.block_bytes(), 0);
  return run_.blocks.data() + block;
}

void run_builder::add(std::int64_t key, const row_codes& codes) {
  auto* block = block_of_next();
  const auto row = run_.keys.size() % block_rows;
  const auto [byte, shift] = nibble_of(row);
  for (std::size_t i = 0; i < layout_.sign_bytes(); ++i) {
    // a byte of signs is two groups
    auto& first = block[i * 2 * half + byte];
    auto& second = block[(i * 2 + 1) * half + byte];
    first = static_cast<std::uint8_t>(first | (codes.signs[i] & 15U) << shift);
    second = static_cast<std::uint8_t>(second | (codes.signs[i] >> 4U) << shift);
  }
  auto* factors = block + layout_.code_bytes() + row * sizeof(float);
  std::memcpy(factors, &codes.offset, sizeof(float));
  std::memcpy(factors + block_rows * sizeof(float), &codes.slope, sizeof(float));
  run_.keys.push_back(key);
  append(run_.second, codes.second, layout_.padded);
  run_.second_factors.push_back(codes.second_offset);
  run_.second_factors.push_back(codes.second_slope);
}

void run_builder::add(const coded_run& run, std::size_t slot) {
  auto* to = block_of_next();
  const auto* from = run.blocks.data() + slot / block_rows * layout_.block_bytes();
  const auto there = slot % block_rows, here = run_.keys.size() % block_rows;
  const auto source = nibble_of(there), target = nibble_of(here);
  for (std::size_t at = 0; at < layout_.code_bytes(); at += half) {
    const unsigned signs = from[at + source.byte] >> source.shift & 15U;
    to[at + target.byte] = static_cast<std::uint8_t>(to[at + target.byte] | signs << target.shift);
  }
  for (std::size_t factor = 0; factor < 2; ++factor)
    std::memcpy(to + layout_.code_bytes() + (factor * block_rows + here) * sizeof(float),
                from + layout_.code_bytes() + (factor * block_rows + there) * sizeof(float), sizeof(float));
  run_.keys.push_back(run.keys[slot]);
  if (!run.names.empty()) run_.names.add(run.names[slot]);
  append(run_.second, run.second.data() + slot * layout_.padded, layout_.padded);
  append(run_.second_factors, run.second_factors.data() + slot * 2, 2);
}

}  // namespace tidb::detail
