// SQL expressions as plain values.
#pragma once

#include "tidbxx/core/value.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tidb::sql {

enum class op : std::uint8_t {
  none,       ///< no expression
  column,     ///< `table`.`name`; an unqualified one has an empty table
  literal,    ///< `literal`, sent as a parameter
  parameter,  ///< the prepared statement's argument number `index`
  label,      ///< its one argument, called `name`
  function,   ///< `name`(arguments)
  star,       ///< `*`, as in COUNT(*)
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  like,
  not_like,  ///< case-sensitive, backslash escapes
  in,
  not_in,  ///< the first argument in the others
  between,
  is_null,
  is_not_null,
  logical_and,
  logical_or,
  logical_not,
  add,
  subtract,
  multiply,
  divide,
  modulo,
  negate
};

/// One node with its operands. Its special members are in the library: every typed expression copies some.
struct expression {
  op kind{op::none};
  std::string table{};
  std::string name{};
  value literal{};
  std::size_t index{};
  std::vector<expression> arguments{};

  explicit expression(op of_kind = op::none) noexcept;
  expression(const expression&);
  expression(expression&&) noexcept;
  expression& operator=(const expression&);
  expression& operator=(expression&&) noexcept;
  ~expression();

  explicit operator bool() const noexcept { return kind != op::none; }
};

expression column(std::string table, std::string name);
expression literal(const value_view& item);
expression parameter(std::size_t index);
expression label(expression inner, std::string name);
expression function(std::string name, std::vector<expression> arguments);
expression unary(op kind, expression inner);
expression binary(op kind, expression left, expression right);
/// Both, or the one that is there.
expression both(expression left, expression right);

}  // namespace tidb::sql
