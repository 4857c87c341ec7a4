// Several servers: in turn, passed over when they fail, and left alone when the quota is used up.
#include "engine/servers.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tidb::errc;
using tidb::detail::resolved_options;
using tidb::detail::servers;

class several_servers : public testing::Test {
protected:
  /// Servers "a", "b" … on ports of their own; `refusals_` says which fail, with what.
  servers make(std::size_t count, tidb::detail::server_pauses pauses = {}) {
    resolved_options options;
    options.engine = tidb::engine_kind::tidb;
    for (std::size_t number = 0; number < count; ++number)
      options.servers.push_back({std::string(1, static_cast<char>('a' + number)), 4000});
    options.host = "a";
    options.port = 4000;
    return servers(
        options,
        [this](const resolved_options& one, const tidb::call_context& context) {
          EXPECT_TRUE(one.servers.empty());
          asked_.push_back(one.host);
          if (context.deadline != std::chrono::steady_clock::time_point::max())
            left_ = context.deadline - std::chrono::steady_clock::now();
          if (const auto found = refusals_.find(one.host); found != refusals_.end())
            tidb::throw_error({.code = found->second,
                               .message = one.host + " fails",
                               .server_message = "the words of " + one.host,
                               .endpoint = one.endpoint(),
                               .retryable = !hopeless_.contains(one.host),
                               .sent = false});
          return std::unique_ptr<tidb::engine_connection>();
        },
        pauses);
  }
  tidb::error failure_of(servers& from, const tidb::call_context& context = {}) {
    try {
      from.open(context);
    } catch (const tidb::error& error) {
      return error;
    }
    ADD_FAILURE() << "no error was thrown";
    return tidb::error({});
  }

  std::map<std::string, errc> refusals_;
  std::set<std::string> hopeless_;  ///< trying these again is of no use
  std::vector<std::string> asked_;
  std::chrono::nanoseconds left_{};
};

bool has(const tidb::error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

TEST_F(several_servers, connections_go_to_them_in_turn) {
  auto all = make(3);
  for (int turn = 0; turn < 6; ++turn) all.open({});
  EXPECT_EQ(std::set(asked_.begin(), asked_.begin() + 3).size(), 3U);
  EXPECT_EQ(std::vector(asked_.begin(), asked_.begin() + 3), std::vector(asked_.begin() + 3, asked_.end()));
}

TEST_F(several_servers, one_that_fails_is_passed_over_and_then_left_alone_for_a_while) {
  auto all = make(2, {.down = 1h, .longest = 1h});
  refusals_["a"] = errc::connection;
  for (int turn = 0; turn < 10; ++turn) all.open({});
  EXPECT_EQ(std::ranges::count(asked_, "a"), 1);
  EXPECT_EQ(std::ranges::count(asked_, "b"), 10);
}

TEST_F(several_servers, one_that_is_back_is_used_again) {
  auto all = make(2, {.down = 20ms, .longest = 20ms});
  refusals_["a"] = errc::connection;
  all.open({});
  all.open({});
  refusals_.clear();
  std::this_thread::sleep_for(30ms);
  asked_.clear();
  all.open({});
  all.open({});
  EXPECT_EQ(std::ranges::count(asked_, "a"), 1);
}

TEST_F(several_servers, when_none_is_reached_the_error_has_the_reasons_of_all) {
  auto all = make(2, {.down = 1h, .longest = 1h});
  refusals_ = {{"a", errc::connection}, {"b", errc::timeout}};
  for (int turn = 0; turn < 2; ++turn) {  // those that failed lately are the last choice, but a choice
    const auto error = failure_of(all);
    EXPECT_EQ(error.code(), errc::connection);
    EXPECT_TRUE(error.is_retryable());
    EXPECT_TRUE(has(error, "none of the 2 servers")) << error.what();
    EXPECT_TRUE(has(error, "a:4000: a fails [the words of a]")) << error.what();
    EXPECT_TRUE(has(error, "b:4000: b fails")) << error.what();
  }
}

TEST_F(several_servers, when_none_is_reached_nothing_was_sent_and_who_may_come_back_is_asked_again) {
  auto all = make(2);
  refusals_ = {{"a", errc::connection}, {"b", errc::connection}};
  hopeless_ = {"a"};
  const auto error = failure_of(all);
  EXPECT_FALSE(error.was_sent());
  EXPECT_TRUE(error.is_retryable());
  EXPECT_EQ(error.info().entry, "unreachable");
  EXPECT_EQ(error.info().endpoint, "a:4000,b:4000");
}

TEST_F(several_servers, when_none_of_them_can_be_trusted_they_are_not_asked_again) {
  auto all = make(2);
  refusals_ = {{"a", errc::connection}, {"b", errc::connection}};
  hopeless_ = {"a", "b"};
  EXPECT_FALSE(failure_of(all).is_retryable());
}

TEST_F(several_servers, what_every_server_would_say_is_not_asked_of_all) {
  auto all = make(3);
  refusals_ = {{"a", errc::access_denied}, {"b", errc::access_denied}, {"c", errc::access_denied}};
  EXPECT_EQ(failure_of(all).code(), errc::access_denied);
  EXPECT_EQ(asked_.size(), 1U);
}

TEST_F(several_servers, a_deadline_is_shared_so_that_a_silent_one_does_not_use_it_up) {
  auto all = make(2);
  tidb::call_context context;
  context.deadline = std::chrono::steady_clock::now() + 1h;
  all.open(context);
  EXPECT_LE(left_, 30min);
}

TEST_F(several_servers, a_used_up_quota_is_not_asked_about_again_for_a_while) {
  for (const std::size_t count : {1U, 2U}) {
    asked_.clear();
    refusals_ = {{"a", errc::quota}, {"b", errc::quota}};
    auto all = make(count, {.quota = 50ms});
    const auto first = failure_of(all);
    EXPECT_EQ(first.code(), errc::quota);
    EXPECT_TRUE(has(first, "tried again at 2")) << first.what();
    EXPECT_TRUE(has(first, " UTC")) << first.what();
    EXPECT_EQ(failure_of(all).code(), errc::quota);
    EXPECT_EQ(asked_.size(), 1U);
    refusals_.clear();
    std::this_thread::sleep_for(60ms);
    all.open({});
    EXPECT_EQ(asked_.size(), 2U);
  }
}

}  // namespace
