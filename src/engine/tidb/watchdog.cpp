#include "engine/tidb/watchdog.hpp"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include <sys/socket.h>

namespace tidb::detail {
namespace {
using clock = std::chrono::steady_clock;
}

/// One thread a process, started with the first deadline.
class watchdog {
public:
  void add(call_limit& limit) {
    bool sooner = false;
    {
      std::lock_guard lock(mutex_);
      if (!watches_) std::thread([this] { watch(); }).detach();
      watches_ = true;
      limits_.push_back(&limit);
      sooner = limit.deadline_ < wakes_at_;
      if (sooner) wakes_at_ = limit.deadline_;
    }
    // The thread is not told of the end of a call: it wakes at most once for it, and sleeps on.
    if (sooner) changed_.notify_one();
  }

  void remove(call_limit& limit) noexcept {
    std::lock_guard lock(mutex_);
    auto found = std::ranges::find(limits_, &limit);
    if (found == limits_.end()) return;
    *found = limits_.back();
    limits_.pop_back();
  }

private:
  void watch() {
    std::unique_lock lock(mutex_);
    for (;;) {
      const auto now = clock::now();
      auto next = clock::time_point::max();
      for (auto* limit : limits_) {
        if (limit->reached() != call_limit::end::none) continue;
        if (limit->deadline_ <= now)
          limit->fire(call_limit::end::deadline);
        else
          next = std::min(next, limit->deadline_);
      }
      wakes_at_ = next;
      if (next == clock::time_point::max())
        changed_.wait(lock);
      else
        changed_.wait_until(lock, next);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool watches_{};
  std::vector<call_limit*> limits_;
  clock::time_point wakes_at_{clock::time_point::max()};
};

namespace {
/// It and its thread are never destroyed: connections of static objects may still need them while the process ends.
constinit one_a_process<watchdog> watchdog_here;
}  // namespace

call_limit::call_limit(int socket, const call_context& context) : socket_(socket), deadline_(context.deadline) {
  if (deadline_ != clock::time_point::max()) watchdog_here.get().add(*this);
  if (context.stop.stop_possible()) stop_.emplace(context.stop, on_stop{this});
}

call_limit::end call_limit::end_watch() noexcept {
  stop_.reset();  // waits for a callback that is running
  if (deadline_ != clock::time_point::max()) watchdog_here.get().remove(*this);
  return reached();
}

void call_limit::fire(end why) noexcept {
  auto none = end::none;
  if (home_.is_left()) return;  // a copy, in a child, of what is the parent's call
  if (!reached_.compare_exchange_strong(none, why, std::memory_order_acq_rel)) return;
  ::shutdown(socket_, SHUT_RDWR);
}

call_limit::end call_limit::already(const call_context& context) noexcept {
  if (context.stop.stop_requested()) return end::stop;
  if (context.deadline != clock::time_point::max() && clock::now() >= context.deadline) return end::deadline;
  return end::none;
}

}  // namespace tidb::detail
