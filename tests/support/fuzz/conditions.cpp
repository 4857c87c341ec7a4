// Conditions at random, and queries inside of expressions.
#include "support/fuzz/expressions.hpp"

#include <iterator>
#include <memory>
#include <utility>

namespace tests::fuzz {

namespace sql = tidb::sql;
using sql::op;

sql::expression expression_maker::comparison(int depth) {
  constexpr op kinds[] = {op::equal,   op::not_equal,     op::less,           op::less_equal,
                          op::greater, op::greater_equal, op::null_safe_equal};
  auto left = any_kind();
  if (left == kind::json) left = kind::integer;
  auto right = left;
  if (left == kind::integer && once_in(3)) right = once_in(2) ? kind::real : kind::wide;
  return sql::binary(kinds[pick(std::size(kinds))], of(left, depth), of(right, depth));
}

sql::expression expression_maker::membership(int depth) {
  auto of_kind = any_kind();
  if (of_kind == kind::json) of_kind = kind::text;
  auto built = sql::unary(once_in(2) ? op::in : op::not_in, of(of_kind, depth));
  if (subqueries && once_in(3)) {
    auto inner = subquery();
    expression_maker within(random_);
    within.from = {source{inner.table, inner.alias, tables()[0].columns}};
    for (const auto& each : tables())
      if (each.name == inner.table) within.from[0].columns = each.columns;
    within.subqueries = false;
    inner.columns.add(within.of(of_kind, of_kind == kind::decimal ? 0 : 1));  // TiDB has equal ones of two scales twice
    built.add(sql::of_query(op::query, std::make_shared<const sql::select>(std::move(inner))));
    return built;
  }
  for (auto left = pick(4); left > 0; --left) built.add(value_literal(of_kind));
  return built;
}

sql::expression expression_maker::condition(int depth) {
  if (depth <= 0) {
    if (once_in(6))
      if (auto flag = group ? std::nullopt : column_of(kind::integer)) return sql::unary(op::is_null, *flag);
    const auto any = any_kind();
    const auto plain = any == kind::json ? kind::text : any;
    return sql::binary(once_in(2) ? op::less : op::equal, leaf(plain), leaf(plain));
  }
  const auto one = [&] { return condition(depth - 1); };
  switch (pick(16)) {
  case 0: return sql::binary(op::logical_and, one(), one());
  case 1: return sql::binary(op::logical_or, one(), one());
  case 2: return sql::unary(op::logical_not, one());
  case 3: {
    auto any = any_kind();
    if (any == kind::json) any = kind::decimal;
    auto built = sql::binary(once_in(2) ? op::between : op::not_between, of(any, depth - 1), of(any, 0));
    built.add(of(any, 0));
    return built;
  }
  case 4:
  case 5: return membership(depth - 1);
  case 6:
  case 7: {
    auto built = sql::binary(once_in(2) ? op::like : op::not_like, of(kind::text, depth - 1),
                             once_in(5) ? of(kind::text, 0)
                                        : any_word({"%", "_", "a%", "%a%", "A_", "x\\%y", "_\\_%", "", "%ä%", "日%",
                                                    "\\\\", "b\\\\c", "x|%y", "%|_%", "__", "%b", "a|", "a\\", "|"}));
    if (once_in(3)) built.add(sql::expression(op::constant, "|"));
    return built;
  }
  case 8:
    return sql::binary(once_in(2) ? op::regexp : op::not_regexp, of(kind::text, depth - 1),
                       any_word({"a", "^a", "b$", "[a-z]+", "(?i)A", "\\d", "a|b", ".", "^.{2}$", "日", "^$", "[^b]"}));
  case 9: return sql::unary(once_in(2) ? op::is_null : op::is_not_null, of(any_kind(), depth - 1));
  case 10: return exists(depth - 1);
  case 11:
    return sql::function("JSON_CONTAINS", {of(kind::json, depth - 1),
                                           any_word({"1", "\"x\"", "null", "[1]", "{}", "true", R"({"b":"x"})"})});
  default: return comparison(depth - 1);
  }
}

/// SELECT nothing yet FROM a table under a name of its own.
sql::select expression_maker::subquery() {
  const auto& from_table = tables()[pick(tables().size())];
  sql::select inner;
  inner.table = from_table.name;
  inner.alias = "s" + std::to_string(outer.size()) + "_" + std::to_string(++aliases_);
  return inner;
}

namespace {

const table& table_named(std::string_view name) {
  for (const auto& each : tables())
    if (each.name == name) return each;
  return tables().front();
}

}  // namespace

sql::expression expression_maker::exists(int depth) {
  if (!subqueries) return comparison(depth);
  auto inner = subquery();
  expression_maker within(random_);
  within.from = {source{inner.table, inner.alias, table_named(inner.table).columns}};
  if (!group) within.outer = from;  // a group's columns are no longer one row's
  within.subqueries = false;
  inner.columns.add(sql::column(inner.alias, "id"));
  inner.where = within.condition(depth);
  auto made = sql::of_query(op::exists, std::make_shared<const sql::select>(std::move(inner)));
  return once_in(2) ? made : sql::unary(op::logical_not, std::move(made));
}

/// One row: an aggregate, or the row with a key.
sql::expression expression_maker::scalar(kind wanted, int depth) {
  if (!subqueries || wanted == kind::json) return leaf(wanted);
  auto inner = subquery();
  expression_maker within(random_);
  within.from = {source{inner.table, inner.alias, table_named(inner.table).columns}};
  within.subqueries = false;
  if (!within.column_of(wanted)) return leaf(wanted);
  if (once_in(2)) {
    inner.columns.add(within.aggregate(wanted, 0));
    if (!group) within.outer = from;
    if (!once_in(3)) inner.where = within.condition(depth);
  } else {
    // of its own columns only: TiDB gives what it reckons of the outer row's also where the query has no row
    inner.columns.add(within.column_of(wanted).value_or(sql::column(inner.alias, "id")));
    inner.where = sql::binary(op::equal, sql::column(inner.alias, "id"), group ? number(2) : of(kind::integer, 0));
  }
  auto made = sql::of_query(op::query, std::make_shared<const sql::select>(std::move(inner)));
  return wanted == kind::decimal ? exact(std::move(made)) : made;
}

}  // namespace tests::fuzz
