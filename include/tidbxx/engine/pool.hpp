// Where connections come from, and what borrows one of them.
#pragma once

#include "tidbxx/engine/driver.hpp"
#include "tidbxx/engine/options.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

struct st_mysql;
struct sqlite3;

namespace tidb {

class write_observer;

namespace detail {

class pool_state;

/// A connection borrowed from a pool, which must outlive the lease; it goes back when the lease ends, or is dropped if
/// it can no longer be used.
class lease {
public:
  lease() noexcept = default;
  lease(pool_state& from, std::unique_ptr<engine_connection> connection) noexcept
      : from_(&from), connection_(std::move(connection)) {}
  lease(lease&& other) noexcept = default;
  lease& operator=(lease&& other) noexcept;
  ~lease();

  engine_connection& operator*() const noexcept { return *connection_; }
  engine_connection* operator->() const noexcept { return connection_.get(); }
  explicit operator bool() const noexcept { return connection_ != nullptr; }

private:
  pool_state* from_{};
  std::unique_ptr<engine_connection> connection_;
};

/// Where connections come from. Thread-safe.
class pool_state {
public:
  pool_state(resolved_options options, pool_options limits);
  /// A pool of the one connection given, which it cannot replace.
  explicit pool_state(std::unique_ptr<engine_connection> adopted);
  ~pool_state();

  /// Errors: timeout when all connections stay in use; whatever opening a new one gives.
  lease checkout(const call_context& context);
  void give_back(std::unique_ptr<engine_connection> connection) noexcept;

  const std::string& endpoint() const noexcept { return endpoint_; }
  engine_kind engine() const noexcept { return engine_; }
  std::chrono::milliseconds statement_timeout() const noexcept { return options_.statement_timeout; }
  void observe(write_observer* observer) noexcept;
  write_observer* observer() const noexcept;

private:
  struct connections;
  std::unique_ptr<engine_connection> take_or_wait(const call_context& context);
  std::unique_ptr<engine_connection> open(const call_context& context) const;

  resolved_options options_;
  std::chrono::milliseconds checkout_timeout_{};
  std::size_t max_size_{};
  std::string endpoint_;
  engine_kind engine_{};
  bool adopted_{};
  std::unique_ptr<connections> connections_;
};

/// A connection over a handle that the program keeps and closes itself.
std::unique_ptr<engine_connection> adopt(st_mysql* handle, const call_context& context);
std::unique_ptr<engine_connection> adopt(sqlite3* handle, const call_context& context);
}  // namespace detail

}  // namespace tidb
