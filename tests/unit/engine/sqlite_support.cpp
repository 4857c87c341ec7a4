#include "sqlite_support.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

namespace sqlite_test {

folder::folder() {
  std::random_device random;
  do path_ = std::filesystem::temp_directory_path() / ("tidbxx-test-" + std::to_string(random()));
  while (!std::filesystem::create_directory(path_));
}

folder::~folder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::unique_ptr<tidb::engine_connection> open(const std::string& file, std::chrono::milliseconds lock_timeout) {
  tidb::detail::resolved_options options;
  options.engine = tidb::engine_kind::embedded;
  options.file = file;
  options.lock_timeout = lock_timeout;
  return tidb::detail::open_sqlite(options, {});
}

outcome run(tidb::engine_connection& connection, const std::string& sql,
            std::initializer_list<tidb::value_view> parameters, const tidb::call_context& context) {
  outcome result;
  auto& statement = connection.prepare(tidb::statement_text(sql), context);
  try {
    statement.execute({parameters.begin(), parameters.size()}, context);
    while (statement.next()) {
      row& current = result.rows.emplace_back();
      for (const auto& view : statement.cells()) current.emplace_back(view);
    }
  } catch (...) {
    statement.finish();
    throw;
  }
  result.columns.assign(statement.columns().begin(), statement.columns().end());
  result.affected = statement.affected_rows();
  result.key = statement.last_insert_id();
  statement.finish();
  return result;
}

std::string cell(tidb::engine_connection& connection, const std::string& sql,
                 std::initializer_list<tidb::value_view> parameters) {
  const auto result = run(connection, sql, parameters);
  return result.rows.size() == 1 && result.rows[0].size() == 1 ? tidb::to_string(result.rows[0][0].view())
                                                               : "not one cell";
}

bool holds(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

void raw(const std::string& file, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

ordinary_user::ordinary_user() { was_root_ = geteuid() == 0 && seteuid(65534) == 0; }

ordinary_user::~ordinary_user() {
  if (was_root_ && seteuid(0) != 0) std::abort();
}

}  // namespace sqlite_test
