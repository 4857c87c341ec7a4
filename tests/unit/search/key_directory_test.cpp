#include "search/key_directory.hpp"

#include <cstdint>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using tidb::detail::key_directory;

/// Changes of some keys of 0 … `keys` · `step`, each checked against a map.
void expect_as_a_map(std::int64_t keys, std::int64_t step) {
  std::mt19937_64 random(3);
  std::map<std::int64_t, std::uint32_t> model;
  key_directory directory;
  for (int round = 0; round < 200; ++round) {
    std::map<std::int64_t, std::uint32_t> changes;
    for (auto i = random() % (round % 20 == 0 ? 500 : 8); i > 0; --i) {
      const auto key = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(keys)) * step - keys;
      changes[key] = random() % 3 == 0 ? key_directory::nowhere : static_cast<std::uint32_t>(random() % 100);
    }
    std::vector<key_directory::entry> entries;
    for (const auto& [key, partition] : changes) {
      entries.push_back({key, partition});
      model[key] = partition;
    }
    directory = directory.changed(entries);
    for (const auto& [key, partition] : model)
      ASSERT_EQ(directory.find(key), partition) << key << " in round " << round;
    for (const std::int64_t key : {-keys - 1, keys * step, std::numeric_limits<std::int64_t>::min()})
      ASSERT_EQ(directory.find(key), key_directory::nowhere);
  }
}

TEST(KeyDirectory, tells_the_partition_that_a_key_came_to_last) {
  expect_as_a_map(600, 1);          // dense
  expect_as_a_map(600, 1'000'003);  // not
}

TEST(KeyDirectory, takes_the_smallest_and_the_largest_key) {
  constexpr auto low = std::numeric_limits<std::int64_t>::min(), high = std::numeric_limits<std::int64_t>::max();
  const key_directory directory({{low, 1}, {high, 2}});
  EXPECT_EQ(directory.find(low), 1U);
  EXPECT_EQ(directory.find(high), 2U);
  EXPECT_EQ(directory.find(0), key_directory::nowhere);
}

TEST(KeyDirectory, of_dense_keys_needs_no_order_and_refuses_the_others) {
  const auto made = key_directory::of_dense(std::vector<key_directory::entry>{{7, 1}, {5, 2}, {6, 3}});
  ASSERT_TRUE(made);
  EXPECT_EQ(made->find(5), 2U);
  EXPECT_EQ(made->find(7), 1U);
  EXPECT_EQ(made->find(8), key_directory::nowhere);
  EXPECT_FALSE(key_directory::of_dense(std::vector<key_directory::entry>{{7, 1}, {5, 2}, {7, 3}}));
  EXPECT_FALSE(key_directory::of_dense(std::vector<key_directory::entry>{{1, 1}, {1000, 2}}));
}

TEST(KeyDirectory, of_keys_that_follow_one_another_needs_four_bytes_each) {
  std::vector<key_directory::entry> entries;
  for (std::int64_t key = 1; key <= 1000; ++key) entries.push_back({key, 7});
  EXPECT_EQ(key_directory(entries).bytes(), 4000U);
}

}  // namespace
