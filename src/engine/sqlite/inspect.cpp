#include "engine/sqlite/inspect.hpp"

#include "tidbxx/core/error.hpp"

#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tidb::detail {

std::shared_ptr<sqlite3> open_unchanged(const std::string& file, std::chrono::milliseconds lock_timeout,
                                        std::source_location where) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  std::shared_ptr<sqlite3> handle(opened, &sqlite3_close_v2);
  if (code != SQLITE_OK) {
    error_info info;
    info.code = errc::storage;
    info.server_code = code;
    info.server_message = sqlite3_errstr(code);
    info.message = fmt::format("cannot open {}: check that this user may read and write it", file);
    info.endpoint = file;
    info.where = where;
    throw_error(std::move(info));
  }
  sqlite3_busy_timeout(opened, static_cast<int>(lock_timeout.count()));
  return handle;
}

}  // namespace tidb::detail
