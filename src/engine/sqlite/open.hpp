// How an embedded connection starts: the file is opened, checked and only then set up.
#pragma once

#include "engine/sqlite/session.hpp"

#include <memory>

namespace tidb::detail {

/// Errors: as open_sqlite.
std::unique_ptr<sqlite_session> open_session(const resolved_options& options, const call_context& context);
std::unique_ptr<sqlite_session> adopt_session(sqlite3* handle, const call_context& context);

}  // namespace tidb::detail
