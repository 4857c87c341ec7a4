// One transaction: its options, its connection, and running it again.
#pragma once

#include "tidbxx/core/error.hpp"
#include "tidbxx/engine/executor.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

class client;

/// What a transaction sees of others.
enum class isolation : std::uint8_t {
  automatic,        ///< the server's own: TiDB's is repeatable_read, the embedded engine's serializable
  read_committed,   ///< each statement sees what is committed; TiDB: pessimistic transactions only
  repeatable_read,  ///< what was committed when it began (a snapshot)
  serializable,     ///< embedded engine only
};

/// One try of a transaction, before it begins. Lifetime: borrowed, during the call of the hook.
struct transaction_try {
  int number{};                        ///< from 1
  const error* failure{};              ///< what the try before ended with; nullptr at the first
  std::chrono::milliseconds waited{};  ///< before this try
};

/// How `client::transaction` runs.
/// Note: the embedded engine's transactions are serializable, whatever isolation is asked for.
struct transaction_options {
  tidb::isolation isolation{};
  bool read_only{};   ///< writing is a usage_error; takes no lock, and its end cannot be unknown
  bool optimistic{};  ///< locks nothing until it commits (embedded: until it writes): for rare conflicts
  /// TiDB: reads what was committed this long ago, from any replica, without waiting; implies read_only.
  std::chrono::milliseconds staleness{};
  int max_tries{8};
  /// Of the whole: all tries and the waits between them; 0: none. Only `committed` may last longer, up to 5 s after it
  /// began.
  std::chrono::milliseconds timeout{};
  std::function<void(const transaction_try&)> on_try{};
  /// Asked after an outcome_unknown, on a connection of its own, whether the transaction was committed: true ends it
  /// well, false runs it again. What it throws is dropped, and the outcome_unknown goes on.
  /// Note: a COMMIT may still be on its way. Look for a row that the transaction inserted, by its whole primary or
  /// unique key, in a transaction of the check's own and with for_update(): that waits until it has arrived. By
  /// anything else, such as a range, it would not wait, for TiDB locks no gaps. An optimistic transaction has no locks
  /// to wait for, so of its check only true counts; after false the outcome_unknown goes on.
  std::function<bool(client&)> committed{};
};

namespace detail {

struct open_transactions;

/// One open transaction on one connection. Ends with a rollback unless committed.
class transaction_scope {
public:
  /// Begins it. `until`: no call in it may last longer.
  transaction_scope(std::shared_ptr<pool_state> pool, const transaction_options& options, const call_context& context,
                    std::chrono::steady_clock::time_point until);
  /// A savepoint within `outer`.
  explicit transaction_scope(transaction_scope& outer, const call_context& context);
  /// What `run_schema_change` runs in.
  struct for_schema_change {};
  transaction_scope(for_schema_change, const executor& on, const call_context& context);
  transaction_scope(const transaction_scope&) = delete;
  transaction_scope& operator=(const transaction_scope&) = delete;
  ~transaction_scope() { end(); }

  /// Errors: usage_error if it is over, or if a nested one is open.
  engine_connection& connection(const call_context& context);
  void commit(const call_context& context);
  /// Rolls back what was not committed and gives the connection back.
  void end() noexcept;
  /// Remembers an error that ended the transaction on the server; every later call throws it again.
  void note(const error& failed);
  bool read_only() const noexcept { return read_only_; }
  /// A statement of it has written: from then on an embedded file has no other writer, optimistic or not.
  void has_written(std::uint64_t rows) noexcept {
    outermost().locks_file_ = true;
    outermost().rows_written_ += rows;
  }
  /// A program has told which rows of a table its own SQL will change.
  void note_touched(std::string_view table) { outermost().touched_.emplace_back(table); }
  std::span<const std::string> touched() noexcept { return outermost().touched_; }
  /// Those that its statements wrote so far.
  std::uint64_t rows_written() const noexcept { return rows_written_; }
  std::chrono::steady_clock::time_point deadline() const noexcept { return deadline_; }

private:
  friend void refuse_to_wait_for_itself(const pool_state& pool, bool writes, const call_context& context);
  bool stands_in_the_way_of(const pool_state& pool, bool writes) const;
  transaction_scope& outermost() noexcept;
  void begin(const transaction_options& options, const call_context& context);
  void note_open();
  bool looks_at_keys(const call_context& context);
  void restore_connection() noexcept;
  void send(std::string_view control, const call_context& context);
  void send_savepoint(std::string_view command, const call_context& context);

  std::shared_ptr<pool_state> pool_;  // outlives the lease
  lease lease_;
  transaction_scope* outer_{};
  std::shared_ptr<open_transactions> noted_in_;  // of the thread that began it, on an embedded database
  int depth_{};
  bool read_only_{};
  std::atomic<bool> locks_file_{};
  std::uint64_t rows_written_{};
  bool changes_schema_{};
  bool looks_at_keys_again_{};  // the connection did before
  bool nested_open_{};
  std::vector<std::string> touched_{};  // tables
  bool open_{};
  std::chrono::steady_clock::time_point deadline_;
  std::optional<error> fatal_{};  // of the outermost
};

/// Errors: usage_error if this thread has a transaction open for which the call would wait: one that locks the same
/// file, if it writes, or one that has the only connection to a database in memory; or if it reads rows by that.
void refuse_to_wait_for_itself(const pool_state& pool, bool writes, const call_context& context);
bool is_in_memory(const pool_state& pool) noexcept;

/// Asks `transaction_options::committed`; set by the client, which the check is given.
using settle_function = bool (*)(const executor& on, const transaction_options& options);

/// Runs `body` in a transaction and commits; once more, after a wait, for as long as its error may pass and tries and
/// time are left. `settle` may be nullptr.
void run_transaction(const executor& on, const transaction_options& options, function_ref<void(const executor&)> body,
                     settle_function settle, std::source_location where);

/// A transaction that lasts as long as its owner wants; without a commit it ends with a rollback.
class open_transaction {
public:
  /// Begins it. Errors: as those of a transaction's beginning; it is not tried again.
  open_transaction(const executor& on, const transaction_options& options, std::source_location where);
  open_transaction(const open_transaction&) = delete;
  open_transaction& operator=(const open_transaction&) = delete;
  ~open_transaction();

  const executor& on() const noexcept { return inside_; }
  /// Nothing more can be done with it, also after an error.
  void commit(std::source_location where);

private:
  executor inside_;
};

/// Runs `body` on one connection, on which it may run DDL. On the embedded engine that is a transaction, committed at
/// its end, in which foreign keys are not looked at; on TiDB, where DDL commits by itself, it is none.
/// `beginning` limits the wait for the file's lock. Errors: usage_error inside a transaction.
void run_schema_change(const executor& on, const call_context& beginning, function_ref<void(const executor&)> body);

/// Runs `body` in a savepoint of the transaction that `on` is.
void run_nested(const executor& on, function_ref<void(const executor&)> body, std::source_location where);

}  // namespace detail

}  // namespace tidb
