// What SQLite's result codes mean for a caller.
#pragma once

#include "tidbxx/core/error.hpp"

#include <chrono>
#include <source_location>
#include <string>
#include <string_view>

struct sqlite3;

namespace tidb::detail {

/// Why we ended a call ourselves.
enum class interruption { none, deadline, stop };

/// Whose transaction stands in the way.
enum class lock_holder { unknown, this_process, perhaps_elsewhere };

/// What was going on when SQLite gave a result code.
struct sqlite_failure {
  std::string_view sql{};
  std::string_view endpoint{};
  std::source_location where{};
  interruption interrupted{};
  std::chrono::milliseconds lock_waited{};  ///< how long the busy handler waited in vain; 0: it was not asked
  lock_holder holder{};
  bool lost_transaction{};  ///< SQLite rolled the caller's transaction back
};

/// The error for this result code, with the words that `handle` still has for it; null: without.
error_info explain_sqlite(sqlite3* handle, int code, const sqlite_failure& failure);

}  // namespace tidb::detail
