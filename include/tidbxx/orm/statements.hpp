// The statements that a client and a transaction have in common.
#pragma once

#include "tidbxx/orm/bulk.hpp"
#include "tidbxx/orm/load.hpp"
#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/orm/row.hpp"
#include "tidbxx/orm/select.hpp"
#include "tidbxx/orm/write.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

/// SQL text that reads rows of `Row`. Runs when rows are asked for, each time anew; a range-for runs it once.
/// Lifetime: must not outlive the client or transaction it was made from.
template <class Row>
class raw_query {
public:
  raw_query(detail::executor on, std::string_view sql, std::vector<value> parameters, std::source_location where)
      : on_(std::move(on)), text_(std::string(sql)), parameters_(std::move(parameters)), where_(where) {}

  std::vector<Row> all() const {
    return run([](const detail::read_request& request) { return detail::read_all<Row>(request); });
  }
  /// Errors: errc::no_row, errc::too_many_rows.
  Row one() const {
    return run([](const detail::read_request& request) { return detail::read_one<Row>(request); });
  }
  /// Errors: errc::too_many_rows.
  std::optional<Row> one_or_none() const {
    return run([](const detail::read_request& request) { return detail::read_one_or_none<Row>(request); });
  }
  /// The only cell of the only row.
  Row value() const
    requires decodable<Row>
  {
    return one();
  }
  /// `each` inside a transaction gets rows as they arrive; until it returns the transaction runs nothing else.
  raw_query& stream() {
    stream_ = true;
    return *this;
  }
  /// Calls f with each row as it arrives (inside a transaction: once all have, unless `stream` was called), until it
  /// returns false, if it returns a bool.
  template <class F>
  void each(F&& f) const {
    run([&](const detail::read_request& request) { detail::read_each<Row>(request, stream_, f); });
  }
  /// All rows as JSON, an array of objects; see `select_builder::json`.
  std::string json() const { return text(detail::text_format::json); }
  void json(std::ostream& out) const { write(detail::text_format::json, out); }
  /// All rows as CSV; see `select_builder::csv`.
  std::string csv() const { return text(detail::text_format::csv); }
  void csv(std::ostream& out) const { write(detail::text_format::csv, out); }
  auto begin() {
    rows_ = all();
    return rows_.begin();
  }
  auto end() { return rows_.end(); }

private:
  std::string text(detail::text_format format) const {
    return run([&](const detail::read_request& request) {
      return detail::text_of(request, format, detail::row_facts<Row>::make());
    });
  }
  void write(detail::text_format format, std::ostream& out) const {
    run([&](const detail::read_request& request) {
      detail::write_text(request, format, detail::row_facts<Row>::make(), out);
    });
  }
  template <class Call>
  decltype(auto) run(Call&& use) const {
    auto context = on_.context(where_);
    detail::check_raw(on_, text_.sql(), context);
    const std::vector<value_view> views(parameters_.begin(), parameters_.end());
    return use(detail::read_request{on_, text_, views, std::move(context)});
  }

  detail::executor on_;
  statement_text text_;
  std::vector<tidb::value> parameters_;
  std::source_location where_;
  std::vector<Row> rows_;
  bool stream_{};
};

namespace detail {

template <class... Ts>
struct raw_row {
  using type = std::tuple<Ts...>;
};
template <class T>
struct raw_row<T> {
  using type = T;
};
template <>
struct raw_row<> {
  using type = row;
};

/// A statement's text and the line that wrote it.
struct located_sql {
  std::string_view text;
  std::source_location where;
  template <std::convertible_to<std::string_view> S>
  located_sql(const S& sql, std::source_location line = std::source_location::current()) : text(sql), where(line) {}
};

std::vector<value> own_values(std::span<const value_view> views);
void touch_rows(const executor& on, const mapped_table& table, std::span<const value> keys, std::source_location where);

template <class... Encoded>
std::vector<value> own_encoded(const Encoded&... encoded) {
  const std::array<value_view, sizeof...(Encoded)> views{encoded...};
  return own_values(views);
}
template <class... Args>
std::vector<value> own(const Args&... args) {
  return own_encoded(codec<std::decay_t<const Args>>::encode(args)...);
}
/// The values of a key; of several columns it is a tuple or a pair.
template <class Key>
std::vector<value> own_key(const Key& key) {
  return own(key);
}
template <class... Parts>
std::vector<value> own_key(const std::tuple<Parts...>& key) {
  return std::apply([](const auto&... parts) { return own(parts...); }, key);
}
template <class First, class Second>
std::vector<value> own_key(const std::pair<First, Second>& key) {
  return own(key.first, key.second);
}

}  // namespace detail

/// What can be run on a client (each statement on a connection of its own) and in a transaction.
/// Errors of every call: the error's class tells; a failed statement changed nothing.
class statements {
public:
  explicit statements(detail::executor on) : on_(std::move(on)) {}

  /// Typed rows of T's table; with expressions, tuples of the row and their values.
  template <class Table, detail::is_operand... Exprs>
  auto select(const Exprs&... extra) const {
    return detail::make_select<true, Table>(on_, extra...);
  }
  /// Rows of several tables as tuples: from the first, the others joined by `join` or `left_join`.
  template <class First, class Second, class... Rest>
    requires(detail::is_source<First> && detail::is_source<Second> && (detail::is_source<Rest> && ...))
  auto select() const {
    return detail::make_select_of<true, First, Second, Rest...>(on_);
  }
  /// Values of expressions: one each row, or tuples of several. From the table of the first column, or that of `from`.
  template <detail::is_operand First, detail::is_operand... Rest>
  auto select(const First& first, const Rest&... rest) const {
    return detail::make_select_of_values<true>(on_, first, rest...);
  }

  /// SQL text with `?` for parameters; rows of the types given, or of tidb::row without any. One type: rows of it,
  /// several: tuples. Note: the SQL must be the engine's own.
  template <class... Ts, class... Args>
  [[nodiscard]] auto query(detail::located_sql sql, const Args&... args) const {
    return raw_query<typename detail::raw_row<Ts...>::type>(on_, sql.text, detail::own(args...), sql.where);
  }
  /// Runs SQL text that gives no rows. Errors: usage_error for transaction control, and for DDL in a transaction.
  template <class... Args>
  write_result execute(detail::located_sql sql, const Args&... args) const {
    return execute_values(sql, detail::own(args...));
  }
  /// The same with the parameters in a list.
  write_result execute_values(detail::located_sql sql, std::span<const value> parameters) const;
  raw_query<row> query_values(detail::located_sql sql, std::vector<value> parameters) const {
    return {on_, sql.text, std::move(parameters), sql.where};
  }

  /// Says, in a transaction, which rows of T the SQL text behind it changes, by their primary keys: on TiDB a search
  /// index of T has to know it, and without this such SQL is refused. The embedded engine notices by itself. Keys of
  /// several columns are tuples, their values in the order of the struct.
  /// Errors: usage_error outside of a transaction, and for keys that are none of the table's.
  template <detail::mapped T, detail::iterable Keys>
  void touches(const Keys& keys, std::source_location where = std::source_location::current()) const {
    std::vector<value> given;
    for (const auto& key : keys) std::ranges::move(detail::own_key(key), std::back_inserter(given));
    detail::touch_rows(on_, detail::table_of<T>(), given, where);
  }

  /// Inserts one row and gives it back with its generated key.
  /// Errors: constraint_violation.
  template <detail::mapped T>
  T insert(T item, std::source_location where = std::source_location::current()) const {
    detail::fill_vectors(on_, std::span<T>(&item, 1), detail::row_write::insert, {}, where);
    detail::kept_cells kept(where);
    const auto cells = detail::encode_one(item, kept);
    detail::fill_key(item, detail::insert_one(on_, detail::table_of<T>(), cells, on_.context(where)));
    return item;
  }
  /// Inserts rows and gives them back with their generated keys: all or none, in one transaction.
  /// Errors: constraint_violation.
  template <detail::mapped T>
  std::vector<T> insert(std::vector<T> rows, std::source_location where = std::source_location::current()) const {
    detail::insert_and_fill_keys(on_, rows, where);
    return rows;
  }
  /// Inserts all rows or none; the number inserted. Any range: rows that it makes on the way are kept only until they
  /// are sent.
  /// Errors: constraint_violation.
  /// Cost: one transaction, run again as `client::transaction` is, unless the range can be read only once; on TiDB
  /// hundreds of rows a round trip.
  template <class Rows>
    requires detail::iterable<Rows>
  std::uint64_t insert_many(Rows&& rows, std::source_location where = std::source_location::current()) const {
    return detail::insert_range(on_, rows, {}, where);
  }
  template <detail::mapped T>
  std::uint64_t insert_many(std::initializer_list<T> rows,
                            std::source_location where = std::source_location::current()) const {
    return insert_many(std::span<const T>(rows.begin(), rows.size()), where);
  }
  /// The rows that a function gives, as a std::optional each, until that is empty. The transaction is not run again.
  template <detail::row_generator F>
  std::uint64_t insert_many(F&& next, std::source_location where = std::source_location::current()) const {
    return detail::insert_generated(on_, next, where);
  }
  /// Inserts the rows whose primary key and unique values are free, and leaves the others as they are. Errors:
  /// constraint_violation for any other fault of a row: then none is inserted.
  template <class Rows>
    requires detail::iterable<Rows>
  void insert_missing(Rows&& rows, std::source_location where = std::source_location::current()) const {
    detail::insert_range(on_, rows, {sql::on_conflict::ignore, {}}, where);
  }
  /// Inserts rows, or changes those that are there already: goes on with `set(…)` and `run()`.
  template <class Rows>
    requires detail::iterable<Rows>
  upsert_builder<Rows> upsert(const Rows& rows) const {
    return {on_, rows};
  }
  /// Updates the rows with these primary keys, all or none; the number that matched. `Members`: only these columns;
  /// without any, all but the key.
  /// Errors: constraint_violation. Note: of two rows with the same key the later counts; whether both are in the number
  /// is the engine's choice.
  /// Cost: on TiDB hundreds of rows a round trip, or as many as the packet takes.
  template <auto... Members, detail::iterable Rows>
  std::uint64_t update_many(const Rows& rows, std::source_location where = std::source_location::current()) const {
    using T = detail::row_type_of<const Rows>;
    static_assert(detail::has_primary_key<T>(), "update_many finds rows by their primary key: this schema has none");
    static const auto places = detail::places_of<T, Members...>();
    constexpr auto how = sizeof...(Members) == 0 ? detail::row_write::save : detail::row_write::update;
    return detail::with_encoder(rows, [&](std::size_t count, const auto& encode) {
      return detail::update_rows(on_, detail::table_of<T>(), how, places, count, encode, where);
    });
  }
  /// Updates the rows with these primary keys and inserts the others, all or none; the number inserted.
  /// Errors: constraint_violation, also when another row has a unique value of one of them.
  /// Cost: on TiDB two round trips for hundreds of rows.
  template <detail::iterable Rows>
  std::uint64_t save_many(const Rows& rows, std::source_location where = std::source_location::current()) const {
    using T = detail::row_type_of<const Rows>;
    static_assert(detail::has_primary_key<T>(), "save_many finds rows by their primary key, and this schema has none");
    return detail::with_encoder(rows, [&](std::size_t count, const auto& encode) {
      return detail::save_rows(on_, detail::table_of<T>(), count, encode, where);
    });
  }
  /// INSERT … SELECT: rows of T from a query of as many columns; the number of rows.
  /// `Members`: into these columns only; without any, into all. Errors: constraint_violation.
  template <detail::mapped T, auto... Members, class Scope, class Row, bool Bound>
  std::uint64_t insert_from(const select_builder<Scope, Row, Bound>& query,
                            std::source_location where = std::source_location::current()) const {
    constexpr std::size_t into = sizeof...(Members) == 0 ? detail::column_count<T> : sizeof...(Members);
    static_assert(detail::row_reader<Row>::columns == into, "insert_from: the query has as many columns as it fills");
    return detail::insert_query(on_, detail::table_of<T>(), {std::string(column_ref<T, Members>::name())...},
                                query.shared(), on_.context(where));
  }
  /// Inserts the rows of a CSV file into T's table, all or none; their number.
  /// Its fields go to the columns that its header names, in any order, or to those of `Members`, in theirs; without a
  /// header to all. Columns without a field are NULL or have their key generated; so are those whose field is NULL.
  /// Values are written as `csv()` writes them.
  /// Errors: errc::storage for a file that cannot be read; errc::decode, with its line, for text that is no CSV, for a
  /// wrong number of fields, and for a field that is no value of its column; constraint_violation.
  /// Cost: one transaction, run again as `client::transaction` is; its size has a limit, which `tidbxx import` has not.
  /// On TiDB one LOAD DATA LOCAL, or inserts where the server takes no files; memory for a part of the file.
  template <detail::mapped T, auto... Members>
  std::uint64_t load_csv(const std::string& file, const csv_options& options = {},
                         std::source_location where = std::source_location::current()) const {
    return detail::load_csv(on_, detail::table_of<T>(), detail::facts_of<T>, {column_ref<T, Members>::name()...}, file,
                            options, where);
  }
  /// Inserts the row, or updates all columns of the one with its primary key; gives it back with its generated key.
  /// Errors: constraint_violation, also when another row has one of its unique values.
  template <detail::mapped T>
  T save(T item, std::source_location where = std::source_location::current()) const {
    static_assert(detail::has_primary_key<T>(), "save finds the row by its primary key, and this schema has none");
    detail::fill_vectors(on_, std::span<T>(&item, 1), detail::row_write::save, {}, where);
    detail::kept_cells kept(where);
    const auto cells = detail::encode_one(item, kept);
    detail::fill_key(item, detail::save_one(on_, detail::table_of<T>(), cells, on_.context(where)));
    return item;
  }
  template <detail::mapped T>
  update_builder<T> update() const {
    return update_builder<T>(on_);
  }
  template <detail::mapped T>
  erase_builder<T> erase() const {
    return erase_builder<T>(on_);
  }
  /// How many rows T's table has.
  template <detail::mapped T>
  std::int64_t count(std::source_location where = std::source_location::current()) const {
    return select<T>().count(where);
  }
  /// Prints the statement once; see `prepared`. One that streams keeps on doing so.
  template <class Scope, class Row, bool Bound>
  prepared<Row> prepare(const select_builder<Scope, Row, Bound>& statement,
                        std::source_location where = std::source_location::current()) const {
    const auto& checked = statement.checked_statement();
    detail::check_lock(on_, checked.lock, where);
    return {on_, sql::print(checked, detail::dialect_of(on_)), statement.streams(), where};
  }

  const detail::executor& on() const noexcept { return on_; }

private:
  detail::executor on_;
};

}  // namespace tidb
