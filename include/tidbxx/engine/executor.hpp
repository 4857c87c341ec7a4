// What statements run on: a pool or a transaction, with the limits of a call.
#pragma once

#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/driver.hpp"
#include "tidbxx/engine/pool.hpp"
#include "tidbxx/engine/write_observer.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

namespace tidb {

/// Limits of the calls made through `client::with` and `transaction::with`.
struct call_options {
  std::chrono::milliseconds timeout{};  ///< for each statement, waiting for a connection included; 0: none
  std::stop_token stop{};               ///< stops the call from another thread
};

/// What a writing statement tells.
struct write_result {
  std::uint64_t affected_rows{};   ///< rows inserted, deleted, or matched by an update
  std::uint64_t last_insert_id{};  ///< the generated key of the (first) row inserted, or 0
};

namespace detail {

/// One open transaction on one connection. Ends with a rollback unless committed.
class transaction_scope {
public:
  transaction_scope(std::shared_ptr<pool_state> pool, const call_context& context);
  /// A savepoint within `outer`.
  explicit transaction_scope(transaction_scope& outer, const call_context& context);
  transaction_scope(const transaction_scope&) = delete;
  transaction_scope& operator=(const transaction_scope&) = delete;
  ~transaction_scope();

  /// Errors: usage_error if it is over, or if a nested one is open.
  engine_connection& connection(const call_context& context);
  void commit(const call_context& context);
  /// Remembers an error that ended the transaction on the server; every later call throws it again.
  void note(const error& failed);

private:
  transaction_scope& outermost() noexcept;
  engine_connection& raw() noexcept;

  std::shared_ptr<pool_state> pool_;  // outlives the lease
  lease lease_;
  transaction_scope* outer_{};
  int depth_{};
  bool nested_open_{};
  bool open_{};
  std::optional<error> fatal_{};  // of the outermost
};

/// A pool or a transaction. Cheap to copy.
class executor {
public:
  executor() noexcept;
  executor(std::shared_ptr<pool_state> pool, transaction_scope* transaction, call_options options);
  executor(const executor&);
  executor(executor&&) noexcept;
  executor& operator=(const executor&);
  executor& operator=(executor&&) noexcept;
  ~executor();

  call_context context(std::source_location where) const;
  const call_options& options() const noexcept { return options_; }
  bool in_transaction() const noexcept { return transaction_ != nullptr; }
  transaction_scope* transaction() const noexcept { return transaction_; }
  const std::shared_ptr<pool_state>& pool() const noexcept { return pool_; }
  engine_kind engine() const noexcept { return pool_->engine(); }
  executor with(call_options options) const { return {pool_, transaction_, std::move(options)}; }

private:
  std::shared_ptr<pool_state> pool_;
  transaction_scope* transaction_{};
  call_options options_;
};

/// A connection for one call: the transaction's own, or one borrowed for as long as this lives.
class borrowed {
public:
  borrowed(const executor& from, const call_context& context);
  engine_connection& operator*() const noexcept { return *connection_; }
  engine_connection* operator->() const noexcept { return connection_; }

private:
  lease lease_;
  engine_connection* connection_{};
};

/// An open result: prepared, executed, and finished when it ends.
class open_rows {
public:
  open_rows(const executor& from, const statement_text& text, std::span<const value_view> parameters,
            const call_context& context);
  open_rows(const open_rows&) = delete;
  open_rows& operator=(const open_rows&) = delete;
  ~open_rows() { statement_->finish(); }

  bool next() {
    try {
      return statement_->next();
    } catch (const error& failed) {
      if (transaction_ != nullptr) transaction_->note(failed);
      throw;
    }
  }
  std::span<const value_view> cells() const noexcept { return statement_->cells(); }
  std::span<const std::string> columns() const noexcept { return statement_->columns(); }
  engine_statement& statement() const noexcept { return *statement_; }

private:
  transaction_scope* transaction_;
  borrowed connection_;
  engine_statement* statement_;
};

/// What a statement writes, for the observer.
struct write_target {
  write_kind kind{write_kind::raw};
  std::string_view table{};
  std::span<const std::string> columns{};
  std::span<const std::size_t> key{};  ///< of an insert: the primary key's places in a row of parameters
};

/// Runs a writing statement and tells the observer, if there is one.
write_result run_write(const executor& on, const statement_text& text, std::span<const value_view> parameters,
                       const write_target& target, const call_context& context);

/// Runs an INSERT of one row once for each of `rows`, in the caller's transaction; the number inserted.
std::uint64_t run_rows(const executor& on, const statement_text& text, std::span<const value_view> rows,
                       const write_target& target, const call_context& context);

/// Runs DDL. Errors: usage_error inside a transaction, for TiDB would commit it.
void run_ddl(const executor& on, std::string_view sql, const call_context& context);

/// Errors: usage_error if the text begins with DDL (inside a transaction) or with transaction control (anywhere).
void check_raw(const executor& on, std::string_view sql, const call_context& context);

[[noreturn]] void throw_row_count(errc code, std::string_view sql, const call_context& context);

}  // namespace detail

}  // namespace tidb
