#include "search/key_set.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using tidb::detail::key_set;

void expect_exactly(const std::vector<std::int64_t>& keys) {
  const key_set set(keys);
  auto sorted = keys;
  std::ranges::sort(sorted);
  sorted.erase(std::ranges::unique(sorted).begin(), sorted.end());
  EXPECT_EQ(set.size(), sorted.size());
  EXPECT_TRUE(std::ranges::equal(set.keys(), sorted));
  for (const auto key : keys) {
    EXPECT_TRUE(set.contains(key)) << key;
    for (const std::uint64_t step : {1U, 2U, 64U}) {
      const auto above = static_cast<std::int64_t>(static_cast<std::uint64_t>(key) + step);
      const auto below = static_cast<std::int64_t>(static_cast<std::uint64_t>(key) - step);
      EXPECT_EQ(set.contains(above), std::ranges::binary_search(sorted, above)) << above;
      EXPECT_EQ(set.contains(below), std::ranges::binary_search(sorted, below)) << below;
    }
  }
}

TEST(KeySet, has_the_keys_it_was_made_of_and_no_others) {
  expect_exactly({});
  expect_exactly({0});
  expect_exactly({-1});
  expect_exactly({5, 3, 5, 4, 3});
  expect_exactly({-1, 0, 1'000'000'000'000});
  expect_exactly({std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()});
  expect_exactly({std::numeric_limits<std::int64_t>::min(), -1, 0, 1, std::numeric_limits<std::int64_t>::max()});
}

TEST(KeySet, has_dense_and_scattered_keys_alike) {
  std::mt19937_64 random(1);
  std::vector<std::int64_t> dense, scattered;
  for (int i = 0; i < 3000; ++i) {
    dense.push_back(static_cast<std::int64_t>(random() % 20'000) - 10'000);
    scattered.push_back(static_cast<std::int64_t>(random()));
  }
  expect_exactly(dense);
  expect_exactly(scattered);
}

TEST(KeySet, an_empty_one_contains_nothing) {
  const key_set set({});
  EXPECT_FALSE(set.contains(0));
  EXPECT_FALSE(set.contains(std::numeric_limits<std::int64_t>::min()));
}

}  // namespace
