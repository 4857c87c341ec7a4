// Typed reading: select builders and prepared selects.
#pragma once

#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/orm/result.hpp"
#include "tidbxx/sql/printer.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

namespace detail {

struct unbound {};

sql::dialect dialect_of(const executor& on);
/// The parameters of a statement that takes no arguments. Errors: usage_error if it has a param<...>.
std::vector<value_view> literals(const std::vector<sql::slot>& slots, const call_context& context);
/// The parameters of a prepared statement. Errors: usage_error if an argument is missing or left over.
std::vector<value_view> bind_arguments(const std::vector<sql::slot>& slots, std::span<const value_view> arguments,
                                       const call_context& context);
/// The number of arguments that the slots take, and whether they are exactly the arguments in order.
std::pair<std::size_t, bool> count_arguments(const std::vector<sql::slot>& slots);

/// A select that is printed and bound, where it runs.
class bound_select {
public:
  bound_select(const executor& on, const sql::select& statement, std::source_location where);
  ~bound_select();
  /// Lifetime: borrows from this.
  read_request request() const { return {on_, text_, parameters_, context_}; }

private:
  bound_select(const executor& on, const sql::select& statement, call_context context);

  const executor& on_;
  call_context context_;
  sql::printed printed_;
  statement_text text_;
  std::vector<value_view> parameters_;
};

std::int64_t count_rows(const executor& on, const sql::select& statement, std::source_location where);

/// A limit or offset. Errors: usage_error beyond 2^63 - 1, which no engine counts to.
sql::expression row_number(std::uint64_t rows);

template <class Table, class Used>
constexpr void check_tables() {
  static_assert(within<Used, tables<Table>>, "this uses a column of a table that is not in the statement");
}

/// A typed result that says at compile time what a row is.
template <class Result>
class prepared_base {
public:
  prepared_base(executor on, sql::printed made, std::source_location where)
      : on_(std::move(on)), text_(std::move(made.text)), slots_(std::move(made.slots)), where_(where) {
    std::tie(arguments_, direct_) = count_arguments(slots_);
  }

protected:
  template <class Call, class... Args>
  decltype(auto) call(Call&& use, const Args&... args) const {
    const std::array<value_view, sizeof...(Args)> given{codec<std::decay_t<const Args>>::encode(args)...};
    auto context = on_.context(where_);
    if (direct_ && given.size() == arguments_) return use(read_request{on_, text_, given, std::move(context)});
    const auto bound = bind_arguments(slots_, given, context);
    return use(read_request{on_, text_, bound, std::move(context)});
  }

private:
  executor on_;
  statement_text text_;
  std::vector<sql::slot> slots_;
  std::source_location where_;  ///< of the call to prepare: behind a list of arguments no line can be taken
  std::size_t arguments_{};
  bool direct_{};
};

}  // namespace detail

/// A select that was printed once; its arguments stand for param<0>, param<1> …
/// Errors: as the select's, and usage_error for a wrong number of arguments.
/// Threads: may be shared; each call borrows a connection, which keeps the server's prepared statement.
/// Lifetime: one made from a transaction ends with it.
template <class Result>
class prepared : detail::prepared_base<Result> {
public:
  using detail::prepared_base<Result>::prepared_base;

  template <class... Args>
  std::vector<Result> all(const Args&... args) const {
    return this->call([](const detail::read_request& request) { return detail::read_all<Result>(request); }, args...);
  }
  template <class... Args>
  Result one(const Args&... args) const {
    return this->call([](const detail::read_request& request) { return detail::read_one<Result>(request); }, args...);
  }
  template <class... Args>
  std::optional<Result> one_or_none(const Args&... args) const {
    return this->call([](const detail::read_request& request) { return detail::read_one_or_none<Result>(request); },
                      args...);
  }
  /// Calls f with each row as it arrives (inside a transaction: once all have).
  template <class F, class... Args>
  void each(F&& f, const Args&... args) const {
    this->call([&](const detail::read_request& request) { detail::read_each<Result>(request, false, f); }, args...);
  }
};

/// SELECT … FROM one table. Row: the struct, or a tuple of the struct and the expressions asked for beside it.
/// Lifetime: must not outlive the client or transaction it was made from.
template <class Table, class Row, bool Bound>
class select_builder {
public:
  select_builder(detail::executor on, sql::select statement) : on_(std::move(on)), statement_(std::move(statement)) {}

  /// Called again, all conditions must hold.
  template <class Used>
  select_builder& where(const expr<bool, Used>& condition) {
    detail::check_tables<Table, Used>();
    statement_.where = sql::both(std::move(statement_.where), condition.expression());
    return *this;
  }
  /// Smallest first; `desc(c<…>)` for the largest. Several terms, and calls, refine one another.
  template <class... Terms>
  select_builder& order_by(const Terms&... terms) {
    (add_order(terms), ...);
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
  /// Locks the rows until the transaction ends. Errors, when run: usage_error outside a transaction.
  select_builder& for_update() {
    statement_.for_update = true;
    return *this;
  }
  /// `each` inside a transaction gets rows as they arrive; until it returns the transaction runs nothing else.
  select_builder& stream() {
    stream_ = true;
    return *this;
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
  /// Calls f with each row as it arrives (inside a transaction: once all have, unless `stream` was called).
  template <class F>
  void each(F&& f, std::source_location where = std::source_location::current()) const
    requires Bound
  {
    detail::read_each<Row>(bound(where).request(), stream_, f);
  }
  /// How many rows match; order, limit and offset do not matter.
  std::int64_t count(std::source_location where = std::source_location::current()) const
    requires Bound
  {
    return detail::count_rows(on_, statement_, where);
  }
  /// The statement, parameters as `?`.
  std::string sql() const
    requires Bound
  {
    return sql::print(statement_, detail::dialect_of(on_)).text;
  }

  const sql::select& statement() const noexcept { return statement_; }

private:
  template <class Used>
  void add_order(const ordering<Used>& term) {
    detail::check_tables<Table, Used>();
    statement_.order.push_back({term.by, term.descending});
  }
  template <detail::is_operand X>
  void add_order(const X& term) {
    add_order(asc(term));
  }
  detail::bound_select bound(std::source_location where) const { return {on_, statement_, where}; }

  detail::executor on_;
  sql::select statement_;
  bool stream_{};
};

namespace detail {

template <class Table, class... Exprs>
struct selected_row {
  using type = std::tuple<row_of<Table>, typename Exprs::type...>;
};
template <class Table>
struct selected_row<Table> {
  using type = row_of<Table>;
};

template <class Table, bool Bound, is_operand... Exprs>
auto make_select(executor on, const Exprs&... extra) {
  (check_tables<Table, typename Exprs::used>(), ...);
  auto statement = select_from<Table>();
  (statement.columns.push_back(extra.expression()), ...);
  return select_builder<Table, typename selected_row<Table, Exprs...>::type, Bound>(std::move(on),
                                                                                    std::move(statement));
}

}  // namespace detail

/// A select that is not tied to a client yet: for `prepare`.
template <class Table, detail::is_operand... Exprs>
auto select(const Exprs&... extra) {
  return detail::make_select<Table, false>(detail::executor{}, extra...);
}

}  // namespace tidb
