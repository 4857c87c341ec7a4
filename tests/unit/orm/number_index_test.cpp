// The index by which a session finds its objects, beside a multimap.
#include "orm/session_objects.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using tidb::detail::number_index;

std::vector<std::uint32_t> all_of(const number_index& index, std::size_t hash) {
  std::vector<std::uint32_t> found;
  (void)index.find(hash, [&](std::uint32_t number) {
    found.push_back(number);
    return false;
  });
  std::ranges::sort(found);
  return found;
}

std::vector<std::uint32_t> all_of(const std::multimap<std::size_t, std::uint32_t>& index, std::size_t hash) {
  std::vector<std::uint32_t> found;
  const auto [first, last] = index.equal_range(hash);
  for (auto at = first; at != last; ++at) found.push_back(at->second);
  std::ranges::sort(found);
  return found;
}

TEST(number_index, finds_what_a_multimap_finds_through_random_additions_and_removals) {
  std::mt19937 random(1);
  number_index index;
  std::multimap<std::size_t, std::uint32_t> wanted;
  for (std::uint32_t step = 0; step < 20'000; ++step) {
    const std::size_t hash = random() % 300;  // many of them the same, or beside one another
    if (random() % 5 < 3) {
      index.add(hash, step);
      wanted.emplace(hash, step);
    } else if (const auto one = wanted.lower_bound(hash); one != wanted.end()) {
      index.remove(one->first, one->second);
      wanted.erase(one);
    }
    if (step % 50 != 0) continue;
    for (std::size_t each = 0; each < 300; ++each)
      ASSERT_EQ(all_of(index, each), all_of(wanted, each)) << "step " << step << ", hash " << each;
  }
  EXPECT_EQ(index.size(), wanted.size());
}

TEST(number_index, forgets_nothing_when_what_is_not_there_is_removed) {
  number_index index;
  index.remove(1, 1);
  index.add(1, 1);
  index.remove(2, 2);
  index.remove(1, 2);
  EXPECT_EQ(all_of(index, 1), std::vector<std::uint32_t>{1});
}

}  // namespace
