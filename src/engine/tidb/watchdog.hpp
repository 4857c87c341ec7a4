// Ends calls at their deadline or when a stop is requested, by shutting down the socket they wait on.
#pragma once

#include "engine/fork.hpp"
#include "tidbxx/engine/driver.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace tidb::detail {

/// The limit of one call: while it lives, the deadline and the stop token of its context shut the socket down.
/// Lifetime and threads: once it has ended, the socket is not touched any more. Not movable, for others point at it.
/// Cost: nothing for a context without a limit; else a mutex, and no system call as a rule.
class call_limit {
public:
  enum class end : std::uint8_t { none, deadline, stop };

  call_limit(int socket, const call_context& context);
  call_limit(const call_limit&) = delete;
  call_limit& operator=(const call_limit&) = delete;
  ~call_limit() { end_watch(); }

  /// From now on the socket is safe. Returns which limit was reached before that.
  end end_watch() noexcept;
  /// Which limit was reached, if any: then the connection is gone.
  end reached() const noexcept { return reached_.load(std::memory_order_acquire); }
  /// Which limit has been reached before anything is sent.
  static end already(const call_context& context) noexcept;

private:
  friend class watchdog;
  struct on_stop {
    call_limit* limit;
    void operator()() const noexcept { limit->fire(end::stop); }
  };
  void fire(end why) noexcept;

  int socket_;
  home_process home_;
  std::chrono::steady_clock::time_point deadline_;
  std::atomic<end> reached_{end::none};
  std::optional<std::stop_callback<on_stop>> stop_;
};

}  // namespace tidb::detail
