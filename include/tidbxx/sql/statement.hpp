// SQL statements as plain values.
#pragma once

#include "tidbxx/sql/expression.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tidb::sql {

/// One term of ORDER BY.
struct order_term {
  expression by{};
  bool descending{};
};

/// SELECT from one table; parts left empty are left out.
struct select {
  select();
  select(const select&);
  select(select&&) noexcept;
  select& operator=(const select&);
  select& operator=(select&&) noexcept;
  ~select();

  std::vector<expression> columns{};
  std::string table{};
  std::string alias{};  ///< empty: none
  expression where{};
  std::vector<order_term> order{};
  expression limit{};
  expression offset{};
  bool for_update{};  ///< the embedded engine's transactions lock by themselves
};

/// SELECT COUNT(*) of the rows that `where` leaves.
select counting(std::string table, std::string alias, expression where);

/// INSERT of `rows` rows of parameters, row after row.
struct insert {
  std::string table{};
  std::vector<std::string> columns{};
  std::size_t rows{1};
};

/// One column = expression of an UPDATE.
struct assignment {
  std::string column{};
  expression to{};
};

/// UPDATE of one table.
struct update {
  std::string table{};
  std::vector<assignment> set{};
  expression where{};
};

/// DELETE from one table.
struct erase {
  std::string table{};
  expression where{};
};

}  // namespace tidb::sql
