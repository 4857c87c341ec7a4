// Where connections come from, and what borrows one of them.
#pragma once

#include "tidbxx/engine/driver.hpp"
#include "tidbxx/engine/options.hpp"
#include "tidbxx/engine/watch.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct st_mysql;
struct sqlite3;

namespace tidb {

class write_observer;
struct write_result;

namespace detail {

class connection_source;
class embedder;
class executor;
class printed_selects;
class pool_state;
struct write_target;

/// A connection with what its pool notes of it.
struct pooled {
  std::unique_ptr<engine_connection> connection;
  bool timed{};  ///< it has any of the limits below
  std::chrono::milliseconds idle_timeout{};
  std::chrono::milliseconds check_after{};
  std::chrono::steady_clock::time_point retire_at{};
  std::chrono::steady_clock::time_point closes_at{};  ///< until then it is lent if another cannot be had at once
  std::chrono::steady_clock::time_point idle_since{};
};

/// A connection borrowed from a pool, which must outlive the lease; it goes back when the lease ends, or is dropped if
/// it can no longer be used.
class lease {
public:
  lease() noexcept = default;
  lease(pool_state& from, std::unique_ptr<pooled> connection) noexcept
      : from_(&from), connection_(std::move(connection)) {}
  lease(lease&& other) noexcept = default;
  lease& operator=(lease&& other) noexcept;
  ~lease() {
    if (connection_) end();
  }

  /// Errors: usage_error once it was given back or moved from.
  engine_connection& operator*() const {
    if (!connection_) [[unlikely]]
      refuse();
    return *connection_->connection;
  }
  engine_connection* operator->() const { return &**this; }
  explicit operator bool() const noexcept { return connection_ != nullptr; }
  /// Gives it back before the lease ends. Errors: usage_error the second time.
  void give_back();

private:
  void end() noexcept;
  [[noreturn]] static void refuse();

  pool_state* from_{};
  std::unique_ptr<pooled> connection_;
};

/// What a layer above keeps with a pool.
class pool_extension {
public:
  virtual ~pool_extension() = default;
  /// Told after each commit how many rows it wrote, on the writer's thread, which has no connection borrowed for it.
  virtual void committed(const std::shared_ptr<pool_state>& pool, std::uint64_t rows) noexcept = 0;

  /// Called before a transaction that may write begins: what it has to read is cheaper outside.
  virtual void prepare(const executor& on, const call_context& context) = 0;
  /// The columns by whose values it must be told, in their own transaction, which rows such a write changes; none: it
  /// need not. On TiDB only: the embedded engine has triggers for that.
  virtual std::vector<std::string> followed_key(const executor& on, const write_target& target,
                                                const call_context& context) = 0;
  /// Told of one that it follows, behind the statement. What it throws fails the write.
  virtual void changed(const executor& inside, const write_target& target, std::span<const value_view> parameters,
                       const write_result& result, const call_context& context) = 0;
  /// Errors: usage_error for SQL of the program's own that changes a table which is followed.
  virtual void check_raw(const executor& on, std::string_view sql, const call_context& context) = 0;
  /// What makes the vectors of a table's rows from their texts; nothing for most tables. Thread-safe.
  virtual std::vector<std::shared_ptr<const embedder>> embedders(std::string_view table) const = 0;
};

/// Where connections come from: lent in the order in which they are asked for. Thread-safe.
class pool_state {
public:
  /// Errors: usage_error for limits that make no sense.
  pool_state(const resolved_options& options, const pool_options& limits,
             std::source_location where = std::source_location::current());
  /// A pool of the one connection given, which it cannot replace.
  explicit pool_state(std::unique_ptr<engine_connection> adopted);
  /// A pool of what `source` opens.
  pool_state(std::unique_ptr<connection_source> source, resolved_options options, const pool_options& limits,
             std::source_location where = std::source_location::current());
  ~pool_state();

  /// Errors: timeout when all connections stay in use; usage_error once it is closed; whatever opening a new one gives.
  lease checkout(const call_context& context);
  /// Opens connections until there are min_size, at least one. Errors: as checkout.
  void warm_up(const call_context& context);
  /// Lends no more, and closes the connections as they come back; true if all did within the time.
  bool close(std::chrono::milliseconds timeout);
  pool_stats stats() const;

  const std::string& endpoint() const noexcept { return endpoint_; }
  engine_kind engine() const noexcept { return engine_; }
  std::chrono::milliseconds statement_timeout() const noexcept { return options_.statement_timeout; }
  std::uint64_t index_memory() const noexcept { return options_.index_memory; }
  /// What it connects with, for a pool like it; nothing of an adopted connection.
  const resolved_options* options() const noexcept { return is_adopted_ ? nullptr : &options_; }
  const pool_options& limits() const noexcept { return limits_; }
  void observe(write_observer* observer) noexcept;
  write_observer* observer() const noexcept;
  watch& watching() noexcept { return watch_; }
  printed_selects& printed() noexcept;
  /// Keeps `more` for as long as the pool lives, unless it has one already.
  void extend(std::unique_ptr<pool_extension> more) noexcept;
  pool_extension* extension() const noexcept;
  /// When a new connection was told last that the database has no search indexes.
  std::chrono::steady_clock::time_point without_indexes_at() const noexcept;

private:
  friend class lease;
  struct parts;

  void give_back(std::unique_ptr<pooled> connection) noexcept;
  std::unique_ptr<pooled> fit(std::unique_ptr<pooled> connection, const call_context& context);
  std::unique_ptr<pooled> not_too_old(std::unique_ptr<pooled> connection, std::chrono::steady_clock::time_point now,
                                      const call_context& context);
  std::unique_ptr<pooled> checked(std::unique_ptr<pooled> connection, const call_context& context);
  std::unique_ptr<pooled> open(const call_context& context);
  std::unique_ptr<pooled> join_attempt(const call_context& context);
  std::unique_ptr<pooled> open_here(const call_context& context);
  void note_indexes(const engine_connection& opened, std::chrono::steady_clock::time_point asked) noexcept;
  bool opens_apart(const call_context& context) const noexcept;

  resolved_options options_;
  pool_options limits_;
  std::string endpoint_;
  engine_kind engine_{};
  watch watch_{options_};
  bool is_adopted_{};
  bool resets_{};  ///< what an adopted connection or a database in memory remembers is the program's own affair
  std::unique_ptr<parts> parts_;
};

/// A connection over a handle that the program keeps and closes itself.
std::unique_ptr<engine_connection> adopt(st_mysql* handle, const call_context& context);
std::unique_ptr<engine_connection> adopt(sqlite3* handle, const call_context& context);

}  // namespace detail

}  // namespace tidb
