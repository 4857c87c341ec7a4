// What fork() leaves behind: a child has its parent's objects, but none of its threads, locks and conversations.
#pragma once

#include <atomic>

namespace tidb::detail {

/// How many times this process is a fork's child; a number of the whole process, for it must cost a call nothing.
inline std::atomic<unsigned> fork_depth{};

/// The process that made an object.
class home_process {
public:
  home_process() noexcept;
  /// True in a child of that process.
  bool is_left() const noexcept { return depth_ != fork_depth.load(std::memory_order_relaxed); }

private:
  unsigned depth_;
};

/// One `T` in each process, made when it is first asked for: a child gets one of its own, as threads that the parent's
/// needs are not there, and its mutex may be held for ever. Never destroyed.
template <class T>
class one_a_process {
public:
  constexpr one_a_process() noexcept = default;
  T& get() {
    auto* found = held_.load(std::memory_order_acquire);
    while (found == nullptr || found->home.is_left()) {
      auto* made = new holder{{}, {}, found};
      if (held_.compare_exchange_strong(found, made, std::memory_order_acq_rel)) return made->one;
      delete made;
    }
    return found->one;
  }

private:
  struct holder {
    home_process home;
    T one;
    holder* of_parent;  // kept, so that it counts as no leak
  };
  std::atomic<holder*> held_{};
};

}  // namespace tidb::detail
