#include "engine/sqlite/errors.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tidb::detail {
namespace {

/// What stands behind the first ": " of SQLite's constraint messages: columns, or the check's name.
std::string_view subject_of(std::string_view message) {
  const auto colon = message.find(": ");
  return colon == std::string_view::npos ? std::string_view() : message.substr(colon + 2);
}

/// Checks of ours are named `tidbxx:KIND:COLUMN[:DETAIL]`; the column's name may hold colons itself.
std::string explain_check(std::string_view name) {
  std::string_view rest = name;
  const auto take = [&rest](std::string_view prefix) {
    if (!rest.starts_with(prefix)) return false;
    rest.remove_prefix(prefix.size());
    return true;
  };
  if (take("tidbxx:json:")) return fmt::format("column \"{}\" holds JSON, and the value is not JSON", rest);
  const auto last = name.rfind(':');
  const auto detail = last == std::string_view::npos ? std::string_view() : name.substr(last + 1);
  const auto column = [&] { return rest.substr(0, rest.rfind(':')); };
  if (take("tidbxx:length:"))
    return fmt::format("the value is too long for column \"{}\": at most {}", column(), detail);
  if (take("tidbxx:range:")) return fmt::format("the value is out of range for column \"{}\" ({})", column(), detail);
  if (take("tidbxx:dims:")) return fmt::format("column \"{}\" holds vectors of {} dimensions", column(), detail);
  return fmt::format("the row breaks the check {}", name);
}

std::string_view check_state(std::string_view message) {
  const auto name = subject_of(message);
  if (name.starts_with("tidbxx:length:")) return "22001";
  if (name.starts_with("tidbxx:range:")) return "22003";
  if (name.starts_with("tidbxx:json:")) return "22032";
  return "23000";
}

std::string who_holds(const sqlite_failure& failure) {
  // Without a write-ahead log it may be a reader, too.
  if (failure.holder == lock_holder::unknown)
    return fmt::format("another connection or process held a lock of {}", failure.endpoint);
  return fmt::format("{} held the write lock of {}",
                     failure.holder == lock_holder::this_process
                         ? "another connection of this program"
                         : "another connection (another program has a transaction open there)",
                     failure.endpoint);
}

std::string explain_lock(const sqlite_failure& failure, int code) {
  if (code == SQLITE_BUSY_SNAPSHOT)
    return fmt::format(
        "another connection changed {} since this transaction first read it: run the whole transaction again",
        failure.endpoint);
  if (failure.lock_waited.count() > 0)
    return fmt::format("{} for longer than {} ms: run the whole transaction again, or raise lock_timeout",
                       who_holds(failure), failure.lock_waited.count());
  return fmt::format("{}: run the whole transaction again", who_holds(failure));
}

std::string explain_statement(sqlite3* handle, std::string_view sql) {
  const std::string_view words = handle != nullptr ? sqlite3_errmsg(handle) : "";
  if (words == "too many SQL variables")
    return fmt::format("a statement has at most {} parameters: split it, for example into shorter lists for in()",
                       sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, -1));
  if (words.starts_with("Expression tree is too large"))
    return "an expression is nested too deeply: split the condition, or write a list with in()";
  const int offset = handle != nullptr ? sqlite3_error_offset(handle) : -1;
  if (offset < 0 || static_cast<std::size_t>(offset) > sql.size()) return "the embedded engine refused the statement";
  const auto before = sql.substr(0, static_cast<std::size_t>(offset));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = 1 + before.size() - (before.rfind('\n') + 1);  // npos + 1 is 0
  return fmt::format("the embedded engine refused the statement at line {}, column {}", line, column);
}

std::string explain_interruption(const sqlite_failure& failure, int code) {
  const bool stopped = failure.interrupted == interruption::stop;
  if (failure.interrupted == interruption::none) return "the statement was interrupted";
  if ((code & 0xFF) == SQLITE_BUSY)
    return fmt::format("{} while {}: wait longer, or keep transactions short",
                       stopped ? "a stop was requested" : "the deadline passed", who_holds(failure));
  return stopped ? "a stop was requested: the statement was ended"
                 : "the deadline passed: the statement was ended; give it more time or less to do";
}

void say(error_info& info, errc code, std::string message, std::string_view state = {}) {
  info.code = code;
  info.message = std::move(message);
  info.sqlstate = state;
}

void say_conflict(error_info& info, std::string message) {
  say(info, errc::conflict, std::move(message), "40001");
  info.retryable = true;
  info.poisons_transaction = true;  // its snapshot is old, or would wait for itself
}

std::string explain_read_only(int code, std::string_view file) {
  if (code == SQLITE_READONLY_DBMOVED) return fmt::format("{} was moved or deleted while it was open", file);
  if (code == SQLITE_READONLY_DIRECTORY)
    return fmt::format("{} is read-only, for no log can be written beside it: allow writing to its folder", file);
  return fmt::format("{} is read-only: allow writing to it and to its folder", file);
}

/// What a failed write ran into; empty if it was neither space nor a limit.
std::string_view limit_of(int code, int reason) {
  if ((code & 0xFF) == SQLITE_FULL || reason == ENOSPC) return "disk full: free some space";
  if (reason == EDQUOT) return "disk quota used up: free some space, or have it raised";
  if (reason == EFBIG)
    return "no file may be this large: raise the limit of the process (ulimit -f), or the file system's";
  return {};
}

void say_storage(error_info& info, sqlite3* handle, int code, std::string_view file) {
  const int reason = handle != nullptr ? sqlite3_system_errno(handle) : 0;
  const auto because = reason != 0 ? ": " + std::system_category().message(reason) : std::string();
  info.code = errc::storage;
  // What is known of the file is in doubt, but for these: a new connection finds out.
  info.poisons_connection =
      (code & 0xFF) != SQLITE_FULL && ((code & 0xFF) != SQLITE_READONLY || code == SQLITE_READONLY_DBMOVED);
  switch (code & 0xFF) {
  case SQLITE_READONLY: info.message = explain_read_only(code, file); return;
  case SQLITE_NOTADB: info.message = fmt::format("{} is not a SQLite database (or it is encrypted)", file); return;
  case SQLITE_CORRUPT: info.message = fmt::format("{} is damaged: restore it, or try SQLite's .recover", file); return;
  case SQLITE_CANTOPEN:
    info.message = fmt::format("cannot open {}, or its log beside it (-wal, -shm, -journal){}", file, because);
    return;
  default: break;
  }
  if (const auto limit = limit_of(code, reason); !limit.empty())
    info.message = fmt::format("{} could not be written, {}", file, limit);
  else
    info.message = fmt::format("{} could not be read or written{}", file, because);
}

void classify(error_info& info, sqlite3* handle, const sqlite_failure& failure) {
  const int code = info.server_code;
  switch (code & 0xFF) {
  case SQLITE_CONSTRAINT:
    return say(info, errc::constraint, explain_constraint(code, info.server_message),
               code == SQLITE_CONSTRAINT_CHECK ? check_state(info.server_message) : "23000");
  case SQLITE_BUSY:
    // The wait ended because of the caller's limit, not of ours.
    if (failure.interrupted != interruption::none) break;
    return say_conflict(info, explain_lock(failure, code));
  case SQLITE_LOCKED:
  case SQLITE_PROTOCOL: return say_conflict(info, explain_lock(failure, code));
  case SQLITE_INTERRUPT: break;
  case SQLITE_FULL:
  case SQLITE_READONLY:
  case SQLITE_NOTADB:
  case SQLITE_CORRUPT:
  case SQLITE_CANTOPEN:
  case SQLITE_IOERR: return say_storage(info, handle, code, failure.endpoint);
  case SQLITE_TOOBIG:
    return say(info, errc::constraint, "a value or the statement is longer than the embedded engine's limit", "22001");
  case SQLITE_NOMEM: return say(info, errc::statement, "the embedded engine is out of memory", "HY001");
  case SQLITE_MISMATCH: return say(info, errc::constraint, "the key must be an integer", "22018");
  default:
    return say(info, errc::statement, explain_statement(handle, failure.sql), code == SQLITE_ERROR ? "42000" : "");
  }
  say(info, errc::timeout, explain_interruption(failure, code), "HYT00");
}

}  // namespace

std::string explain_constraint(int code, std::string_view server_message) {
  const auto subject = subject_of(server_message);
  switch (code) {
  case SQLITE_CONSTRAINT_UNIQUE:
  case SQLITE_CONSTRAINT_PRIMARYKEY:
  case SQLITE_CONSTRAINT_ROWID: return fmt::format("duplicate value for {}", subject);
  case SQLITE_CONSTRAINT_NOTNULL: return fmt::format("{} must have a value (NOT NULL)", subject);
  case SQLITE_CONSTRAINT_FOREIGNKEY:
    return "a foreign key refused the row: the row it refers to does not exist, or other rows refer to it";
  case SQLITE_CONSTRAINT_CHECK: return explain_check(subject);
  default: return fmt::format("a constraint refused the row: {}", server_message);
  }
}

error_info explain_sqlite(sqlite3* handle, int code, const sqlite_failure& failure) {
  error_info info;
  info.server_code = code;
  info.server_message = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  info.sql = failure.sql;
  info.endpoint = failure.endpoint;
  info.where = failure.where;
  classify(info, handle, failure);
  info.poisons_transaction = info.poisons_transaction || failure.lost_transaction;
  return info;
}

}  // namespace tidb::detail
