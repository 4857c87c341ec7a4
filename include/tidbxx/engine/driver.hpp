// The driver interface: what an engine implements. Programs use `client` and `transaction` instead.
#pragma once

#include "tidbxx/core/value.hpp"
#include "tidbxx/engine/options.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

namespace detail {
struct connection_counters;
class connect_progress;
}  // namespace detail

/// What travels with every call: until when, who may stop it, and who asked.
struct call_context {
  std::chrono::steady_clock::time_point deadline{std::chrono::steady_clock::time_point::max()};
  std::stop_token stop{};
  std::source_location where{std::source_location::current()};
  detail::connect_progress* progress{};  ///< is told what connecting waits for
  bool has_limit() const noexcept {
    return deadline != std::chrono::steady_clock::time_point::max() || stop.stop_possible();
  }
  bool is_over() const noexcept { return stop.stop_requested() || std::chrono::steady_clock::now() >= deadline; }
};

/// A statement's text with its hash, made once and used for every look-up in a connection's cache.
class statement_text {
public:
  explicit statement_text(std::string sql);
  const std::string& sql() const noexcept { return sql_; }
  std::size_t hash() const noexcept { return hash_; }

private:
  std::string sql_;
  std::size_t hash_;
};

/// A prepared statement of one connection, and the cursor over its rows.
/// Order of calls: execute, then next until it returns false, then finish (also after an error, and to stop early).
class engine_statement {
public:
  virtual ~engine_statement();
  /// Runs with these parameters, one for each `?`, which must stay valid until `finish`.
  /// Errors: usage_error if their number differs; whatever the engine says.
  virtual void execute(std::span<const value_view> parameters, const call_context& context) = 0;
  /// Runs a statement without rows once for each `width` parameters; `affected_rows` is the sum.
  /// Errors: as `execute`; the runs before the failed one have happened, so the caller needs a transaction.
  virtual void execute_rows(std::span<const value_view> parameters, std::size_t width, const call_context& context);
  /// Moves to the next row; false after the last one. `cells()` is valid until the next call.
  virtual bool next() = 0;
  /// Ends the run and makes the statement (and its connection) ready for another.
  virtual void finish() noexcept = 0;

  /// The current row, one view a column.
  std::span<const value_view> cells() const noexcept { return cells_; }
  /// The result's column names; empty if it gives no rows. Valid after `execute`.
  std::span<const std::string> columns() const noexcept { return columns_; }
  /// Rows matched by an UPDATE, or inserted or deleted. Valid after the last `next`.
  std::uint64_t affected_rows() const noexcept { return affected_rows_; }
  /// The key that the last INSERT generated (the first of several), or 0.
  std::uint64_t last_insert_id() const noexcept { return last_insert_id_; }

protected:
  std::vector<value_view> cells_;
  std::vector<std::string> columns_;
  std::uint64_t affected_rows_{};
  std::uint64_t last_insert_id_{};
};

/// Bytes that are read once, part by part.
class byte_source {
public:
  virtual ~byte_source() = default;
  /// The next part, valid until the next call; empty at the end. What it throws ends the call that reads it.
  virtual std::string_view next() = 0;

  /// What the statement calls the file that these bytes stand for. It is no file's name: none is ever opened.
  static constexpr std::string_view name = "tidbxx rows";
};

/// One connection. Not for several threads at once.
class engine_connection {
public:
  virtual ~engine_connection();
  engine_connection();
  engine_connection(const engine_connection&) = delete;
  engine_connection& operator=(const engine_connection&) = delete;

  /// The statement from this connection's cache, or newly prepared. Valid until the next `prepare` or `run`.
  /// Errors: usage_error if another statement is still open, naming it.
  virtual engine_statement& prepare(const statement_text& text, const call_context& context) = 0;
  /// Runs SQL without parameters and without rows: transaction control and DDL.
  virtual void run(std::string_view sql, const call_context& context) = 0;
  /// Runs LOAD DATA LOCAL with these bytes as the file `byte_source::name`; the number of rows. Nothing if the server
  /// takes no files or not this statement: then nothing was read.
  /// Errors: the first thing that the server changed or left out of the rows, which it tells in a warning only. The
  /// rest is in the table, so the caller needs a transaction.
  virtual std::optional<std::uint64_t> load(std::string_view sql, byte_source& file, const call_context& context);
  /// False once the connection is lost, or in doubt: it must not be used again.
  virtual bool usable() const noexcept = 0;
  /// Makes it unusable: what its transaction holds is in doubt, so it is closed instead of reused.
  virtual void abandon() noexcept = 0;
  /// True if the connection answers. Cost: one round trip on TiDB.
  virtual bool ping(const call_context& context) noexcept = 0;
  /// True once a statement may have changed what the session remembers: variables, temporary tables, named locks.
  virtual bool session_changed() const noexcept = 0;
  /// Makes the session as it was after connecting; statements prepared on it are gone. Unusable afterwards if it fails.
  /// Cost: two round trips on TiDB; the file is opened anew on the embedded engine.
  virtual void reset_session(const call_context& context) noexcept = 0;
  virtual const capabilities& features() const noexcept = 0;
  virtual const std::string& endpoint() const noexcept = 0;

  std::shared_ptr<detail::connection_counters> counters{};  ///< of the pool it belongs to; set when first used
};

}  // namespace tidb
