// Queries inside of expressions.
#pragma once

#include "tidbxx/sql/typed.hpp"

#include <optional>

namespace tidb {

/// The only value of a query as a value of the query around it; NULL if it has no row.
template <detail::is_query Q>
auto scalar(const Q& query) {
  using found = typename Q::row_type;
  static_assert(decodable<found>, "scalar() takes a query of one column");
  return expr<std::optional<detail::bare<found>>, typename Q::outer>(
      detail::exact_if_decimal<found>(sql::of_query(sql::op::query, query.shared())));
}
/// Whether the query has a row.
template <detail::is_query Q>
auto exists(const Q& query) {
  return expr<bool, typename Q::outer>(sql::of_query(sql::op::exists, query.shared()));
}

/// The rows of a query as the right side of a comparison: `c<&item::price> > all_of(prices)`.
template <class T, class Outer>
struct compared_rows {
  sql::expression built{};

  template <detail::is_operand X>
  friend auto operator==(const X& left, const compared_rows& rows) {
    return rows.template compare<X>(sql::op::equal, left);
  }
  template <detail::is_operand X>
  friend auto operator!=(const X& left, const compared_rows& rows) {
    return rows.template compare<X>(sql::op::not_equal, left);
  }
  template <detail::is_operand X>
  friend auto operator<(const X& left, const compared_rows& rows) {
    return rows.template compare<X>(sql::op::less, left);
  }
  template <detail::is_operand X>
  friend auto operator<=(const X& left, const compared_rows& rows) {
    return rows.template compare<X>(sql::op::less_equal, left);
  }
  template <detail::is_operand X>
  friend auto operator>(const X& left, const compared_rows& rows) {
    return rows.template compare<X>(sql::op::greater, left);
  }
  template <detail::is_operand X>
  friend auto operator>=(const X& left, const compared_rows& rows) {
    return rows.template compare<X>(sql::op::greater_equal, left);
  }

private:
  template <class X>
  auto compare(sql::op kind, const X& left) const {
    detail::check_comparable<X, expr<T>>();
    using used = typename detail::join_tables<typename X::used, Outer>::type;
    return expr<bool, used>(sql::binary(kind, left.expression(), built));
  }
};

/// A comparison with it is true if it is true of a row of the query; NULL if it is not, but is NULL of one.
template <detail::is_query Q>
auto any_of(const Q& query) {
  static_assert(decodable<typename Q::row_type>, "any_of() takes a query of one column");
  return compared_rows<typename Q::row_type, typename Q::outer>{sql::of_query(sql::op::any_of, query.shared())};
}
/// A comparison with it is true if it is true of each row of the query, also of none; NULL if it is false of none, but
/// NULL of one.
template <detail::is_query Q>
auto all_of(const Q& query) {
  static_assert(decodable<typename Q::row_type>, "all_of() takes a query of one column");
  return compared_rows<typename Q::row_type, typename Q::outer>{sql::of_query(sql::op::all_of, query.shared())};
}

}  // namespace tidb
