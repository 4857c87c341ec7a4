// A file opened for looking at it.
#pragma once

#include <chrono>
#include <memory>
#include <source_location>
#include <string>

struct sqlite3;

namespace tidb::detail {

/// Opens a file that is there, for `adopt_sqlite`: it is neither made nor set up, and its journal mode stays. Closes
/// with the last copy. Errors: errc::storage if it cannot be opened.
std::shared_ptr<sqlite3> open_unchanged(const std::string& file, std::chrono::milliseconds lock_timeout,
                                        std::source_location where = std::source_location::current());

}  // namespace tidb::detail
