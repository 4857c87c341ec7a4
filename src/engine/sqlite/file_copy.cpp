#include "engine/sqlite/file_copy.hpp"

#include "tidbxx/core/error.hpp"

#include <memory>
#include <string>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tidb::detail {
namespace {

using std::filesystem::path;

constexpr int pages_at_once = 1024;
constexpr std::uintmax_t margin = 1 << 20;

struct closer {
  void operator()(sqlite3* handle) const noexcept { sqlite3_close_v2(handle); }
};
using file_handle = std::unique_ptr<sqlite3, closer>;

path with(const path& file, std::string_view suffix) {
  auto text = file.native();
  text += suffix;
  return text;
}

[[noreturn]] void fail(sqlite3* handle, int code, const path& file, const call_context& context) {
  sqlite_failure failure;
  const auto name = file.string();
  failure.endpoint = name;
  failure.where = context.where;
  throw_error(explain_sqlite(handle, code, failure));
}

file_handle open(const path& file, int flags, const call_context& context) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(file.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  file_handle opened(handle);
  sqlite3_extended_result_codes(handle, 1);
  if (code != SQLITE_OK) fail(handle, code, file, context);
  return opened;
}

std::uintmax_t size_of(const path& file) {
  std::error_code none;
  const auto size = std::filesystem::file_size(file, none);
  return none ? 0 : size;
}

void check_room(const path& file, const path& target, std::uintmax_t room, const call_context& context) {
  const auto needed = size_of(file) + size_of(with(file, "-wal")) + margin;
  if (room >= needed) return;
  throw_error({.code = errc::storage,
               .message = fmt::format("the disk has no room for the copy {}: it takes {} MiB, and {} are free",
                                      target.string(), needed >> 20, room >> 20),
               .endpoint = file.string(),
               .where = context.where,
               .entry = "copy-failed"});
}

void remove_all_of(const path& file) {
  std::error_code ignored;
  for (const auto* suffix : {"", "-journal", "-wal", "-shm"}) std::filesystem::remove(with(file, suffix), ignored);
}

/// Copies every page; the session is asked in between whether there is time left.
void copy_pages(sqlite_session& session, const path& from, const path& to, const call_context& context) {
  const auto source = open(from, SQLITE_OPEN_READONLY, context);
  const auto target = open(to, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, context);
  auto* backup = sqlite3_backup_init(target.get(), "main", source.get(), "main");
  if (backup == nullptr) fail(target.get(), sqlite3_extended_errcode(target.get()), to, context);
  const std::unique_ptr<sqlite3_backup, int (*)(sqlite3_backup*)> finisher(backup, sqlite3_backup_finish);
  int code = SQLITE_OK;
  while (code != SQLITE_DONE) {
    session.begin(context, {});
    code = sqlite3_backup_step(backup, pages_at_once);
    const int kind = code & 0xFF;
    if (kind == SQLITE_BUSY || kind == SQLITE_LOCKED)
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    else if (code != SQLITE_OK && code != SQLITE_DONE)
      fail(target.get(), code, to, context);
  }
}

/// Makes the new name as durable as the file.
void sync_folder(const path& folder) noexcept {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

/// One that cannot be looked for is taken for unused: then the copy fails, and says why.
path unused_name(const path& file, std::string_view suffix) {
  auto name = with(file, suffix);
  std::error_code unknown;
  for (int number = 2; std::filesystem::exists(name, unknown); ++number)
    name = with(file, fmt::format("{}-{}", suffix, number));
  return name;
}

}  // namespace

path copy_file(sqlite_session& session, std::string_view suffix, std::uintmax_t (*free_space)(const path&),
               const call_context& context) {
  const char* name = sqlite3_db_filename(session.handle(), "main");
  if (name == nullptr || *name == '\0') return {};
  const path file(name);
  // Under this name it is not whole. The write lock keeps others from it; what a killed process left is written anew.
  const auto partial = with(file, fmt::format("{}.partial", suffix));
  auto target = unused_name(file, suffix);
  check_room(file, target, free_space(file.parent_path()), context);
  remove_all_of(partial);
  try {
    copy_pages(session, file, partial, context);
    std::filesystem::rename(partial, target);
  } catch (const std::filesystem::filesystem_error& failure) {
    remove_all_of(partial);
    throw_error({.code = errc::storage,
                 .message = fmt::format("the copy {} could not be made: {}", target.string(), failure.code().message()),
                 .endpoint = file.string(),
                 .where = context.where,
                 .entry = "copy-failed"});
  } catch (...) {
    remove_all_of(partial);
    throw;
  }
  sync_folder(file.parent_path());
  return target;
}

}  // namespace tidb::detail
