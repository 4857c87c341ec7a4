// A client: statements, transactions, tables and search over a pool of connections.
#pragma once

#include "tidbxx/client/dynamic_table.hpp"
#include "tidbxx/client/table.hpp"
#include "tidbxx/engine/options.hpp"
#include "tidbxx/engine/pool.hpp"
#include "tidbxx/orm/statements.hpp"
#include "tidbxx/orm/transaction.hpp"
#include "tidbxx/schema/difference.hpp"
#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/search/index_list.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidb {

/// Made by `connect`. Copies share the pool.
/// Threads: may be shared; each statement borrows a connection for as long as it runs.
class client : public statements {
public:
  explicit client(std::shared_ptr<detail::pool_state> pool);

  /// Runs `body(transaction&)` and commits; an exception from it rolls back and goes on to the caller.
  /// Gives back what `body` does, once. `body` is run again, after a wait, when a conflict or a lost connection ended
  /// the transaction and nothing was committed: whatever it does besides must bear that. An error of another class
  /// ends it, and so does any exception that is not the database's.
  /// Errors: of the last try; outcome_unknown if the answer to the COMMIT was lost (see
  /// transaction_options::committed). Note: on the embedded engine a transaction takes the file's write lock at once,
  /// unless optimistic or read_only. Cost: BEGIN and COMMIT, a round trip each; one more for another isolation level.
  template <class F>
  auto transaction(F&& body, std::source_location where = std::source_location::current()) const {
    return transaction(transaction_options{}, body, where);
  }
  /// Errors, besides: unsupported for what the engine lacks (serializable on TiDB, staleness on the embedded one).
  template <class F>
  auto transaction(const transaction_options& options, F&& body,
                   std::source_location where = std::source_location::current()) const {
    return detail::keep_result(
        body, [&](const auto& inside) { detail::run_transaction(on(), options, inside, settle, where); });
  }

  template <detail::mapped T>
  tidb::table<T> table() const {
    return tidb::table<T>(*this);
  }

  template <detail::mapped T>
  void create_table(if_exists existing = if_exists::raise,
                    std::source_location where = std::source_location::current()) const {
    create_table(detail::table_of<T>().definition, existing, where);
  }
  /// Errors: usage_error for a wrong definition, errc::statement if the table exists and `existing` is raise;
  /// unsupported for checks on a TiDB that ignores them.
  void create_table(const table_definition& table, if_exists existing = if_exists::raise,
                    std::source_location where = std::source_location::current()) const;
  /// Errors: errc::statement if there is no such table.
  template <detail::mapped T>
  void drop_table(std::source_location where = std::source_location::current()) const {
    drop_table(detail::mapping_for<T>.table, where);
  }
  void drop_table(std::string_view name, std::source_location where = std::source_location::current()) const;
  /// Deletes all rows; a generated key may start anew.
  template <detail::mapped T>
  void truncate_table(std::source_location where = std::source_location::current()) const {
    truncate_table(detail::mapping_for<T>.table, where);
  }
  void truncate_table(std::string_view name, std::source_location where = std::source_location::current()) const;
  template <detail::mapped T>
  bool has_table(std::source_location where = std::source_location::current()) const {
    return has_table(detail::mapping_for<T>.table, where);
  }
  bool has_table(std::string_view name, std::source_location where = std::source_location::current()) const;
  /// What of T's table is not as its schema says; empty if nothing. Errors: errc::statement if there is no such table.
  template <detail::mapped T>
  std::vector<table_difference> compare_table(std::source_location where = std::source_location::current()) const {
    return compare_tables(definition_of<T>(), reflect_table(detail::mapping_for<T>.table, where), engine());
  }
  /// The table as it is, whoever made it. A UNIQUE of one column is told by the column; indexes that a foreign key
  /// made, and those of searches, are left out. Types that are none of ours are told as the next larger one. Errors:
  /// errc::statement if there is no such table, or it is a view; usage_error for a virtual table of SQLite's.
  table_definition reflect_table(std::string_view name,
                                 std::source_location where = std::source_location::current()) const;
  /// A table without a struct: its rows come as `row`, and it is searched, and indexed for that, by the names of
  /// columns. Errors: as those of reflect_table.
  dynamic_table open_table(std::string_view name, std::source_location where = std::source_location::current()) const {
    return {on(), reflect_table(name, where)};
  }
  /// The tables of the current database, sorted; those of search indexes are left out.
  std::vector<std::string> list_tables(std::source_location where = std::source_location::current()) const;

  /// The search indexes of a table, or without one of the current database, sorted; as they are now, whoever made them.
  std::vector<search_index_definition>
  list_search_indexes(std::string_view table = {}, std::source_location where = std::source_location::current()) const {
    return detail::list_indexes(on(), table, where);
  }

  /// Asks for so many copies of the table in TiFlash, 0 for none. They are made after this returns.
  /// Errors: unsupported on the embedded engine, and for more than there are TiFlash stores.
  /// Source: TiDB's ALTER TABLE … SET TIFLASH REPLICA.
  void set_tiflash_replicas(std::string_view table, int replicas,
                            std::source_location where = std::source_location::current()) const;
  /// Waits until they are there. Errors: timeout, which says why they are not: too few stores, or how far they are;
  /// usage_error for a table that is to have none.
  void wait_for_tiflash(std::string_view table, std::chrono::milliseconds limit = std::chrono::minutes(5),
                        std::source_location where = std::source_location::current()) const;

  /// The databases beside this one, sorted; those of the server itself are left out. On the embedded engine a database
  /// is a file, and those beside it are the SQLite files of its folder with the same ending, which is no part of names.
  std::vector<std::string> list_databases(std::source_location where = std::source_location::current()) const;
  bool has_database(std::string_view name, std::source_location where = std::source_location::current()) const;
  /// Empty if none is selected.
  std::string current_database(std::source_location where = std::source_location::current()) const;
  /// Errors: errc::statement if there is one and `existing` is raise; usage_error for a name that is no file's on the
  /// embedded engine, and of a database in memory, which has none beside it.
  void create_database(std::string_view name, if_exists existing = if_exists::raise,
                       std::source_location where = std::source_location::current()) const;
  /// With all that is in it. Errors: errc::statement if there is none; usage_error for the current one.
  void drop_database(std::string_view name, std::source_location where = std::source_location::current()) const;
  /// A client for another database beside this one, with a pool of its own. Errors: errc::statement if there is none.
  client use_database(std::string_view name, std::source_location where = std::source_location::current()) const;

  /// What the server is and can do. Cost: a connection, if none is open yet.
  capabilities features(std::source_location where = std::source_location::current()) const;
  /// The time of one round trip. Errors: connection_error if the connection does not answer; timeout.
  std::chrono::microseconds ping(std::source_location where = std::source_location::current()) const;
  /// `host:port/database`, or the file.
  const std::string& endpoint() const { return on().expect_pool().endpoint(); }
  engine_kind engine() const { return on().expect_pool().engine(); }

  /// From now on `hook` is called after each statement of this client's pool; see `pool::on_statement`.
  /// Note: the statement's connection is still borrowed; what the hook asks of this client needs another.
  void on_statement(std::function<void(const statement_event&)> hook) const {
    on().expect_pool().watching().set_hook(std::move(hook));
  }
  /// What went through this client's pool since it was made.
  statement_counters counters() const { return on().expect_pool().watching().sum(); }
  /// What the connections of this client's pool do; see `pool::stats`.
  pool_stats stats() const { return on().expect_pool().stats(); }
  /// Ends this client's pool, for all that share it; see `pool::close`.
  bool close(std::chrono::milliseconds timeout = std::chrono::seconds(10)) const {
    return on().expect_pool().close(timeout);
  }

  /// A client over the same pool whose calls have these limits, and this one's where a field is not given.
  client with(call_options options) const { return client(on().with(std::move(options))); }

private:
  explicit client(detail::executor on) : statements(std::move(on)) {}
  /// Asks options.committed with a client like the one that `on` is of.
  static bool settle(const detail::executor& on, const transaction_options& options);
};

}  // namespace tidb
