#include "engine/sqlite/open.hpp"

#include "engine/sqlite/functions.hpp"
#include "engine/sqlite/upgrade.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace tidb::detail {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view memory = ":memory:";

[[noreturn]] void refuse_file(const std::string& file, std::string message, const call_context& context) {
  error_info info;
  info.code = errc::storage;
  info.message = std::move(message);
  info.endpoint = file;
  info.where = context.where;
  info.entry = "file-not-opened";
  throw_error(std::move(info));
}

/// Why the file could not be opened, in words of ours where SQLite has only "unable to open database file".
std::string reason_of(sqlite3* handle, const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return "it is a folder";
  if (!folder.empty() && !std::filesystem::exists(folder, ignored))
    return fmt::format("the folder {} does not exist", folder.string());
  // SQLite asks for the file alone then, and says that it does not exist.
  const auto beside = folder.empty() ? std::string(".") : folder.string();
  if (!std::filesystem::exists(file, ignored) && faccessat(AT_FDCWD, beside.c_str(), W_OK | X_OK, AT_EACCESS) != 0)
    return fmt::format("its folder {} allows no new file", beside);
  const int reason = handle != nullptr ? sqlite3_system_errno(handle) : 0;
  return reason != 0 ? std::system_category().message(reason) : "unable to open it";
}

enum class open_mode { normal, immutable };

std::unique_ptr<sqlite_session> open_handle(const resolved_options& options, const call_context& context,
                                            open_mode mode) {
  const auto& file = options.file;
  sqlite3* handle = nullptr;
  const int code = mode == open_mode::immutable
                       ? sqlite3_open_v2(immutable_uri(file).c_str(), &handle,
                                         SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nullptr)
                       : sqlite3_open_v2(file.c_str(), &handle,
                                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    auto message = fmt::format("cannot open {}: {}", file, reason_of(handle, file));
    sqlite3_close_v2(handle);
    refuse_file(file, std::move(message), context);
  }
  if (is_open_in_parent(handle)) {
    sqlite3_close_v2(handle);
    throw_usage(inherited_file_text(file), context.where);
  }
  sqlite3_extended_result_codes(handle, 1);
  return std::make_unique<sqlite_session>(handle, true, file, options.lock_timeout);
}

std::string_view text_of(const scoped_statement& row) {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(row.get(), 0));
  return text != nullptr ? text : "";
}

void note_encoding(sqlite_session& session) {
  const scoped_statement statement(session, "PRAGMA encoding");
  if (sqlite3_step(statement.get()) == SQLITE_ROW) session.set_utf8(text_of(statement) == "UTF-8");
}

/// Several connections that open a new file at once get in each other's way here, and SQLite does not ask the busy
/// handler. A file that others keep in use stays in its own journal mode: that is slower, and just as good.
void use_write_ahead_log(sqlite_session& session, milliseconds patience, const call_context& context) {
  constexpr std::string_view sql = "PRAGMA journal_mode = WAL";
  const auto now = std::chrono::steady_clock::now();
  const bool has_deadline = context.deadline != std::chrono::steady_clock::time_point::max();
  const auto end = std::min(has_deadline ? context.deadline : now + patience, now + milliseconds(1000));
  while (true) {
    const scoped_statement statement(session, sql);
    const int code = sqlite3_step(statement.get());
    if (code == SQLITE_ROW) return session.set_wal(text_of(statement) == "wal");
    const bool busy = (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED;
    if (busy && (context.stop.stop_requested() || std::chrono::steady_clock::now() >= end)) return;
    // A read-only folder or a full disk: reading needs no log.
    if ((code & 0xFF) == SQLITE_READONLY || code == SQLITE_FULL) return;
    if (!busy) session.fail(code, sql);
    std::this_thread::sleep_for(milliseconds(1));
  }
}

void set_up(sqlite_session& session, const resolved_options& options, const call_context& context) {
  const bool read_only = sqlite3_db_readonly(session.handle(), "main") == 1;
  // Of a new file: a page takes several rows with a vector, and a large value has half as many to be written.
  session.run("PRAGMA page_size = 8192");
  if (!read_only && options.file != memory) use_write_ahead_log(session, options.lock_timeout, context);
  for (const std::string_view pragma :
       {"PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON", "PRAGMA mmap_size = 268435456",
        "PRAGMA cache_size = -16384", "PRAGMA temp_store = MEMORY", "PRAGMA wal_autocheckpoint = 2000"})
    session.run(pragma);
}

void add_functions(sqlite_session& session, handle_owner owner) {
  if (const int code = register_functions(session.handle(), owner); code != SQLITE_OK) session.fail(code, {});
}

void check(sqlite_session& session, const call_context& context) {
  const call_scope call(session, context, {});
  check_version(session, {}, context);
  note_encoding(session);
}

}  // namespace

std::string immutable_uri(std::string_view file) {
  std::string uri = "file:";
  for (const char character : file) {
    if (character == '%' || character == '?' || character == '#')
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    else
      uri += character;
  }
  return uri + "?immutable=1";
}

bool needs_immutable(sqlite3* handle, int code, const std::string& file) {
  std::error_code ignored;
  const bool read_only = sqlite3_db_readonly(handle, "main") == 1;
  const bool no_log = (code & 0xFF) == SQLITE_CANTOPEN || (code & 0xFF) == SQLITE_READONLY;
  return (code == SQLITE_READONLY_DIRECTORY || (no_log && read_only)) &&
         !std::filesystem::exists(file + "-wal", ignored);
}

std::unique_ptr<sqlite_session> open_session(const resolved_options& options, const call_context& context) {
  if (options.file.empty())
    throw_usage("the embedded engine needs a file: give its path, or \":memory:\"", context.where);
  auto session = open_handle(options, context, open_mode::normal);
  try {
    check(*session, context);
  } catch (const error& failure) {
    if (!needs_immutable(session->handle(), failure.info().server_code, session->endpoint())) throw;
    session = open_handle(options, context, open_mode::immutable);
    check(*session, context);
  }
  const call_scope call(*session, context, {});
  set_up(*session, options, context);
  add_functions(*session, handle_owner::library);
  return session;
}

std::unique_ptr<sqlite_session> adopt_session(sqlite3* handle, const call_context& context) {
  if (handle == nullptr) throw_usage("the SQLite handle is null: open it first", context.where);
  const char* file = sqlite3_db_filename(handle, "main");
  auto session = std::make_unique<sqlite_session>(
      handle, false, file != nullptr && *file != '\0' ? file : std::string(memory), milliseconds(0));
  check(*session, context);
  add_functions(*session, handle_owner::program);
  return session;
}

}  // namespace tidb::detail
