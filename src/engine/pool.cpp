#include "tidbxx/engine/pool.hpp"

#include "engine/connection_source.hpp"
#include "engine/pool_limits.hpp"
#include "engine/pool_places.hpp"
#include "engine/sqlite/connection.hpp"
#include "engine/tidb/connection.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/write_observer.hpp"

#include <algorithm>
#include <atomic>
#include <random>
#include <utility>
#include <vector>

namespace tidb::detail {
namespace {

using clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

/// No connection is used for longer, so that every limit can be added to the time of day.
constexpr milliseconds no_limit = std::chrono::hours(24 * 366 * 10);

constexpr std::chrono::seconds longest_reset{5};

/// A lifetime less up to a fifth: connections that were made together do not all end together.
milliseconds with_jitter(milliseconds lifetime) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return lifetime - lifetime * std::uniform_int_distribution<int>(0, 200)(random) / 1000;
}

std::unique_ptr<pooled> timed(std::unique_ptr<engine_connection> connection, const pool_options& limits) {
  const auto times = times_of(limits, connection->features());
  const auto or_none = [](milliseconds time) { return time.count() > 0 ? time : no_limit; };
  auto made = std::make_unique<pooled>();
  made->connection = std::move(connection);
  made->timed = times.max_lifetime.count() > 0 || times.idle_timeout.count() > 0 || times.check_after.count() > 0;
  made->idle_timeout = or_none(times.idle_timeout);
  made->check_after = or_none(times.check_after);
  made->idle_since = clock::now();
  made->retire_at = made->idle_since + with_jitter(or_none(times.max_lifetime));
  return made;
}

}  // namespace

// ---- the lease

lease& lease::operator=(lease&& other) noexcept {
  if (this != &other) {
    if (connection_) end();
    from_ = other.from_;
    connection_ = std::move(other.connection_);
  }
  return *this;
}

void lease::give_back() {
  if (!connection_) refuse();
  end();
}

void lease::end() noexcept { from_->give_back(std::move(connection_)); }

void lease::refuse() { throw_usage("this connection was given back to its pool already: borrow another"); }

// ---- the pool

struct pool_state::parts {
  std::unique_ptr<connection_source> source;
  pool_places places;
  std::atomic<write_observer*> observer{};
};

pool_state::pool_state(resolved_options options, const pool_options& limits, std::source_location where)
    : pool_state(source_of(options), options, limits, where) {}

pool_state::pool_state(std::unique_ptr<connection_source> source, resolved_options options, const pool_options& limits,
                       std::source_location where)
    : options_(std::move(options)), limits_(limits_of(options_, limits, where)), endpoint_(options_.endpoint()),
      engine_(options_.engine), resets_(options_.file != ":memory:"),
      parts_(new parts{std::move(source), {limits_.max_size, endpoint_}}) {}

pool_state::pool_state(std::unique_ptr<engine_connection> adopted)
    : limits_(limits_of(options_, {.max_size = 1}, std::source_location::current())), endpoint_(adopted->endpoint()),
      engine_(adopted->features().engine), parts_(new parts{source_of_adopted(endpoint_), {1, endpoint_}}) {
  auto connection = std::make_unique<pooled>();  // how long it lives is up to the program
  connection->connection = std::move(adopted);
  parts_->places.begin_with(std::move(connection));
}

pool_state::~pool_state() = default;

lease pool_state::checkout(const call_context& context) {
  auto& places = parts_->places;
  auto connection = places.take_hot();
  if (!connection) connection = places.take(context, limits_.checkout_timeout);
  if (connection && connection->timed && !is_fit(*connection, context)) connection = nullptr;
  if (!connection) connection = open(context);
  return {*this, std::move(connection)};
}

/// False if it is too old, or does not answer: then its place is one to open another in.
bool pool_state::is_fit(const pooled& connection, const call_context& context) {
  const auto now = clock::now();
  const auto idle = now - connection.idle_since;
  bool answers = true;
  if (now < connection.retire_at && idle < connection.idle_timeout) {
    if (idle < connection.check_after) return true;
    auto limited = context;
    limited.deadline = std::min(context.deadline, now + options_.connect_timeout);
    answers = connection.connection->ping(limited);
    if (answers) return true;
  }
  parts_->places.replace(!answers);
  return false;
}

/// A new connection in a place that is ours already.
std::unique_ptr<pooled> pool_state::open(const call_context& context) {
  auto& places = parts_->places;
  std::unique_ptr<pooled> made;
  try {
    made = timed(parts_->source->open(context), limits_);
  } catch (const error& why) {
    places.failed(context.stop.stop_requested() ? nullptr : &why);
    throw;
  } catch (...) {
    places.failed(nullptr);
    throw;
  }
  places.opened(context);
  return made;
}

void pool_state::give_back(std::unique_ptr<pooled> connection) noexcept {
  auto& own = *connection->connection;
  // Now and not when it is lent: the locks and temporary tables of its session must not outlive their use.
  if (own.session_changed() && resets_) own.reset_session({.deadline = clock::now() + longest_reset});
  if (own.usable()) return parts_->places.give_back(std::move(connection));
  connection.reset();
  parts_->places.lost();
}

void pool_state::warm_up(const call_context& context) {
  std::vector<lease> made;  // go back together, so that none is lent twice
  while (parts_->places.take_place(limits_.min_size, context)) made.emplace_back(*this, open(context));
}

bool pool_state::close(milliseconds timeout) { return parts_->places.close(timeout); }

pool_stats pool_state::stats() const { return parts_->places.stats(); }

void pool_state::observe(write_observer* observer) noexcept { parts_->observer = observer; }

write_observer* pool_state::observer() const noexcept { return parts_->observer.load(std::memory_order_acquire); }

std::unique_ptr<engine_connection> adopt(st_mysql* handle, const call_context& context) {
  return adopt_tidb(handle, context);
}

std::unique_ptr<engine_connection> adopt(sqlite3* handle, const call_context& context) {
  return adopt_sqlite(handle, context);
}

}  // namespace tidb::detail
