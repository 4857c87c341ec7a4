// One member of a struct as a column, and what may be said of it.
#pragma once

#include "tidbxx/core/codec.hpp"
#include "tidbxx/core/converter.hpp"
#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/enum.hpp"
#include "tidbxx/core/uuid.hpp"
#include "tidbxx/schema/column_options.hpp"

#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace tidb {

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

/// What the compiler calls this for M: `… M = &app::player::id; …` or `… M = &app::player::id]`.
template <auto M>
consteval std::string_view text_with_member() {
  return __PRETTY_FUNCTION__;
}

struct sample_member {
  int it;
};
/// How much stands behind the member's name. To look for it in each text would be most of what a schema takes to
/// compile.
inline constexpr std::size_t text_behind_member = [] {
  constexpr auto text = text_with_member<&sample_member::it>();
  return text.size() - text.find("::it") - 4;
}();

template <auto M>
consteval std::string_view member_name() {
  constexpr auto text = text_with_member<M>();
  constexpr std::size_t end = text.size() - text_behind_member;
  std::size_t begin = end;
  while (is_name_letter(text[begin - 1])) --begin;
  return {text.data() + begin, end - begin};
}

}  // namespace detail

/// One member of a struct as a column.
template <auto Member>
struct column_def {
  using value_type = typename detail::member_of<decltype(Member)>::type;
  using plain = column_def;
  static constexpr auto member = Member;
  std::string_view name{detail::member_name<Member>()};
  column_type type{detail::type_of<value_type>()};
  bool nullable{detail::is_optional<value_type>};
  bool primary_key{};
  bool auto_increment{};
  bool unique{};
  std::span<const std::string_view> labels{detail::labels_of<value_type>()};

  constexpr void apply(primary_key_t) { primary_key = true; }
  constexpr void apply(auto_increment_t) { auto_increment = true; }
  constexpr void apply(unique_t) { unique = true; }
  constexpr void apply(varchar option) { type = {type_kind::varchar, false, option.characters}; }
  constexpr void apply(char_ option) { type = {type_kind::char_, false, option.characters}; }
  constexpr void apply(tinytext_t) { type = {type_kind::tinytext}; }
  constexpr void apply(mediumtext_t) { type = {type_kind::mediumtext}; }
  constexpr void apply(longtext_t) { type = {type_kind::longtext}; }
  constexpr void apply(varbinary option) { type = {type_kind::varbinary, false, option.bytes}; }
  constexpr void apply(binary option) { type = {type_kind::binary, false, option.bytes}; }
  constexpr void apply(tinyblob_t) { type = {type_kind::tinyblob}; }
  constexpr void apply(mediumblob_t) { type = {type_kind::mediumblob}; }
  constexpr void apply(longblob_t) { type = {type_kind::longblob}; }
  constexpr void apply(numeric option) { type = {type_kind::decimal, false, option.precision, option.scale}; }
  constexpr void apply(datetime option) { type = {type_kind::datetime, false, 0, option.fraction}; }
  constexpr void apply(timestamp_t option) { type = {type_kind::timestamp, false, 0, option.fraction}; }
  constexpr void apply(time option) { type = {type_kind::time, false, 0, option.fraction}; }
  constexpr void apply(year_t) { type = {type_kind::year}; }
  constexpr void apply(bit option) { type = {type_kind::bit, false, option.bits}; }
  constexpr void apply(std::string_view other_name) { name = other_name; }
};

namespace detail {

/// The table and column of a member; its struct's schema may come later.
template <auto Member>
column_more::place referenced_place();

/// A foreign key to the column of a member.
template <auto Member>
struct references_t {
  reference_action on_delete{}, on_update{};
};

/// One with more to say, which most have not.
template <auto Member>
struct column_def_with_more : column_def<Member> {
  column_more more{};

  using column_def<Member>::apply;
  constexpr void apply(const default_value& option) { more.default_to = option.made; }
  constexpr void apply(default_sql option) { more.default_to = {.kind = default_kind::sql, .text = option.text}; }
  constexpr void apply(comment option) { more.comment = option.text; }
  constexpr void apply(collation option) { more.collation = option.name; }
  constexpr void apply(indexed_t) { more.indexed = true; }
  constexpr void apply(row_version_t) { more.row_version = true; }
  constexpr void apply(auto_random option) {
    this->auto_increment = true;  // a member of 0 asks for a key
    more.auto_random_bits = option.bits;
  }
  template <auto Parent>
  constexpr void apply(references_t<Parent> option) {
    more.references = referenced_place<Parent>;
    more.on_delete = option.on_delete;
    more.on_update = option.on_update;
  }
};

template <class... Options>
struct options_given {
  template <class Wanted>
  static constexpr bool one = (std::same_as<Options, Wanted> || ...);
  template <class... Wanted>
  static constexpr bool any = (one<Wanted> || ...);
};

template <class Option>
inline constexpr bool is_more =
    std::same_as<Option, default_value> || std::same_as<Option, default_sql> || std::same_as<Option, comment> ||
    std::same_as<Option, collation> || std::same_as<Option, indexed_t> || std::same_as<Option, auto_random> ||
    std::same_as<Option, row_version_t>;
template <auto Member>
inline constexpr bool is_more<references_t<Member>> = true;

/// The options fit the member's type.
template <class Value, class... Options>
constexpr void check_options() {
  using given = options_given<Options...>;
  constexpr type_kind kind = type_of<Value>().kind;
  constexpr bool is_integer = std::integral<bare<Value>>;
  constexpr bool is_key = given::template any<primary_key_t, unique_t>;
  static_assert(!is_key || kind != type_kind::text || given::template any<varchar, char_>,
                "a text that is a key or unique needs a length: add tidb::varchar(n)");
  static_assert(!is_key || kind != type_kind::blob || given::template any<varbinary, binary>,
                "bytes that are a key or unique need a length: add tidb::varbinary(n)");
  static_assert(!given::template any<varchar, char_, tinytext_t, mediumtext_t, longtext_t> || kind == type_kind::text,
                "varchar, char_, tinytext, mediumtext and longtext are for std::string members");
  static_assert(!given::template any<varbinary, binary, tinyblob_t, mediumblob_t, longblob_t> ||
                    kind == type_kind::blob,
                "varbinary, binary, tinyblob, mediumblob and longblob are for tidb::blob members");
  static_assert(kind != type_kind::decimal || given::template any<numeric>,
                "a decimal needs its digits: add tidb::numeric(precision, scale), such as tidb::numeric(10, 2)");
  static_assert(!given::template any<numeric> || kind == type_kind::decimal, "numeric is for tidb::decimal members");
  static_assert(!given::template any<datetime, timestamp_t> || kind == type_kind::datetime,
                "datetime and timestamp are for std::chrono::sys_time members");
  static_assert(!given::template any<time> || kind == type_kind::time, "time is for std::chrono::duration members");
  static_assert(!given::template any<year_t> || (is_integer && !std::same_as<bare<Value>, bool>),
                "year is for integer members; a std::chrono::year needs no option");
  static_assert(!given::template any<bit> || std::unsigned_integral<bare<Value>>,
                "bit is for members that are unsigned integers or bool");
  static_assert(!given::template any<auto_increment_t> || (std::integral<Value> && !std::same_as<Value, bool>),
                "auto_increment is for integer members that are not optional");
  static_assert(!given::template any<primary_key_t> || !is_optional<Value>,
                "a primary key cannot be NULL: take the member out of std::optional");
  static_assert(!given::template any<auto_random> || (std::integral<Value> && sizeof(Value) == 8),
                "auto_random is for 64-bit integer members that are not optional");
  static_assert(!given::template any<row_version_t> || (std::integral<Value> && !std::same_as<Value, bool>),
                "row_version is for integer members that are not optional");
  static_assert(!given::template any<auto_random> || !given::template any<auto_increment_t>,
                "a key is generated by auto_increment or by auto_random, not both");
}

}  // namespace detail

/// A foreign key to the column of another struct's member, or of the same struct's: `references<&team::id>()`.
/// What happens to the row when its parent is deleted, or gets another key; by default that is refused.
template <auto Member>
constexpr detail::references_t<Member> references(reference_action on_delete = reference_action::no_action,
                                                  reference_action on_update = reference_action::no_action) {
  return {on_delete, on_update};
}

/// A column for a member: its name is the member's unless a text is among the options.
/// Options: primary_key, auto_increment, unique, "another_name" and those of schema/column_options.hpp.
template <auto Member, class... Options>
constexpr auto column(Options... options) {
  using value_type = typename column_def<Member>::value_type;
  static_assert(decodable<value_type>,
                "this member's type cannot be a column: use an arithmetic type, std::string, tidb::decimal, "
                "tidb::blob, tidb::json, tidb::vector, tidb::uuid, a std::chrono type, an enum with tidb::enum_labels, "
                "a type with a tidb::converter, or std::optional of one");
  detail::check_options<value_type, Options...>();
  std::conditional_t<(detail::is_more<Options> || ...), detail::column_def_with_more<Member>, column_def<Member>> made;
  (made.apply(options), ...);
  return made;
}

}  // namespace tidb
