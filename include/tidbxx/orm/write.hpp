// Typed writing: insert, save, update, erase.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/orm/select.hpp"

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

/// What happens to rows whose keys are there already.
struct insert_form {
  sql::on_conflict conflict{};
  std::vector<sql::assignment> set{};
};

/// Inserts rows in as few statements as parameters and packet allow.
class bulk_insert {
public:
  bulk_insert(const executor& on, const mapped_table& table, const insert_form& form, std::size_t expected_rows,
              call_context context);
  ~bulk_insert();
  bulk_insert(const bulk_insert&) = delete;
  bulk_insert& operator=(const bulk_insert&) = delete;

  /// The parameters of the next row; what they borrow must live until `finish`.
  value_view* next_row();
  /// Keeps what the next row's parameters do not borrow from the row itself.
  kept_cells& kept();
  /// Sends what is left; the number of rows inserted.
  std::uint64_t finish();

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Inserts `expected` rows, which `encode` gives, in one transaction: a new one, or the caller's; the number inserted.
std::uint64_t insert_rows(const executor& on, const mapped_table& table, const insert_form& form, std::size_t expected,
                          function_ref<void(bulk_insert&)> encode, std::source_location where);
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

/// The cells of one row. Lifetime: borrows from `row` and `kept`.
template <class T>
std::vector<value_view> encode_one(const T& row, kept_cells& kept) {
  std::vector<value_view> cells(column_count<T>);
  encode_row(row, cells.data(), kept);
  return cells;
}

/// Puts a generated key into the row's auto-increment member.
template <class T>
void fill_key(T& row, std::uint64_t key) {
  if (key == 0) return;
  for_each_column<T>([&](const auto& column, std::size_t) {
    using type = std::remove_cvref_t<decltype(row.*(column.member))>;
    if constexpr (std::integral<type> && !std::same_as<type, bool>)
      if (column.auto_increment && row.*(column.member) == type{}) row.*(column.member) = static_cast<type>(key);
  });
}

}  // namespace detail

/// In what an upsert sets: the value that the row would have been inserted with.
template <class Table, auto Member>
auto inserted(const column_ref<Table, Member>& column) {
  using type = typename column_ref<Table, Member>::type;
  return expr<type, tables<Table>>(sql::function("INSERTED", {column.expression()}));
}

/// UPDATE of one table. Without `where` it changes every row.
/// Lifetime: must not outlive the client or transaction it was made from.
template <class Table>
class update_builder {
public:
  explicit update_builder(detail::executor on) : on_(std::move(on)) {
    statement_.table = detail::mapping_for<Table>.table;
  }
  template <class... Used>
  update_builder& set(assignment<Table, Used>... changes) {
    (detail::check_tables<tables<Table>, Used>(), ...);
    (statement_.set.push_back(std::move(changes.made)), ...);
    return *this;
  }
  template <class Used>
  update_builder& where(const expr<bool, Used>& condition) {
    detail::check_tables<tables<Table>, Used>();
    statement_.where = sql::both(std::move(statement_.where), condition.expression());
    return *this;
  }
  /// With a limit: the rows that come first in this order.
  template <class... Terms>
  update_builder& order_by(const Terms&... terms) {
    (statement_.order.push_back(detail::order_term_of<tables<Table>>(terms)), ...);
    return *this;
  }
  update_builder& limit(std::uint64_t rows) {
    statement_.limit = detail::row_number(rows);
    return *this;
  }
  /// The number of rows that matched, changed or not.
  /// Note: a MYSQL* handed to `connect` without CLIENT_FOUND_ROWS counts only those that changed.
  std::uint64_t run(std::source_location where = std::source_location::current()) const {
    return detail::run_update(on_, statement_, on_.context(where));
  }

private:
  detail::executor on_;
  sql::update statement_;
};

/// DELETE from one table. Without `where` it deletes every row.
/// Lifetime: must not outlive the client or transaction it was made from.
template <class Table>
class erase_builder {
public:
  explicit erase_builder(detail::executor on) : on_(std::move(on)) {
    statement_.table = detail::mapping_for<Table>.table;
  }
  template <class Used>
  erase_builder& where(const expr<bool, Used>& condition) {
    detail::check_tables<tables<Table>, Used>();
    statement_.where = sql::both(std::move(statement_.where), condition.expression());
    return *this;
  }
  /// With a limit: the rows that come first in this order.
  template <class... Terms>
  erase_builder& order_by(const Terms&... terms) {
    (statement_.order.push_back(detail::order_term_of<tables<Table>>(terms)), ...);
    return *this;
  }
  erase_builder& limit(std::uint64_t rows) {
    statement_.limit = detail::row_number(rows);
    return *this;
  }
  /// The number of rows deleted.
  std::uint64_t run(std::source_location where = std::source_location::current()) const {
    return detail::run_erase(on_, statement_, on_.context(where));
  }

private:
  detail::executor on_;
  sql::erase statement_;
};

}  // namespace tidb
