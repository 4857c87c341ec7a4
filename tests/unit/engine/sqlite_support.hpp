// What the tests of the embedded engine share.
#pragma once

#include "support/processes.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/value.hpp"
#include "tidbxx/engine/driver.hpp"

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;

// The engine's factories, as src/engine/sqlite/connection.hpp declares them: tests see no private header.
namespace tidb::detail {
std::unique_ptr<engine_connection> open_sqlite(const resolved_options& options, const call_context& context);
std::unique_ptr<engine_connection> adopt_sqlite(sqlite3* handle, const call_context& context);
}  // namespace tidb::detail

namespace sqlite_test {

/// A folder of its own for each test, removed with it.
class folder {
public:
  folder();
  ~folder();
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
  std::string file(const std::string& name = "shop.db") const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

private:
  std::filesystem::path path_;
};

std::unique_ptr<tidb::engine_connection> open(const std::string& file = ":memory:",
                                              std::chrono::milliseconds lock_timeout = std::chrono::milliseconds(5000));

using row = std::vector<tidb::value>;
struct outcome {
  std::vector<row> rows;
  std::vector<std::string> columns;
  std::uint64_t affected{};
  std::uint64_t key{};
};

/// Runs a statement to its end and copies what it gave.
outcome run(tidb::engine_connection& connection, const std::string& sql,
            std::initializer_list<tidb::value_view> parameters = {}, const tidb::call_context& context = {});
/// The only cell, as text.
std::string cell(tidb::engine_connection& connection, const std::string& sql,
                 std::initializer_list<tidb::value_view> parameters = {});

bool holds(std::string_view text, std::string_view part);
/// Runs SQL past tidbxx, on a connection of its own.
void raw(const std::string& file, const char* sql);
std::string bytes_of(const std::filesystem::path& file);

/// The superuser may write to everything; so files are read-only only for somebody else.
class ordinary_user {
public:
  ordinary_user();
  ~ordinary_user();
  ordinary_user(const ordinary_user&) = delete;
  ordinary_user& operator=(const ordinary_user&) = delete;

private:
  bool was_root_{};
};

using tests::in_child;
using tests::start_child;
using tests::wait_for_child;

/// The error that this throws, or nothing.
template <class Function>
std::optional<tidb::error> error_of(Function function) {
  try {
    function();
  } catch (const tidb::error& failure) {
    return failure;
  }
  return std::nullopt;
}

}  // namespace sqlite_test
