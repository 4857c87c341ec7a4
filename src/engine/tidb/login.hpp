// From settings to a session that is logged in and knows its server.
#pragma once

#include "engine/tidb/dial.hpp"
#include "tidbxx/engine/driver.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <mysql.h>

namespace tidb::detail {

struct logged_in {
  handle_pointer handle;
  capabilities features;
  std::uint64_t session{};  ///< its number on the server, as KILL takes it
  std::string settings;     ///< the statement that set up the session
};

/// Connects, logs in, selects the database and sets up the session.
logged_in log_in(const resolved_options& options, const call_context& context);

/// Connects, runs one statement without rows, and closes.
void run_once(const resolved_options& options, const std::string& sql, const call_context& context);

/// What the server says of itself. Cost: one round trip.
capabilities ask_features(MYSQL* handle, std::string_view host, const std::string& endpoint,
                          const call_context& context);

}  // namespace tidb::detail
