// Typed writing: insert, save, update, erase.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/bulk.hpp"
#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/orm/select_builder.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidb {

namespace detail {

/// INSERT … SELECT; into all columns, if none are named. The number of rows.
std::uint64_t insert_query(const executor& on, const mapped_table& table, std::vector<std::string> columns,
                           std::shared_ptr<const sql::select> query, const call_context& context);
/// The generated key, or 0.
std::uint64_t insert_one(const executor& on, const mapped_table& table, std::span<const value_view> row,
                         const call_context& context);
/// Inserts the row, or updates the one with its primary key; 0, or the generated key.
std::uint64_t save_one(const executor& on, const mapped_table& table, std::span<const value_view> row,
                       const call_context& context);
std::uint64_t run_update(const executor& on, const sql::update& statement, const call_context& context);
std::uint64_t run_erase(const executor& on, const sql::erase& statement, const call_context& context);
void run_in_batches(const executor& on, const mapped_table& table, const sql::update& statement, std::uint64_t rows,
                    const call_context& context);
void run_in_batches(const executor& on, const mapped_table& table, const sql::erase& statement, std::uint64_t rows,
                    const call_context& context);
/// The cells of one row. Lifetime: borrows from `row` and `kept`.
template <class T>
std::vector<value_view> encode_one(const T& row, kept_cells& kept) {
  std::vector<value_view> cells(column_count<T>);
  encode_row(row, cells.data(), kept);
  return cells;
}

/// The statement with an inner join of Other.
template <class Other, class Seen, class Statement, class Used>
Statement with_join(Statement statement, const expr<bool, Used>& on) {
  check_tables<Seen, Used>();
  statement.joins.push_back(
      join_of(sql::join_kind::inner, mapping_for<row_of<Other>>.table, table_traits<Other>::alias, on.expression()));
  return statement;
}

}  // namespace detail

/// In what an upsert sets: the value that the row would have been inserted with.
template <class Table, auto Member>
auto inserted(const column_ref<Table, Member>& column) {
  using type = typename column_ref<Table, Member>::type;
  return expr<type, tables<Table>>(sql::expression(sql::op::inserted, sql::lasting{column.name()}));
}

/// INSERT that changes the rows whose primary key or a unique value is taken: `upsert(rows).set(c<&player::coins> =
/// c<&player::coins> + inserted(c<&player::coins>)).run()`.
/// Note: a row that takes unique values of two rows changes only one of them, and which is the engine's choice.
/// Lifetime: borrows the rows; must not outlive the client or transaction it was made from.
template <class Rows>
class upsert_builder {
public:
  using table = detail::row_type_of<const Rows>;

  upsert_builder(detail::executor on, const Rows& rows) : on_(std::move(on)), rows_(rows) {}
  template <class... Used>
  upsert_builder& set(assignment<table, Used>... changes) {
    (detail::check_tables<tables<table>, Used>(), ...);
    (form_.set.push_back(std::move(changes.made)), ...);
    return *this;
  }
  /// All rows or none. Errors: constraint_violation; usage_error if nothing is set.
  void run(std::source_location where = std::source_location::current()) const {
    detail::insert_range(on_, rows_, detail::checked(form_, where), where);
  }

private:
  detail::executor on_;
  const Rows& rows_;
  detail::insert_form form_{sql::on_conflict::update, {}};
};

/// UPDATE of one table. Without `where` it changes every row.
/// Lifetime: must not outlive the client or transaction it was made from.
template <class Table, class Seen = tables<Table>>
class update_builder {
public:
  explicit update_builder(detail::executor on, sql::update statement = {})
      : on_(std::move(on)), statement_(std::move(statement)) {
    statement_.table = detail::mapping_for<Table>.table;
  }
  template <class... Used>
  update_builder& set(assignment<Table, Used>... changes) {
    (detail::check_tables<Seen, Used>(), ...);
    (statement_.set.push_back(std::move(changes.made)), ...);
    return *this;
  }
  template <class Used>
  update_builder& where(expr<bool, Used> condition) {
    detail::check_tables<Seen, Used>();
    sql::add_condition(statement_.where, std::move(condition).take());
    return *this;
  }
  /// Only rows that meet one of Other, whose columns `set` and `where` may use from then on.
  /// Note: of a row that meets several, the engine chooses which it takes values from.
  template <class Other, class Used>
  auto join(const expr<bool, Used>& on) const {
    using seen = typename detail::join_tables<Seen, tables<Other>>::type;
    return update_builder<Table, seen>(on_, detail::with_join<Other, seen>(statement_, on));
  }
  /// With a limit: the rows that come first in this order.
  template <class... Terms>
  update_builder& order_by(const Terms&... terms) {
    (statement_.order.add(detail::order_term_of<Seen>(terms)), ...);
    return *this;
  }
  /// Errors, when run: usage_error with a join.
  update_builder& limit(std::uint64_t rows) {
    statement_.limit = detail::row_number(rows);
    return *this;
  }
  /// The number of rows that matched, changed or not.
  /// Note: a MYSQL* handed to `connect` without CLIENT_FOUND_ROWS counts only those that changed.
  std::uint64_t run(std::source_location where = std::source_location::current()) const {
    return detail::run_update(on_, statement_, on_.context(where));
  }
  /// For more rows than a transaction bears: so many at a time, found by ranges of the primary key, each time in a
  /// transaction of its own. The embedded engine does all in one.
  /// Errors: usage_error in a transaction, and with a join, an order or a limit. Note: after any other error the rows
  /// of some batches are changed: run it again.
  /// Source: TiDB's BATCH (non-transactional DML).
  void run_in_batches(std::uint64_t rows, std::source_location where = std::source_location::current()) const {
    detail::run_in_batches(on_, detail::table_of<detail::row_of<Table>>(), statement_, rows, on_.context(where));
  }

private:
  detail::executor on_;
  sql::update statement_;
};

/// DELETE from one table. Without `where` it deletes every row.
/// Lifetime: must not outlive the client or transaction it was made from.
template <class Table, class Seen = tables<Table>>
class erase_builder {
public:
  explicit erase_builder(detail::executor on, sql::erase statement = {})
      : on_(std::move(on)), statement_(std::move(statement)) {
    statement_.table = detail::mapping_for<Table>.table;
  }
  template <class Used>
  erase_builder& where(expr<bool, Used> condition) {
    detail::check_tables<Seen, Used>();
    sql::add_condition(statement_.where, std::move(condition).take());
    return *this;
  }
  /// Only rows that meet one of Other, whose columns `where` may use from then on.
  template <class Other, class Used>
  auto join(const expr<bool, Used>& on) const {
    using seen = typename detail::join_tables<Seen, tables<Other>>::type;
    return erase_builder<Table, seen>(on_, detail::with_join<Other, seen>(statement_, on));
  }
  /// With a limit: the rows that come first in this order.
  template <class... Terms>
  erase_builder& order_by(const Terms&... terms) {
    (statement_.order.add(detail::order_term_of<Seen>(terms)), ...);
    return *this;
  }
  /// Errors, when run: usage_error with a join.
  erase_builder& limit(std::uint64_t rows) {
    statement_.limit = detail::row_number(rows);
    return *this;
  }
  /// The number of rows deleted.
  std::uint64_t run(std::source_location where = std::source_location::current()) const {
    return detail::run_erase(on_, statement_, on_.context(where));
  }
  /// For more rows than a transaction bears: so many at a time, found by ranges of the primary key, each time in a
  /// transaction of its own. The embedded engine does all in one.
  /// Errors: usage_error in a transaction, and with a join, an order or a limit. Note: after any other error the rows
  /// of some batches are deleted: run it again.
  /// Source: TiDB's BATCH (non-transactional DML).
  void run_in_batches(std::uint64_t rows, std::source_location where = std::source_location::current()) const {
    detail::run_in_batches(on_, detail::table_of<detail::row_of<Table>>(), statement_, rows, on_.context(where));
  }

private:
  detail::executor on_;
  sql::erase statement_;
};

}  // namespace tidb
