// The first stage: sums of a query under the signs of many rows, by look-ups in tables of 16.
// Source: André et al., "Cache locality is not enough", VLDB 2015 (fast scan); Gao & Long, RaBitQ, SIGMOD 2024.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidb::detail {

/// What a query's look-ups mean: a sum is scale · (sum of the looked up bytes) + bias.
struct table_scale {
  float scale{}, bias{};
};

/// For each four numbers of the query a table of 16 bytes: what they add up to under each pattern of signs.
/// `query`: padded numbers. `tables`: padded · 4 bytes, on a cache line.
table_scale make_tables(const float* query, std::size_t padded, std::uint8_t* tables);

/// A row's estimate is base + stretch · offset − slope · (sum + shift).
struct scan_task {
  const std::uint8_t* blocks{};
  std::size_t first{}, last{};   ///< of the blocks
  std::size_t rows{};            ///< of all blocks: the last has rows that are none
  const std::uint32_t* masks{};  ///< which rows count, a word a block; null: all
  const std::uint8_t* tables{};
  table_scale sums{};
  float base{}, stretch{}, shift{}, limit{};
};

/// The rows whose estimate is at most the limit: their numbers and estimates. Room for all rows of the task is needed.
std::size_t scan_blocks(const scan_task& task, std::size_t padded, std::uint32_t* slots, float* estimates);

}  // namespace tidb::detail
