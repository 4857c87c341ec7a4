// SQL expressions as plain values.
#pragma once

#include "tidbxx/core/value.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tidb::sql {

struct select;

enum class op : std::uint8_t {
  none,       ///< no expression
  column,     ///< `table`.`name`; an unqualified one has an empty table
  literal,    ///< `literal`, sent as a parameter
  parameter,  ///< the prepared statement's argument number `index`
  label,      ///< its one argument, called `name`
  function,   ///< `name`(arguments)
  star,       ///< `*`, as in COUNT(*)
  row,        ///< its arguments in parentheses
  raw,        ///< `name` is SQL, each `?` in it one of the arguments
  query,      ///< `query` as a value, or as the rows that IN, any and all look through
  exists,     ///< whether `query` has a row
  any_of,
  all_of,  ///< the rows of `query`, as the right side of a comparison
  equal,
  not_equal,
  null_safe_equal,  ///< NULL equals NULL
  less,
  less_equal,
  greater,
  greater_equal,
  like,
  not_like,  ///< case-sensitive; a third argument escapes, else a backslash
  regexp,
  not_regexp,
  in,
  not_in,  ///< the first argument in the others
  between,
  not_between,
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
  negate,
  exact,      ///< a sum, difference, product, aggregate or function of decimals
  concat,     ///< texts, one after the other
  case_when,  ///< condition and result by turns; what is left over is the result of no condition
  cast,       ///< to the cast_type `index`
  date_add,   ///< to its first argument its second, in units `name`
  round_real,  ///< of a double, to as many digits as a second argument says
  inserted,   ///< in what an upsert sets: what the row would have had in the column `name`
  decimal_sum,
  decimal_avg,
  group_concat,  ///< its first argument, in the order of the others; `name` is between two
  distinct,   ///< of an aggregate: each of its argument's values once
  ascending,
  descending,  ///< terms of `over`
  over         ///< a window function, the row of its partition, the row of its order; `name` is its frame
};

/// Where NULL comes in an order; by default before all, in a descending one behind all.
enum class null_order : std::uint8_t { by_default, first, last };

/// What CAST makes, by TiDB's names.
enum class cast_type : std::uint8_t { signed_integer, unsigned_integer, real, text, bytes, date, datetime, time, json };

/// One node with its operands. Its special members are in the library: every typed expression copies some.
struct expression {
  op kind{op::none};
  std::string table{};
  std::string name{};
  value literal{};
  std::size_t index{};
  std::vector<expression> arguments{};
  std::shared_ptr<const select> query{};

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
/// The same, of a name that a program may have from elsewhere.
/// Errors: usage_error unless it is letters, digits and underscores.
expression named_function(std::string name, std::vector<expression> arguments);
/// SQL as it is. Errors, when printed: usage_error if it has not one `?` for each argument.
expression raw(std::string sql, std::vector<expression> arguments);
expression unary(op kind, expression inner);
expression binary(op kind, expression left, expression right);
expression cast(expression inner, cast_type to);
/// Of a kind that looks at a query, with its left side where it has one.
expression of_query(op kind, std::shared_ptr<const select> query);
/// Both, or the one that is there.
expression both(expression left, expression right);

}  // namespace tidb::sql
