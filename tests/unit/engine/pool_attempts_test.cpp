// Connecting that takes longer than a call has time: the pool goes on with it.
#include "pool_support.hpp"
#include "support/engines.hpp"
#include "tidbxx/core/error.hpp"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace pool_test;
using tests::error_of;
using clock = std::chrono::steady_clock;

class pool_attempts : public pool {
protected:
  static tidb::call_context within(clock::duration time) { return {.deadline = clock::now() + time}; }
  static tidb::error hasty(pool_state& state) {
    return error_of([&] { state.checkout(within(20ms)); });
  }
};

TEST_F(pool_attempts, outlive_their_call_and_leave_a_connection_to_the_next) {
  hold_attempts();
  auto state = make({.max_size = 1});
  const auto error = hasty(*state);
  EXPECT_EQ(error.code(), tidb::errc::timeout);
  EXPECT_EQ(error.info().entry, "deadline");
  EXPECT_TRUE(has(error, "no connection before the call's deadline")) << error.what();
  EXPECT_TRUE(has(error, "made.up:4000")) << error.what();
  EXPECT_FALSE(error.was_sent());
  let_go(1);
  wait_until([&] { return state->stats().idle == 1; });
  EXPECT_EQ(number_of(state->checkout(within(20s))), 1);
  EXPECT_EQ(state->stats().failed, 0U);
  EXPECT_EQ(world_.attempts, 1);
}

TEST_F(pool_attempts, outlive_a_stop_too) {
  hold_attempts();
  auto state = make({.max_size = 1});
  std::stop_source source;
  std::thread stopper([&] {
    wait_until([&] { return world_.attempts == 1; });
    source.request_stop();
  });
  const auto error = error_of([&] { state->checkout({.stop = source.get_token()}); });
  EXPECT_EQ(error.info().entry, "stopped");
  EXPECT_TRUE(has(error, "a stop was requested while connecting")) << error.what();
  stopper.join();
  let_go(1);
  EXPECT_EQ(number_of(state->checkout({})), 1);
}

TEST_F(pool_attempts, are_waited_for_by_the_next_call_instead_of_beginning_anew) {
  hold_attempts();
  auto state = make({.max_size = 4});
  hasty(*state);
  std::thread next([&] { EXPECT_EQ(number_of(state->checkout(within(20s))), 1); });
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(world_.attempts, 1);
  let_go(100);
  next.join();
}

TEST_F(pool_attempts, that_grow_old_are_waited_for_no_longer) {
  world_.on_open = [this](int number, const tidb::call_context& context) {
    std::unique_lock lock(mutex_);
    if (number == 1 && !changed_.wait(lock, context.stop, [] { return false; })) refuse_connection();
  };
  auto state = make({.max_size = 2});
  hasty(*state);
  EXPECT_EQ(number_of(state->checkout(within(20s))), 1);
  EXPECT_EQ(world_.attempts, 2);
  EXPECT_EQ(state->stats().failed, 0U);
}

TEST_F(pool_attempts, that_fail_for_who_joined_them_are_followed_by_its_own) {
  failing_ = 1;
  hold_attempts();
  auto state = make({.max_size = 2});
  hasty(*state);
  std::thread next([&] { EXPECT_EQ(number_of(state->checkout(within(20s))), 1); });
  std::this_thread::sleep_for(20ms);
  let_go(100);
  next.join();
  EXPECT_EQ(world_.attempts, 2);
  EXPECT_EQ(state->stats().failed, 1U);
}

TEST_F(pool_attempts, tell_who_waits_why_they_failed) {
  failing_ = 1;
  hold_attempts();
  let_go(1);
  auto state = make({.max_size = 1});
  EXPECT_TRUE(has(error_of([&] { state->checkout(within(20s)); }), "nobody listens"));
  EXPECT_EQ(state->stats().failed, 1U);
}

TEST_F(pool_attempts, that_fail_when_nobody_waits_are_counted_and_free_their_place) {
  failing_ = 1;
  hold_attempts();
  auto state = make({.max_size = 1});
  hasty(*state);
  let_go(100);
  wait_until([&] { return state->stats().failed == 1; });
  EXPECT_EQ(number_of(state->checkout(within(20s))), 1);
}

TEST_F(pool_attempts, end_with_their_pool) {
  hold_attempts();
  auto state = make({.max_size = 2});
  hasty(*state);
  state.reset();
  EXPECT_EQ(world_.alive, 0);
}

TEST_F(pool_attempts, are_broken_off_when_the_pool_is_closed) {
  hold_attempts();
  auto state = make({.max_size = 2});
  hasty(*state);
  std::thread waiting(
      [&] { EXPECT_TRUE(has(error_of([&] { state->checkout(within(20s)); }), "this pool is closed")); });
  std::this_thread::sleep_for(20ms);
  EXPECT_TRUE(state->close(20s));
  waiting.join();
  EXPECT_EQ(state->stats().failed, 0U);
}

TEST_F(pool_attempts, of_many_calls_that_give_up_are_never_more_than_the_pool_has_places) {
  world_.on_open = [](int, const tidb::call_context&) { std::this_thread::sleep_for(3ms); };
  auto state = make({.max_size = 4});
  std::vector<std::thread> threads;
  for (int number = 0; number < 20; ++number)
    threads.emplace_back([&, number] {
      for (int turn = 0; turn < 50; ++turn) try {
          auto mine = state->checkout(within(std::chrono::milliseconds(number % 5)));
          EXPECT_LE(world_.alive, 4);
          if (turn % 3 == 0) mine->abandon();
        } catch (const tidb::timeout&) {
        }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_TRUE(state->close(20s));
  EXPECT_EQ(world_.alive, 0);
}

TEST_F(pool_attempts, replace_an_old_connection_while_calls_with_little_time_go_on_with_it) {
  world_.on_open = [](int number, const tidb::call_context&) {
    if (number > 1) std::this_thread::sleep_for(20ms);
  };
  auto state = make({.max_size = 2, .max_lifetime = 2s});
  bool goes_on = false;
  for (int number = 1; number == 1; std::this_thread::sleep_for(1ms)) {
    const auto lent = state->checkout(within(10s));
    number = number_of(lent);
    goes_on = goes_on || (number == 1 && world_.attempts == 2);
  }
  EXPECT_TRUE(goes_on);
  wait_until([&] { return world_.alive == 1; });
  EXPECT_EQ(state->stats().retired, 1U);
  EXPECT_EQ(world_.attempts, 2);
}

}  // namespace
