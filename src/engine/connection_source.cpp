#include "engine/connection_source.hpp"

#include "core/error_table.hpp"
#include "engine/servers.hpp"
#include "engine/sqlite/connection.hpp"
#include "engine/tidb/connection.hpp"
#include "tidbxx/core/error.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace tidb::detail {
namespace {

class file_source final : public connection_source {
public:
  explicit file_source(const resolved_options& options) : options_(options) {
    // once: the working directory may change before the next connection is opened
    if (options_.file == ":memory:" || options_.file.empty()) return;
    std::error_code unknown;  // a working directory that was removed: opening the file says so
    if (auto whole = std::filesystem::absolute(options_.file, unknown); !unknown) options_.file = whole.string();
  }
  std::unique_ptr<engine_connection> open(const call_context& context) override {
    return open_sqlite(options_, context);
  }

private:
  resolved_options options_;
};

class adopted_source final : public connection_source {
public:
  explicit adopted_source(std::string endpoint) : endpoint_(std::move(endpoint)) {}
  std::unique_ptr<engine_connection> open(const call_context& context) override {
    throw_error({.code = errc::connection,
                 .message = "the connection that was handed to tidbxx is lost; open another "
                            "and connect to that",
                 .endpoint = endpoint_,
                 .where = context.where,
                 .entry = entry_named("adopted-connection-lost").name,
                 .sent = false});
  }

private:
  std::string endpoint_;
};

}  // namespace

std::unique_ptr<connection_source> source_of(const resolved_options& options) {
  if (options.engine == engine_kind::embedded) return std::make_unique<file_source>(options);
  return std::make_unique<servers>(options, open_tidb);
}

std::unique_ptr<connection_source> source_of_adopted(std::string endpoint) {
  return std::make_unique<adopted_source>(std::move(endpoint));
}

}  // namespace tidb::detail
