#include "engine/sqlite/open.hpp"

#include "engine/sqlite/functions.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include <fmt/format.h>

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
  throw_error(std::move(info));
}

/// Why the file could not be opened, in words of ours where SQLite has only "unable to open database file".
std::string reason_of(sqlite3* handle, const std::string& file) {
  const auto folder = std::filesystem::path(file).parent_path();
  std::error_code ignored;
  if (std::filesystem::is_directory(file, ignored)) return "it is a folder";
  if (!folder.empty() && !std::filesystem::exists(folder, ignored))
    return fmt::format("the folder {} does not exist", folder.string());
  const int reason = handle != nullptr ? sqlite3_system_errno(handle) : 0;
  return reason != 0 ? std::system_category().message(reason) : "unable to open it";
}

/// An immutable file is read without locks: the only way in where neither it nor its folder can be written.
enum class open_mode { normal, immutable };

std::string uri_of(std::string_view file) {
  std::string uri = "file:";
  for (const char character : file) {
    if (character == '%' || character == '?' || character == '#')
      uri += fmt::format("%{:02X}", static_cast<unsigned char>(character));
    else
      uri += character;
  }
  return uri + "?immutable=1";
}

std::unique_ptr<sqlite_session> open_handle(const resolved_options& options, const call_context& context,
                                            open_mode mode) {
  const auto& file = options.file;
  sqlite3* handle = nullptr;
  const int code = mode == open_mode::immutable
                       ? sqlite3_open_v2(uri_of(file).c_str(), &handle,
                                         SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI, nullptr)
                       : sqlite3_open_v2(file.c_str(), &handle,
                                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) {
    auto message = fmt::format("cannot open {}: {}", file, reason_of(handle, file));
    sqlite3_close_v2(handle);
    refuse_file(file, std::move(message), context);
  }
  sqlite3_extended_result_codes(handle, 1);
  return std::make_unique<sqlite_session>(handle, true, file, options.lock_timeout);
}

/// Runs one statement and gives its first cell as a number, or nothing without a row.
std::optional<std::int64_t> number(sqlite_session& session, std::string_view sql) {
  const scoped_statement statement(session, sql);
  const int code = sqlite3_step(statement.get());
  if (code == SQLITE_DONE) return std::nullopt;
  if (code != SQLITE_ROW) session.fail(code, sql);
  return sqlite3_column_int64(statement.get(), 0);
}

[[noreturn]] void refuse_newer(const sqlite_session& session, const std::string& version, const call_context& context) {
  refuse_file(session.endpoint(),
              fmt::format("{} has search index tables of a newer tidbxx (version {}, this one knows {}): use a newer "
                          "tidbxx; nothing was changed",
                          session.endpoint(), version, index_tables_version),
              context);
}

/// Reads only. It is also what finds out that a file is no database.
void check_index_tables(sqlite_session& session, const call_context& context) {
  if (!number(session, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_tidbxx_index'")) return;
  if (!number(session, "SELECT 1 FROM pragma_table_info('_tidbxx_index') WHERE name = 'version'"))
    refuse_newer(session, "unknown", context);
  const auto version = number(session, "SELECT max(version) FROM _tidbxx_index");
  if (version.value_or(0) > index_tables_version) refuse_newer(session, std::to_string(*version), context);
}

void note_encoding(sqlite_session& session) {
  const scoped_statement statement(session, "PRAGMA encoding");
  if (sqlite3_step(statement.get()) != SQLITE_ROW) return;
  const auto* name = reinterpret_cast<const char*>(sqlite3_column_text(statement.get(), 0));
  session.set_utf8(name == nullptr || std::string_view(name) == "UTF-8");
}

void run(sqlite_session& session, std::string_view sql) {
  const scoped_statement statement(session, sql);
  int code = SQLITE_ROW;
  while (code == SQLITE_ROW) code = sqlite3_step(statement.get());
  if (code != SQLITE_DONE) session.fail(code, sql);
}

/// Several connections that open a new file at once get in each other's way here, and SQLite does not ask the busy
/// handler. A file that others keep in use stays in its own journal mode: that is slower, and just as good.
void use_write_ahead_log(sqlite_session& session, milliseconds patience) {
  constexpr std::string_view sql = "PRAGMA journal_mode = WAL";
  const auto end = std::chrono::steady_clock::now() + std::min(patience, milliseconds(1000));
  while (true) {
    int code = SQLITE_ROW;
    {
      const scoped_statement statement(session, sql);
      while (code == SQLITE_ROW) code = sqlite3_step(statement.get());
    }
    const bool busy = (code & 0xFF) == SQLITE_BUSY || (code & 0xFF) == SQLITE_LOCKED;
    if (code == SQLITE_DONE || (busy && std::chrono::steady_clock::now() >= end)) return;
    if (!busy) session.fail(code, sql);
    std::this_thread::sleep_for(milliseconds(1));
  }
}

void set_up(sqlite_session& session, const resolved_options& options) {
  const bool read_only = sqlite3_db_readonly(session.handle(), "main") == 1;
  if (!read_only && options.file != memory) use_write_ahead_log(session, options.lock_timeout);
  for (const std::string_view pragma :
       {"PRAGMA synchronous = NORMAL", "PRAGMA foreign_keys = ON", "PRAGMA mmap_size = 268435456",
        "PRAGMA cache_size = -16384", "PRAGMA temp_store = MEMORY"})
    run(session, pragma);
}

void add_functions(sqlite_session& session) {
  if (const int code = register_functions(session.handle()); code != SQLITE_OK) session.fail(code, {});
}

void check(sqlite_session& session, const call_context& context) {
  const call_scope call(session, context, {});
  check_index_tables(session, context);
  note_encoding(session);
}

/// True if the first read failed because SQLite could not make its shared-memory file beside a read-only database.
bool needs_immutable(const sqlite_session& session, const error& failure) {
  std::error_code ignored;
  const int code = failure.info().server_code & 0xFF;
  return (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && sqlite3_db_readonly(session.handle(), "main") == 1 &&
         !std::filesystem::exists(session.endpoint() + "-wal", ignored);
}

}  // namespace

std::unique_ptr<sqlite_session> open_session(const resolved_options& options, const call_context& context) {
  if (options.file.empty())
    throw_usage("the embedded engine needs a file: give its path, or \":memory:\"", context.where);
  auto session = open_handle(options, context, open_mode::normal);
  try {
    check(*session, context);
  } catch (const error& failure) {
    if (!needs_immutable(*session, failure)) throw;
    session = open_handle(options, context, open_mode::immutable);
    check(*session, context);
  }
  const call_scope call(*session, context, {});
  set_up(*session, options);
  add_functions(*session);
  return session;
}

std::unique_ptr<sqlite_session> adopt_session(sqlite3* handle, const call_context& context) {
  if (handle == nullptr) throw_usage("the SQLite handle is null: open it first", context.where);
  const char* file = sqlite3_db_filename(handle, "main");
  auto session = std::make_unique<sqlite_session>(
      handle, false, file != nullptr && *file != '\0' ? file : std::string(memory), milliseconds(0));
  check(*session, context);
  add_functions(*session);
  return session;
}

}  // namespace tidb::detail
