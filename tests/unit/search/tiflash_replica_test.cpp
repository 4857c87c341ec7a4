// Why TiFlash replicas are not there, from what TiDB's tables say; a TiFlash itself is not part of the tests.
#include "search/tiflash_replica.hpp"

#include <optional>

#include <gtest/gtest.h>

namespace {

using tidb::detail::why_it_waits;

TEST(tiflash, says_that_there_is_no_store) {
  EXPECT_EQ(why_it_waits("players", {.wanted = 2}, 0),
            "`players` is to have 2 in TiFlash, and no TiFlash store is up: add one, or set 0 replicas");
}

TEST(tiflash, says_that_there_are_too_few_stores) {
  EXPECT_EQ(why_it_waits("players", {.wanted = 3}, 1),
            "`players` is to have 3 replicas in TiFlash, and only 1 of its stores are up: add stores, or set fewer "
            "replicas");
}

TEST(tiflash, says_how_far_the_replicas_are) {
  const auto words =
      "the TiFlash replicas of `players` are made, 42 % so far: wait longer; if that does not grow, look "
      "at the stores' logs";
  EXPECT_EQ(why_it_waits("players", {.wanted = 1, .progress = 0.42}, 1), words);
  EXPECT_EQ(why_it_waits("players", {.wanted = 1, .progress = 0.42}, std::nullopt), words);
}

}  // namespace
