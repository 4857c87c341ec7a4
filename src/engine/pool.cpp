#include "tidbxx/engine/pool.hpp"

#include "core/error_table.hpp"
#include "engine/connection_source.hpp"
#include "engine/fork.hpp"
#include "engine/pool_attempts.hpp"
#include "engine/pool_limits.hpp"
#include "engine/pool_places.hpp"
#include "engine/printed_selects.hpp"
#include "engine/sqlite/connection.hpp"
#include "engine/tidb/connection.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/write_observer.hpp"

#include <algorithm>
#include <atomic>
#include <limits>
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

/// A lifetime less a twentieth to a fifth: connections that were made together do not all end together, and each has
/// some time left in which another can be opened.
milliseconds with_jitter(milliseconds lifetime) {
  thread_local std::minstd_rand random{std::random_device{}()};
  return lifetime - lifetime * std::uniform_int_distribution<int>(50, 200)(random) / 1000;
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
  made->closes_at = made->idle_since + or_none(times.max_lifetime);
  return made;
}

[[noreturn]] void refuse_over(const std::string& endpoint, const call_context& context) {
  error_info info{.endpoint = endpoint, .where = context.where, .sent = false};
  judge(info, entry_of_limit(context.stop.stop_requested()),
        {{"done", "before the statement was sent; nothing was done"}});
  throw_error(std::move(info));
}

[[noreturn]] void refuse_inherited(const std::string& endpoint, const call_context& context) {
  throw_error({.code = errc::usage,
               .message =
                   "this pool had connections when this process was forked, and they are the parent's: connect in "
                   "the child only, or before fork() make the client without connecting, or let the child exec "
                   "another program",
               .endpoint = endpoint,
               .where = context.where});
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
  /// A child process must leave alone what was opened before fork().
  bool is_inherited() const noexcept {
    const auto opened_in = process.load(std::memory_order_relaxed);
    return opened_in != none && opened_in != fork_depth.load(std::memory_order_relaxed);
  }

  static constexpr unsigned none = std::numeric_limits<unsigned>::max();
  std::unique_ptr<connection_source> source;
  pool_places places;
  pool_attempts attempts;
  std::atomic<write_observer*> observer{};
  std::atomic<pool_extension*> extension{};
  std::atomic<clock::time_point> without_indexes_at{};
  printed_selects printed{};
  std::atomic<unsigned> process{none};  ///< the fork depth of the first attempt to connect
};

pool_state::pool_state(const resolved_options& options, const pool_options& limits, std::source_location where)
    : pool_state(source_of(options), options, limits, where) {}

pool_state::pool_state(std::unique_ptr<connection_source> source, resolved_options options, const pool_options& limits,
                       std::source_location where)
    : options_(std::move(options)), limits_(limits_of(options_, limits, where)), endpoint_(options_.endpoint()),
      engine_(options_.engine), resets_(options_.file != ":memory:"),
      parts_(new parts{std::move(source),
                       {limits_.max_size, endpoint_},
                       {endpoint_, [this](const call_context& context) { return open_here(context); },
                        [this](std::unique_ptr<pooled> made) { give_back(std::move(made)); }}}) {}

pool_state::pool_state(std::unique_ptr<engine_connection> adopted)
    : limits_(limits_of(options_, {.max_size = 1}, std::source_location::current())), endpoint_(adopted->endpoint()),
      engine_(adopted->features().engine), is_adopted_(true),
      parts_(new parts{source_of_adopted(endpoint_), {1, endpoint_}, {endpoint_, {}, {}}}) {
  auto connection = std::make_unique<pooled>();  // how long it lives is up to the program
  connection->connection = std::move(adopted);
  parts_->places.begin_with(std::move(connection));
}

pool_state::~pool_state() {
  delete parts_->extension.load();
  if (!parts_->is_inherited()) parts_->attempts.finish();
}

lease pool_state::checkout(const call_context& context) {
  auto& places = parts_->places;
  if (parts_->is_inherited()) [[unlikely]]
    refuse_inherited(endpoint_, context);
  auto connection = places.take_hot();
  if (!connection) connection = places.take(context, limits_.checkout_timeout);
  if (connection && connection->timed) connection = fit(std::move(connection), context);
  if (!connection) connection = open(context);
  return {*this, std::move(connection)};
}

/// This connection or another one; or none: then its place is one to open another in.
std::unique_ptr<pooled> pool_state::fit(std::unique_ptr<pooled> connection, const call_context& context) {
  const auto now = clock::now();
  connection = not_too_old(std::move(connection), now, context);
  if (!connection || !connection->timed || now - connection->idle_since < connection->check_after) return connection;
  return checked(std::move(connection), context);
}

std::unique_ptr<pooled> pool_state::not_too_old(std::unique_ptr<pooled> connection, clock::time_point now,
                                                const call_context& context) {
  auto& places = parts_->places;
  const auto is_idle = [&] { return now - connection->idle_since >= connection->idle_timeout; };
  while (connection->timed && (now >= connection->retire_at || is_idle())) {
    if (auto other = places.exchange(connection)) {
      connection = std::move(other);
      continue;
    }
    if (is_idle() || now >= connection->closes_at || !opens_apart(context)) {
      connection.reset();
      places.replace(false);
      return nullptr;
    }
    // connecting may take longer than this call has time: it goes on with the old one
    if (places.take_spare_place() && !parts_->attempts.start(context.where, false)) places.failed(nullptr);
    return connection;
  }
  return connection;
}

/// Asks it whether it answers.
std::unique_ptr<pooled> pool_state::checked(std::unique_ptr<pooled> connection, const call_context& context) {
  auto& places = parts_->places;
  auto limited = context;
  limited.deadline = std::min(context.deadline, clock::now() + options_.connect_timeout);
  if (!context.is_over() && connection->connection->ping(limited)) return connection;
  if (context.is_over()) {  // the call's own doing, which says nothing of the server
    if (connection->connection->usable()) {
      places.give_back(std::move(connection), false);
    } else {
      connection.reset();
      places.leave();
    }
    refuse_over(endpoint_, context);
  }
  connection.reset();
  places.replace(true);
  return nullptr;
}

/// What a call with a limit asks for may take longer than it waits.
bool pool_state::opens_apart(const call_context& context) const noexcept {
  return engine_ == engine_kind::tidb && context.has_limit();
}

/// A new connection, in a place that is ours already.
std::unique_ptr<pooled> pool_state::open(const call_context& context) {
  auto& places = parts_->places;
  if (context.is_over()) {
    places.failed(nullptr);
    refuse_over(endpoint_, context);
  }
  if (engine_ == engine_kind::tidb) parts_->process.store(fork_depth, std::memory_order_relaxed);
  if (!opens_apart(context)) return open_here(context);
  if (auto joined = join_attempt(context)) return joined;
  const auto attempt = parts_->attempts.start(context.where, true);
  return attempt ? parts_->attempts.wait(attempt, context) : open_here(context);
}

/// A connection that another call has asked for and not waited for; or none, and then our place is still ours.
std::unique_ptr<pooled> pool_state::join_attempt(const call_context& context) {
  auto& places = parts_->places;
  try {
    auto joined = parts_->attempts.join(context);
    if (joined) places.failed(nullptr);  // that one has a place of its own
    return joined;
  } catch (...) {
    places.failed(nullptr);
    throw;
  }
}

std::unique_ptr<pooled> pool_state::open_here(const call_context& context) {
  auto& places = parts_->places;
  std::unique_ptr<pooled> made;
  const auto asked = clock::now();
  try {
    made = timed(parts_->source->open(context), limits_);
    note_indexes(*made->connection, asked);
  } catch (const error& why) {
    places.failed(context.stop.stop_requested() ? nullptr : &why);
    places.expect_open(context);
    throw;
  } catch (...) {
    places.failed(nullptr);
    throw;
  }
  if (places.opened()) return made;
  made.reset();
  places.leave();
  places.expect_open(context);  // throws, for it was closed
  return nullptr;
}

void pool_state::give_back(std::unique_ptr<pooled> connection) noexcept {
  auto& own = *connection->connection;
  if (parts_->is_inherited()) [[unlikely]]
    return connection.reset();
  // Now and not when it is lent: the locks and temporary tables of its session must not outlive their use.
  if (own.session_changed() && resets_) own.reset_session({.deadline = clock::now() + longest_reset});
  if (own.usable()) return parts_->places.give_back(std::move(connection));
  connection.reset();
  parts_->places.lost();
}

void pool_state::warm_up(const call_context& context) {
  if (parts_->is_inherited()) refuse_inherited(endpoint_, context);
  std::vector<lease> made;  // go back together, so that none is lent twice
  while (parts_->places.take_place(limits_.min_size, context)) made.emplace_back(*this, open(context));
}

bool pool_state::close(milliseconds timeout) {
  parts_->places.close();
  parts_->attempts.stop();
  return parts_->places.wait_until_empty(timeout);
}

pool_stats pool_state::stats() const { return parts_->places.stats(); }

void pool_state::observe(write_observer* observer) noexcept { parts_->observer = observer; }

void pool_state::extend(std::unique_ptr<pool_extension> more) noexcept {
  pool_extension* none = nullptr;
  if (parts_->extension.compare_exchange_strong(none, more.get(), std::memory_order_acq_rel)) (void)more.release();
}

printed_selects& pool_state::printed() noexcept { return parts_->printed; }

pool_extension* pool_state::extension() const noexcept { return parts_->extension.load(std::memory_order_acquire); }

void pool_state::note_indexes(const engine_connection& opened, clock::time_point asked) noexcept {
  if (!opened.features().has_indexes) parts_->without_indexes_at.store(asked, std::memory_order_release);
}

clock::time_point pool_state::without_indexes_at() const noexcept {
  return parts_->without_indexes_at.load(std::memory_order_acquire);
}

write_observer* pool_state::observer() const noexcept { return parts_->observer.load(std::memory_order_acquire); }

std::unique_ptr<engine_connection> adopt(st_mysql* handle, const call_context& context) {
  return adopt_tidb(handle, context);
}

std::unique_ptr<engine_connection> adopt(sqlite3* handle, const call_context& context) {
  return adopt_sqlite(handle, context);
}

}  // namespace tidb::detail
