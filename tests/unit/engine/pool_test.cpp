// The pool over connections that are made up: who gets one, who waits, and what becomes of old ones.
#include "engine/pool_limits.hpp"
#include "pool_support.hpp"
#include "support/engines.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/pool.hpp"

#include <atomic>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace pool_test;
using tests::error_of;

TEST_F(pool, the_connection_used_last_is_lent_again) {
  auto state = make({.max_size = 4});
  for (int turn = 0; turn < 3; ++turn) EXPECT_EQ(number_of(state->checkout({})), 1);
  const auto first = state->checkout({});
  EXPECT_EQ(number_of(state->checkout({})), 2);
  const auto stats = state->stats();
  EXPECT_EQ(stats.open, 2U);
  EXPECT_EQ(stats.idle, 1U);
  EXPECT_EQ(stats.in_use, 1U);
  EXPECT_EQ(stats.opened, 2U);
  EXPECT_EQ(stats.waits, 0U);
}

TEST_F(pool, connections_are_lent_in_the_order_in_which_they_are_asked_for) {
  auto state = make({.max_size = 1});
  auto held = state->checkout({});
  std::vector<int> order;  // guarded by the one connection
  std::vector<std::thread> threads;
  for (int number = 0; number < 20; ++number) {
    threads.emplace_back([&, number] {
      const auto mine = state->checkout({});
      order.push_back(number);
    });
    wait_until([&] { return state->stats().waiting == static_cast<std::size_t>(number) + 1; });
  }
  held.give_back();
  {
    const auto newcomer = state->checkout({});  // comes last, though it asks the moment one is free
    order.push_back(20);
  }
  for (auto& thread : threads) thread.join();
  for (int number = 0; number <= 20; ++number) EXPECT_EQ(order.at(static_cast<std::size_t>(number)), number);
  const auto stats = state->stats();
  EXPECT_GE(stats.waits, 20U);
  EXPECT_GT(stats.wait_time.count(), 0);
  EXPECT_EQ(stats.waiting, 0U);
  EXPECT_EQ(world_.made, 1);
}

TEST_F(pool, waiting_ends_in_time_and_the_error_names_the_last_failure_to_connect) {
  hold_attempts();
  auto state = make({.max_size = 2, .checkout_timeout = 50ms});
  let_go(1);
  const auto held = state->checkout({});
  failing_ = 2;
  let_go(2);
  EXPECT_TRUE(has(error_of([&] { state->checkout({}); }), "nobody listens"));
  std::thread opening([&] { state->checkout({}); });
  wait_until([&] { return world_.attempts == 3; });
  const auto error = error_of([&] { state->checkout({}); });
  EXPECT_EQ(error.code(), tidb::errc::timeout);
  EXPECT_TRUE(has(error, "in 50 ms: 1 of the pool's 2 are in use, 1 being opened")) << error.what();
  EXPECT_TRUE(has(error, "Connecting failed last with: nobody listens there")) << error.what();
  EXPECT_TRUE(has(error, "made.up:4000")) << error.what();
  let_go(3);
  opening.join();
  EXPECT_EQ(state->stats().failed, 1U);
  EXPECT_EQ(state->stats().reconnects, 0U);
}

TEST_F(pool, the_deadline_of_the_call_and_a_stop_end_the_waiting_too) {
  auto state = make({.max_size = 1});
  const auto held = state->checkout({});
  tidb::call_context brief;
  brief.deadline = std::chrono::steady_clock::now() + 30ms;
  EXPECT_TRUE(has(error_of([&] { state->checkout(brief); }), "the call's time was up"));
  std::stop_source source;
  std::thread stopper([&] {
    wait_until([&] { return state->stats().waiting == 1; });
    source.request_stop();
  });
  EXPECT_TRUE(has(error_of([&] { state->checkout({.stop = source.get_token()}); }), "a stop was requested"));
  stopper.join();
  EXPECT_EQ(state->stats().waiting, 0U);
}

TEST_F(pool, a_place_whose_connect_failed_goes_to_who_waits_next) {
  hold_attempts();
  failing_ = 1;
  auto state = make({.max_size = 1});
  std::thread first([&] { EXPECT_TRUE(has(error_of([&] { state->checkout({}); }), "nobody listens")); });
  wait_until([&] { return world_.attempts == 1; });
  std::thread second([&] { EXPECT_EQ(number_of(state->checkout({})), 1); });
  wait_until([&] { return state->stats().waiting == 1; });
  let_go(2);
  first.join();
  second.join();
}

TEST_F(pool, while_the_server_is_down_nobody_waits_for_the_deadline) {
  hold_attempts();
  failing_ = 1000;
  auto state = make({.max_size = 1, .checkout_timeout = 1h});
  std::vector<std::thread> threads;
  std::atomic<int> told{};
  for (std::size_t number = 0; number < 10; ++number) {
    threads.emplace_back([&] { told += has(error_of([&] { state->checkout({}); }), "nobody listens") ? 1 : 0; });
    wait_until([&] { return world_.attempts == 1 && state->stats().waiting == number; });
  }
  let_go(2);  // the attempts of the others would hang
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(told, 10);
  EXPECT_EQ(world_.attempts, 2);
  failing_ = 0;
  let_go(1000);
  EXPECT_EQ(number_of(state->checkout({})), 1);  // and when it is up again, all is well
}

TEST_F(pool, a_lost_connection_is_replaced_and_counted) {
  auto state = make({.max_size = 1});
  state->checkout({})->abandon();
  EXPECT_EQ(world_.alive, 0);
  EXPECT_EQ(number_of(state->checkout({})), 2);
  EXPECT_EQ(state->stats().reconnects, 1U);
  EXPECT_EQ(state->stats().open, 1U);
}

TEST_F(pool, a_session_that_was_changed_is_reset_before_another_borrows_it) {
  auto state = make({.max_size = 1});
  const auto change = [&] { dynamic_cast<fake_connection&>(*state->checkout({})).changed = true; };
  state->checkout({});
  EXPECT_EQ(world_.resets, 0);
  change();
  EXPECT_EQ(world_.resets, 1);
  EXPECT_EQ(number_of(state->checkout({})), 1);
  EXPECT_EQ(world_.resets, 1);
  world_.answers = false;
  change();
  EXPECT_EQ(number_of(state->checkout({})), 2);
}

TEST_F(pool, a_connection_that_is_too_old_is_replaced) {
  auto state = make({.max_size = 1, .max_lifetime = 20ms});
  EXPECT_EQ(number_of(state->checkout({})), 1);
  std::this_thread::sleep_for(25ms);
  EXPECT_EQ(number_of(state->checkout({})), 2);
  EXPECT_EQ(state->stats().retired, 1U);
  EXPECT_EQ(state->stats().reconnects, 0U);
  EXPECT_EQ(world_.alive, 1);
}

TEST_F(pool, connections_that_nobody_needs_are_closed_while_another_is_used) {
  auto state = make({.max_size = 4, .idle_timeout = 100ms});
  { const auto first = state->checkout({}), second = state->checkout({}), third = state->checkout({}); }
  EXPECT_EQ(world_.alive, 3);
  std::this_thread::sleep_for(120ms);
  state->checkout({});
  EXPECT_EQ(world_.alive, 1);
  EXPECT_EQ(state->stats().open, 1U);
  EXPECT_EQ(state->stats().retired, 3U);
}

TEST_F(pool, a_connection_that_rested_is_asked_whether_it_answers) {
  auto state = make({.max_size = 1, .check_after = 10ms});
  state->checkout({});
  std::this_thread::sleep_for(15ms);
  EXPECT_EQ(number_of(state->checkout({})), 1);
  EXPECT_EQ(world_.pings, 1);
  world_.answers = false;
  std::this_thread::sleep_for(15ms);
  EXPECT_EQ(number_of(state->checkout({})), 2);
  EXPECT_EQ(state->stats().reconnects, 1U);
}

TEST_F(pool, a_call_that_is_over_already_leaves_a_rested_connection_as_it_was) {
  auto state = make({.max_size = 1, .check_after = 10ms});
  state->checkout({});
  std::this_thread::sleep_for(15ms);
  std::stop_source source;
  source.request_stop();
  const auto error = error_of([&] { state->checkout({.stop = source.get_token()}); });
  EXPECT_EQ(error.info().entry, "stopped");
  EXPECT_FALSE(error.was_sent());
  EXPECT_EQ(world_.pings, 0);
  EXPECT_EQ(number_of(state->checkout({})), 1);
  EXPECT_EQ(world_.pings, 1);
  EXPECT_EQ(state->stats().failed, 0U);
}

TEST_F(pool, a_check_that_takes_longer_than_the_call_has_time_is_nobodys_failure) {
  auto state = make({.max_size = 1, .check_after = 10ms});
  state->checkout({});
  std::this_thread::sleep_for(15ms);
  world_.ping_takes = 1h;
  const auto error = error_of([&] { state->checkout({.deadline = std::chrono::steady_clock::now() + 20ms}); });
  EXPECT_EQ(error.info().entry, "deadline");
  EXPECT_FALSE(error.was_sent());
  EXPECT_EQ(number_of(state->checkout({})), 2);
  EXPECT_EQ(state->stats().failed, 0U);
  EXPECT_EQ(state->stats().reconnects, 0U);
}

TEST_F(pool, however_many_are_lost_the_others_are_checked_and_not_closed) {
  auto state = make({.max_size = 4, .idle_timeout = 2h, .check_after = 1h});
  std::vector<lease> all;
  for (int number = 1; number <= 4; ++number) all.push_back(state->checkout({}));
  all.front().give_back();
  for (std::size_t at = 1; at < all.size(); ++at) {
    all[at]->abandon();
    all[at].give_back();
  }
  EXPECT_EQ(number_of(state->checkout({})), 1);
  EXPECT_EQ(world_.pings, 1);
}

TEST_F(pool, warming_up_opens_the_least_number) {
  auto state = make({.max_size = 4, .min_size = 3});
  EXPECT_EQ(world_.made, 0);
  state->warm_up({});
  EXPECT_EQ(world_.alive, 3);
  EXPECT_EQ(state->stats().idle, 3U);
  state->warm_up({});
  EXPECT_EQ(world_.made, 3);
}

TEST_F(pool, a_closed_pool_lends_no_more_and_closes_what_comes_back) {
  auto state = make({.max_size = 2});
  auto held = std::optional(state->checkout({}));
  state->checkout({});
  EXPECT_FALSE(state->close(10ms));
  EXPECT_EQ(world_.alive, 1);
  EXPECT_THROW(state->checkout({}), tidb::usage_error);
  EXPECT_THROW(state->warm_up({}), tidb::usage_error);
  held.reset();
  EXPECT_EQ(world_.alive, 0);
  EXPECT_TRUE(state->close(0ms));
}

TEST_F(pool, closing_waits_for_what_is_in_use_and_sends_away_who_waits) {
  auto state = make({.max_size = 1});
  auto held = std::optional(state->checkout({}));
  std::thread waiting([&] { EXPECT_TRUE(has(error_of([&] { state->checkout({}); }), "this pool is closed")); });
  wait_until([&] { return state->stats().waiting == 1; });
  std::thread later([&] {
    waiting.join();
    held.reset();
  });
  EXPECT_TRUE(state->close(std::chrono::milliseconds::max()));
  later.join();
  EXPECT_EQ(world_.alive, 0);
}

TEST_F(pool, closing_waits_until_what_comes_back_is_closed) {
  auto state = make({.max_size = 1});
  auto held = std::optional(state->checkout({}));
  world_.close_takes = 50ms;
  std::thread later([&] { held.reset(); });
  EXPECT_TRUE(state->close(20s));
  EXPECT_EQ(world_.alive, 0);
  later.join();
}

TEST_F(pool, a_lease_is_of_no_use_once_it_was_given_back) {
  auto state = make({.max_size = 2});
  auto borrowed = state->checkout({});
  auto moved = std::move(borrowed);
  EXPECT_THROW((void)borrowed->usable(), tidb::usage_error);  // NOLINT(bugprone-use-after-move): that is the test
  moved.give_back();
  EXPECT_THROW(moved.give_back(), tidb::usage_error);
  EXPECT_THROW((void)*moved, tidb::usage_error);
  EXPECT_EQ(state->stats().idle, 1U);
}

TEST_F(pool, the_times_suit_the_deployment) {
  using tidb::detail::times_of;
  tidb::capabilities cloud{.engine = tidb::engine_kind::tidb, .deployment = "TiDB Cloud Dedicated"};
  cloud.wait_timeout = 28'800s;
  EXPECT_EQ(times_of({}, cloud).max_lifetime, 5min);
  EXPECT_LT(times_of({}, cloud).idle_timeout, 300s);
  EXPECT_EQ(times_of({}, cloud).check_after, 30s);
  tidb::capabilities own{.engine = tidb::engine_kind::tidb, .deployment = "TiDB self-managed"};
  own.wait_timeout = 28'800s;
  EXPECT_LT(times_of({}, own).max_lifetime, 28'800s);
  own.wait_timeout = 60s;
  EXPECT_LT(times_of({}, own).max_lifetime, 60s);
  EXPECT_LT(times_of({}, own).idle_timeout, 60s);
  EXPECT_EQ(times_of({.idle_timeout = 7s}, own).idle_timeout, 7s);
  EXPECT_EQ(times_of({}, {.engine = tidb::engine_kind::embedded}).check_after, 0s);
}

TEST_F(pool, numbers_that_make_no_sense_are_refused) {
  for (const auto& limits : std::vector<tidb::pool_options>{{.checkout_timeout = -1ms},
                                                            {.max_lifetime = -1ms},
                                                            {.idle_timeout = std::chrono::hours(24 * 400)},
                                                            {.check_after = std::chrono::milliseconds::max()},
                                                            {.max_size = static_cast<std::size_t>(-1)},
                                                            {.max_size = 2, .min_size = 3}})
    EXPECT_THROW(make(limits), tidb::usage_error);
}

}  // namespace
