#include "support/fuzz/statements.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tests::fuzz {

namespace sql = tidb::sql;
using sql::op;

namespace {

constexpr int deep = 3;

class statement_maker {
public:
  explicit statement_maker(random_source& random) : random_(random), make_(random) {}

  statement any() {
    switch (pick(20)) {
    case 0:
    case 1:
    case 2:
    case 3: return make_write(random_);
    case 4:
    case 5: return grouped();
    case 6: return whole();
    case 7:
    case 8: return windows();
    case 9:
    case 10: return together();
    case 11: return common();
    case 12: return recursive();
    default: return plain();
    }
  }

private:
  std::size_t pick(std::size_t end) { return below(random_, end); }
  bool once_in(std::size_t times) { return pick(times) == 0; }

  const table& any_table() { return table_at_random(random_); }

  /// FROM one to three tables; those behind the first have aliases.
  void sources(sql::select& into) {
    const auto& first = any_table();
    into.table = first.name;
    if (once_in(4)) into.alias = "t0";
    make_.from = {source{into.table, into.alias, first.columns}};
    const auto joined = once_in(2) ? 0 : 1 + pick(2);
    for (std::size_t i = 0; i < joined; ++i) join(into, i + 1);
  }

  void join(sql::select& into, std::size_t number) {
    const auto& other = any_table();
    sql::join joined{
        .kind = static_cast<sql::join_kind>(pick(3)), .table = other.name, .alias = "t" + std::to_string(number)};
    const auto before = make_.from;
    make_.from.push_back({other.name, joined.alias, other.columns});
    if (joined.kind == sql::join_kind::cross && number > 1) joined.kind = sql::join_kind::inner;
    const bool is_behind_left = std::ranges::count(into.joins, sql::join_kind::left, &sql::join::kind) > 0;
    if (joined.kind != sql::join_kind::cross) joined.on = meets(before, make_.from.back(), is_behind_left);
    into.joins.push_back(std::move(joined));
  }

  /// TiDB takes no subquery in ON; and behind a left join, where what is compared is computed, an inner one for
  /// another.
  sql::expression meets(const std::vector<source>& before, const source& joined, bool plain) {
    make_.subqueries = false;
    const auto of = once_in(2) ? kind::integer : make_.any_kind();
    const auto one_of = [&](const std::vector<source>& among) {
      expression_maker maker(random_);
      maker.from = among;
      maker.subqueries = false;
      return maker.of(of == kind::json ? kind::text : of, !plain && once_in(3) ? 1 : 0);
    };
    auto on = sql::binary(once_in(5) ? op::less : op::equal, one_of(before), one_of({joined}));
    if (once_in(3)) on = sql::binary(op::logical_and, std::move(on), make_.condition(1));
    make_.subqueries = true;
    return on;
  }

  void add(statement& to, sql::select& into, kind of, sql::expression item, std::string label = {}) {
    to.columns.push_back(of);
    into.columns.add(label.empty() ? std::move(item) : sql::label(item, label));
  }

  /// By something, and by the keys of all tables, so that each row has its place.
  void order_by_keys(sql::select& into, kind first_kind) {
    const auto term = [&](sql::expression by) {
      into.order.add(sql::order_term(std::move(by), once_in(2), static_cast<sql::null_order>(pick(3))));
    };
    make_.subqueries = false;  // TiDB does not find the columns of one in ORDER BY
    for (auto left = pick(3); left > 0; --left) {
      const auto of = make_.any_kind();
      term(make_.of(of == kind::json ? kind::text : of, 1));
    }
    make_.subqueries = true;
    const auto& first = into.columns.arguments().front();
    if (first.kind == op::label && first_kind != kind::json && once_in(2))
      into.order.add(sql::order_term(into.columns.part(first), once_in(2)));
    for (const auto& each : make_.from) term(sql::column(each.name(), "id"));
  }

  void page(sql::select& into) {
    const auto rows = [&](std::size_t end) {
      return sql::literal(tidb::value_view::of(static_cast<std::int64_t>(pick(end))));
    };
    if (once_in(2)) into.limit = rows(12);
    if (once_in(3)) into.offset = rows(5);
  }

  statement plain() {
    statement made;
    sql::select into;
    sources(into);
    for (auto left = 1 + pick(4), at = std::size_t{0}; left > 0; --left, ++at) {
      const auto of = make_.any_kind();
      add(made, into, of, make_.of(of, deep), once_in(3) ? "c" + std::to_string(at) : "");
    }
    const auto has = [&](kind of) { return std::ranges::count(made.columns, of) != 0; };
    if (!once_in(4)) into.where = make_.condition(deep);
    if (!has(kind::json) && !has(kind::decimal) && once_in(6)) {
      into.distinct = true;
    } else if (once_in(2)) {
      order_by_keys(into, made.columns.front());
      page(into);
      made.ordered = true;
    }
    return finish(std::move(made), std::move(into));
  }

  static statement finish(statement made, sql::select into) {
    made.made = std::move(into);
    return made;
  }

  statement grouped() {
    statement made;
    sql::select into;
    sources(into);
    if (once_in(2)) into.where = make_.condition(2);
    std::vector<fuzz::made> keys;
    make_.subqueries = false;
    for (auto left = 1 + pick(2); left > 0; --left) {
      auto of = make_.any_kind();
      if (of == kind::json) of = kind::text;
      auto key = make_.column_of(of);
      if (key) keys.push_back({std::move(*key), of});
    }
    if (keys.empty()) keys.push_back({sql::column(make_.from[0].name(), "id"), kind::integer});
    for (const auto& key : keys) into.group.add(key.expression);
    make_.group = keys;
    if (once_in(4)) {  // one that only itself can name
      make_.group.reset();
      keys.push_back({sql::binary(op::add, make_.of(kind::integer, 0), make_.literal(kind::integer)), kind::integer});
      make_.group = std::vector<fuzz::made>(keys.begin(), keys.end() - 1);
      into.group.add(keys.back().expression);
    }
    for (auto left = 1 + pick(3); left > 0; --left) {
      const auto of = aggregated_kind();
      add(made, into, of, make_.of(of, 2));
    }
    for (const auto& key : keys) add(made, into, key.of, key.expression);
    if (once_in(2)) into.having = make_.condition(2);
    if (once_in(2)) {
      for (const auto& key : keys) into.order.add(sql::order_term(key.expression, once_in(2)));
      page(into);
      made.ordered = true;
    }
    return finish(std::move(made), std::move(into));
  }

  kind aggregated_kind() {
    auto of = make_.any_kind();
    return of == kind::json ? kind::integer : of;
  }

  /// Aggregates of all rows.
  statement whole() {
    statement made;
    sql::select into;
    sources(into);
    if (!once_in(3)) into.where = make_.condition(2);
    make_.group.emplace();
    for (auto left = 1 + pick(3); left > 0; --left) {
      const auto of = aggregated_kind();
      add(made, into, of, make_.aggregate(of, 2));
    }
    made.ordered = true;
    return finish(std::move(made), std::move(into));
  }

  statement windows() {
    statement made;
    sql::select into;
    sources(into);
    if (once_in(2)) into.where = make_.condition(2);
    for (auto left = 1 + pick(3); left > 0; --left) {
      const auto of = aggregated_kind();
      add(made, into, of, make_.windowed(of, 1));
    }
    add(made, into, kind::integer, sql::column(make_.from[0].name(), "id"));
    return finish(std::move(made), std::move(into));
  }

  /// A select of these kinds from one table.
  sql::select part(const std::vector<kind>& kinds, std::size_t labels) {
    sql::select into;
    const auto& from = any_table();
    into.table = from.name;
    make_.from = {source{from.name, {}, from.columns}};
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      // TiDB cuts texts that are computed to the length that it takes the first query's for, and decimals that are
      // computed are to it no equals of those of another scale
      const bool as_it_is = kinds[i] == kind::text || kinds[i] == kind::decimal;
      auto item = make_.of(kinds[i], as_it_is ? 0 : 1);
      into.columns.add(i < labels ? sql::label(item, "c" + std::to_string(i)) : item);
    }
    if (once_in(2)) into.where = make_.condition(1);
    return into;
  }

  statement together() {
    statement made;
    for (auto left = 1 + pick(3); left > 0; --left) made.columns.push_back(aggregated_kind());
    auto into = part(made.columns, made.columns.size());
    const auto labels = made.columns.size();
    for (auto left = 1 + pick(2); left > 0; --left)
      tidb::detail::put_together(into, static_cast<sql::set_kind>(pick(4)),
                                 std::make_shared<const sql::select>(part(made.columns, 0)));
    if (once_in(2)) {
      for (std::size_t i = 0; i < labels; ++i)
        into.order.add(sql::order_term(sql::column({}, "c" + std::to_string(i)), once_in(2)));
      page(into);
      made.ordered = true;
    }
    return finish(std::move(made), std::move(into));
  }

  statement common() {
    statement made;
    sql::select into;
    const std::vector<kind> kinds{aggregated_kind(), aggregated_kind(), kind::integer};
    auto inner = part(kinds, 0);
    if (once_in(3)) inner.distinct = true;
    into.with.push_back({"some", {"x", "y", "z"}, std::make_shared<const sql::select>(std::move(inner))});
    into.table = "some";
    const std::vector<column> columns{{"x", kinds[0]}, {"y", kinds[1]}, {"z", kinds[2]}};
    make_.from = {source{"some", {}, columns}};
    if (once_in(3)) join(into, 1);
    for (auto left = 1 + pick(3); left > 0; --left) {
      const auto of = kinds[pick(3)];
      add(made, into, of, make_.of(of, 1));
    }
    if (once_in(2)) into.where = make_.condition(2);
    return finish(std::move(made), std::move(into));
  }

  /// Numbers counted up, and another of each.
  statement recursive() {
    const auto number = [](std::int64_t item) { return sql::literal(tidb::value_view::of(item)); };
    auto first = std::make_shared<sql::select>();
    first->columns.add(number(1)).add(number(static_cast<std::int64_t>(pick(5))));
    sql::select next;
    next.table = "steps";
    const std::vector<column> columns{{"n", kind::integer}, {"v", kind::integer}};
    make_.from = {source{"steps", {}, columns}};
    make_.subqueries = false;
    next.columns.add(sql::binary(op::add, sql::column("steps", "n"), number(1)))
        .add(sql::function("SIGN", {make_.of(kind::integer, 2)}));
    next.where = sql::binary(op::less, sql::column("steps", "n"), number(1 + static_cast<std::int64_t>(pick(9))));
    first->sets.push_back({once_in(3) ? sql::set_kind::union_distinct : sql::set_kind::union_all,
                           std::make_shared<const sql::select>(std::move(next))});
    make_.subqueries = true;
    statement made;
    sql::select into;
    into.recursive = true;
    into.with.push_back({"steps", {"n", "v"}, std::move(first)});
    into.table = "steps";
    if (once_in(3)) join(into, 1);
    for (auto left = 1 + pick(2); left > 0; --left) add(made, into, kind::integer, make_.of(kind::integer, 1));
    return finish(std::move(made), std::move(into));
  }

  random_source& random_;
  expression_maker make_;
};

}  // namespace

const table& table_at_random(random_source& random) { return tables()[below(random, 12) == 0 ? 2 : below(random, 2)]; }

statement make_statement(std::uint64_t seed) {
  random_source random(seed * 0x9E3779B97F4A7C15U + 1);
  return statement_maker(random).any();
}

}  // namespace tests::fuzz
