// Who gets which connection of a pool, and who waits for one. It opens and closes nothing.
#pragma once

#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/pool.hpp"

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tidb::detail {

/// The places of a pool, each for one connection: being opened, borrowed, or idle.
/// The connection used last waits in `hot_`, apart from the mutex, so that a client of one thread never takes it. The
/// gate keeps everybody away from there while somebody waits: a waiter closes the gate before it looks into `hot_`, and
/// who puts a connection there looks at the gate afterwards, so that one sees the other.
class pool_places {
public:
  using clock = std::chrono::steady_clock;

  pool_places(std::size_t size, std::string endpoint);
  pool_places(const pool_places&) = delete;
  pool_places& operator=(const pool_places&) = delete;
  ~pool_places();

  /// The connection used last, unless somebody waits.
  std::unique_ptr<pooled> take_hot() noexcept {
    if (gate_.load() != 0) return nullptr;
    return std::unique_ptr<pooled>(hot_.exchange(nullptr));
  }
  /// An idle connection, or none: then the caller opens one in the place that it got, and calls `opened` or `failed`.
  /// Errors: timeout, naming why connecting failed last; usage_error once closed.
  std::unique_ptr<pooled> take(const call_context& context, std::chrono::milliseconds patience);
  /// A place to open a connection in, if there are less than `wanted`. Errors: usage_error once closed.
  bool take_place(std::size_t wanted, const call_context& context);
  /// A place to open a connection in ahead of its use, if one is free and nobody opens one already.
  bool take_spare_place() noexcept;
  /// In exchange for `old`, which is closed: another idle connection, or none, and then `old` stays.
  std::unique_ptr<pooled> exchange(std::unique_ptr<pooled>& old) noexcept;
  /// The connection taken was not fit and is closed; the caller opens another in its place.
  void replace(bool lost) noexcept;
  /// False once closed: then the caller closes its connection, and leaves the place.
  bool opened() noexcept;
  /// The place goes to who waits longest; when no connection stands and attempts keep failing, all who wait are told.
  /// `why`: none if it was not the server's fault.
  void failed(const error* why) noexcept;
  /// The place taken is not used, as its connection is closed.
  void leave() noexcept;
  /// Errors: usage_error once closed.
  void expect_open(const call_context& context) const;

  /// `used`: it answered just now.
  void give_back(std::unique_ptr<pooled> connection, bool used = true) noexcept;
  /// A borrowed connection is lost and was closed.
  void lost() noexcept;
  /// Puts in the connection that a pool begins with.
  void begin_with(std::unique_ptr<pooled> connection);

  /// Closes what is idle. What is borrowed is closed when it comes back.
  void close();
  /// Once closed: true if all connections are, within the time.
  bool wait_until_empty(std::chrono::milliseconds timeout);
  pool_stats stats() const;

private:
  struct waiter;
  using lock = std::unique_lock<std::mutex>;

  std::unique_ptr<pooled> take_idle() noexcept;
  void serve() noexcept;
  void wake(waiter& served) noexcept;
  void refuse_all(const error& why) noexcept;
  void check_open(const call_context& context) const;
  void release_places(std::size_t count) noexcept;
  std::size_t standing() const noexcept { return places_ - opening_; }
  std::size_t idle_count() const noexcept { return idle_.size() + (hot_.load() != nullptr ? 1 : 0); }
  void close_old(clock::time_point now) noexcept;
  [[noreturn]] void give_up(const call_context& context, std::chrono::milliseconds patience) const;

  const std::size_t size_;
  const std::string endpoint_;
  std::atomic<pooled*> hot_{};
  std::atomic<int> gate_{};  ///< how many wait; never open again once the pool is closed
  std::atomic<clock::rep> close_old_at_;

  mutable std::mutex mutex_;  // guards all below
  std::condition_variable came_back_;
  std::vector<std::unique_ptr<pooled>> idle_;  ///< the longest idle first
  std::deque<waiter*> queue_;
  std::size_t places_{};  ///< taken, `opening_` of them without a connection yet
  std::size_t opening_{};
  bool closed_{};
  std::optional<error> last_failure_;  ///< of connecting, since it last succeeded
  std::size_t failures_in_a_row_{};
  std::size_t to_replace_{};
  pool_stats counted_{};
};

}  // namespace tidb::detail
