// Inserts, upserts, updates and deletes at random.
#include "support/fuzz/statements.hpp"

#include <algorithm>
#include <memory>
#include <utility>

namespace tests::fuzz {

namespace sql = tidb::sql;
using sql::op;

namespace {

constexpr int deep = 3;

class write_maker {
public:
  explicit write_maker(random_source& random) : random_(random), make_(random) {}

  statement any() {
    switch (pick(4)) {
    case 0: return update();
    case 1: return erase();
    case 2: return insert_query();
    default: return upsert();
    }
  }

private:
  std::size_t pick(std::size_t end) { return below(random_, end); }
  bool once_in(std::size_t times) { return pick(times) == 0; }
  const table& any_table() { return table_at_random(random_); }

  /// What no column refuses for its type alone. TiDB refuses a division by zero in SET: there is none.
  std::vector<sql::assignment> assignments(const table& of) {
    std::vector<sql::assignment> set;
    for (auto left = 1 + pick(3); left > 0; --left) {
      const auto& column = of.columns[1 + pick(of.columns.size() - 1)];
      if (std::ranges::find(set, column.name, &sql::assignment::column) != set.end()) continue;
      set.push_back({column.name, assigned(column)});
    }
    return set;
  }

  sql::expression assigned(const column& to) {
    if (to.of != kind::decimal) return make_.of(to.of == kind::wide ? kind::integer : to.of, once_in(2) ? 1 : 0);
    if (once_in(2)) return sql::literal(values_of(kind::decimal)[pick(values_of(kind::decimal).size())]);
    return sql::column(make_.from[0].table, to.name);
  }

  void write_from(const table& of, statement& made) {
    made.table = of.name;
    make_.from = {source{of.name, {}, of.columns}};
    make_.subqueries = false;  // TiDB takes none of the table that is written
    make_.strict = true;
  }

  statement update() {
    statement made;
    const auto& of = any_table();
    write_from(of, made);
    sql::update into{.table = of.name};
    into.set = assignments(of);
    into.where = make_.condition(deep);
    if (once_in(4)) first_rows(into.order, into.limit);
    made.made = std::move(into);
    return made;
  }

  void first_rows(sql::expression& order, sql::expression& limit) {
    order.add(sql::order_term(sql::column(make_.from[0].table, "id"), once_in(2)));
    limit = sql::literal(tidb::value_view::of(static_cast<std::int64_t>(pick(5))));
  }

  statement erase() {
    statement made;
    const auto& of = any_table();
    write_from(of, made);
    sql::erase from{.table = of.name};
    from.where = make_.condition(deep);
    if (once_in(4)) first_rows(from.order, from.limit);
    made.made = std::move(from);
    return made;
  }

  statement insert_query() {
    statement made;
    const auto& of = any_table();
    made.table = of.name;
    sql::insert into{.table = of.name};
    auto query = std::make_shared<sql::select>();
    const auto& other = tables()[pick(2)];
    query->table = other.name;
    make_.from = {source{other.name, {}, other.columns}};
    make_.subqueries = false;
    make_.strict = true;
    for (const auto& each : of.columns) {
      into.columns.push_back(each.name);
      query->columns.add(each.name == "id"
                             ? sql::binary(op::add, sql::column(other.name, "id"),
                                           sql::literal(tidb::value_view::of(std::int64_t{once_in(5) ? 5 : 100})))
                             : inserted(each));
    }
    if (once_in(2)) query->where = make_.condition(2);
    into.query = std::move(query);
    made.made = std::move(into);
    return made;
  }

  /// Something that the column takes, most of the time.
  sql::expression inserted(const column& to) {
    if (to.nullable && once_in(4)) return sql::literal(tidb::value_view::null());
    if (to.of == kind::decimal) return sql::literal(values_of(kind::decimal)[pick(4)]);
    return make_.of(to.of == kind::wide ? kind::integer : to.of, once_in(3) ? 1 : 0);
  }

  statement upsert() {
    statement made;
    const auto& of = tables()[pick(2)];
    write_from(of, made);
    sql::insert into{.table = of.name, .rows = 1 + pick(3)};
    for (const auto& each : of.columns) into.columns.push_back(each.name);
    for (std::size_t row = 0; row < into.rows; ++row)
      for (const auto& each : of.columns) made.values.push_back(given(each, row));
    into.conflict = once_in(3) ? sql::on_conflict::ignore : sql::on_conflict::update;
    if (into.conflict == sql::on_conflict::update) {
      into.set = assignments(of);
      keep_one_text(into.set, of);
      auto& [name, to] = into.set.front();
      if (once_in(2)) to = sql::expression(op::inserted, name);
    }
    made.counts = false;  // TiDB counts a changed row twice
    made.made = std::move(into);
    return made;
  }

  /// TiDB writes what one text becomes over another that was taken from its column.
  static void keep_one_text(std::vector<sql::assignment>& set, const table& of) {
    bool found = false;
    std::erase_if(set, [&](const sql::assignment& each) {
      const auto& column = *std::ranges::find(of.columns, each.column, &column::name);
      return column.of == kind::text && std::exchange(found, true);
    });
  }

  tidb::value given(const column& to, std::size_t row) {
    if (to.name == "id")
      return tidb::value(tidb::value_view::of(static_cast<std::int64_t>(once_in(2) ? row + 1 : row + 50)));
    if (to.nullable && once_in(4)) return {};
    const auto items = values_of(to.of);
    if (to.type.kind == tidb::type_kind::boolean) return tidb::value(tidb::value_view::of(std::int64_t{1}));
    return items[to.of == kind::decimal ? 0 : pick(items.size())];
  }

  random_source& random_;
  expression_maker make_;
};

}  // namespace

statement make_write(random_source& random) { return write_maker(random).any(); }

}  // namespace tests::fuzz
