// How an embedded connection starts: the file is opened, checked and only then set up.
#pragma once

#include "engine/sqlite/session.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace tidb::detail {

/// A file's URI for reading it without locks and without a log: the only way in where neither it nor its folder can be
/// written.
std::string immutable_uri(std::string_view file);
/// True if the first read gave `code` because SQLite could not make its shared-memory file beside a read-only database
/// or in a read-only folder.
bool needs_immutable(sqlite3* handle, int code, const std::string& file);

/// Errors: as open_sqlite.
std::unique_ptr<sqlite_session> open_session(const resolved_options& options, const call_context& context);
std::unique_ptr<sqlite_session> adopt_session(sqlite3* handle, const call_context& context);

}  // namespace tidb::detail
