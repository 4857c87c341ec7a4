#include "engine/sqlite/session.hpp"

#include "engine/sql_text.hpp"

#include <algorithm>
#include <limits>
#include <thread>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

/// How many steps of SQLite's machine run between two looks at the clock: some microseconds, unless a function takes
/// long.
constexpr int steps_between_checks = 500;

}  // namespace

sqlite_session::sqlite_session(sqlite3* handle, bool owned, std::string endpoint,
                               std::chrono::milliseconds lock_timeout)
    : handle_(handle), owned_(owned), lock_timeout_(lock_timeout), endpoint_(std::move(endpoint)), file_(handle) {
  if (owned_) sqlite3_busy_handler(handle_, on_busy, this);
}

sqlite_session::~sqlite_session() {
  if (is_inherited()) return;  // closing it here would take the parent's log away
  end();
  if (owned_) sqlite3_close_v2(handle_);
  // Closing rolls back; a handle of the program's stays open, and must not keep a transaction that nobody will end.
  else if (!usable_ && sqlite3_get_autocommit(handle_) == 0)
    sqlite3_exec(handle_, "ROLLBACK", nullptr, nullptr, nullptr);
}

void sqlite_session::begin_limited(const call_context& context, std::string_view sql) {
  deadline_ = context.deadline;
  stop_ = context.stop;
  limited_ = true;
  if (limit_reached()) {
    auto info = failure(SQLITE_INTERRUPT, sql);
    info.sent = false;
    end();
    throw_error(std::move(info));
  }
  sqlite3_progress_handler(handle_, steps_between_checks, on_progress, this);
}

void sqlite_session::end_limited() noexcept {
  sqlite3_progress_handler(handle_, 0, nullptr, nullptr);
  stop_ = {};
  limited_ = false;
}

bool sqlite_session::limit_reached() noexcept {
  if (!limited_) return false;
  if (stop_.stop_requested())
    interrupted_ = interruption::stop;
  else if (clock::now() >= deadline_)
    interrupted_ = interruption::deadline;
  return interrupted_ != interruption::none;
}

bool sqlite_session::must_end() noexcept {
  // SQLite asks once more when a statement has run to its end: ended then, what it committed would be told as failed.
  return (running_ == nullptr || sqlite3_stmt_busy(running_) != 0) && limit_reached();
}

bool sqlite_session::wait_for_lock(int tries) noexcept {
  using std::chrono::microseconds;
  const auto now = clock::now();
  if (tries == 0) lock_wait_began_ = now;
  const auto waited = now - lock_wait_began_;
  const bool has_deadline = limited_ && deadline_ != clock::time_point::max();
  if (limit_reached()) return false;
  if (!has_deadline && waited >= lock_timeout_) {
    lock_waited_ = lock_timeout_;
    return false;
  }
  // Most locks are short, so the first waits are; none is so long that a stop would be noticed late.
  const clock::duration pause = microseconds(100) * (1 << std::min(tries, 6));
  std::this_thread::sleep_for(std::min(pause, has_deadline ? deadline_ - now : lock_timeout_ - waited));
  return true;
}

/// Who has the write lock that could not be had; only a write-ahead log tells.
lock_holder sqlite_session::find_holder() const noexcept {
  int elsewhere = 0;
  if (!wal_ || sqlite3_file_control(handle_, "main", SQLITE_FCNTL_EXTERNAL_READER, &elsewhere) != SQLITE_OK)
    return lock_holder::unknown;
  return elsewhere != 0 ? lock_holder::perhaps_elsewhere : lock_holder::this_process;
}

error_info sqlite_session::failure(int code, std::string_view sql) {
  sqlite_failure failure;
  failure.sql = sql;
  failure.endpoint = endpoint_;
  failure.where = where_;
  failure.interrupted = interrupted_;
  failure.lock_waited = lock_waited_;
  if ((code & 0xFF) == SQLITE_BUSY) failure.holder = find_holder();
  failure.lost_transaction = in_transaction_ && sqlite3_get_autocommit(handle_) != 0;
  // An interruption of ours that stopped nothing has left no words in the handle.
  const bool own = code == SQLITE_INTERRUPT && (sqlite3_errcode(handle_) & 0xFF) != SQLITE_INTERRUPT;
  // The program may have left extended codes off on a handle of its own.
  const int extended = sqlite3_extended_errcode(handle_);
  if ((extended & 0xFF) == code) code = extended;
  auto info = explain_sqlite(own ? nullptr : handle_, code, failure);
  if (info.poisons_connection) usable_ = false;
  return info;
}

void sqlite_session::fail(int code, std::string_view sql) {
  auto info = failure(code, sql);
  end();
  throw_error(std::move(info));
}

void sqlite_session::fail_usage(std::string message, std::string_view sql, std::source_location where) const {
  error_info info;
  info.code = errc::usage;
  info.message = std::move(message);
  info.sql = sql;
  info.endpoint = endpoint_;
  info.where = where;
  throw_error(std::move(info));
}

void sqlite_session::fail_open(std::source_location where) const {
  fail_usage(
      "a statement is still open on this connection: read its rows to the end, or end it, before another one runs",
      *open_, where);
}

void sqlite_session::fail_inherited(std::string_view sql) const {
  fail_usage(inherited_file_text(endpoint_), sql, where_);
}

sqlite3_stmt* sqlite_session::prepare(std::string_view sql, unsigned flags) {
  if (sql.size() > static_cast<std::size_t>(std::numeric_limits<int>::max()))
    fail_usage("the statement is longer than the embedded engine's limit", {}, where_);
  sqlite3_stmt* statement = nullptr;
  const char* tail = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()), flags, &statement, &tail);
  if (code != SQLITE_OK) throw_error(failure(code, sql));
  const auto rest = sql.substr(static_cast<std::size_t>(tail - sql.data()));
  if (statement != nullptr && sql_words(rest, engine_kind::embedded).is_over()) return statement;
  const bool several = statement != nullptr;
  sqlite3_finalize(statement);
  if (several) fail_usage("one statement at a time: run what follows the semicolon in a call of its own", sql, where_);
  fail_usage("the text holds no SQL statement", sql, where_);
}

void sqlite_session::run(std::string_view sql) {
  const scoped_statement statement(*this, sql);
  running_ = statement.get();
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(statement.get());
  running_ = nullptr;
  if (code != SQLITE_DONE) fail(code, sql);
}

std::optional<std::int64_t> sqlite_session::number(std::string_view sql) {
  const scoped_statement statement(*this, sql);
  const int code = sqlite3_step(statement.get());
  if (code == SQLITE_DONE) return std::nullopt;
  if (code != SQLITE_ROW) fail(code, sql);
  return sqlite3_column_int64(statement.get(), 0);
}

}  // namespace tidb::detail
