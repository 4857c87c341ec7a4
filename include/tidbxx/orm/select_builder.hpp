// SELECT, as a typed builder.
#pragma once

#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/orm/output.hpp"
#include "tidbxx/orm/prepared.hpp"
#include "tidbxx/orm/result.hpp"
#include "tidbxx/sql/printer.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

class row;
using sql::lock_wait;

namespace detail {

struct printed_select;

/// A select that is printed and bound, where it runs. Lifetime: borrows the statement.
class bound_select {
public:
  bound_select(const executor& on, const sql::select& statement, std::source_location where);
  bound_select(const bound_select&) = delete;
  bound_select& operator=(const bound_select&) = delete;
  ~bound_select();
  /// Lifetime: borrows from this.
  read_request request() const;

private:
  const executor& on_;
  call_context context_;
  parameter_list parameters_;
  std::shared_ptr<const printed_select> printed_;
};

/// Errors: usage_error outside a transaction that writes; unsupported for what TiDB does not have.
void check_lock(const executor& on, const sql::row_lock& lock, std::source_location where);
std::int64_t count_rows(const executor& on, const sql::select& statement, std::source_location where);
void explain_select(const executor& on, const sql::select& statement, bool analyze, std::source_location where,
                    std::vector<row>& into);
/// The condition of the rows that come behind these values in an order.
sql::expression behind(const sql::expression& order, const std::vector<compared>& values);

/// A limit or offset. Errors: usage_error beyond 2^63 - 1, which no engine counts to.
sql::expression row_number(std::uint64_t rows);

template <class From, class Used>
constexpr void check_tables() {
  static_assert(within<Used, From>, "this uses a column of a table that is not in the statement");
}

/// What can stand in FROM: a struct with a schema, or an alias of one.
template <class Table>
concept is_source = is_mapped<row_of<Table>>;

/// A select's tables: those in FROM, those whose columns are read, those of the query around it.
template <class From, class Read, class Outer = tables<>>
struct select_scope {
  using from = From;
  using read = Read;
  using outer = Outer;
  using seen = typename join_tables<From, Outer>::type;
};
template <class Scope, class Table>
using with_table = select_scope<typename join_tables<typename Scope::from, tables<Table>>::type, typename Scope::read,
                                typename Scope::outer>;

/// A row in which a table's struct may be missing.
template <class Part, class Table>
struct maybe_missing {
  using type = std::conditional_t<std::same_as<Part, Table>, std::optional<Part>, Part>;
};
template <class... Parts, class Table>
struct maybe_missing<std::tuple<Parts...>, Table> {
  using type = std::tuple<typename maybe_missing<Parts, Table>::type...>;
};

/// A term of ORDER BY, an operand or an ordering of one, of a statement that reads From.
template <class From, class Used>
sql::expression order_term_of(const ordering<Used>& term) {
  check_tables<From, Used>();
  return sql::order_term(term.by, term.descending, term.nulls, term.comparison);
}
template <class From, is_operand X>
sql::expression order_term_of(const X& term) {
  check_tables<From, typename X::used>();
  sql::expression made(sql::op::ascending, 0, comparison_of<X>);
  add_to(made, term);
  return made;
}

template <class Table>
void set_source(sql::select& statement) {
  statement.table = mapping_for<row_of<Table>>.table;
  statement.alias = table_traits<Table>::alias;
}

/// An aggregate from a row's values.
template <class T, class... Parts>
T to_aggregate(std::tuple<Parts...>&& row) {
  return std::apply([](Parts&... parts) { return T{std::move(parts)...}; }, row);
}
template <class T, class Part>
T to_aggregate(Part&& row) {
  return T{std::forward<Part>(row)};
}

sql::join join_of(sql::join_kind kind, std::string_view table, std::string_view alias, sql::expression on);
/// The rows of both. Errors: usage_error for a lock.
void put_together(sql::select& statement, sql::set_kind kind, std::shared_ptr<const sql::select> with);

}  // namespace detail

/// SELECT. Row: a struct, a value, or a tuple of both.
/// Calls add to it and give it back; those that change its type (join, from, correlate) give a new one.
/// Lifetime: must not outlive the client or transaction it was made from.
template <class Scope, class Row, bool Bound>
class select_builder {
public:
  using row_type = Row;
  using outer = typename Scope::outer;

  select_builder(detail::executor on, const sql::lasting_columns& of) : on_(std::move(on)), statement_(of) {}
  select_builder(detail::executor on, const sql::select& statement) : on_(std::move(on)), statement_(statement) {}
  select_builder(detail::executor on, sql::select&& statement) : on_(std::move(on)), statement_(std::move(statement)) {}

  /// Called again, all conditions must hold.
  template <class Used>
  select_builder& where(expr<bool, Used> condition) {
    detail::check_tables<typename Scope::seen, Used>();
    sql::add_condition(statement_.where, std::move(condition).take());
    return *this;
  }
  /// Smallest first; `desc(c<…>)` for the largest. Several terms, and calls, refine one another.
  template <class... Terms>
  select_builder& order_by(const Terms&... terms) {
    (statement_.order.add(detail::order_term_of<typename Scope::seen>(terms)), ...);
    return *this;
  }
  select_builder& limit(std::uint64_t rows) {
    statement_.limit = detail::row_number(rows);
    return *this;
  }
  template <std::size_t I>
  select_builder& limit(param_t<I> rows) {
    statement_.limit = rows.expression();
    return *this;
  }
  select_builder& offset(std::uint64_t rows) {
    statement_.offset = detail::row_number(rows);
    return *this;
  }
  template <std::size_t I>
  select_builder& offset(param_t<I> rows) {
    statement_.offset = rows.expression();
    return *this;
  }
  /// Keyset pagination: the rows behind the one with these values, one for each term of `order_by`, which comes before.
  /// Note: the terms together must be unique and never NULL, or rows are lost: put the primary key last.
  /// Cost: an index on the terms finds the page at once, where an offset reads all before it.
  /// Errors: usage_error for another number of values, or one that its term cannot be compared with.
  template <class... Values>
  select_builder& after(const Values&... values) {
    statement_.where = sql::both(
        std::move(statement_.where),
        detail::behind(statement_.order, {{detail::to_expression(values), detail::comparison_of<Values>}...}));
    return *this;
  }
  /// Rows that are equal once only.
  select_builder& distinct() {
    statement_.distinct = true;
    return *this;
  }
  template <detail::is_operand... Terms>
  select_builder& group_by(const Terms&... terms) {
    (detail::check_tables<typename Scope::seen, typename Terms::used>(), ...);
    (detail::add_to(statement_.group, terms), ...);
    return *this;
  }
  /// A condition on groups. Called again, all must hold.
  template <class Used>
  select_builder& having(expr<bool, Used> condition) {
    detail::check_tables<typename Scope::seen, Used>();
    sql::add_condition(statement_.having, std::move(condition).take());
    return *this;
  }

  /// Locks the rows until the transaction ends: those of all tables, or of the tables `Of` only. The embedded engine's
  /// transaction has locked the whole file already.
  /// Errors, when run: usage_error outside a transaction; errc::conflict for a row that another transaction holds, with
  /// lock_wait::nowait; unsupported for lock_wait::skip_locked on TiDB, which has none.
  template <class... Of>
  select_builder& for_update(lock_wait waiting = lock_wait::wait) {
    detail::check_tables<typename Scope::from, tables<Of...>>();
    statement_.lock = {true, waiting, {std::string(detail::source_name<Of>())...}};
    return *this;
  }
  /// `each` inside a transaction gets rows as they arrive; until it returns the transaction runs nothing else.
  select_builder& stream() {
    stream_ = true;
    return *this;
  }
  /// A hint to TiDB's optimizer, such as `HASH_JOIN(players, items)`. The embedded engine has none.
  select_builder& hint(std::string text) {
    statement_.hints.push_back(std::move(text));
    return *this;
  }
  /// Reads from a replica that need not be the leader: TiDB's READ_CONSISTENT_REPLICA. As current as any other read.
  select_builder& follower_read() { return hint("READ_CONSISTENT_REPLICA()"); }
  /// Reads the state of an earlier time, UTC, such as `2026-01-31 12:00:00`. Errors, when run: usage_error on the
  /// embedded engine.
  select_builder& as_of(std::string time) {
    statement_.as_of = std::move(time);
    return *this;
  }

  /// FROM this table, for a select of values whose first column is of another, or that has no column.
  template <class Table>
  auto from() const {
    auto made = statement_;
    detail::set_source<Table>(made);
    using scope = detail::select_scope<tables<Table>, typename Scope::read, outer>;
    return select_builder<scope, Row, Bound>(on_, std::move(made));
  }
  /// Rows of both tables that meet the condition.
  template <class Table, class Used>
  auto join(const expr<bool, Used>& on) const {
    return joined<Table, Row>(sql::join_kind::inner, on);
  }
  /// The same, and rows that meet no row of Table: its struct in a row is a std::optional, its values are NULL.
  template <class Table, class Used>
  auto left_join(const expr<bool, Used>& on) const {
    return joined<Table, typename detail::maybe_missing<Row, detail::row_of<Table>>::type>(sql::join_kind::left, on);
  }
  /// Each row with each of Table.
  template <class Table>
  auto cross_join() const {
    return joined<Table, Row>(sql::join_kind::cross, expr<bool>(sql::expression()));
  }
  /// For a subquery: columns of these tables are those of the query around it.
  template <class... Tables>
  auto correlate() const {
    using scope = detail::select_scope<typename Scope::from, typename Scope::read,
                                       typename detail::join_tables<outer, tables<Tables...>>::type>;
    return select_builder<scope, Row, Bound>(on_, statement_);
  }

  /// The rows of both queries, equal ones once. Order, limit and offset called afterwards are of all rows together.
  template <detail::is_query Q>
  select_builder& union_with(const Q& other) {
    return put_together(sql::set_kind::union_distinct, other);
  }
  template <detail::is_query Q>
  select_builder& union_all(const Q& other) {
    return put_together(sql::set_kind::union_all, other);
  }
  /// The rows that both queries give, each once.
  template <detail::is_query Q>
  select_builder& intersect(const Q& other) {
    return put_together(sql::set_kind::intersect, other);
  }
  /// The rows that the other query does not give, each once.
  template <detail::is_query Q>
  select_builder& except(const Q& other) {
    return put_together(sql::set_kind::except, other);
  }
  /// WITH: `Table` is a struct with a schema, whose rows the query gives; this select reads it like any table.
  template <class Table, class Inner, class InnerRow, bool InnerBound>
  select_builder& with(const select_builder<Inner, InnerRow, InnerBound>& query) {
    static_assert(detail::row_reader<InnerRow>::columns == detail::column_count<Table>,
                  "with<Table>(query): the query has as many columns as Table's schema");
    const auto& table = detail::table_of<Table>();
    statement_.with.push_back({table.definition.name, table.names, query.shared()});
    return *this;
  }
  /// WITH RECURSIVE: the query is a union whose later part reads Table, which is what it has given so far.
  template <class Table, class Inner, class InnerRow, bool InnerBound>
  select_builder& with_recursive(const select_builder<Inner, InnerRow, InnerBound>& query) {
    statement_.recursive = true;
    return with<Table>(query);
  }

  std::vector<Row> all(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    return detail::read_all<Row>(bound(where).request());
  }
  /// Errors: errc::no_row, errc::too_many_rows.
  Row one(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    return detail::read_one<Row>(bound(where).request());
  }
  /// Errors: errc::too_many_rows.
  std::optional<Row> one_or_none(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    return detail::read_one_or_none<Row>(bound(where).request());
  }
  /// The only cell of the only row. Errors: errc::no_row, errc::too_many_rows.
  Row value(std::source_location where = std::source_location::current()) const
    requires(Bound && decodable<Row>)
  {
    return one(where);
  }
  /// Calls f with each row as it arrives (inside a transaction: once all have, unless `stream` was called), until it
  /// returns false, if it returns a bool.
  /// Cost: a long rest of rows that are not wanted any more is ended on the server, by another connection.
  template <class F>
  void each(F&& f, std::source_location where = std::source_location::current()) const
    requires Bound
  {
    detail::read_each<Row>(bound(where).request(), stream_, f);
  }
  /// All rows as JSON: an array of objects, one a line, whose keys are the columns' names. Integers are numbers; so are
  /// doubles, and null if they are infinite. Decimals, dates and times are strings, bytes are base64, a bool is true or
  /// false; vectors are arrays and JSON is itself.
  /// Errors: usage_error for two columns of one name.
  std::string json(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    return detail::text_of(bound(where).request(), detail::text_format::json, detail::row_facts<Row>::make());
  }
  /// The same to a stream, row by row, inside a transaction too; until it takes no more.
  /// Cost: memory for a part of 64 KiB.
  void json(std::ostream& out, std::source_location where = std::source_location::current()) const
    requires Bound
  {
    detail::write_text(bound(where).request(), detail::text_format::json, detail::row_facts<Row>::make(), out);
  }
  /// All rows as CSV with a header: fields in quotes where RFC 4180 asks for them, lines that end with a plain newline.
  /// NULL is an empty field, the empty text is "", bytes are 0x and hexadecimal digits.
  /// Note: of a single column, NULL is an empty line, which readers pass over.
  std::string csv(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    return detail::text_of(bound(where).request(), detail::text_format::csv, detail::row_facts<Row>::make());
  }
  /// As `json(out)`.
  void csv(std::ostream& out, std::source_location where = std::source_location::current()) const
    requires Bound
  {
    detail::write_text(bound(where).request(), detail::text_format::csv, detail::row_facts<Row>::make(), out);
  }
  /// The rows as aggregates of another type, its members in the order of the columns.
  template <class T>
  std::vector<T> as(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    std::vector<T> made;
    for (auto& row : all(where)) made.push_back(detail::to_aggregate<T>(std::move(row)));
    return made;
  }
  /// How many rows match; order, limit and offset do not matter.
  std::int64_t count(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    return detail::count_rows(on_, statement_, where);
  }
  /// The engine's plan, a row a step: TiDB's EXPLAIN, SQLite's EXPLAIN QUERY PLAN.
  template <class Step = row>
  std::vector<Step> explain(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    return plan<Step>(false, where);
  }
  /// The same with what each step cost: it runs the statement. Errors: errc::unsupported on the embedded engine.
  template <class Step = row>
  std::vector<Step> explain_analyze(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    return plan<Step>(true, where);
  }
  /// The statement, parameters as `?`.
  std::string sql() const
    requires Bound
  {
    return sql::print(statement_, detail::dialect_of(on_)).text;
  }

  const sql::select& statement() const noexcept { return statement_; }
  const sql::select& checked_statement() const noexcept {
    check_read();
    return statement_;
  }
  bool streams() const noexcept { return stream_; }
  /// A copy for a statement that this one is part of.
  std::shared_ptr<const sql::select> shared() const {
    check_read();
    return std::make_shared<const sql::select>(statement_);
  }

private:
  template <class Table, class NewRow, class Used>
  auto joined(sql::join_kind kind, const expr<bool, Used>& on) const {
    using scope = detail::with_table<Scope, Table>;
    detail::check_tables<typename scope::seen, Used>();
    auto made = statement_;
    made.joins.push_back(detail::join_of(kind, detail::mapping_for<detail::row_of<Table>>.table,
                                         detail::table_traits<Table>::alias, on.expression()));
    return select_builder<scope, NewRow, Bound>(on_, std::move(made));
  }
  template <class Q>
  select_builder& put_together(sql::set_kind kind, const Q& other) {
    static_assert(std::same_as<Row, typename Q::row_type>,
                  "queries that are put together give rows of the same type: cast a column of one");
    detail::put_together(statement_, kind, other.shared());
    return *this;
  }
  static constexpr void check_read() {
    static_assert(
        detail::within<typename Scope::read, typename Scope::seen>,
        "this reads a column of a table that is not in the statement: join<Table>(...) it, or say from<Table>()");
  }
  template <class Step>
  std::vector<Step> plan(bool analyze, std::source_location where) const {
    check_read();
    std::vector<Step> steps;
    detail::explain_select(on_, statement_, analyze, where, steps);
    return steps;
  }
  detail::bound_select bound(std::source_location where) const {
    check_read();
    return {on_, statement_, where};
  }

  detail::executor on_;
  sql::select statement_;
  bool stream_{};
};

}  // namespace tidb
