// A copy of an open file, made by SQLite itself.
#pragma once

#include "engine/sqlite/session.hpp"

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace tidb::detail {

/// Copies the session's file beside itself and gives the copy's path: the file's with `suffix`, or with `suffix`-2 and
/// so on where there is one already. The session holds the file's write lock and has written nothing; a database in
/// memory has no file, and gives an empty path. Errors: errc::storage without room for it, or if it cannot be written;
/// timeout. Nothing is left of it then.
std::filesystem::path copy_file(sqlite_session& session, std::string_view suffix,
                                std::uintmax_t (*free_space)(const std::filesystem::path&),
                                const call_context& context);

}  // namespace tidb::detail
