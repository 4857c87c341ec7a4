#include "engine/sqlite/inspect.hpp"

#include "engine/sqlite/open.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>
#include <sqlite3.h>

namespace tidb::detail {

namespace {

std::shared_ptr<sqlite3> open(const std::string& file, const std::string& name, int flags, std::source_location where) {
  sqlite3* opened = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &opened, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::shared_ptr<sqlite3> handle(opened, &sqlite3_close_v2);
  if (code == SQLITE_OK) return handle;
  throw_error({.code = errc::storage,
               .server_code = code,
               .message = fmt::format("cannot open {}: check that this user may read and write it", file),
               .server_message = sqlite3_errstr(code),
               .endpoint = file,
               .where = where});
}

}  // namespace

std::shared_ptr<sqlite3> open_unchanged(const std::string& file, std::chrono::milliseconds lock_timeout,
                                        std::source_location where) {
  auto handle = open(file, file, SQLITE_OPEN_READWRITE, where);
  const auto most = std::chrono::milliseconds(std::numeric_limits<int>::max());
  sqlite3_busy_timeout(handle.get(), static_cast<int>(std::min(lock_timeout, most).count()));
  const bool reads =
      sqlite3_exec(handle.get(), "SELECT 1 FROM sqlite_schema LIMIT 1", nullptr, nullptr, nullptr) == SQLITE_OK;
  if (reads || !needs_immutable(handle.get(), sqlite3_extended_errcode(handle.get()), file)) return handle;
  return open(file, immutable_uri(file), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, where);
}

}  // namespace tidb::detail
