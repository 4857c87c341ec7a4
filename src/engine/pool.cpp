#include "tidbxx/engine/pool.hpp"

#include "engine/sqlite/connection.hpp"
#include "engine/tidb/connection.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/write_observer.hpp"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace tidb {

namespace detail {

lease& lease::operator=(lease&& other) noexcept {
  if (this != &other) {
    if (connection_) from_->give_back(std::move(connection_));
    from_ = other.from_;
    connection_ = std::move(other.connection_);
  }
  return *this;
}

lease::~lease() {
  if (connection_) from_->give_back(std::move(connection_));
}

struct pool_state::connections {
  // The connection used last waits here, apart from the mutex: a client of one thread never takes the mutex.
  // A waiter counts itself before it looks here, and who gives back looks at the count afterwards: one sees the other.
  std::atomic<engine_connection*> hot{};
  std::atomic<int> waiters{};
  std::atomic<write_observer*> observer{};
  std::mutex mutex;
  std::condition_variable_any freed;
  std::vector<std::unique_ptr<engine_connection>> idle;
  std::size_t open{};

  ~connections() { delete hot.load(); }
  std::unique_ptr<engine_connection> take_hot() noexcept {
    return std::unique_ptr<engine_connection>(hot.exchange(nullptr));
  }
};

namespace {

std::size_t default_size(const resolved_options& options) {
  if (options.engine == engine_kind::tidb) return std::size_t{4} * std::max(1U, std::thread::hardware_concurrency());
  // each connection to ":memory:" would be a database of its own
  return options.file == ":memory:" ? 1 : 8;
}

}  // namespace

pool_state::pool_state(resolved_options options, pool_options limits)
    : options_(std::move(options)), checkout_timeout_(limits.checkout_timeout), max_size_(limits.max_size),
      endpoint_(options_.endpoint()), engine_(options_.engine), connections_(std::make_unique<connections>()) {
  if (max_size_ == 0) max_size_ = default_size(options_);
  if (options_.file == ":memory:" && max_size_ > 1)
    throw_usage("a database in memory has one connection: leave pool_options::max_size at 1");
}

pool_state::pool_state(std::unique_ptr<engine_connection> adopted)
    : checkout_timeout_(pool_options{}.checkout_timeout), max_size_(1), endpoint_(adopted->endpoint()),
      engine_(adopted->features().engine), adopted_(true), connections_(std::make_unique<connections>()) {
  connections_->idle.push_back(std::move(adopted));
  connections_->open = 1;
}

pool_state::~pool_state() = default;

std::unique_ptr<engine_connection> pool_state::open(const call_context& context) const {
  if (adopted_)
    throw_error({.code = errc::connection,
                 .message = "the connection that was handed to tidbxx is lost; open another "
                            "and connect to that",
                 .endpoint = endpoint_,
                 .where = context.where});
  return engine_ == engine_kind::embedded ? open_sqlite(options_, context) : open_tidb(options_, context);
}

lease pool_state::checkout(const call_context& context) {
  if (auto hot = connections_->take_hot()) return {*this, std::move(hot)};
  if (auto idle = take_or_wait(context)) return {*this, std::move(idle)};
  try {
    return {*this, open(context)};
  } catch (...) {
    give_back(nullptr);
    throw;
  }
}

/// An idle connection; none if a new one may be opened, for which the place is taken already.
std::unique_ptr<engine_connection> pool_state::take_or_wait(const call_context& context) {
  auto& all = *connections_;
  std::unique_ptr<engine_connection> found;
  bool may_open = false;
  const auto take = [&] {
    found = all.take_hot();
    if (!found && !all.idle.empty()) {
      found = std::move(all.idle.back());
      all.idle.pop_back();
    }
    if (!found && all.open < max_size_) {
      ++all.open;
      may_open = true;
    }
    return found || may_open;
  };
  std::unique_lock lock(all.mutex);
  ++all.waiters;
  if (!take()) {
    const auto until = std::min(context.deadline, std::chrono::steady_clock::now() + checkout_timeout_);
    all.freed.wait_until(lock, context.stop, until, take);
  }
  --all.waiters;
  if (!found && !may_open)
    throw_error({.code = errc::timeout,
                 .message = "no connection became free: all " + std::to_string(max_size_) +
                            " of the pool are in use; a result that is being read, or a transaction, keeps one",
                 .endpoint = endpoint_,
                 .where = context.where});
  return found;
}

void pool_state::give_back(std::unique_ptr<engine_connection> connection) noexcept {
  auto& all = *connections_;
  const bool keep = connection && connection->usable();
  engine_connection* none = nullptr;
  const bool hot = keep && all.hot.compare_exchange_strong(none, connection.get());
  if (hot) {
    (void)connection.release();
    if (all.waiters == 0) return;
  }
  {
    const std::scoped_lock lock(all.mutex);
    if (keep && !hot) all.idle.push_back(std::move(connection));
    if (!keep) --all.open;
  }
  all.freed.notify_one();
}

void pool_state::observe(write_observer* observer) noexcept { connections_->observer = observer; }

write_observer* pool_state::observer() const noexcept { return connections_->observer.load(std::memory_order_relaxed); }

std::unique_ptr<engine_connection> adopt(st_mysql* handle, const call_context& context) {
  return adopt_tidb(handle, context);
}

std::unique_ptr<engine_connection> adopt(sqlite3* handle, const call_context& context) {
  return adopt_sqlite(handle, context);
}

}  // namespace detail

}  // namespace tidb
