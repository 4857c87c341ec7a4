#include "engine/tidb/kill.hpp"

#include "engine/fork.hpp"
#include "engine/tidb/background.hpp"
#include "engine/tidb/login.hpp"

#include <chrono>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace tidb::detail {
namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t most_waiting = 100;
constexpr std::chrono::seconds each_within{3}, worth_trying{10};

struct order {
  std::shared_ptr<const server_session> victim;
  clock::time_point expires;
};

/// One thread at a time, which ends when nothing is left.
class killer {
public:
  void add(std::shared_ptr<const server_session> victim) {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() >= most_waiting) return;
    waiting_.push_back({std::move(victim), clock::now() + worth_trying});
    if (running_) return;
    std::thread([this] { run(); }).detach();
    running_ = true;
  }

private:
  void run() noexcept {
    const background_work counted;
    for (;;) {
      order next;
      {
        const std::lock_guard lock(mutex_);
        running_ = !waiting_.empty() && !background_work::process_end().stop_requested();
        if (!running_) return;
        next = std::move(waiting_.front());
        waiting_.pop_front();
      }
      if (clock::now() > next.expires) continue;  // the server does not answer: it would be the same for all of them
      try {
        run_once(next.victim->options, "KILL " + std::to_string(next.victim->id),
                 {.deadline = clock::now() + each_within, .stop = background_work::process_end()});
      } catch (...) {  // then the statement ends by itself, later
      }
    }
  }

  std::mutex mutex_;
  std::deque<order> waiting_;
  bool running_{};
};

/// Never destroyed, as its thread may outlive static objects.
constinit one_a_process<killer> killer_here;

}  // namespace

void kill_later(std::shared_ptr<const server_session> victim) noexcept {
  if (!victim || background_work::process_end().stop_requested()) return;
  try {
    killer_here.get().add(std::move(victim));
  } catch (...) {  // no memory or no thread: it ends by itself, later
  }
}

bool end_statement(const server_session& of, clock::time_point deadline) noexcept try {
  run_once(of.options, "KILL QUERY " + std::to_string(of.id), {.deadline = deadline});
  return true;
} catch (...) {
  return false;
}

}  // namespace tidb::detail
