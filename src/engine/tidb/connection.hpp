// The TiDB engine: connections over the MySQL protocol.
#pragma once

#include "tidbxx/engine/driver.hpp"

#include <memory>

struct st_mysql;

namespace tidb::detail {

/// Connects and logs in; the session's time zone is UTC and its SQL mode strict.
/// Errors: connection_error if there is no way to the server, if it cannot be trusted, or if it refuses the login;
/// usage_error for a host that is none or a missing certificate file, before anything is sent; errc::statement if the
/// database does not exist.
/// Cost: the TCP and TLS handshakes, the login, and two round trips; with `ensure_database`, a second login and two
/// more if the database is not there yet.
std::unique_ptr<engine_connection> open_tidb(const resolved_options& options, const call_context& context);

/// Uses a connection that the program opened. It is never closed here, and its session is not changed: dates are only
/// right if its time zone is UTC, and counts of updates only if it was opened with CLIENT_FOUND_ROWS.
/// Lifetime and threads: the program keeps it open longer than the result, and uses it from one thread at a time.
std::unique_ptr<engine_connection> adopt_tidb(st_mysql* handle, const call_context& context);

}  // namespace tidb::detail
