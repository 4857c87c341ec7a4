// Every way to connect, and what each is connected to. An optional URL says where:
// mysql://USER:PASSWORD@HOST:PORT/DATABASE or sqlite:FILE.
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <regex>
#include <stdexcept>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <mysql.h>
#include <sqlite3.h>

namespace {

void report(std::string_view way, const tidb::client& db) {
  const auto server = db.features();
  fmt::print("{:<12} {} {} at {}{}\n", way, server.deployment, server.version, db.endpoint(),
             server.tls.empty() ? "" : ", " + server.tls);
}

/// A program that has its settings from a file or a form of its own puts them into options; this one takes a URL apart.
tidb::connect_options options_from(const std::string& url) {
  std::smatch part;
  if (std::regex_match(url, part, std::regex("sqlite:(/?[^/].*)"))) return {.file = part[1]};
  if (!std::regex_match(url, part, std::regex("mysql://([^:@%]+)(?::([^@%]*))?@([^:/]+):([0-9]+)/([^?]+)")))
    throw std::runtime_error(
        "this example takes apart sqlite:FILE and mysql://USER:PASSWORD@HOST:PORT/DATABASE, no escapes");
  tidb::connect_options options{.host = part[3], .user = part[1], .password = part[2], .database = part[5]};
  options.port = static_cast<std::uint16_t>(std::stoi(part[4]));
  return options;
}

void adopt_sqlite(const std::string& file) {
  // [adopt]
  sqlite3* handle{};
  const int opened = sqlite3_open(file.c_str(), &handle);
  const std::unique_ptr<sqlite3, decltype(&sqlite3_close)> close_later(handle, sqlite3_close);
  if (opened != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(handle));
  report("sqlite3*", tidb::connect(handle));  // the handle stays the program's own
  // [/adopt]
}

void adopt_mysql(const tidb::connect_options& to) {
  const std::unique_ptr<MYSQL, decltype(&mysql_close)> handle(mysql_init(nullptr), mysql_close);
  mysql_options(handle.get(), MYSQL_SET_CHARSET_NAME, "utf8mb4");
  mysql_options(handle.get(), MYSQL_INIT_COMMAND, "SET time_zone = '+00:00'");  // tidbxx reads DATETIME as UTC
  const my_bool verified = to.host.ends_with("tidbcloud.com");
  mysql_options(handle.get(), MYSQL_OPT_SSL_ENFORCE, &verified);
  mysql_options(handle.get(), MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &verified);
  if (mysql_real_connect(handle.get(), to.host.c_str(), to.user.c_str(), to.password.c_str(), to.database.c_str(),
                         to.port, nullptr, CLIENT_FOUND_ROWS) == nullptr)
    throw std::runtime_error(mysql_error(handle.get()));
  report("MYSQL*", tidb::connect(handle.get()));
}

}  // namespace

int main(int argc, char** argv) try {
  // What TIDB_* in the environment or .env say; with neither, the embedded ./tidbxx.db.
  if (argc < 2) report("environment", tidb::connect());

  const std::string url = argc > 1 ? argv[1] : "sqlite::memory:";
  report("URL", tidb::connect(url));

  const tidb::connect_options options = options_from(url);
  report("options", tidb::connect(options));

  // [pool]
  tidb::pool shared(url, {.checkout_timeout = std::chrono::seconds(5)});
  report("pool", tidb::connect(shared));
  report("same pool", tidb::connect(shared));
  // [/pool]

  options.file.empty() ? adopt_mysql(options) : adopt_sqlite(options.file);
} catch (const tidb::error& problem) {
  const std::string_view text = problem.what();  // further lines tell the SQL, the server and the line of the program
  fmt::print(stderr, "connect: {}\n", text.substr(0, text.find('\n')));
  return 1;
} catch (const std::runtime_error& problem) {
  fmt::print(stderr, "connect: {}\n", problem.what());
  return 1;
}
