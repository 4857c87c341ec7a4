// SQL statements as plain values.
#pragma once

#include "tidbxx/sql/expression.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::sql {

enum class join_kind : std::uint8_t { inner, left, cross };

/// A further table of FROM.
struct join {
  join_kind kind{};
  std::string table{};
  std::string alias{};  ///< empty: none
  expression on{};
};

enum class set_kind : std::uint8_t { union_distinct, union_all, intersect, except };

/// A further SELECT whose rows are put together with those before it.
struct set_part {
  set_kind kind{};
  std::shared_ptr<const select> query{};
};

/// A SELECT with a name, in WITH.
struct common_table {
  std::string name{};
  std::vector<std::string> columns{};
  std::shared_ptr<const select> query{};
};

enum class lock_wait : std::uint8_t { wait, nowait, skip_locked };

/// How a SELECT locks its rows. The embedded engine's transactions lock by themselves.
struct row_lock {
  bool for_update{};
  lock_wait waiting{};
  std::vector<std::string> of{};  ///< tables, by their aliases; empty: all
};

/// The columns of a table, by its alias if it has one.
/// Lifetime: the columns are of the program, and keep nothing.
struct lasting_columns {
  std::string_view table{};
  std::string_view alias{};
  const expression& columns;
};

/// SELECT; parts left empty are left out.
struct select {
  select();
  /// Of these columns, whose nodes it shares.
  explicit select(const lasting_columns& of);
  select(const select&);
  select(select&&) noexcept;
  select& operator=(const select&);
  select& operator=(select&&) noexcept;
  ~select();

  std::vector<common_table> with{};
  bool recursive{};                  ///< one of `with` looks at itself
  std::vector<std::string> hints{};  ///< TiDB's optimizer hints, such as `HASH_JOIN(t1, t2)`
  bool distinct{};
  expression columns{op::row};
  std::string table{};  ///< empty: none
  std::string alias{};  ///< empty: none
  std::string as_of{};  ///< TiDB reads the state of this time, UTC; empty: now
  std::vector<join> joins{};
  expression where{};
  expression group{op::row};
  expression having{};
  std::vector<set_part> sets{};  ///< order, limit and offset are of all together
  expression order{op::row};     ///< of order_term
  expression limit{};
  expression offset{};
  row_lock lock{};
};

/// SELECT COUNT(*) of the rows that the statement gives without its limit and offset.
select counting(const select& of);

/// One column = expression.
struct assignment {
  std::string column{};
  expression to{};
};

/// What an INSERT does with a row whose key is there already.
enum class on_conflict : std::uint8_t { fail, ignore, update };

/// INSERT of `rows` rows of parameters, row after row, or of a query's rows.
struct insert {
  std::string table{};
  std::vector<std::string> columns{};
  std::size_t rows{1};
  std::shared_ptr<const select> query{};
  on_conflict conflict{};
  std::vector<assignment> set{};  ///< of on_conflict::update
};

/// UPDATE of one table: of its rows that meet rows of the joined ones.
struct update {
  std::string table{};
  std::vector<join> joins{};  ///< inner ones; with them, neither order nor limit
  std::vector<assignment> set{};
  expression where{};
  expression order{op::row};  ///< of order_term
  expression limit{};
};

/// DELETE from one table: of its rows that meet rows of the joined ones.
struct erase {
  std::string table{};
  std::vector<join> joins{};  ///< inner ones; with them, neither order nor limit
  expression where{};
  expression order{op::row};  ///< of order_term
  expression limit{};
};

}  // namespace tidb::sql
