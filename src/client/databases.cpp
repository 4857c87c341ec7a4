// The databases beside a client's own: those of its server, or the files of its folder.
#include "core/text.hpp"
#include "tidbxx/client/client.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/sql/printer.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <system_error>
#include <utility>

namespace tidb {

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 5> of_the_server{"information_schema", "metrics_schema", "mysql",
                                                        "performance_schema", "sys"};

[[noreturn]] void fail(const client& on, const std::string& message, std::source_location where) {
  throw_error({.code = errc::statement, .message = message, .endpoint = on.endpoint(), .where = where});
}

/// Errors: usage_error for a database that has no file of its own.
fs::path file_of(const client& on, std::source_location where) {
  const auto& name = on.endpoint();
  if (name.empty() || name == ":memory:" || name.starts_with("file:"))
    throw_usage("a database in memory has no others beside it: keep it in a file", where);
  return name;
}

/// What SQLite keeps beside a file.
bool is_log(std::string_view name) {
  return name.ends_with("-wal") || name.ends_with("-shm") || name.ends_with("-journal");
}

/// The file of another database beside a client's own. Errors: usage_error for a name that would lie elsewhere.
fs::path sibling(const client& on, std::string_view name, std::source_location where) {
  const auto own = file_of(on, where);
  const auto is_fine = [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '_' || letter == '-' || letter == '.' || letter >= 0x80;
  };
  if (name.empty() || name.size() > 64 || name.front() == '.' || is_log(name) || !std::ranges::all_of(name, is_fine))
    throw_usage("\"" + std::string(name) + "\" is no name for a database's file: it has letters, digits, and _ - .",
                where);
  return own.parent_path() / (std::string(name) + own.extension().string());
}

bool is_database(const fs::path& file) {
  std::error_code unknown;
  if (!fs::is_regular_file(file, unknown)) return false;
  if (fs::file_size(file, unknown) == 0) return true;  // one that was just made
  std::array<char, 16> head{};
  std::ifstream(file, std::ios::binary).read(head.data(), head.size());
  return std::string_view(head.data(), head.size()) == std::string_view("SQLite format 3\0", 16);
}

/// A client like another for one more database.
client like(const client& other, std::string_view database, const fs::path& file, std::source_location where) {
  const auto& pool = *other.on().pool();
  if (pool.options() == nullptr)
    throw_usage("a client over a connection that it was handed has no other databases: connect to one", where);
  auto options = *pool.options();
  if (other.engine() == engine_kind::embedded) {
    options.file = file.string();
  } else {
    options.database = database;
    options.select_database = true;
    options.ensure_database = false;
  }
  auto state = std::make_shared<detail::pool_state>(options, pool.limits(), where);
  state->checkout(other.on().context(where));
  return client(std::move(state));
}

}  // namespace

std::vector<std::string> client::list_databases(std::source_location where) const {
  std::vector<std::string> names;
  if (engine() == engine_kind::tidb) {
    names = query<std::string>({"SHOW DATABASES", where}).all();
    std::erase_if(names, [](const std::string& name) {
      return std::ranges::find(of_the_server, detail::lower(name)) != of_the_server.end();
    });
  } else {
    const auto own = file_of(*this, where);
    std::error_code unknown;
    const auto folder = own.has_parent_path() ? own.parent_path() : fs::path(".");
    for (const auto& each : fs::directory_iterator(folder, unknown))
      if (each.path().extension() == own.extension() && !is_log(each.path().string()) && is_database(each.path()))
        names.push_back(each.path().stem().string());
  }
  std::ranges::sort(names);
  return names;
}

bool client::has_database(std::string_view name, std::source_location where) const {
  if (engine() == engine_kind::embedded) return is_database(sibling(*this, name, where));
  return query<std::int64_t>({"SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = ?", where}, name)
             .value() > 0;
}

std::string client::current_database(std::source_location where) const {
  if (engine() == engine_kind::embedded) return fs::path(endpoint()).stem().string();
  return query<std::optional<std::string>>({"SELECT DATABASE()", where}).value().value_or("");
}

void client::create_database(std::string_view name, if_exists existing, std::source_location where) const {
  const auto quoted = sql::quote_identifier(name);
  if (existing == if_exists::overwrite && has_database(name, where)) drop_database(name, where);
  if (engine() == engine_kind::tidb)
    return detail::run_ddl(
        on(), "CREATE DATABASE " + std::string(existing == if_exists::skip ? "IF NOT EXISTS " : "") + quoted,
        on().context(where));
  const auto file = sibling(*this, name, where);
  if (is_database(file)) {
    if (existing == if_exists::skip) return;
    fail(*this, "there is a database \"" + std::string(name) + "\" already", where);
  }
  like(*this, name, file, where).execute("PRAGMA user_version = 0");  // writes the file
}

void client::drop_database(std::string_view name, std::source_location where) const {
  if (detail::lower(name) == detail::lower(current_database(where)))
    throw_usage("\"" + std::string(name) + "\" is the database that this client is of: drop it from another", where);
  if (engine() == engine_kind::tidb)
    return detail::run_ddl(on(), "DROP DATABASE " + sql::quote_identifier(name), on().context(where));
  const auto file = sibling(*this, name, where);
  if (!is_database(file)) fail(*this, "there is no database \"" + std::string(name) + "\"", where);
  for (const auto* more : {"-wal", "-shm", "-journal", ""}) {
    std::error_code failed;
    fs::remove(file.string() + more, failed);
    if (failed)
      throw_error({.code = errc::storage,
                   .message = "the file " + file.string() + more + " cannot be removed: " + failed.message(),
                   .endpoint = endpoint(),
                   .where = where});
  }
}

client client::use_database(std::string_view name, std::source_location where) const {
  if (engine() == engine_kind::tidb) return like(*this, name, {}, where);
  const auto file = sibling(*this, name, where);
  if (!is_database(file)) fail(*this, "there is no database \"" + std::string(name) + "\"", where);
  return like(*this, name, file, where);
}

}  // namespace tidb
