// What a select reads: rows of tables, values of expressions, or both.
#pragma once

#include "tidbxx/orm/select_builder.hpp"
#include "tidbxx/sql/subquery.hpp"

#include <tuple>
#include <type_traits>
#include <utility>

namespace tidb {

namespace detail {

/// SELECT from the only table of a list, or from none; no columns yet.
inline sql::select select_source(tables<> /*none*/) { return {}; }
template <class Table>
sql::select select_source(tables<Table> /*one*/) {
  sql::select made;
  set_source<Table>(made);
  return made;
}

template <class... Used>
struct join_all {
  using type = tables<>;
};
template <class First, class... Rest>
struct join_all<First, Rest...> {
  using type = typename join_tables<First, typename join_all<Rest...>::type>::type;
};

template <class Used>
struct first_table {
  using type = tables<>;
};
template <class First, class... Rest>
struct first_table<tables<First, Rest...>> {
  using type = tables<First>;
};

template <class Table, class... Exprs>
struct selected_row {
  using type = std::tuple<row_of<Table>, typename Exprs::type...>;
};
template <class Table>
struct selected_row<Table> {
  using type = row_of<Table>;
};

/// A table's row, with the values of expressions behind it.
template <bool Bound, class Table, is_operand... Exprs>
auto make_select(executor on, const Exprs&... extra) {
  using scope = select_scope<tables<Table>, typename join_all<tables<Table>, typename Exprs::used...>::type>;
  using builder = select_builder<scope, typename selected_row<Table, Exprs...>::type, Bound>;
  if constexpr (sizeof...(Exprs) == 0) {
    return builder(std::move(on), select_from<Table>());
  } else {
    sql::select statement(select_from<Table>());
    (add_to(statement.columns, extra), ...);
    return builder(std::move(on), std::move(statement));
  }
}

/// Rows of several tables, from the first.
template <bool Bound, class First, class... Rest>
auto make_select_of(executor on) {
  sql::select statement(select_from<First>());
  const auto append = [&]<class Further>(tables<Further>) {
    for_each_column<row_of<Further>>([&](const auto& column, std::size_t) {
      statement.columns.add_column({source_name<Further>()}, {column.name});
    });
  };
  (append(tables<Rest>{}), ...);
  using scope = select_scope<tables<First>, tables<First, Rest...>>;
  return select_builder<scope, std::tuple<row_of<First>, row_of<Rest>...>, Bound>(std::move(on), std::move(statement));
}

/// Values of expressions, from the table of the first column.
template <bool Bound, class First, class... Rest>
auto make_select_of_values(executor on, const First& first, const Rest&... rest) {
  using read = typename join_all<typename First::used, typename Rest::used...>::type;
  using from = typename first_table<read>::type;
  auto statement = select_source(from{});
  add_to(statement.columns, first);
  (add_to(statement.columns, rest), ...);
  using row = std::conditional_t<sizeof...(Rest) == 0, typename First::type,
                                 std::tuple<typename First::type, typename Rest::type...>>;
  return select_builder<select_scope<from, read>, row, Bound>(std::move(on), std::move(statement));
}

}  // namespace detail

/// A select that is not tied to a client: for `prepare`, and for subqueries.
template <class Table, detail::is_operand... Exprs>
auto select(const Exprs&... extra) {
  return detail::make_select<false, Table>(detail::executor{}, extra...);
}
template <class First, class Second, class... Rest>
  requires(detail::is_source<First> && detail::is_source<Second> && (detail::is_source<Rest> && ...))
auto select() {
  return detail::make_select_of<false, First, Second, Rest...>(detail::executor{});
}
template <detail::is_operand First, detail::is_operand... Rest>
auto select(const First& first, const Rest&... rest) {
  return detail::make_select_of_values<false>(detail::executor{}, first, rest...);
}

}  // namespace tidb
