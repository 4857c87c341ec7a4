// What statements run on: a pool or a transaction, with the limits of a call.
#pragma once

#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/driver.hpp"
#include "tidbxx/engine/pool.hpp"
#include "tidbxx/engine/watch.hpp"
#include "tidbxx/engine/write_observer.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace tidb {

/// Limits of the calls made through `client::with` and `transaction::with`. A field that is not given keeps what an
/// earlier `with` has set; so does the transaction of a client.
struct call_options {
  /// For each statement, waiting for a connection included; 0: as before, or statement_timeout. A negative time is over
  /// already: a timeout error, and nothing is sent.
  std::chrono::milliseconds timeout{};
  std::stop_token stop{};  ///< stops the call from another thread
  bool idempotent{};  ///< a write may happen twice: it is sent again after an error that may pass, or a lost answer
};

/// What a writing statement tells.
struct write_result {
  std::uint64_t affected_rows{};   ///< rows inserted, deleted, or matched by an update
  std::uint64_t last_insert_id{};  ///< the generated key of the (first) row inserted, or 0
};

namespace detail {

class transaction_scope;

/// A function, for the length of a call.
template <class Signature>
class function_ref;
template <class... Args>
class function_ref<void(Args...)> {
public:
  // not for a function_ref itself: a copy must not refer to what it was copied from
  template <class F, class = std::enable_if_t<!std::is_same_v<std::remove_cvref_t<F>, function_ref>>>
  function_ref(F&& f) noexcept
      : object_(const_cast<void*>(static_cast<const void*>(&f))),
        call_([](void* object, Args... args) { (*static_cast<std::remove_reference_t<F>*>(object))(args...); }) {}
  void operator()(Args... args) const { call_(object_, args...); }

private:
  void* object_;
  void (*call_)(void*, Args...);
};

/// A pool or a transaction. Cheap to copy.
class executor {
public:
  executor() noexcept;
  executor(std::shared_ptr<pool_state> pool, std::shared_ptr<transaction_scope> transaction, call_options options);
  executor(const executor&);
  executor(executor&&) noexcept;
  executor& operator=(const executor&);
  executor& operator=(executor&&) noexcept;
  ~executor();

  call_context context(std::source_location where) const;
  const call_options& options() const noexcept { return options_; }
  bool in_transaction() const noexcept { return transaction_ != nullptr; }
  transaction_scope* transaction() const noexcept { return transaction_.get(); }
  const std::shared_ptr<pool_state>& pool() const noexcept { return pool_; }
  /// Errors: usage_error if its client was moved from, which has no pool.
  pool_state& expect_pool(std::source_location where = std::source_location::current()) const;
  engine_kind engine() const noexcept { return pool_->engine(); }
  /// With those of `options` that are given over its own.
  executor with(call_options options) const;
  /// No call made through it, and no transaction, lasts beyond this.
  executor until(std::chrono::steady_clock::time_point deadline) const;
  std::chrono::steady_clock::time_point deadline() const noexcept { return deadline_; }

private:
  std::shared_ptr<pool_state> pool_;
  std::shared_ptr<transaction_scope> transaction_;
  call_options options_;
  std::chrono::steady_clock::time_point deadline_{std::chrono::steady_clock::time_point::max()};
};

/// The parameters of a statement; few of them need no memory of their own.
class parameter_list {
public:
  /// Room for so many. Lifetime: until the next call.
  value_view* set_size(std::size_t count) {
    size_ = count;
    if (count > few_.size()) more_.resize(count);
    return count > few_.size() ? more_.data() : few_.data();
  }
  std::span<const value_view> items() const noexcept {
    return {size_ > few_.size() ? more_.data() : few_.data(), size_};
  }

private:
  std::array<value_view, 16> few_;
  std::vector<value_view> more_{};
  std::size_t size_{};
};

/// A connection for one call: the transaction's own, or one borrowed for as long as this lives.
/// Threads: ends where it was made, before those made earlier.
class borrowed {
public:
  borrowed(const executor& from, const call_context& context);
  borrowed(const borrowed&) = delete;
  borrowed& operator=(const borrowed&) = delete;
  ~borrowed();
  /// Whether this thread has one of this pool.
  static bool from(const pool_state& pool) noexcept;
  engine_connection& operator*() const noexcept { return *connection_; }
  engine_connection* operator->() const noexcept { return connection_; }

private:
  lease lease_;
  engine_connection* connection_{};
  const pool_state* pool_{};  // of what is noted
  const borrowed* before_{};  // this thread's, so noted
};

/// One run of a statement: of an error the transaction is told, if there is one, and who watches.
class statement_run : public watched_run {
public:
  statement_run(const executor& on, engine_connection& connection, statement_kind kind, std::string_view sql,
                std::span<const value_view> parameters);
  template <class Step>
  decltype(auto) step(Step&& take) {
    try {
      return take();
    } catch (const error& problem) {
      note(problem);
      throw;
    }
  }

private:
  void note(const error& problem) noexcept;

  transaction_scope* transaction_;
};

/// An open result: prepared, executed, and finished when it ends.
/// Lifetime: borrows the text and the parameters.
class open_rows {
public:
  open_rows(const executor& from, const statement_text& text, std::span<const value_view> parameters,
            const call_context& context);
  open_rows(const open_rows&) = delete;
  open_rows& operator=(const open_rows&) = delete;
  ~open_rows() { statement_->finish(); }

  bool next() {
    const bool found = run_.step([&] { return statement_->next(); });
    run_.rows += found ? 1 : 0;
    return found;
  }
  std::span<const value_view> cells() const noexcept { return statement_->cells(); }
  std::span<const std::string> columns() const noexcept { return statement_->columns(); }
  engine_statement& statement() const noexcept { return *statement_; }

private:
  borrowed connection_;
  statement_run run_;
  engine_statement* statement_;
};

/// Calls `read`; on TiDB, outside a transaction, again after an error that may pass: a read changes nothing.
void retry_read(const executor& on, const call_context& context, function_ref<void()> read);

/// What a statement writes, for the observer.
struct write_target {
  write_kind kind{write_kind::raw};
  std::string_view table{};
  std::span<const std::string> columns{};
  std::span<const std::size_t> key{};   ///< of an insert: the primary key's places in a row of parameters
  bool may_conflict{};                  ///< of an insert: rows that are there stay or are changed
  std::span<const std::string> sets{};  ///< of an upsert: what it sets of those
  std::size_t row_count{};              ///< of an insert: rows in its parameters, which others may follow; 0: all
  bool is_unfollowed{};                 ///< `followed_key` was asked already, and gave none
  /// Of an update or delete: the values of the primary key, row after row, if they are known.
  std::span<const value_view> rows{};
  std::span<const std::string> key_names{};  ///< whose values these are; empty: those that `followed_key` told
};

/// The columns by which the writer must tell, with the write, which rows it changes; none: it need not.
std::vector<std::string> followed_key(const executor& on, const write_target& target, const call_context& context);

/// Runs a writing statement and tells the observer, if there is one. On TiDB, outside a transaction, it is sent again
/// if it is certain that nothing of it was, or if it may happen twice.
write_result run_write(const executor& on, const statement_text& text, std::span<const value_view> parameters,
                       const write_target& target, const call_context& context);

/// Runs an INSERT of one row once for each of `rows`, in the caller's transaction; the number inserted.
std::uint64_t run_rows(const executor& on, const statement_text& text, std::span<const value_view> rows,
                       std::size_t width, const write_target& target, const call_context& context);

/// Runs LOAD DATA LOCAL in the caller's transaction; see `engine_connection::load`. Note: the observer is not told.
std::optional<std::uint64_t> run_load(const executor& on, std::string_view sql, byte_source& file,
                                      const call_context& context);

/// Runs DDL. Errors: usage_error inside a transaction, for TiDB would commit it.
void run_ddl(const executor& on, std::string_view sql, const call_context& context);

/// Errors: usage_error if the text begins with DDL (inside a transaction), with transaction control (anywhere), or with
/// what does not read (inside a read-only transaction).
void check_raw(const executor& on, std::string_view sql, const call_context& context);

[[noreturn]] void throw_row_count(errc code, std::string_view sql, const call_context& context);

}  // namespace detail

}  // namespace tidb
