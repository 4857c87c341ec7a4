#include "engine/pool_places.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

/// One failure may be a whim; after so many the server counts as down.
constexpr std::size_t failures_that_count = 2;

pool_places::clock::time_point due(const pooled& connection) {
  return std::min(connection.retire_at, connection.idle_since + connection.idle_timeout);
}

error closed_error() {
  return error({.code = errc::usage, .message = "this pool is closed: make another, or close it later in the program"});
}

[[noreturn]] void throw_again(const error& why, const call_context& context) {
  auto info = why.info();
  info.where = context.where;
  throw_error(std::move(info));
}

}  // namespace

struct pool_places::waiter {
  std::condition_variable_any woken;
  bool served{};
  std::unique_ptr<pooled> given;  ///< none: a place
  std::optional<error> refused;
};

pool_places::pool_places(std::size_t size, std::string endpoint)
    : size_(size), endpoint_(std::move(endpoint)), close_old_at_(clock::time_point::max().time_since_epoch().count()) {
  idle_.reserve(size_);  // so that giving back never allocates
}

pool_places::~pool_places() { delete hot_.load(); }

// ---- with the mutex held

std::unique_ptr<pooled> pool_places::take_idle() noexcept {
  if (auto* hot = hot_.exchange(nullptr)) return std::unique_ptr<pooled>(hot);
  if (idle_.empty()) return nullptr;
  auto found = std::move(idle_.back());  // the one used last: the others may grow old
  idle_.pop_back();
  return found;
}

void pool_places::wake(waiter& served) noexcept {
  queue_.pop_front();
  --gate_;
  served.served = true;
  served.woken.notify_one();
}

/// Gives what there is to those who wait, in their order.
void pool_places::serve() noexcept {
  while (!queue_.empty()) {
    auto& first = *queue_.front();
    first.given = take_idle();
    if (!first.given) {
      if (places_ >= size_) return;
      ++places_;
      ++opening_;
    }
    wake(first);
  }
}

void pool_places::refuse_all(const error& why) noexcept {
  while (!queue_.empty()) {
    queue_.front()->refused = why;
    wake(*queue_.front());
  }
}

void pool_places::release_places(std::size_t count) noexcept {
  places_ -= count;
  if (closed_)
    came_back_.notify_all();
  else
    serve();
}

void pool_places::check_open(const call_context& context) const {
  if (closed_) throw_again(closed_error(), context);
}

void pool_places::give_up(const call_context& context, std::chrono::milliseconds patience) const {
  std::string text;
  if (context.stop.stop_requested())
    text = "a stop was requested while the call waited for a connection";
  else if (clock::now() >= context.deadline)
    text = "the call's time was up while it waited for a connection";
  else
    text = fmt::format("no connection became free in {} ms", patience.count());
  text += fmt::format(": {} of the pool's {} are in use", standing() - std::min(standing(), idle_count()), size_);
  if (opening_ > 0) text += fmt::format(", {} being opened", opening_);
  if (!queue_.empty()) text += fmt::format(", {} more calls wait", queue_.size());
  text += "; a result that is being read, or a transaction, keeps one";
  if (last_failure_) {
    const auto& last = last_failure_->info();
    text += fmt::format(". Connecting failed last with: {}", last.message);
    if (!last.server_message.empty()) text += fmt::format(" [{}]", last.server_message);
  }
  throw_error({.code = errc::timeout,
               .message = std::move(text),
               .endpoint = endpoint_,
               .where = context.where,
               .entry = "no-free-connection",
               .sent = false});
}

// ---- borrowing

std::unique_ptr<pooled> pool_places::take(const call_context& context, std::chrono::milliseconds patience) {
  lock held(mutex_);
  check_open(context);
  if (queue_.empty()) {
    if (auto found = take_idle()) return found;
    if (places_ < size_) {
      ++places_;
      ++opening_;
      return nullptr;
    }
  }
  waiter self;
  queue_.push_back(&self);
  ++gate_;
  serve();  // one may have come back before the gate was closed
  if (!self.served) {
    const auto began = clock::now();
    const auto until = std::min(context.deadline, began + patience);
    self.woken.wait_until(held, context.stop, until, [&] { return self.served; });
    ++counted_.waits;
    counted_.wait_time += std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began);
  }
  if (!self.served) {
    std::erase(queue_, &self);
    --gate_;
    give_up(context, patience);
  }
  if (self.refused) throw_again(*self.refused, context);
  return std::move(self.given);
}

bool pool_places::take_place(std::size_t wanted, const call_context& context) {
  const lock held(mutex_);
  check_open(context);
  if (places_ >= wanted) return false;
  ++places_;
  ++opening_;
  return true;
}

bool pool_places::take_spare_place() noexcept {
  const lock held(mutex_);
  if (closed_ || opening_ > 0 || places_ >= size_) return false;
  ++places_;
  ++opening_;
  return true;
}

std::unique_ptr<pooled> pool_places::exchange(std::unique_ptr<pooled>& old) noexcept {
  std::unique_ptr<pooled> other;
  {
    const lock held(mutex_);
    other = take_idle();
    if (!other) return nullptr;
    ++counted_.retired;
  }
  old.reset();
  leave();
  return other;
}

void pool_places::replace(bool lost) noexcept {
  const lock held(mutex_);
  ++opening_;
  if (lost)
    ++to_replace_;
  else
    ++counted_.retired;
}

bool pool_places::opened() noexcept {
  const lock held(mutex_);
  --opening_;
  ++counted_.opened;
  failures_in_a_row_ = 0;
  last_failure_.reset();
  if (to_replace_ > 0) {
    --to_replace_;
    ++counted_.reconnects;
  }
  return !closed_;
}

void pool_places::failed(const error* why) noexcept {
  const lock held(mutex_);
  --opening_;
  // a time that was up is the caller's own, and says nothing of the server; not so connect_timeout, which may be
  // retried
  if (why != nullptr && (why->code() != errc::timeout || why->is_retryable())) {
    ++counted_.failed;
    ++failures_in_a_row_;
    last_failure_ = *why;
    if (failures_in_a_row_ >= failures_that_count && standing() <= 1) refuse_all(*why);  // this place is still counted
  }
  release_places(1);
}

void pool_places::leave() noexcept {
  const lock held(mutex_);
  release_places(1);
}

void pool_places::expect_open(const call_context& context) const {
  const lock held(mutex_);
  check_open(context);
}

// ---- giving back

void pool_places::give_back(std::unique_ptr<pooled> connection, bool used) noexcept {
  clock::time_point now{};
  if (connection->timed) now = clock::now();
  if (used) connection->idle_since = now;
  const bool look =
      connection->timed && now.time_since_epoch().count() >= close_old_at_.load(std::memory_order_relaxed);
  pooled* none = nullptr;
  if (gate_.load() == 0 && hot_.compare_exchange_strong(none, connection.get())) {
    (void)connection.release();
    if (gate_.load() == 0) return look ? close_old(now) : void();
  }
  std::unique_ptr<pooled> unwanted;
  {
    const lock held(mutex_);
    if (closed_) {
      unwanted = connection ? std::move(connection) : take_idle();
    } else {
      if (connection && connection->timed)
        close_old_at_ = std::min(close_old_at_.load(), due(*connection).time_since_epoch().count());
      if (connection) idle_.push_back(std::move(connection));
      serve();
    }
  }
  if (unwanted) {  // its place is left only when it is closed, for `close` waits for that
    unwanted.reset();
    leave();
  }
  if (look) close_old(now);
}

void pool_places::lost() noexcept {
  const lock held(mutex_);
  // A server that went away took its other connections with it. Those that are idle are made to look as if they had
  // been so for long: then they are checked before they are lent.
  if (auto* hot = hot_.exchange(nullptr)) idle_.emplace_back(hot);
  const auto now = clock::now();
  for (auto& each : idle_)
    if (each->timed) each->idle_since = std::min(each->idle_since, now - each->check_after);
  ++to_replace_;
  release_places(1);
}

void pool_places::begin_with(std::unique_ptr<pooled> connection) {
  const lock held(mutex_);
  ++places_;
  ++counted_.opened;
  idle_.push_back(std::move(connection));
}

/// Closes the idle connections whose time is up.
void pool_places::close_old(clock::time_point now) noexcept {
  std::vector<std::unique_ptr<pooled>> old;
  lock held(mutex_);
  auto next = clock::time_point::max();
  std::erase_if(idle_, [&](std::unique_ptr<pooled>& each) {
    if (!each->timed || due(*each) > now) {
      if (each->timed) next = std::min(next, due(*each));
      return false;
    }
    old.push_back(std::move(each));
    return true;
  });
  close_old_at_ = next.time_since_epoch().count();
  const auto count = old.size();
  counted_.retired += count;
  held.unlock();
  old.clear();
  held.lock();
  release_places(count);
}

void pool_places::close() {
  std::vector<std::unique_ptr<pooled>> unused;
  lock held(mutex_);
  if (!closed_) {
    closed_ = true;
    ++gate_;
    refuse_all(closed_error());
  }
  while (auto each = take_idle()) unused.push_back(std::move(each));
  const auto count = unused.size();
  held.unlock();
  unused.clear();
  held.lock();
  release_places(count);
}

bool pool_places::wait_until_empty(std::chrono::milliseconds timeout) {
  lock held(mutex_);
  // what the clock cannot count to is a year
  constexpr std::chrono::milliseconds none{}, year = std::chrono::hours(24 * 366);
  const auto until = clock::now() + std::clamp(timeout, none, year);
  return came_back_.wait_until(held, until, [&] { return places_ == 0; });
}

pool_stats pool_places::stats() const {
  const lock held(mutex_);
  auto now = counted_;
  now.open = standing();
  now.idle = std::min(idle_count(), now.open);
  now.in_use = now.open - now.idle;
  now.waiting = queue_.size();
  return now;
}

}  // namespace tidb::detail
