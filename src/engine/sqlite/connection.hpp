// The embedded engine: connections to SQLite in the process.
#pragma once

#include "tidbxx/engine/driver.hpp"

#include <memory>

struct sqlite3;

namespace tidb::detail {

/// Opens `options.file` (":memory:" for a database of this connection alone), made if it does not exist.
/// A file of an older version is upgraded (see check_version).
/// Errors: usage_error without a file, and for one that the parent of this process had open; errc::storage if it cannot
/// be opened, is not a SQLite database, or holds search index tables of a newer tidbxx: then nothing in it was changed.
std::unique_ptr<engine_connection> open_sqlite(const resolved_options& options, const call_context& context);

/// Uses a connection that the program opened. It is never closed here, and keeps its pragmas and its busy handler.
/// Note: our SQL functions are registered on it and stay; a progress handler of the program's own is lost at the first
/// call with a deadline or a stop token.
/// Lifetime and threads: the program keeps it open longer than the result, and uses it from one thread at a time.
std::unique_ptr<engine_connection> adopt_sqlite(sqlite3* handle, const call_context& context);

}  // namespace tidb::detail
