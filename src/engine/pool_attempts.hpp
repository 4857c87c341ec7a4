// Attempts to connect that belong to the pool: they outlive the call that asked for them.
#pragma once

#include "engine/connect_progress.hpp"
#include "tidbxx/engine/pool.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <source_location>
#include <stop_token>
#include <string>
#include <vector>

namespace tidb::detail {

/// A call whose time is shorter than connecting takes would never get a connection if its attempts ended with it. So an
/// attempt goes on, in a thread of its own: the next call waits for it before it begins another, and if nobody does,
/// its connection goes to the pool.
class pool_attempts {
public:
  using opener = std::function<std::unique_ptr<pooled>(const call_context&)>;
  using taker = std::function<void(std::unique_ptr<pooled>)>;

  /// `open` opens a connection in a place that is taken already; `keep` gets what nobody waits for.
  pool_attempts(std::string endpoint, opener open, taker keep);
  pool_attempts(const pool_attempts&) = delete;
  pool_attempts& operator=(const pool_attempts&) = delete;

  struct attempt;
  /// The connection of one that nobody waits for any more, for as long as it is young; nullptr if there is none, or if
  /// it fails or grows old: then the call should try itself, as it may have more time, or the network be well again.
  /// Errors: timeout, as wait.
  std::unique_ptr<pooled> join(const call_context& context);
  /// A new one. nullptr if no thread or no memory can be had for it.
  std::shared_ptr<attempt> start(std::source_location where, bool awaited);
  /// Its connection. Errors: its own; timeout, with what it waits for, when the call's limits are reached.
  std::unique_ptr<pooled> wait(const std::shared_ptr<attempt>& on, const call_context& context);

  /// Breaks off all that are under way, and those to come.
  void stop() noexcept { ending_.request_stop(); }
  /// Does so, and waits until none is left.
  void finish() noexcept;

private:
  void wait_for(attempt& on, std::unique_lock<std::mutex>& lock, const call_context& context,
                std::chrono::steady_clock::time_point until);
  void leave(const std::shared_ptr<attempt>& by_its_call);
  void run(const std::shared_ptr<attempt>& own, std::source_location where) noexcept;
  bool hand_over(attempt& own, std::unique_ptr<pooled>& made, std::exception_ptr failure) noexcept;

  const std::string endpoint_;
  const opener open_;
  const taker keep_;
  std::stop_source ending_;
  std::mutex mutex_;  // guards all below, and the attempts
  std::condition_variable ended_;
  std::size_t running_{};
  std::vector<std::shared_ptr<attempt>> left_;  ///< nobody waits for these
};

}  // namespace tidb::detail
