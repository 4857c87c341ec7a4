#include "engine/sqlite/errors.hpp"

#include "core/error_table.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tidb::detail {
namespace {

/// The names of our checks are `tidbxx:KIND:COLUMN[:DETAIL]`; the column's name may hold colons itself.
struct check_words {
  std::string column{};  ///< as " 'name'"; empty if the check is none of ours
  std::string detail{};
};

check_words words_of_check(std::string_view message) {
  const auto start = message.find("tidbxx:");
  if (start == std::string_view::npos) return {};
  const auto name = message.substr(start);
  const auto kind = name.substr(7, name.find(':', 7) - 7);
  auto rest = name.substr(std::min(name.size(), 8 + kind.size()));
  if (kind == "json") return {fmt::format(", and the column '{}' holds JSON", rest), {}};
  const auto last = std::min(rest.rfind(':'), rest.size());
  const auto column = rest.substr(0, last);
  const auto detail = rest.substr(std::min(rest.size(), last + 1));
  if (kind != "length" && kind != "range" && kind != "dims") return {};
  const auto limit = kind == "length" ? fmt::format(", at most {}", detail)
                     : kind == "dims" ? fmt::format(", which holds {}", detail)
                                      : fmt::format(" ({})", detail);
  return {fmt::format(" '{}'", column), limit};
}

std::string holder_of(const sqlite_failure& failure) {
  // Without a write-ahead log it may be a reader, too.
  if (failure.holder == lock_holder::unknown)
    return fmt::format("another connection or process held a lock of {}", failure.endpoint);
  return fmt::format("{} held the write lock of {}",
                     failure.holder == lock_holder::this_process
                         ? "another connection of this program"
                         : "another connection (another program has a transaction open there)",
                     failure.endpoint);
}

std::string waited_for(const sqlite_failure& failure) {
  const auto waited = failure.lock_waited.count();
  return waited > 0 ? fmt::format(" for longer than {} ms", waited) : std::string();
}

std::string place_of(sqlite3* handle, std::string_view sql) {
  const int offset = handle != nullptr ? sqlite3_error_offset(handle) : -1;
  if (offset < 0 || static_cast<std::size_t>(offset) > sql.size()) return {};
  const auto before = sql.substr(0, static_cast<std::size_t>(offset));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto column = 1 + before.size() - (before.rfind('\n') + 1);  // npos + 1 is 0
  return fmt::format(" at line {}, column {}", line, column);
}

/// What a failed write ran into, as the system tells it.
condition limit_of(int reason) {
  switch (reason) {
  case ENOSPC: return condition::no_space;
  case EDQUOT: return condition::disk_quota;
  case EFBIG: return condition::file_limit;
  default: return condition::always;
  }
}

/// The wait for a lock, or the statement, ended because of the caller's limit.
bool ended_by_limit(int code, const sqlite_failure& failure) {
  const int kind = code & 0xFF;
  return failure.interrupted != interruption::none && (kind == SQLITE_BUSY || kind == SQLITE_INTERRUPT);
}

void judge_interruption(error_info& info, const sqlite_failure& failure) {
  const auto done = (info.server_code & 0xFF) == SQLITE_BUSY ? "while " + holder_of(failure)
                                                             : std::string("before the statement had ended");
  judge(info, entry_of_limit(failure.interrupted == interruption::stop), {{"done", done}});
}

void judge_code(error_info& info, sqlite3* handle, const sqlite_failure& failure) {
  const int system = handle != nullptr ? sqlite3_system_errno(handle) : 0;
  const auto found = find_sqlite_error(info.server_code, info.server_message, limit_of(system));
  const auto check = words_of_check(info.server_message);
  const auto place = place_of(handle, failure.sql);
  const auto reason = system != 0 ? " (" + std::system_category().message(system) + ")" : std::string();
  const auto limit =
      handle != nullptr ? std::to_string(sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, -1)) : std::string();
  const auto holder = holder_of(failure), waited = waited_for(failure);
  judge(info, found.entry,
        {{"name", check.column.empty() ? found.name : check.column},
         {"detail", check.detail},
         {"endpoint", failure.endpoint},
         {"engine", "the embedded engine"},
         {"place", place},
         {"reason", reason},
         {"limit", limit},
         {"holder", holder},
         {"waited", waited}});
  // After an error of the disk what is known of the file is in doubt: a new connection finds out.
  if ((info.server_code & 0xFF) == SQLITE_IOERR && info.code == errc::storage)
    info.poisons_connection = info.poisons_transaction = true;
}

}  // namespace

error_info explain_sqlite(sqlite3* handle, int code, const sqlite_failure& failure) {
  error_info info;
  info.server_code = code;
  info.server_message = handle != nullptr ? sqlite3_errmsg(handle) : sqlite3_errstr(code);
  info.sql = failure.sql;
  info.endpoint = failure.endpoint;
  info.where = failure.where;
  if (ended_by_limit(code, failure))
    judge_interruption(info, failure);
  else
    judge_code(info, handle, failure);
  info.poisons_transaction = info.poisons_transaction || failure.lost_transaction;
  return info;
}

}  // namespace tidb::detail
