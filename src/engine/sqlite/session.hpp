// What an embedded connection and its statements share: the handle, the limits of the running call, and its errors.
#pragma once

#include "engine/sqlite/errors.hpp"
#include "engine/sqlite/fork.hpp"
#include "tidbxx/engine/driver.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <source_location>
#include <stop_token>
#include <string>
#include <string_view>

#include <sqlite3.h>

namespace tidb::detail {

class sqlite_session {
public:
  /// Takes `handle`, and closes it if it is owned. One that is owned gets a busy handler, which waits until the call's
  /// deadline, and without one `lock_timeout`.
  sqlite_session(sqlite3* handle, bool owned, std::string endpoint, std::chrono::milliseconds lock_timeout);
  ~sqlite_session();
  sqlite_session(const sqlite_session&) = delete;
  sqlite_session& operator=(const sqlite_session&) = delete;

  sqlite3* handle() const noexcept { return handle_; }
  bool owned() const noexcept { return owned_; }
  const std::string& endpoint() const noexcept { return endpoint_; }
  bool usable() const noexcept { return usable_ && !is_inherited(); }
  /// True in a child process made by fork(): SQLite's locks belong to the parent, and only it may use or close this.
  bool is_inherited() const noexcept { return file_.is_inherited(); }
  void abandon() noexcept { usable_ = false; }
  /// True if text is stored as UTF-8; files of other tools may hold UTF-16.
  bool utf8() const noexcept { return utf8_; }
  void set_utf8(bool utf8) noexcept { utf8_ = utf8; }
  /// True if the file has a write-ahead log.
  void set_wal(bool wal) noexcept { wal_ = wal; }

  /// Starts a call under the context's limits.
  /// Errors: timeout if they have passed already; usage_error in a child process that inherited the connection.
  void begin(const call_context& context, std::string_view sql) {
    where_ = context.where;
    if (is_inherited()) [[unlikely]]
      fail_inherited(sql);
    interrupted_ = interruption::none;
    lock_waited_ = std::chrono::milliseconds(0);
    in_transaction_ = sqlite3_get_autocommit(handle_) == 0;
    if (context.has_limit()) [[unlikely]]
      begin_limited(context, sql);
  }
  void end() noexcept {
    if (limited_) [[unlikely]]
      end_limited();
  }

  /// The error of a call that `begin` started. The call goes on until `end`.
  error_info failure(int code, std::string_view sql);
  /// Ends the call and throws what `failure` gives.
  [[noreturn]] void fail(int code, std::string_view sql);
  [[noreturn]] void fail_usage(std::string message, std::string_view sql, std::source_location where) const;

  /// Refuses a new statement while another is open.
  void expect_none_open(std::source_location where) const {
    if (open_ != nullptr) [[unlikely]]
      fail_open(where);
  }
  /// The statement that is open, or null; whoever sets it keeps it alive.
  void set_open(const std::string* sql, sqlite3_stmt* statement) noexcept {
    open_ = sql;
    running_ = statement;
  }
  /// Between the runs of one call. Errors: timeout if its limits have passed.
  void check_limits(std::string_view sql) {
    if (limited_ && limit_reached()) [[unlikely]]
      fail(SQLITE_INTERRUPT, sql);
  }

  /// Prepares the one statement that `sql` holds, within a call.
  /// Errors: usage_error for none or several; what SQLite says.
  sqlite3_stmt* prepare(std::string_view sql, unsigned flags);
  /// Runs one statement to its end, within a call.
  void run(std::string_view sql);
  /// The first cell as a number; nothing without a row.
  std::optional<std::int64_t> number(std::string_view sql);

private:
  void begin_limited(const call_context& context, std::string_view sql);
  void end_limited() noexcept;
  [[noreturn]] void fail_open(std::source_location where) const;
  [[noreturn]] void fail_inherited(std::string_view sql) const;
  lock_holder find_holder() const noexcept;
  /// Notes why, if the call must end now.
  bool limit_reached() noexcept;
  bool must_end() noexcept;
  bool wait_for_lock(int tries) noexcept;
  static int on_progress(void* session) noexcept { return static_cast<sqlite_session*>(session)->must_end() ? 1 : 0; }
  static int on_busy(void* session, int tries) noexcept {
    return static_cast<sqlite_session*>(session)->wait_for_lock(tries) ? 1 : 0;
  }

  using clock = std::chrono::steady_clock;
  sqlite3* handle_;
  bool owned_;
  bool usable_{true};
  bool utf8_{true};
  bool wal_{};
  bool limited_{};
  bool in_transaction_{};
  interruption interrupted_{};
  std::source_location where_{};
  const std::string* open_{};
  sqlite3_stmt* running_{};
  clock::time_point deadline_{};
  clock::time_point lock_wait_began_{};
  std::chrono::milliseconds lock_waited_{};
  std::chrono::milliseconds lock_timeout_;
  std::stop_token stop_{};
  std::string endpoint_;
  open_file file_;
};

/// A statement that ends with its scope.
class scoped_statement {
public:
  scoped_statement(sqlite_session& session, std::string_view sql, unsigned flags = 0)
      : statement_(session.prepare(sql, flags)) {}
  ~scoped_statement() { sqlite3_finalize(statement_); }
  scoped_statement(const scoped_statement&) = delete;
  scoped_statement& operator=(const scoped_statement&) = delete;
  sqlite3_stmt* get() const noexcept { return statement_; }

private:
  sqlite3_stmt* statement_;
};

/// Ends a session's call with its scope.
class call_scope {
public:
  call_scope(sqlite_session& session, const call_context& context, std::string_view sql) : session_(session) {
    session_.begin(context, sql);
  }
  ~call_scope() { session_.end(); }
  call_scope(const call_scope&) = delete;
  call_scope& operator=(const call_scope&) = delete;

private:
  sqlite_session& session_;
};

}  // namespace tidb::detail
