#include "sqlite_support.hpp"

#include <random>

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

}  // namespace sqlite_test
