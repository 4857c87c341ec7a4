#include "tidbxx/engine/transaction.hpp"

#include "engine/retry.hpp"

#include <algorithm>
#include <filesystem>
#include <mutex>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

namespace tidb::detail {

/// Those that one thread began on embedded databases, wherever they end.
struct open_transactions {
  std::mutex mutex;
  std::vector<const transaction_scope*> scopes;
};

namespace {

thread_local const auto begun_here = std::make_shared<open_transactions>();

using clock = std::chrono::steady_clock;

/// What a check of an unknown outcome has at least, also when the transaction has used up its time.
constexpr std::chrono::seconds time_to_settle{5};

/// The statement that begins it. The embedded engine takes the write lock at once: a transaction that reads before it
/// writes could not be finished once another one has written.
std::string begin_text(const transaction_options& options, const capabilities& features) {
  if (features.engine == engine_kind::embedded)
    return options.optimistic || options.read_only ? "BEGIN DEFERRED" : "BEGIN IMMEDIATE";
  if (options.staleness.count() > 0)
    return fmt::format("START TRANSACTION READ ONLY AS OF TIMESTAMP NOW(6) - INTERVAL {} MICROSECOND",
                       std::chrono::microseconds(options.staleness).count());
  if (features.version.find("TiDB") == std::string::npos) return "BEGIN";
  return options.optimistic ? "BEGIN OPTIMISTIC" : "BEGIN PESSIMISTIC";
}

std::string_view level_text(isolation level) noexcept {
  return level == isolation::read_committed ? "SET TRANSACTION ISOLATION LEVEL READ COMMITTED"
                                            : "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ";
}

[[noreturn]] void refuse(std::string message, std::source_location where) {
  throw_error({.code = errc::unsupported, .message = std::move(message), .where = where, .sent = false});
}

/// Before anything is sent.
void check(const transaction_options& options, engine_kind engine, std::source_location where) {
  if (options.max_tries < 1) throw_usage("transaction_options::max_tries must be at least 1", where);
  if (options.timeout.count() < 0 || options.staleness.count() < 0)
    throw_usage("transaction_options: timeout and staleness must not be negative", where);
  if (engine == engine_kind::tidb && options.isolation == isolation::serializable)
    refuse("TiDB has no serializable transactions: use repeatable_read, and for_update() for rows that must not change "
           "meanwhile",
           where);
  if (engine == engine_kind::tidb && options.isolation == isolation::read_committed && options.optimistic)
    throw_usage("TiDB's optimistic transactions are repeatable_read: leave out optimistic, or the isolation", where);
  if (engine == engine_kind::embedded && options.staleness.count() > 0)
    refuse("the embedded engine keeps no past to read from: leave out transaction_options::staleness", where);
}

/// Ends a scope with the try that began it, whoever keeps a copy of the transaction.
struct ending {
  transaction_scope& scope;
  ~ending() { scope.end(); }
};

}  // namespace

void refuse_to_wait_for_itself(const pool_state& pool, bool writes, const call_context& context) {
  if (pool.engine() != engine_kind::embedded) return;
  const std::lock_guard lock(begun_here->mutex);
  for (const auto* scope : begun_here->scopes) {
    if (!scope->stands_in_the_way_of(pool, writes)) continue;
    throw_error({.code = errc::usage,
                 .message = "this thread has a transaction open on the same database, and this would wait for it for "
                            "ever: use the transaction that its function was given, or commit the session first",
                 .endpoint = pool.endpoint(),
                 .where = context.where});
  }
  if (borrowed::from(pool))
    throw_error({.code = errc::usage,
                 .message = "this thread is reading rows of the same database in memory, whose only connection that "
                            "takes: read them with all(), or keep the database in a file",
                 .endpoint = pool.endpoint(),
                 .where = context.where});
}

bool is_in_memory(const pool_state& pool) noexcept {
  return pool.engine() == engine_kind::embedded && pool.endpoint() == ":memory:";
}

transaction_scope::transaction_scope(std::shared_ptr<pool_state> pool, const transaction_options& options,
                                     const call_context& context, clock::time_point until)
    : pool_(std::move(pool)), read_only_(options.read_only || options.staleness.count() > 0), deadline_(until) {
  const bool embedded = pool_->engine() == engine_kind::embedded;
  locks_file_ = embedded && !options.optimistic && !read_only_;
  refuse_to_wait_for_itself(*pool_, locks_file_, context);
  lease_ = pool_->checkout(context);
  begin(options, context);
  note_open();
}

transaction_scope::transaction_scope(for_schema_change /*unused*/, const executor& on, const call_context& context)
    : pool_(on.pool()), locks_file_(pool_->engine() == engine_kind::embedded), changes_schema_(true),
      deadline_(on.deadline()) {
  refuse_to_wait_for_itself(*pool_, locks_file_, context);
  lease_ = pool_->checkout(context);
  if (!locks_file_) {
    note_open();
    return;
  }
  looks_at_keys_again_ = looks_at_keys(context);
  send("PRAGMA foreign_keys = OFF", context);  // inside a transaction it would do nothing
  try {
    begin({}, context);
  } catch (...) {
    restore_connection();
    throw;
  }
  note_open();
}

bool transaction_scope::looks_at_keys(const call_context& context) {
  const statement_text asked("PRAGMA foreign_keys");
  auto& statement = lease_->prepare(asked, context);
  statement.execute({}, context);
  const bool found = statement.next() && statement.cells().front().integer != 0;
  statement.finish();
  return found;
}

void transaction_scope::restore_connection() noexcept {
  if (!std::exchange(looks_at_keys_again_, false)) return;
  try {
    if (!lease_->usable()) return;
    send("PRAGMA legacy_alter_table = OFF", {});  // a change that failed may have left it on
    send("PRAGMA foreign_keys = ON", {});
  } catch (...) {
    lease_->abandon();
  }
}

void transaction_scope::note_open() {
  open_ = true;
  ++pool_->watching().transactions;
  if (pool_->engine() != engine_kind::embedded) return;
  noted_in_ = begun_here;
  const std::lock_guard lock(noted_in_->mutex);
  noted_in_->scopes.push_back(this);
}

/// Each database in memory has one connection, and each file one writer. The same file may have several names.
bool transaction_scope::stands_in_the_way_of(const pool_state& pool, bool writes) const {
  if (is_in_memory(pool)) return pool_.get() == &pool;
  if (!writes || !locks_file_ || is_in_memory(*pool_)) return false;
  std::error_code unknown;
  return pool_.get() == &pool || std::filesystem::equivalent(lease_->endpoint(), pool.endpoint(), unknown);
}

void transaction_scope::begin(const transaction_options& options, const call_context& context) {
  const bool on_tidb = pool_->engine() == engine_kind::tidb;
  if (!on_tidb || options.isolation == isolation::automatic || options.staleness.count() > 0)
    return send(begin_text(options, lease_->features()), context);
  try {
    send(level_text(options.isolation), context);
    send(begin_text(options, lease_->features()), context);
  } catch (...) {
    lease_->abandon();  // the level would be that of the connection's next transaction
    throw;
  }
}

transaction_scope::transaction_scope(transaction_scope& outer, const call_context& context)
    : outer_(&outer), depth_(outer.depth_ + 1), read_only_(outer.read_only_), deadline_(outer.deadline_) {
  outer.connection(context);  // it must be open
  send_savepoint("SAVEPOINT", context);
  outer.nested_open_ = true;
  open_ = true;
}

transaction_scope& transaction_scope::outermost() noexcept { return outer_ != nullptr ? outer_->outermost() : *this; }

void transaction_scope::send(std::string_view control, const call_context& context) {
  auto& own = outermost();
  watched_run run(own.pool_->watching(), *own.lease_, statement_kind::control, control);
  try {
    own.lease_->run(control, context);
  } catch (const error& problem) {
    run.failed(problem);
    throw;
  }
}

void transaction_scope::send_savepoint(std::string_view command, const call_context& context) {
  try {
    send(fmt::format("{} tidbxx_{}", command, depth_), context);
  } catch (const error& problem) {
    note(problem);
    throw;
  }
}

void transaction_scope::note(const error& failed) {
  if (failed.poisons_transaction() && !outermost().fatal_) outermost().fatal_ = failed;
}

engine_connection& transaction_scope::connection(const call_context& context) {
  if (!open_)
    throw_usage("this transaction is over: it may only be used inside the function that it was given to",
                context.where);
  if (const auto& fatal = outermost().fatal_) {
    auto info = fatal->info();
    info.message = "an earlier error has ended this transaction, and nothing of it is kept: " + info.message;
    info.where = context.where;
    throw_error(std::move(info));
  }
  if (nested_open_) throw_usage("a nested transaction is open: use the one that its function was given", context.where);
  return *outermost().lease_;
}

void transaction_scope::commit(const call_context& context) {
  connection(context);
  if (outer_ != nullptr) {
    send_savepoint("RELEASE SAVEPOINT", context);
    outer_->nested_open_ = false;
    open_ = false;
  } else if (changes_schema_ && !locks_file_) {
    open_ = false;           // nothing was begun
  } else if (!read_only_) {  // else there is nothing to keep: its rollback cannot end in doubt
    send("COMMIT", context);
    open_ = false;
  }
}

void transaction_scope::end() noexcept {
  if (open_) {
    open_ = false;
    auto& own = *outermost().lease_;
    // the rollback must not hang, and must not replace the error that is on its way
    call_context brief;
    brief.deadline = clock::now() + std::chrono::seconds(5);
    try {
      if (own.usable()) {
        if (outer_ == nullptr && (!changes_schema_ || locks_file_))
          send("ROLLBACK", brief);
        else if (outer_ != nullptr && !outermost().fatal_)
          send_savepoint("ROLLBACK TO SAVEPOINT", brief);
      }
    } catch (...) {
      own.abandon();
    }
    if (outer_ != nullptr) outer_->nested_open_ = false;
  }
  if (const auto noted_in = std::move(noted_in_)) {
    const std::lock_guard lock(noted_in->mutex);
    std::erase(noted_in->scopes, this);
  }
  restore_connection();
  lease_ = {};
}

namespace {

/// What is cheaper to read outside of the transaction.
void prepare_to_write(const executor& on, const transaction_options& options, const call_context& context) {
  auto* const more = on.pool()->extension();
  if (more != nullptr && on.engine() == engine_kind::tidb && !on.in_transaction() && !options.read_only)
    more->prepare(on, context);
}

/// The tries of one call.
class transaction_tries {
public:
  transaction_tries(const executor& on, const transaction_options& options, std::source_location where)
      : on_(on), options_(options), watching_(on.pool()->watching()),
        whole_{.deadline = on.deadline(), .stop = on.options().stop, .where = where} {
    const auto now = clock::now();
    if (options.timeout.count() > 0 &&
        options.timeout < std::chrono::duration_cast<std::chrono::milliseconds>(whole_.deadline - now))
      whole_.deadline = now + options.timeout;
  }

  /// True if it was committed, or is known to have been.
  bool run(function_ref<void(const executor&)> body, settle_function settle) {
    ++number_;
    if (options_.on_try) options_.on_try({.number = number_, .failure = last_ ? &*last_ : nullptr, .waited = waited_});
    if (number_ > 1) ++watching_.reruns;
    step reached = step::beginning;
    try {
      attempt(body, reached);
      return true;
    } catch (const error& failed) {
      if (failed.code() == errc::conflict) ++watching_.conflicts;
      // the time was over after the wait: what the try before ended with says more
      if (reached == step::beginning && last_ && failed.code() == errc::timeout && !failed.was_sent() &&
          !whole_.stop.stop_requested())
        throw_error(last_->info());
      if (failed.outcome_is_unknown() && reached == step::committing) {
        ++watching_.unknown;
        if (was_committed(failed, settle)) return true;
        // It locks nothing before its COMMIT arrives: the check could not wait for one that is still on its way.
        if (options_.optimistic) throw;
        last_ = not_committed(failed);
      } else if (may_help(failed) && !(reached == step::beginning && on_.engine() == engine_kind::embedded)) {
        last_ = failed;  // the file's lock was waited for when it began, and that is not done once more
      } else {
        throw;
      }
    }
    waited_ = wait_to_retry(*last_, number_, options_.max_tries, whole_);
    return false;
  }

  /// By the last try.
  std::uint64_t rows_written() const noexcept { return rows_written_; }

private:
  enum class step { beginning, running, committing };

  void attempt(function_ref<void(const executor&)> body, step& reached) {
    prepare_to_write(on_, options_, limits());
    const auto scope = std::make_shared<transaction_scope>(on_.pool(), options_, limits(), whole_.deadline);
    const ending end{*scope};
    reached = step::running;
    body(executor(on_.pool(), scope, on_.options()));
    const auto context = limits();
    reached = step::committing;
    scope->commit(context);
    rows_written_ = scope->rows_written();
  }

  call_context limits() const {
    auto context = on_.context(whole_.where);
    context.deadline = std::min(context.deadline, whole_.deadline);
    return context;
  }

  bool was_committed(const error& failed, settle_function settle) const {
    if (!options_.committed || settle == nullptr) throw_error(failed.info());
    try {
      return settle(on_.until(std::max(whole_.deadline, clock::now() + time_to_settle)), options_);
    } catch (...) {  // it could not find out
      throw_error(failed.info());
    }
  }

  static error not_committed(const error& failed) {
    auto info = failed.info();
    info.code = errc::connection;
    info.retryable = true;
    info.message = "the connection was lost during the commit, and the check has found that nothing was committed: "
                   "run the whole transaction again";
    return error(std::move(info));
  }

  const executor& on_;
  const transaction_options& options_;
  watch& watching_;
  std::uint64_t rows_written_{};
  call_context whole_;
  int number_{};
  std::chrono::milliseconds waited_{};
  std::optional<error> last_;
};

void tell_of_commit(const std::shared_ptr<pool_state>& pool, std::uint64_t rows_written) {
  auto* const more = pool->extension();
  if (more != nullptr && rows_written > 0) more->committed(pool, rows_written);
}

}  // namespace

void run_transaction(const executor& on, const transaction_options& options, function_ref<void(const executor&)> body,
                     settle_function settle, std::source_location where) {
  on.expect_pool(where);
  check(options, on.engine(), where);
  transaction_tries tries(on, options, where);
  while (!tries.run(body, settle)) {
  }
  tell_of_commit(on.pool(), tries.rows_written());
}

open_transaction::open_transaction(const executor& on, const transaction_options& options, std::source_location where) {
  const auto& pool = on.expect_pool(where);
  check(options, pool.engine(), where);
  prepare_to_write(on, options, on.context(where));
  auto until = on.deadline();
  if (options.timeout.count() > 0) until = std::min(until, clock::now() + options.timeout);
  inside_ = executor(on.pool(), std::make_shared<transaction_scope>(on.pool(), options, on.context(where), until),
                     on.options());
}

open_transaction::~open_transaction() { inside_.transaction()->end(); }

void open_transaction::commit(std::source_location where) {
  auto& scope = *inside_.transaction();
  {
    const ending end{scope};
    scope.commit(inside_.context(where));
  }
  tell_of_commit(inside_.pool(), scope.rows_written());
}

void run_schema_change(const executor& on, const call_context& beginning, function_ref<void(const executor&)> body) {
  const auto where = beginning.where;
  if (on.in_transaction()) throw_usage("a schema is changed outside of transactions: run it on the client", where);
  const auto scope = std::make_shared<transaction_scope>(transaction_scope::for_schema_change{}, on, beginning);
  const ending end{*scope};
  body(executor(on.pool(), scope, on.options()));
  scope->commit(on.context(where));
}

void run_nested(const executor& on, function_ref<void(const executor&)> body, std::source_location where) {
  const auto scope = std::make_shared<transaction_scope>(*on.transaction(), on.context(where));
  const ending end{*scope};
  body(executor(on.pool(), scope, on.options()));
  scope->commit(on.context(where));
}

}  // namespace tidb::detail
