// A plain struct as the row of a table.
#pragma once

#include "tidbxx/core/codec.hpp"
#include "tidbxx/orm/alias.hpp"
#include "tidbxx/orm/cells.hpp"
#include "tidbxx/orm/column.hpp"
#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/sql/statement.hpp"
#include "tidbxx/sql/typed.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

namespace detail {

/// One of several values. (A std::tuple of twenty columns takes a compiler ten times as much memory.)
template <std::size_t Place, class Column>
struct placed_column {
  Column column{};
};
template <class Places, class... Columns>
struct placed_columns;
template <std::size_t... Places, class... Columns>
struct placed_columns<std::index_sequence<Places...>, Columns...> : placed_column<Places, Columns>... {};

template <std::size_t Place, class Column>
constexpr const Column& column_at(const placed_column<Place, Column>& columns) {
  return columns.column;
}

}  // namespace detail

/// What `mapping` makes: a table's name and its columns.
template <class... Columns>
struct mapping_t {
  static constexpr std::size_t count = sizeof...(Columns);
  std::string_view table{};
  detail::placed_columns<std::index_sequence_for<Columns...>, Columns...> columns{};

  /// The same with parts of several columns, or of the table: index_on, unique_on, check_that, table_option, comment.
  template <class... Parts>
  constexpr auto with(Parts... parts) const;
};

/// A mapping with more parts than columns.
template <class Mapping, class... Parts>
struct mapping_with : Mapping {
  detail::placed_columns<std::index_sequence_for<Parts...>, Parts...> parts{};
  static constexpr std::size_t part_count = sizeof...(Parts);

  /// All parts are given at once: a second call would forget those of the first.
  template <class... More>
  void with(More... parts) const = delete;
};

template <class... Columns>
template <class... Parts>
constexpr auto mapping_t<Columns...>::with(Parts... parts) const {
  return mapping_with<mapping_t, Parts...>{*this, {{parts}...}};
}

/// A table's name and its columns, in order.
template <class... Columns>
constexpr mapping_t<Columns...> mapping(std::string_view table, Columns... columns) {
  static_assert(sizeof...(Columns) > 0, "a table needs at least one column");
  return {table, {{columns}...}};
}

/// An index of several columns, in this order.
template <auto... Members>
struct index_on {
  std::string_view name{};
  constexpr explicit index_on(std::string_view index_name) : name(index_name) {}
};
template <auto... Members>
struct unique_on {
  std::string_view name{};
  constexpr explicit unique_on(std::string_view index_name) : name(index_name) {}
};
/// CHECK: a condition in SQL that every row meets.
struct check_that {
  std::string_view name{}, condition{};
  constexpr check_that(std::string_view check_name, std::string_view sql) : name(check_name), condition(sql) {}
};
/// An option of TiDB's for the whole table, as SQL: `TTL = made + INTERVAL 30 DAY`.
struct table_option {
  std::string_view sql{};
  constexpr explicit table_option(std::string_view text) : sql(text) {}
};

struct no_schema {};
/// Specialise it for a struct, or define `tidb_schema(tidb::of<T>)` in the struct's namespace.
template <class T>
inline constexpr no_schema schema{};

namespace detail {

template <class T>
constexpr auto find_schema() {
  if constexpr (requires { tidb_schema(of<T>{}); })
    return tidb_schema(of<T>{});
  else
    return schema<T>;
}

template <class T>
inline constexpr bool is_mapped = !std::same_as<decltype(find_schema<T>()), no_schema>;

template <class T>
concept mapped = is_mapped<T>;

template <class T>
struct mapping_holder {
  static_assert(is_mapped<T>, "this struct has no schema: specialise tidb::schema<T>, or define "
                              "tidb_schema(tidb::of<T>) beside it");
  static constexpr auto value = find_schema<T>();
};
template <class T>
inline constexpr const auto& mapping_for = mapping_holder<T>::value;

template <class T>
struct table_traits {
  using row = T;
  static constexpr std::string_view alias{};
};
template <class T, class Tag>
struct table_traits<tidb::alias<T, Tag>> {
  using row = T;
  static constexpr std::string_view alias{alias_name<Tag>.letters.data(), alias_name<Tag>.size};
};
template <class Table>
using row_of = typename table_traits<Table>::row;

template <class T>
inline constexpr std::size_t column_count = std::remove_cvref_t<decltype(mapping_for<T>)>::count;

/// Calls f(column, index) for each column of T.
template <class T, class F>
constexpr void for_each_column(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(column_at<I>(mapping_for<T>.columns), I), ...);
  }(std::make_index_sequence<column_count<T>>{});
}

struct named_type {
  std::string_view name{};
  column_type type{};
};

/// The place of one type among others, or their number.
template <class Wanted, class... Columns>
consteval std::size_t place_among(const mapping_t<Columns...>& /*table*/) {
  std::size_t place = 0;
  (void)((std::same_as<Wanted, typename Columns::plain> || (++place, false)) || ...);
  return place;
}

/// The name and type of the column that Member of T is mapped to; nothing if there is none.
template <class T, auto Member>
consteval named_type column_of() {
  constexpr auto place = place_among<column_def<Member>>(mapping_for<T>);
  if constexpr (place < column_count<T>) {
    const auto& found = column_at<place>(mapping_for<T>.columns);
    return {found.name, found.type};
  } else {
    return {};
  }
}

/// A mapping's facts as plain values, made once.
struct mapped_table {
  table_definition definition{};
  std::vector<std::string> names{};
  std::vector<std::size_t> key{};  ///< positions of the primary key's columns
};

/// A column's facts without its types.
struct column_facts {
  std::string_view name{};
  column_type type{};
  bool nullable{}, primary_key{}, auto_increment{}, unique{};
  std::span<const std::string_view> labels{};
};

template <class T>
inline constexpr auto facts_of = [] {
  std::array<column_facts, column_count<T>> facts{};
  for_each_column<T>([&](const auto& column, std::size_t position) {
    facts[position] = {column.name,           column.type,   column.nullable, column.primary_key,
                       column.auto_increment, column.unique, column.labels};
  });
  return facts;
}();

template <class T, auto... Members>
index_definition index_of(std::string_view name, bool unique) {
  index_definition made{.name = std::string(name), .unique = unique};
  (made.parts.push_back({.column = std::string(column_of<T, Members>().name)}), ...);
  return made;
}
template <class T, auto... Members>
void add_part(table_definition& to, const index_on<Members...>& part) {
  to.indexes.push_back(index_of<T, Members...>(part.name, false));
}
template <class T, auto... Members>
void add_part(table_definition& to, const unique_on<Members...>& part) {
  to.indexes.push_back(index_of<T, Members...>(part.name, true));
}
template <class T>
void add_part(table_definition& to, const check_that& part) {
  to.checks.push_back({std::string(part.name), std::string(part.condition)});
}
template <class T>
void add_part(table_definition& to, const table_option& part) {
  to.options.emplace_back(part.sql);
}
template <class T>
void add_part(table_definition& to, const comment& part) {
  to.comment = part.text;
}

mapped_table map_table(std::string_view name, std::span<const column_facts> columns);
void add_more(table_definition& to, std::size_t column, const column_more& more);

/// What columns and the mapping say beside names, types and keys.
template <class T>
mapped_table whole_table() {
  auto made = map_table(mapping_for<T>.table, facts_of<T>);
  for_each_column<T>([&](const auto& column, std::size_t position) {
    if constexpr (requires { column.more; }) add_more(made.definition, position, column.more);
  });
  if constexpr (requires { mapping_for<T>.part_count; })
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (add_part<T>(made.definition, column_at<I>(mapping_for<T>.parts)), ...);
    }(std::make_index_sequence<mapping_for<T>.part_count>{});
  return made;
}

template <class T>
const mapped_table& table_of() {
  static const mapped_table made = whole_table<T>();
  return made;
}

template <auto Member>
column_more::place referenced_place() {
  using owner = typename member_of<decltype(Member)>::owner;
  constexpr auto found = column_of<owner, Member>();
  static_assert(!found.name.empty(), "references<...>: this member is not among the columns of its struct's schema");
  return {mapping_for<owner>.table, found.name};
}

template <class T>
consteval bool has_primary_key() {
  bool found = false;
  for_each_column<T>([&](const auto& column, std::size_t) { found = found || column.primary_key; });
  return found;
}

/// Reads one row's cells, from `cells[0]` on, into `out`.
template <class T>
void decode_row(const value_view* cells, T& out) {
  for_each_column<T>([&](const auto& column, std::size_t position) {
    decode_cell(cells[position], out.*(column.member), column.name);
  });
}

/// Writes a column's parameter; see encode_row.
template <class Column, class M>
void encode_cell(const Column& column, const M& member, value_view& out, kept_cells& kept) {
  const auto& encoded = codec<M>::encode(member);
  if constexpr (std::same_as<std::remove_cvref_t<decltype(encoded)>, value_view>)
    out = encoded;
  else
    out = kept.keep(encoded);
  if constexpr (std::integral<M>)
    if (column.auto_increment && member == M{}) out = value_view::null();
  if (must_fit(column.type)) out = kept.fit(out, column.name, column.type);
}

/// Writes one row's parameters, borrowed from `row` and `kept`; an auto-increment member of 0 is NULL, which asks for a
/// key. Errors: usage_error for what the column would not hold as it is.
template <class T>
void encode_row(const T& row, value_view* out, kept_cells& kept) {
  for_each_column<T>([&](const auto& column, std::size_t position) {
    encode_cell(column, row.*(column.member), out[position], kept);
  });
}

/// Calls f with the row's auto-increment member, if it has one that is 0: then the engine generates the key.
template <class T, class F>
void with_wanted_key(T& row, F&& f) {
  for_each_column<std::remove_const_t<T>>([&](const auto& column, std::size_t) {
    using type = std::remove_cvref_t<decltype(row.*(column.member))>;
    if constexpr (std::integral<type> && !std::same_as<type, bool>)
      if (column.auto_increment && row.*(column.member) == type{}) f(row.*(column.member));
  });
}
template <class T>
bool wants_key(const T& row) {
  bool wants = false;
  with_wanted_key(row, [&](const auto&) { wants = true; });
  return wants;
}
/// Puts a generated key into the row's auto-increment member.
template <class T>
void fill_key(T& row, std::uint64_t key) {
  if (key != 0)
    with_wanted_key(row, [&](auto& member) { member = static_cast<std::remove_cvref_t<decltype(member)>>(key); });
}

/// What a table is called in a statement.
template <class Table>
constexpr std::string_view source_name() {
  if constexpr (table_traits<Table>::alias.empty())
    return mapping_for<row_of<Table>>.table;
  else
    return table_traits<Table>::alias;
}

/// Lifetime: the names are lasting.
sql::expression columns_of(std::string_view source, std::span<const column_facts> columns);

/// What a SELECT of a table's rows begins with.
template <class Table>
sql::lasting_columns select_from() {
  static const auto columns = columns_of(source_name<Table>(), facts_of<row_of<Table>>);
  return {mapping_for<row_of<Table>>.table, table_traits<Table>::alias, columns};
}

}  // namespace detail

/// The table of a struct as a plain value.
template <detail::mapped T>
const table_definition& definition_of() {
  return detail::table_of<T>().definition;
}

/// The column of a member: `c<&player::coins>`, or `col<player, &player::id>` for an inherited member.
template <class Table, auto Member>
struct column_ref : detail::operand_methods<column_ref<Table, Member>> {
  using type = typename detail::member_of<decltype(Member)>::type;
  using used = tables<Table>;

  sql::expression expression() const {
    return sql::column(sql::lasting{detail::source_name<Table>()}, sql::lasting{name()});
  }
  void add_to(sql::expression& into) const { into.add_column({detail::source_name<Table>()}, {name()}); }
  static constexpr std::string_view name() {
    static_assert(
        detail::is_mapped<detail::row_of<Table>>,
        "this struct has no schema; for an inherited member write tidb::col<your_struct, &your_struct::member>");
    constexpr std::string_view found = detail::column_of<detail::row_of<Table>, Member>().name;
    static_assert(!found.empty(), "this member is not among the columns of its struct's schema");
    return found;
  }
  expr<type, used> as(const std::string& label) const { return expr<type, used>(sql::label(expression(), label)); }

  /// For `set`: the column becomes this value or expression.
  template <class V>
  auto operator=(const V& to) const;
};

/// What an update does to one column of Table.
template <class Table, class Used>
struct assignment {
  sql::assignment made{};
};

template <class Table, auto Member>
template <class V>
auto column_ref<Table, Member>::operator=(const V& to) const {
  using namespace detail;
  if constexpr (std::same_as<V, std::nullopt_t>)
    static_assert(is_optional<type>, "this column cannot be NULL: its member is no std::optional");
  else
    check_comparable<column_ref, V>();
  auto made = to_expression(to);
  constexpr column_type column = column_of<row_of<Table>, Member>().type;
  if constexpr (column.kind == type_kind::decimal && category_of_operand<V> == category::decimal)
    round_computed(made, column.scale);
  if constexpr (must_fit(column)) fit_literal(made, name(), column);
  return assignment<Table, typename operand_traits<V>::used>{{std::string(name()), std::move(made)}};
}

template <auto Member>
inline constexpr column_ref<typename detail::member_of<decltype(Member)>::owner, Member> c{};
template <class Table, auto Member>
inline constexpr column_ref<Table, Member> col{};

}  // namespace tidb
