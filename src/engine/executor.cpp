#include "tidbxx/engine/executor.hpp"

#include "core/error_table.hpp"
#include "engine/retry.hpp"
#include "engine/sql_text.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/transaction.hpp"

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace tidb::detail {

namespace {

/// What TiDB commits by itself before.
bool is_ddl(std::string_view word) noexcept {
  return is_one_of(word, {"CREATE", "ALTER", "DROP", "TRUNCATE", "RENAME", "VACUUM", "GRANT", "REVOKE", "FLUSH",
                          "ANALYZE", "RECOVER", "FLASHBACK"});
}

/// What changes the state of a connection that the next statement may not run on.
bool is_control(std::string_view word) noexcept {
  return is_one_of(
      word, {"BEGIN", "START", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "END", "XA", "LOCK", "UNLOCK", "USE"});
}

/// Of what follows the word PRAGMA: some read whatever they are given, others as long as they are given nothing.
bool pragma_only_reads(sql_words words, std::string_view sql) noexcept {
  const bool given = sql.find_first_of("=(") != std::string_view::npos;
  for (auto word = words.next(); !word.empty(); word = words.next()) {  // the schema may stand before the name
    if (is_one_of(word, {"TABLE_INFO", "TABLE_XINFO", "TABLE_LIST", "INDEX_LIST", "INDEX_INFO", "INDEX_XINFO",
                         "FOREIGN_KEY_LIST", "FOREIGN_KEY_CHECK", "INTEGRITY_CHECK", "QUICK_CHECK"}))
      return true;
    if (!given && is_one_of(word, {"USER_VERSION", "APPLICATION_ID", "SCHEMA_VERSION", "DATA_VERSION", "FOREIGN_KEYS",
                                   "JOURNAL_MODE", "ENCODING", "PAGE_SIZE", "PAGE_COUNT", "FREELIST_COUNT",
                                   "DATABASE_LIST", "COLLATION_LIST", "FUNCTION_LIST", "COMPILE_OPTIONS"}))
      return true;
  }
  return false;
}

/// Of a statement in a read-only transaction.
bool only_reads(std::string_view sql, engine_kind engine) noexcept {
  sql_words words(sql, engine);
  const auto first = words.next();
  if (is_one_of(first, {"SELECT", "SHOW", "TABLE", "VALUES", "DESC", "DESCRIBE"})) return true;
  if (engine == engine_kind::embedded && is_one_of(first, {"PRAGMA"})) return pragma_only_reads(words, sql);
  if (!is_one_of(first, {"WITH", "EXPLAIN"})) return false;
  for (auto word = words.next(); !word.empty(); word = words.next()) {
    if (is_one_of(word, {"SELECT"})) return true;
    if (is_one_of(word, {"INSERT", "REPLACE", "UPDATE", "DELETE"})) return false;
  }
  return true;
}

bool sets_autocommit(std::string_view word, std::string_view sql) {
  if (word != "SET") return false;
  std::string text(sql);
  std::ranges::transform(text, text.begin(),
                         [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return text.find("autocommit") != std::string::npos && text.find("global") == std::string::npos;
}

void refuse_ddl(std::string_view sql, const call_context& context) {
  throw_error({.code = errc::usage,
               .message = "DDL inside a transaction: TiDB would commit what was done so far. Run it on the client, "
                          "before or after the transaction",
               .sql = std::string(sql),
               .where = context.where});
}

void refuse_in_read_only(std::string_view sql, const call_context& context) {
  throw_error({.code = errc::usage,
               .message = "this transaction only reads: leave out transaction_options::read_only (and staleness) to "
                          "write in it",
               .sql = std::string(sql),
               .where = context.where});
}

[[noreturn]] void refuse_as_late(const pool_state& pool, std::source_location where) {
  error_info info{.endpoint = pool.endpoint(), .where = where, .sent = false};
  judge(info, entry_named("deadline"), {{"done", "before the call began; nothing was done"}});
  throw_error(std::move(info));
}

}  // namespace

executor::executor() noexcept = default;
executor::executor(std::shared_ptr<pool_state> pool, std::shared_ptr<transaction_scope> transaction,
                   call_options options)
    : pool_(std::move(pool)), transaction_(std::move(transaction)), options_(std::move(options)) {}
executor::executor(const executor&) = default;
executor::executor(executor&&) noexcept = default;
executor& executor::operator=(const executor&) = default;
executor& executor::operator=(executor&&) noexcept = default;
executor::~executor() = default;

executor executor::with(call_options options) const {
  auto made = *this;
  auto& own = made.options_;
  if (options.timeout.count() != 0) own.timeout = options.timeout;
  if (options.stop.stop_possible()) own.stop = std::move(options.stop);
  own.idempotent = own.idempotent || options.idempotent;
  return made;
}

executor executor::until(std::chrono::steady_clock::time_point deadline) const {
  auto made = *this;
  made.deadline_ = std::min(deadline_, deadline);
  return made;
}

pool_state& executor::expect_pool(std::source_location where) const {
  if (!pool_) throw_usage("this client was moved from: use the one it was moved to", where);
  return *pool_;
}

call_context executor::context(std::source_location where) const {
  expect_pool(where);
  if (options_.timeout.count() < 0) refuse_as_late(*pool_, where);
  call_context made{.deadline = deadline_, .stop = options_.stop, .where = where};
  if (transaction_) made.deadline = std::min(made.deadline, transaction_->deadline());
  const auto timeout = options_.timeout.count() > 0 ? options_.timeout : pool_->statement_timeout();
  if (timeout.count() <= 0) return made;
  const auto now = std::chrono::steady_clock::now();
  // what the clock cannot count to is no limit
  if (timeout < std::chrono::duration_cast<std::chrono::milliseconds>(made.deadline - now))
    made.deadline = now + timeout;
  return made;
}

namespace {

/// The newest connection that this thread has of a database in memory, which has no other.
thread_local const borrowed* lent_here = nullptr;

}  // namespace

borrowed::borrowed(const executor& from, const call_context& context) {
  if (from.in_transaction()) {
    connection_ = &from.transaction()->connection(context);
    return;
  }
  refuse_to_wait_for_itself(*from.pool(), false, context);
  lease_ = from.pool()->checkout(context);
  connection_ = &*lease_;
  if (!is_in_memory(*from.pool())) return;
  pool_ = from.pool().get();
  before_ = std::exchange(lent_here, this);
}

borrowed::~borrowed() {
  if (pool_ != nullptr) lent_here = before_;
}

bool borrowed::from(const pool_state& pool) noexcept {
  for (const auto* each = lent_here; each != nullptr; each = each->before_)
    if (each->pool_ == &pool) return true;
  return false;
}

statement_run::statement_run(const executor& on, engine_connection& connection, statement_kind kind,
                             std::string_view sql, std::span<const value_view> parameters)
    : watched_run(on.pool()->watching(), connection, kind, sql, parameters), transaction_(on.transaction()) {}

void statement_run::note(const error& problem) noexcept {
  if (transaction_ != nullptr) transaction_->note(problem);
  failed(problem);
}

open_rows::open_rows(const executor& from, const statement_text& text, std::span<const value_view> parameters,
                     const call_context& context)
    : connection_(from, context), run_(from, *connection_, statement_kind::read, text.sql(), parameters),
      statement_(run_.step([&] { return &connection_->prepare(text, context); })) {
  try {
    run_.step([&] { statement_->execute(parameters, context); });
  } catch (...) {
    statement_->finish();
    throw;
  }
}

namespace {

struct finisher {
  engine_statement& ended;
  ~finisher() { ended.finish(); }
};

write_result execute_to_end(const executor& on, engine_connection& connection, const statement_text& text,
                            std::span<const value_view> parameters, const call_context& context) {
  statement_run run(on, connection, statement_kind::write, text.sql(), parameters);
  return run.step([&]() -> write_result {
    auto& statement = connection.prepare(text, context);
    const finisher finish{statement};
    statement.execute(parameters, context);
    while (statement.next()) {
    }
    run.rows = statement.affected_rows();
    return {statement.affected_rows(), statement.last_insert_id()};
  });
}

std::uint64_t execute_each(const executor& on, engine_connection& connection, const statement_text& text,
                           std::span<const value_view> rows, std::size_t width, const call_context& context) {
  statement_run run(on, connection, statement_kind::write, text.sql(), rows);
  return run.step([&] {
    auto& statement = connection.prepare(text, context);
    const finisher finish{statement};
    statement.execute_rows(rows, width, context);
    run.rows = statement.affected_rows();
    return run.rows;
  });
}

/// The primary keys of inserted rows; none if one was generated and cannot be known.
std::vector<value> keys_of(const write_target& target, std::span<const value_view> rows, std::uint64_t generated) {
  std::vector<value> keys;
  if (target.key.empty()) return keys;
  for (std::size_t first = 0; first + target.columns.size() <= rows.size(); first += target.columns.size())
    for (const auto place : target.key) {
      const auto& cell = rows[first + place];
      if (cell.is_null() && generated == 0) return {};
      keys.emplace_back(cell.is_null() ? value_view::of(generated++) : cell);
    }
  return keys;
}

/// Refuses what can be known to fail before anything is sent.
void check_write(const executor& on, std::string_view sql, const call_context& context) {
  if (!on.in_transaction()) return refuse_to_wait_for_itself(*on.pool(), true, context);
  if (on.transaction()->read_only()) refuse_in_read_only(sql, context);
}

/// Tells the transaction, or who follows the pool's commits.
void note_written(const executor& on, std::uint64_t rows) {
  if (on.in_transaction()) return on.transaction()->has_written(rows);
  if (auto* const more = on.pool()->extension()) more->committed(on.pool(), rows);
}

/// For how long it holds that nobody has to be told of a write.
constexpr auto longest_decided = std::chrono::seconds(1);

/// Who is told of a write.
struct listeners {
  write_observer* observer{};
  pool_extension* follower{};
  explicit operator bool() const noexcept { return observer != nullptr || follower != nullptr; }
};

/// What was written and not told must not be committed.
void tell_follower(pool_extension& follower, const executor& on, const write_target& target,
                   std::span<const value_view> parameters, const write_result& result, const call_context& context) {
  try {
    follower.changed(on, target, parameters, result, context);
  } catch (const error& failed) {
    auto info = failed.info();
    info.poisons_transaction = true;
    const error poisoned(info);
    on.transaction()->note(poisoned);
    throw_error(std::move(info));
  }
}

/// A write and what is written because of it.
write_result write_and_tell(const listeners& tell, const executor& on, const statement_text& text,
                            std::span<const value_view> parameters, const write_target& target,
                            const call_context& context) {
  const borrowed connection(on, context);
  const auto result = execute_to_end(on, *connection, text, parameters, context);
  if (tell.follower != nullptr) tell_follower(*tell.follower, on, target, parameters, result, context);
  if (tell.observer == nullptr) return result;
  const auto keys = keys_of(target, parameters, result.last_insert_id);
  tell.observer->wrote(*connection, {.kind = target.kind,
                                     .table = target.table,
                                     .columns = target.columns,
                                     .keys = keys,
                                     .key_columns = target.key.size(),
                                     .sql = text.sql()});
  return result;
}

}  // namespace

std::vector<std::string> followed_key(const executor& on, const write_target& target, const call_context& context) {
  auto* const follower = on.pool()->extension();
  if (follower == nullptr || on.engine() != engine_kind::tidb) return {};
  if (target.kind == write_kind::raw || target.is_unfollowed) return {};
  return follower->followed_key(on, target, context);
}

write_result run_write(const executor& on, const statement_text& text, std::span<const value_view> parameters,
                       const write_target& target, const call_context& context) {
  check_write(on, text.sql(), context);
  write_result result;
  for (bool done = false; !done;) {
    const auto decided = std::chrono::steady_clock::now();
    const listeners tell{.observer = on.pool()->observer(),  // once: another thread may take it away
                         .follower = followed_key(on, target, context).empty() ? nullptr : on.pool()->extension()};
    const auto write = [&](const executor& inside) {
      result = write_and_tell(tell, inside, text, parameters, target, context);
    };
    done = true;
    if (tell && on.in_transaction())
      write(on);
    else if (tell)
      run_transaction(on, {}, write, nullptr, context.where);  // all is committed together
    else
      retry_write(on, context, [&] {
        const borrowed connection(on, context);
        // after a long wait for it somebody may want to be told
        done =
            target.is_unfollowed || on.in_transaction() || std::chrono::steady_clock::now() - decided < longest_decided;
        if (done) result = execute_to_end(on, *connection, text, parameters, context);
      });
  }
  note_written(on, result.affected_rows);
  return result;
}

std::uint64_t run_rows(const executor& on, const statement_text& text, std::span<const value_view> rows,
                       std::size_t width, const write_target& target, const call_context& context) {
  if (on.pool()->observer() == nullptr) {
    check_write(on, text.sql(), context);
    const auto inserted = execute_each(on, *borrowed(on, context), text, rows, width, context);
    note_written(on, inserted);
    return inserted;
  }
  std::uint64_t sum = 0;
  for (; !rows.empty(); rows = rows.subspan(width))
    sum += run_write(on, text, rows.first(width), target, context).affected_rows;
  return sum;
}

std::optional<std::uint64_t> run_load(const executor& on, std::string_view sql, byte_source& file,
                                      const call_context& context) {
  check_write(on, sql, context);
  const borrowed connection(on, context);
  statement_run run(on, *connection, statement_kind::write, sql, {});
  const auto loaded = run.step([&] { return connection->load(sql, file, context); });
  run.rows = loaded.value_or(0);
  note_written(on, run.rows);
  return loaded;
}

void run_ddl(const executor& on, std::string_view sql, const call_context& context) {
  if (on.in_transaction()) refuse_ddl(sql, context);
  refuse_to_wait_for_itself(*on.pool(), true, context);
  retry_ddl(on, context, [&] {
    const borrowed connection(on, context);
    statement_run run(on, *connection, statement_kind::write, sql, {});
    run.step([&] { connection->run(sql, context); });
  });
}

void check_raw(const executor& on, std::string_view sql, const call_context& context) {
  const auto word = first_word(sql, on.engine());
  if (is_control(word) || sets_autocommit(word, sql))
    throw_error({.code = errc::usage,
                 .message = word + " as a statement: the next one may run on another connection. Use "
                                   "client.transaction(function), and name the database when connecting",
                 .sql = std::string(sql),
                 .where = context.where});
  if (auto* const follower = on.pool()->extension(); follower != nullptr && on.engine() == engine_kind::tidb)
    follower->check_raw(on, sql, context);
  if (!on.in_transaction()) return;
  if (is_ddl(word)) refuse_ddl(sql, context);
  if (on.transaction()->read_only() && !only_reads(sql, on.engine())) refuse_in_read_only(sql, context);
}

void throw_row_count(errc code, std::string_view sql, const call_context& context) {
  throw_error({.code = code,
               .message = code == errc::no_row ? "one row was asked for and none was found"
                                               : "one row was asked for and several were found",
               .sql = std::string(sql),
               .where = context.where,
               .entry = code == errc::no_row ? "no-row" : "too-many-rows"});
}

}  // namespace tidb::detail
