#include "engine/retry.hpp"

#include <chrono>
#include <stop_token>
#include <string>

#include <gtest/gtest.h>

namespace {

using std::chrono::milliseconds;
using tidb::detail::back_off;
using tidb::detail::wait_to_retry;

tidb::error conflict() { return tidb::error({.code = tidb::errc::conflict, .message = "made up", .retryable = true}); }

TEST(retry, waits_grow_by_half_with_up_to_a_tenth_of_a_second_of_chance) {
  for (int round = 0; round < 100; ++round) {
    double factor = 1;
    for (int tries = 1; tries <= 9; ++tries, factor *= 1.5) {
      const auto least = static_cast<milliseconds::rep>(100 * factor);
      EXPECT_GE(back_off(tries).count(), least);
      EXPECT_LT(back_off(tries).count(), least + 100);
    }
  }
  EXPECT_LT(back_off(1000), milliseconds(2700));
}

TEST(retry, chance_differs_from_one_wait_to_the_next) {
  bool differs = false;
  const auto first = back_off(1);
  for (int round = 0; round < 100; ++round) differs = differs || back_off(1) != first;
  EXPECT_TRUE(differs);
}

TEST(retry, it_gives_up_with_the_error_when_no_try_is_left) {
  try {
    wait_to_retry(conflict(), 3, 3, {});
    FAIL();
  } catch (const tidb::transaction_conflict& last) {
    EXPECT_NE(std::string(last.what()).find("tried 3 times"), std::string::npos) << last.what();
  }
}

TEST(retry, it_gives_up_at_once_when_the_wait_would_pass_the_deadline) {
  const auto start = std::chrono::steady_clock::now();
  tidb::call_context context;
  context.deadline = start + milliseconds(50);
  EXPECT_THROW(wait_to_retry(conflict(), 1, 8, context), tidb::transaction_conflict);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(retry, a_stop_ends_the_wait_but_never_hides_an_unknown_outcome) {
  std::stop_source source;
  source.request_stop();
  tidb::call_context context;
  context.stop = source.get_token();
  try {
    wait_to_retry(tidb::error({.code = tidb::errc::connection, .message = "made up", .retryable = true, .sent = false}),
                  1, 8, context);
    FAIL();
  } catch (const tidb::timeout& stopped) {
    EXPECT_EQ(stopped.info().entry, "stopped");
    EXPECT_EQ(stopped.info().sqlstate, "HYT00");
    EXPECT_FALSE(stopped.was_sent());
    EXPECT_NE(std::string(stopped.what()).find("made up"), std::string::npos) << stopped.what();
  }
  const tidb::error unknown({.code = tidb::errc::outcome_unknown, .message = "made up"});
  EXPECT_THROW(wait_to_retry(unknown, 1, 8, context), tidb::outcome_unknown);
}

}  // namespace
