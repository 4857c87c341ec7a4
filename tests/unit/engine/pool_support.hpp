// A pool over connections that are made up.
#pragma once

#include "engine/connection_source.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/pool.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace pool_test {

using namespace std::chrono_literals;
using tidb::detail::lease;
using tidb::detail::pool_state;

/// What the fake connections of a test share.
struct world {
  std::atomic<int> made{}, alive{}, pings{}, resets{};
  std::atomic<bool> answers{true};
  std::chrono::milliseconds ping_takes{}, close_takes{};
  /// Gets the number of the attempt; what it throws fails it.
  std::function<void(int, const tidb::call_context&)> on_open = [](int, const tidb::call_context&) {};
  std::atomic<int> attempts{};
  tidb::capabilities features{.engine = tidb::engine_kind::tidb, .deployment = "TiDB self-managed"};
};

class fake_connection final : public tidb::engine_connection {
public:
  explicit fake_connection(world& in) : in_(in), number(++in.made) { ++in_.alive; }
  ~fake_connection() override {
    std::this_thread::sleep_for(in_.close_takes);
    --in_.alive;
  }
  tidb::engine_statement& prepare(const tidb::statement_text&, const tidb::call_context&) override { std::abort(); }
  void run(std::string_view, const tidb::call_context&) override {}
  bool usable() const noexcept override { return usable_; }
  void abandon() noexcept override { usable_ = false; }
  bool session_changed() const noexcept override { return changed; }
  void reset_session(const tidb::call_context& context) noexcept override {
    EXPECT_LT(context.deadline, std::chrono::steady_clock::time_point::max());
    ++in_.resets;
    changed = false;
    usable_ = in_.answers;
  }
  bool ping(const tidb::call_context& context) noexcept override {
    ++in_.pings;
    const auto answered = std::chrono::steady_clock::now() + in_.ping_takes;
    usable_ = answered < context.deadline;
    std::this_thread::sleep_until(std::min(answered, context.deadline));
    return usable_ && in_.answers;
  }
  const tidb::capabilities& features() const noexcept override { return in_.features; }
  const std::string& endpoint() const noexcept override { return endpoint_; }

private:
  world& in_;
  bool usable_{true};
  std::string endpoint_{"made up"};

public:
  const int number;
  bool changed{};
};

class fake_source final : public tidb::detail::connection_source {
public:
  explicit fake_source(world& in) : in_(in) {}
  std::unique_ptr<tidb::engine_connection> open(const tidb::call_context& context) override {
    in_.on_open(++in_.attempts, context);
    return std::make_unique<fake_connection>(in_);
  }

private:
  world& in_;
};

inline int number_of(const lease& borrowed) { return dynamic_cast<const fake_connection&>(*borrowed).number; }

[[noreturn]] inline void refuse_connection() {
  tidb::throw_error({.code = tidb::errc::connection, .message = "nobody listens there"});
}

inline bool has(const tidb::error& error, const std::string& text) {
  return std::string(error.what()).find(text) != std::string::npos;
}

inline void wait_until(const std::function<bool()>& done) {
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (!done() && std::chrono::steady_clock::now() < until) std::this_thread::sleep_for(1ms);
  ASSERT_TRUE(done());
}

class pool : public testing::Test {
protected:
  std::unique_ptr<pool_state> make(const tidb::pool_options& limits) {
    tidb::detail::resolved_options options;
    options.engine = tidb::engine_kind::tidb;
    options.host = "made.up";
    options.port = 4000;
    return std::make_unique<pool_state>(std::make_unique<fake_source>(world_), options, limits);
  }
  /// Lets attempts to connect wait until `let_go`.
  void hold_attempts() {
    world_.on_open = [this](int number, const tidb::call_context& context) {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, context.stop, [&] { return number <= let_go_; }) || number <= failing_)
        refuse_connection();
    };
  }
  void let_go(int attempts) {
    const std::scoped_lock lock(mutex_);
    let_go_ = attempts;
    changed_.notify_all();
  }

  world world_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  int let_go_{};
  std::atomic<int> failing_{};
};

}  // namespace pool_test
