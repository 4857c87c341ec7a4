// Window functions: a value of each row that is computed over rows around it.
#pragma once

#include "tidbxx/sql/functions.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tidb {

/// Where a frame begins or ends, counted from the current row.
struct frame_bound {
  std::string text{};
};
inline frame_bound unbounded_preceding() { return {"UNBOUNDED PRECEDING"}; }
inline frame_bound unbounded_following() { return {"UNBOUNDED FOLLOWING"}; }
inline frame_bound current_row() { return {"CURRENT ROW"}; }
inline frame_bound preceding(std::uint32_t rows) { return {std::to_string(rows) + " PRECEDING"}; }
inline frame_bound following(std::uint32_t rows) { return {std::to_string(rows) + " FOLLOWING"}; }

/// The rows that a window function looks at.
template <class Used = tables<>>
class window {
public:
  window() = default;
  window(sql::expression partition, sql::expression order, std::string frame)
      : partition_(std::move(partition)), order_(std::move(order)), frame_(std::move(frame)) {}

  /// Only rows with the same values.
  template <detail::is_operand... X>
  auto partition_by(const X&... by) const {
    auto longer = partition_;
    (detail::add_to(longer, by), ...);
    return window<with<X...>>(std::move(longer), order_, frame_);
  }
  /// In this order; without a frame, the function sees the rows up to the current one.
  template <class... Terms>
  auto order_by(const Terms&... terms) const {
    auto longer = order_;
    (longer.add(detail::term_expression(terms)), ...);
    return window<typename detail::join_tables<Used, used_by_terms<Terms...>>::type>(partition_, std::move(longer),
                                                                                     frame_);
  }
  window rows(const frame_bound& from, const frame_bound& to) const { return framed("ROWS", from, to); }
  window range(const frame_bound& from, const frame_bound& to) const { return framed("RANGE", from, to); }

  sql::expression over(const sql::expression& function) const {
    if (function.kind() == sql::op::exact)
      return sql::unary(sql::op::exact, over(function.part(function.arguments().front())));
    sql::expression made(sql::op::over, std::string_view(frame_));
    return made.add(function).add(partition_).add(order_);
  }

private:
  template <class... X>
  using with = typename detail::join_tables<Used, detail::used_by_each<X...>>::type;
  template <class U>
  static U used_of(const ordering<U>&);
  template <detail::is_operand X>
  static typename X::used used_of(const X&);
  template <class... Terms>
  struct terms_used {
    using type = tables<>;
  };
  template <class First, class... Rest>
  struct terms_used<First, Rest...> {
    using type = typename detail::join_tables<decltype(used_of(std::declval<const First&>())),
                                              typename terms_used<Rest...>::type>::type;
  };
  template <class... Terms>
  using used_by_terms = typename terms_used<Terms...>::type;
  window framed(const char* unit, const frame_bound& from, const frame_bound& to) const {
    return {partition_, order_, std::string(unit) + " BETWEEN " + from.text + " AND " + to.text};
  }

  sql::expression partition_{sql::op::row}, order_{sql::op::row};
  std::string frame_;
};

namespace detail {

template <class X, class W>
using over_rows = expr<std::optional<bare<typename X::type>>, typename join_tables<typename X::used, W>::type>;

/// The number of rows is no parameter: the server wants to know it when it plans.
template <class X, class W>
auto shifted(const char* name, const sql::expression& item, std::uint32_t by, const window<W>& rows) {
  return over_rows<X, W>(exact_if_decimal<typename X::type>(
      rows.over(sql::raw(std::string(name) + "(?, " + std::to_string(by) + ")", {item}))));
}
template <class X, class W>
auto framed_value(const char* name, const sql::expression& item, const window<W>& rows) {
  return over_rows<X, W>(exact_if_decimal<typename X::type>(rows.over(sql::function(sql::lasting{name}, {item}))));
}

}  // namespace detail

/// An aggregate over a window: each row gets the value of the rows around it.
template <class T, class F, class W>
auto over(const expr<T, F>& aggregate, const window<W>& rows) {
  return expr<T, typename detail::join_tables<F, W>::type>(rows.over(aggregate.expression()));
}
template <class W>
auto row_number(const window<W>& rows) {
  return expr<std::int64_t, W>(rows.over(sql::function(sql::lasting{"ROW_NUMBER"}, {})));
}
/// Equal rows have equal ranks, and the next one as many more.
template <class W>
auto rank(const window<W>& rows) {
  return expr<std::int64_t, W>(rows.over(sql::function(sql::lasting{"RANK"}, {})));
}
/// Equal rows have equal ranks, and the next one the next.
template <class W>
auto dense_rank(const window<W>& rows) {
  return expr<std::int64_t, W>(rows.over(sql::function(sql::lasting{"DENSE_RANK"}, {})));
}
/// The number, from 1, of the part that the row is in when all are cut into `parts`.
template <class W>
auto ntile(std::uint32_t parts, const window<W>& rows) {
  return expr<std::int64_t, W>(rows.over(sql::raw("NTILE(" + std::to_string(parts) + ")", {})));
}
/// The value in the row so many before; NULL if there is none.
template <detail::is_operand X, class W>
auto lag(const X& item, std::uint32_t rows_before, const window<W>& rows) {
  return detail::shifted<X, W>("LAG", item.expression(), rows_before, rows);
}
/// The value in the row so many behind; NULL if there is none.
template <detail::is_operand X, class W>
auto lead(const X& item, std::uint32_t rows_behind, const window<W>& rows) {
  return detail::shifted<X, W>("LEAD", item.expression(), rows_behind, rows);
}
/// The value in the frame's first row.
template <detail::is_operand X, class W>
auto first_value(const X& item, const window<W>& rows) {
  return detail::framed_value<X, W>("FIRST_VALUE", item.expression(), rows);
}
template <detail::is_operand X, class W>
auto last_value(const X& item, const window<W>& rows) {
  return detail::framed_value<X, W>("LAST_VALUE", item.expression(), rows);
}

}  // namespace tidb
