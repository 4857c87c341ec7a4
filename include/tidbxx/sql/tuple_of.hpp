// Several values that are looked for together.
#pragma once

#include "tidbxx/sql/functions.hpp"

#include <initializer_list>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

/// What `tuple_of` makes.
template <class... X>
class value_tuple {
public:
  using used = detail::used_by_each<X...>;
  using values = std::tuple<detail::bare<typename X::type>...>;

  explicit value_tuple(const X&... parts) { (detail::add_to(built_, parts), ...); }

  /// True if it is one of these tuples, or pairs; an empty list gives no row.
  auto in(std::initializer_list<values> items) const { return member(sql::op::in, items); }
  template <detail::iterable Range>
  auto in(const Range& items) const {
    return member(sql::op::in, items);
  }
  auto not_in(std::initializer_list<values> items) const { return member(sql::op::not_in, items); }
  template <detail::iterable Range>
  auto not_in(const Range& items) const {
    return member(sql::op::not_in, items);
  }
  /// True if the query gives it. Note: of a NULL among the query's rows, not_in is true of nothing.
  template <detail::is_query Q>
  auto in(const Q& query) const {
    return member_of_query(sql::op::in, query);
  }
  template <detail::is_query Q>
  auto not_in(const Q& query) const {
    return member_of_query(sql::op::not_in, query);
  }

private:
  template <class Items>
  auto member(sql::op kind, const Items& items) const {
    auto built = sql::unary(kind, built_);
    for (const auto& item : items)
      built.add(std::apply(
          [](const auto&... parts) {
            static_assert(sizeof...(parts) == sizeof...(X), "in() takes tuples of as many values");
            (detail::check_comparable<X, std::remove_cvref_t<decltype(parts)>>(), ...);
            sql::expression row(sql::op::row);
            (detail::add_beside<std::remove_cvref_t<decltype(parts)>, X>(row, parts), ...);
            return row;
          },
          item));
    return expr<bool, used>(std::move(built));
  }
  template <class... Row>
  static constexpr void check_rows(std::tuple<Row...>* /*of the query*/) {
    static_assert(sizeof...(Row) == sizeof...(X), "in() looks through a query of as many columns");
    if constexpr (sizeof...(Row) == sizeof...(X)) (detail::check_comparable<X, expr<Row>>(), ...);
  }
  template <class Q>
  auto member_of_query(sql::op kind, const Q& query) const {
    check_rows(static_cast<typename Q::row_type*>(nullptr));
    using all = typename detail::join_tables<used, typename Q::outer>::type;
    return expr<bool, all>(sql::binary(kind, built_, sql::of_query(sql::op::query, query.shared())));
  }

  sql::expression built_{sql::op::row};
};

/// Several columns or expressions as one: `tuple_of(c<&stay::guest>, c<&stay::room>).in({{1, "a"}, {2, "b"}})`.
template <detail::is_operand... X>
  requires(sizeof...(X) >= 2)
value_tuple<X...> tuple_of(const X&... parts) {
  return value_tuple<X...>(parts...);
}

}  // namespace tidb
