#include "engine/pool_attempts.hpp"

#include "core/error_table.hpp"
#include "engine/tidb/background.hpp"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

using clock = std::chrono::steady_clock;

/// An attempt that has taken so long may be lost in the network: a new one has better prospects.
constexpr std::chrono::seconds too_long{1};

error_info given_up(const call_context& context, const std::string& endpoint, const std::string& waits_for) {
  const bool stopped = context.stop.stop_requested();
  const auto& entry = entry_of_limit(stopped);
  return {.code = errc::timeout,
          .sqlstate = std::string(entry.sqlstate),
          .message = fmt::format(
              "{}{}{}", stopped ? "a stop was requested while connecting" : "no connection before the call's deadline",
              waits_for.empty() ? "" : ": ", waits_for),
          .endpoint = endpoint,
          .where = context.where,
          .poisons_transaction = true,
          .poisons_connection = true,
          .entry = entry.name,
          .sent = false};
}

}  // namespace

struct pool_attempts::attempt {
  std::condition_variable_any changed;
  const clock::time_point begun{clock::now()};
  bool awaited{};
  bool done{};
  std::unique_ptr<pooled> made;
  std::exception_ptr failure;
  connect_progress progress;
};

pool_attempts::pool_attempts(std::string endpoint, opener open, taker keep)
    : endpoint_(std::move(endpoint)), open_(std::move(open)), keep_(std::move(keep)) {}

std::unique_ptr<pooled> pool_attempts::join(const call_context& context) {
  std::unique_lock lock(mutex_);
  const auto young = clock::now() - too_long;
  const auto found = std::ranges::find_if(left_, [&](const auto& each) { return each->begun > young; });
  if (found == left_.end()) return nullptr;
  const auto joined = std::move(*found);
  left_.erase(found);
  joined->awaited = true;
  wait_for(*joined, lock, context, joined->begun + too_long);
  if (joined->done) return std::move(joined->made);
  leave(joined);
  lock.unlock();
  if (context.is_over()) throw_error(given_up(context, endpoint_, joined->progress.text()));
  return nullptr;
}

std::shared_ptr<pool_attempts::attempt> pool_attempts::start(std::source_location where, bool awaited) {
  std::shared_ptr<attempt> made;
  const std::lock_guard lock(mutex_);
  try {
    made = std::make_shared<attempt>();
    made->awaited = awaited;
    if (!awaited) left_.push_back(made);
    std::thread([this, made, where] { run(made, where); }).detach();
  } catch (const std::exception&) {  // no thread or no memory
    std::erase(left_, made);
    return nullptr;
  }
  ++running_;
  return made;
}

std::unique_ptr<pooled> pool_attempts::wait(const std::shared_ptr<attempt>& on, const call_context& context) {
  std::unique_lock lock(mutex_);
  wait_for(*on, lock, context, clock::time_point::max());
  // the attempt's own thread must not be the one that lets go of it last
  if (on->failure) std::rethrow_exception(std::exchange(on->failure, nullptr));
  if (on->done) return std::move(on->made);
  leave(on);
  lock.unlock();
  throw_error(given_up(context, endpoint_, on->progress.text()));
}

void pool_attempts::wait_for(attempt& on, std::unique_lock<std::mutex>& lock, const call_context& context,
                             clock::time_point until) {
  on.changed.wait_until(lock, context.stop, std::min(context.deadline, until), [&] { return on.done; });
}

/// Nobody waits for it any more. With the mutex held.
void pool_attempts::leave(const std::shared_ptr<attempt>& by_its_call) {
  by_its_call->awaited = false;
  left_.push_back(by_its_call);
}

void pool_attempts::run(const std::shared_ptr<attempt>& own, std::source_location where) noexcept {
  {
    const std::stop_callback at_exit(background_work::process_end(), [this] { stop(); });
    std::unique_ptr<pooled> made;
    std::exception_ptr failure;
    try {
      made = open_({.stop = ending_.get_token(), .where = where, .progress = &own->progress});
    } catch (...) {
      failure = std::current_exception();
    }
    if (!hand_over(*own, made, std::move(failure)) && made) keep_(std::move(made));
  }
  const std::lock_guard lock(mutex_);
  --running_;
  ended_.notify_all();
}

/// False if nobody waits for it.
bool pool_attempts::hand_over(attempt& own, std::unique_ptr<pooled>& made, std::exception_ptr failure) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase_if(left_, [&](const auto& each) { return each.get() == &own; });
  if (!own.awaited) return false;
  own.made = std::move(made);
  own.failure = std::move(failure);
  own.done = true;
  own.changed.notify_one();
  return true;
}

void pool_attempts::finish() noexcept {
  stop();
  std::unique_lock lock(mutex_);
  ended_.wait(lock, [&] { return running_ == 0; });
}

}  // namespace tidb::detail
