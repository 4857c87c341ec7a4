// A plain struct as the row of a table.
#pragma once

#include "tidbxx/core/codec.hpp"
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

/// Names a struct to `tidb_schema`, which is found in the struct's own namespace.
template <class T>
struct of {};

// What a column can be, beside its type.
struct primary_key_t {};
inline constexpr primary_key_t primary_key{};  ///< part of the primary key; several columns make a composite one
struct auto_increment_t {};
inline constexpr auto_increment_t auto_increment{};  ///< a member of 0 asks for a key
struct unique_t {};
inline constexpr unique_t unique{};
/// VARCHAR(n): at most `characters` characters, 1 to 16,383.
struct varchar {
  std::uint32_t characters{};
  constexpr explicit varchar(std::uint32_t n) : characters(n) {}
};
struct mediumtext_t {};
inline constexpr mediumtext_t mediumtext{};  ///< a text of up to 16 MiB (TiDB: its row limit), not 64 KiB
struct longtext_t {};
inline constexpr longtext_t longtext{};
struct longblob_t {};
inline constexpr longblob_t longblob{};  ///< bytes beyond 64 KiB

namespace detail {

template <class M>
struct member_of;
template <class Class, class Member>
struct member_of<Member Class::*> {
  using owner = Class;
  using type = Member;
};

constexpr bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '_' || static_cast<unsigned char>(letter) >= 0x80;
}

/// The last name in what the compiler says of M: `… M = &app::player::id; …` or `… M = &app::player::id]`.
template <auto M>
consteval std::string_view member_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  text.remove_prefix(text.find("M = "));
  std::size_t end = text.find(';');
  if (end == std::string_view::npos) end = text.rfind(']');
  std::size_t begin = end;
  while (is_name_letter(text[begin - 1])) --begin;
  return text.substr(begin, end - begin);
}

template <class Tag>
consteval std::string_view type_name() {
  std::string_view text = __PRETTY_FUNCTION__;
  std::size_t end = text.find("Tag = ");
  end = text.find_first_of(";]", end + 6);
  std::size_t begin = end;
  while (text[begin - 1] != ':' && text[begin - 1] != ' ') --begin;
  return text.substr(begin, end - begin);
}

}  // namespace detail

/// One member of a struct as a column.
template <auto Member>
struct column_def {
  using value_type = typename detail::member_of<decltype(Member)>::type;
  static constexpr auto member = Member;
  std::string_view name{detail::member_name<Member>()};
  column_type type{detail::type_of<value_type>()};
  bool nullable{detail::is_optional<value_type>};
  bool primary_key{};
  bool auto_increment{};
  bool unique{};

  constexpr void apply(primary_key_t) { primary_key = true; }
  constexpr void apply(auto_increment_t) { auto_increment = true; }
  constexpr void apply(unique_t) { unique = true; }
  constexpr void apply(varchar option) { type = {type_kind::varchar, false, option.characters}; }
  constexpr void apply(mediumtext_t) { type = {type_kind::mediumtext, false, 0}; }
  constexpr void apply(longtext_t) { type = {type_kind::longtext, false, 0}; }
  constexpr void apply(longblob_t) { type = {type_kind::longblob, false, 0}; }
  constexpr void apply(std::string_view other_name) { name = other_name; }
};

/// A column for a member: its name is the member's unless a text is among the options.
/// Options: primary_key, auto_increment, unique, varchar(n), mediumtext, longtext, longblob, "another_name".
template <auto Member, class... Options>
constexpr column_def<Member> column(Options... options) {
  using value_type = typename column_def<Member>::value_type;
  using bare = detail::bare<value_type>;
  constexpr bool is_key = ((std::same_as<Options, primary_key_t> || std::same_as<Options, unique_t>) || ...);
  constexpr bool sized = (std::same_as<Options, varchar> || ...);
  constexpr bool text_option = ((std::same_as<Options, mediumtext_t> || std::same_as<Options, longtext_t>) || ...);
  static_assert(decodable<value_type>,
                "this member's type cannot be a column: use an arithmetic type, std::string, tidb::blob, tidb::json, "
                "tidb::vector, a std::chrono type, or std::optional of one");
  static_assert(!is_key || !std::same_as<bare, std::string> || sized,
                "a text that is a key or unique needs a length: add tidb::varchar(n)");
  static_assert((!sized && !text_option) || std::same_as<bare, std::string>,
                "varchar, mediumtext and longtext are for std::string members");
  static_assert(!(std::same_as<Options, longblob_t> || ...) || std::same_as<bare, blob>,
                "longblob is for tidb::blob members");
  static_assert(!(std::same_as<Options, auto_increment_t> || ...) ||
                    (std::integral<value_type> && !std::same_as<value_type, bool>),
                "auto_increment is for integer members that are not optional");
  static_assert(!(std::same_as<Options, primary_key_t> || ...) || !detail::is_optional<value_type>,
                "a primary key cannot be NULL: take the member out of std::optional");
  column_def<Member> made;
  (made.apply(options), ...);
  return made;
}

/// What `mapping` makes: a table's name and its columns.
template <class... Columns>
struct mapping_t {
  std::string_view table{};
  std::tuple<Columns...> columns{};
};

/// A table's name and its columns, in order.
template <class... Columns>
constexpr mapping_t<Columns...> mapping(std::string_view table, Columns... columns) {
  static_assert(sizeof...(Columns) > 0, "a table needs at least one column");
  return {table, {columns...}};
}

struct no_schema {};
/// Specialise it for a struct, or define `tidb_schema(tidb::of<T>)` in the struct's namespace.
template <class T>
inline constexpr no_schema schema{};

/// The same table under another name, told apart by a tag type.
template <class T, class Tag>
struct alias {};

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
  static constexpr std::string_view alias = type_name<Tag>();
};
template <class Table>
using row_of = typename table_traits<Table>::row;

/// Calls f(column, index) for each column of T.
template <class T, class F>
constexpr void for_each_column(F&& f) {
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    (f(std::get<I>(mapping_for<T>.columns), I), ...);
  }(std::make_index_sequence<std::tuple_size_v<decltype(mapping_holder<T>::value.columns)>>{});
}

template <class T>
inline constexpr std::size_t column_count = std::tuple_size_v<std::remove_cvref_t<decltype(mapping_for<T>.columns)>>;

/// The name of the column that Member of T is mapped to.
template <class T, auto Member>
consteval std::string_view column_name() {
  std::string_view found{};
  for_each_column<T>([&](const auto& column, std::size_t) {
    if constexpr (std::same_as<std::remove_cv_t<decltype(column.member)>, std::remove_cv_t<decltype(Member)>>)
      if (column.member == Member) found = column.name;
  });
  return found;
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
};

template <class T>
inline constexpr auto facts_of = [] {
  std::array<column_facts, column_count<T>> facts{};
  for_each_column<T>([&](const auto& column, std::size_t position) {
    facts[position] = {column.name,        column.type,           column.nullable,
                       column.primary_key, column.auto_increment, column.unique};
  });
  return facts;
}();

mapped_table map_table(std::string_view name, std::span<const column_facts> columns);

template <class T>
const mapped_table& table_of() {
  static const mapped_table made = map_table(mapping_for<T>.table, facts_of<T>);
  return made;
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

/// Writes one row's parameters, borrowed from `row`; an auto-increment member of 0 is NULL, which asks for a key.
template <class T>
void encode_row(const T& row, value_view* out) {
  for_each_column<T>([&](const auto& column, std::size_t position) {
    const auto& member = row.*(column.member);
    using type = std::remove_cvref_t<decltype(member)>;
    out[position] = codec<type>::encode(member);
    if constexpr (std::integral<type>)
      if (column.auto_increment && member == type{}) out[position] = value_view::null();
  });
}

/// What a table is called in a statement.
template <class Table>
constexpr std::string_view source_name() {
  if constexpr (table_traits<Table>::alias.empty())
    return mapping_for<row_of<Table>>.table;
  else
    return table_traits<Table>::alias;
}

/// SELECT of a table's columns.
sql::select select_from(std::string_view table, std::string_view alias, std::span<const column_facts> columns);

template <class Table>
sql::select select_from() {
  return select_from(mapping_for<row_of<Table>>.table, table_traits<Table>::alias, facts_of<row_of<Table>>);
}

}  // namespace detail

/// The column of a member: `c<&player::coins>`, or `col<player, &player::id>` for an inherited member.
template <class Table, auto Member>
struct column_ref : detail::operand_methods<column_ref<Table, Member>> {
  using type = typename detail::member_of<decltype(Member)>::type;
  using used = tables<Table>;

  sql::expression expression() const {
    return sql::column(std::string(detail::source_name<Table>()), std::string(name()));
  }
  static constexpr std::string_view name() {
    static_assert(
        detail::is_mapped<detail::row_of<Table>>,
        "this struct has no schema; for an inherited member write tidb::col<your_struct, &your_struct::member>");
    constexpr std::string_view found = detail::column_name<detail::row_of<Table>, Member>();
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
  return assignment<Table, typename operand_traits<V>::used>{{std::string(name()), to_expression(to)}};
}

template <auto Member>
inline constexpr column_ref<typename detail::member_of<decltype(Member)>::owner, Member> c{};
template <class Table, auto Member>
inline constexpr column_ref<Table, Member> col{};

}  // namespace tidb
