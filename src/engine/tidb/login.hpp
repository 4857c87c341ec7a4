// From settings to a session that is logged in and knows its server.
#pragma once

#include "tidbxx/engine/driver.hpp"

#include <memory>
#include <string>
#include <string_view>

#include <mysql.h>

namespace tidb::detail {

struct handle_closer {
  void operator()(MYSQL* handle) const noexcept { mysql_close(handle); }
};

struct logged_in {
  std::unique_ptr<MYSQL, handle_closer> handle;
  capabilities features;
};

/// Connects, logs in, selects the database and sets up the session.
logged_in log_in(const resolved_options& options, const call_context& context);

/// What the server says of itself. Cost: one round trip.
capabilities ask_features(MYSQL* handle, std::string_view host, const std::string& endpoint,
                          const call_context& context);

}  // namespace tidb::detail
