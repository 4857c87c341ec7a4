// Aggregates and windows at random.
#include "support/fuzz/expressions.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tests::fuzz {

namespace sql = tidb::sql;
using sql::op;

sql::expression expression_maker::aggregate(kind wanted, int depth) {
  const auto kept_group = std::exchange(group, std::nullopt);
  const auto kept_outer = std::exchange(outer, {});
  const bool kept_subqueries = std::exchange(subqueries, false);
  // TiDB takes two aggregates of parameters for the same
  const auto argument = [&](kind any, int levels) -> expression {
    auto item = of(any, levels);
    const bool has_column = std::any_of(&item.root(), &item.root() + item.root().size,
                                        [](const sql::node& each) { return each.kind == op::column; });
    if (levels > 0 && has_column) return item;
    if (auto found = column_of(any)) return std::move(*found);
    auto always = sql::binary(op::greater, *column_of(kind::integer), number(0));
    return sql::function("IF", {std::move(always), item, item});
  };
  const auto counted = [&] {
    const auto any = any_kind();
    return argument(any != kind::json && column_of(any) ? any : kind::integer, depth);
  };
  const auto of_itself = [&] { return sql::function(once_in(2) ? "MIN" : "MAX", {argument(wanted, depth)}); };
  auto built = [&]() -> sql::expression {
    switch (wanted) {
    case kind::integer:
      switch (pick(5)) {
      case 0: return sql::function("COUNT", {sql::expression(op::star)});
      case 1: return sql::function("COUNT", {counted()});
      case 2: return sql::function("COUNT", {sql::unary(op::distinct, counted())});
      case 3: return sql::function("SUM", {argument(kind::integer, depth)});
      default: return of_itself();
      }
    case kind::real:
      switch (pick(3)) {
      case 0: return sql::function("SUM", {argument(kind::real, 0)});
      case 1:
        return sql::function("AVG",
                             {sql::cast(argument(once_in(2) ? kind::integer : kind::real, 0), sql::cast_type::real)});
      default: return of_itself();
      }
    case kind::decimal:
      if (once_in(2)) return exact(of_itself());
      if (once_in(2)) return exact(sql::unary(op::decimal_sum, argument(kind::decimal, depth)));
      return exact(sql::unary(op::decimal_avg, argument(kind::decimal, 0)));  // whose digits are the column's
    case kind::text: {
      if (once_in(2)) return of_itself();
      constexpr std::string_view separators[] = {",", "", "|", "'", "\\"};
      sql::expression joined(op::group_concat, separators[pick(std::size(separators))]);
      joined.add(argument(kind::text, depth)).add(sql::unary(op::descending, of(kind::text, 0)));
      for (const auto& each : from)
        joined.add(sql::unary(op::ascending, sql::column(each.name(), each.columns.front().name)));
      return joined;
    }
    case kind::json: return literal(kind::json);
    default: return of_itself();
    }
  }();
  group = kept_group;
  outer = kept_outer;
  subqueries = kept_subqueries;
  return built;
}

/// Total: by the keys of all tables, after something else.
sql::expression expression_maker::windowed(kind wanted, int depth) {
  const bool kept_subqueries = std::exchange(subqueries, false);
  sql::expression partition(op::row), order(op::row);
  if (once_in(2)) partition.add(of(once_in(2) ? kind::text : kind::integer, 1));
  // in one direction: of two TiDB takes rows that are equal in the first for peers
  const auto direction = once_in(2) ? op::ascending : op::descending;
  if (once_in(2)) order.add(sql::unary(direction, of(kind::decimal, 0)));
  for (const auto& each : from) order.add(sql::unary(direction, sql::column(each.name(), each.columns.front().name)));
  constexpr std::string_view frames[] = {"",
                                         "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW",
                                         "ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING",
                                         "ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
                                         "ROWS BETWEEN 3 PRECEDING AND 2 PRECEDING",
                                         "RANGE BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
                                         "RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING"};
  std::string frame(frames[pick(std::size(frames))]);
  auto inner = [&]() -> sql::expression {
    if (wanted == kind::integer && once_in(2)) {
      frame.clear();
      switch (pick(4)) {
      case 0: return sql::function("ROW_NUMBER", {});
      case 1: return sql::function("RANK", {});
      case 2: return sql::function("DENSE_RANK", {});
      default: return sql::raw("NTILE(3)", {});
      }
    }
    switch (pick(4)) {
    case 0: frame.clear(); return sql::raw(once_in(2) ? "LAG(?, 1)" : "LEAD(?, 2)", {of(wanted, depth)});
    case 1: return sql::function(once_in(2) ? "FIRST_VALUE" : "LAST_VALUE", {of(wanted, depth)});
    default: {
      auto built = aggregate(wanted, depth);
      const auto& call = built.kind() == op::exact ? built.arguments().front() : built.root();
      const bool has_window = call.kind != op::group_concat && call.kind != op::literal &&
                              (call.count == 0 || call.arguments().front().kind != op::distinct);
      return has_window ? built : sql::function("FIRST_VALUE", {of(wanted, depth)});
    }
    }
  }();
  subqueries = kept_subqueries;
  const auto over = [&](const sql::expression& function) {
    return sql::expression(op::over, frame).add(function).add(partition).add(order);
  };
  if (inner.kind() == op::exact) return exact(over(inner.part(inner.arguments().front())));
  auto built = over(std::move(inner));
  return wanted == kind::decimal ? exact(std::move(built)) : built;
}

}  // namespace tests::fuzz
