// Typed expressions: operators check types at compile time and at once build plain sql::expression values.
#pragma once

#include "tidbxx/core/codec.hpp"
#include "tidbxx/sql/expression.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tidb {

/// The tables whose columns an expression uses.
template <class... Tables>
struct tables {};

namespace detail {

template <class Table, class List>
inline constexpr bool has_table = false;
template <class Table, class... Rest>
inline constexpr bool has_table<Table, tables<Rest...>> = (std::same_as<Table, Rest> || ...);

template <class Left, class Right>
struct join_tables;
template <class... Left>
struct join_tables<tables<Left...>, tables<>> {
  using type = tables<Left...>;
};
template <class... Left, class First, class... Rest>
struct join_tables<tables<Left...>, tables<First, Rest...>>
    : join_tables<std::conditional_t<has_table<First, tables<Left...>>, tables<Left...>, tables<Left..., First>>,
                  tables<Rest...>> {};

/// Every table of Used is one of From.
template <class Used, class From>
inline constexpr bool within = false;
template <class... Used, class From>
inline constexpr bool within<tables<Used...>, From> = (has_table<Used, From> && ...);

/// A typed select: what a subquery is made of.
template <class Q>
concept is_query = requires(const Q& query) {
  typename Q::row_type;
  typename Q::outer;
  query.shared();
};

/// What can be compared with what.
enum class category : std::uint8_t {
  any,
  number,
  decimal,
  text,
  bytes,
  instant,
  duration,
  json,
  vector,
  enumeration,
  set,
  none
};

template <class T>
constexpr category category_of() {
  using B = bare<T>;
  if constexpr (std::same_as<B, value>)
    return category::any;
  else if constexpr (requires { codec<B>::type; }) {
    switch (codec<B>::type.kind) {
    case type_kind::decimal: return category::decimal;
    case type_kind::varchar:
    case type_kind::char_:
    case type_kind::tinytext:
    case type_kind::text:
    case type_kind::mediumtext:
    case type_kind::longtext: return category::text;
    case type_kind::binary:
    case type_kind::varbinary:
    case type_kind::tinyblob:
    case type_kind::blob:
    case type_kind::mediumblob:
    case type_kind::longblob: return category::bytes;
    case type_kind::datetime:
    case type_kind::timestamp:
    case type_kind::date: return category::instant;
    case type_kind::time: return category::duration;
    case type_kind::json: return category::json;
    case type_kind::vector: return category::vector;
    case type_kind::enumeration: return category::enumeration;
    case type_kind::set: return category::set;
    default: return category::number;
    }
  } else
    return category::none;
}

struct operand;
template <class X>
concept is_operand = std::derived_from<X, operand>;
template <class L, class R>
concept operands = is_operand<L> || is_operand<R>;

template <class X>
struct operand_traits {  // a plain value
  using type = std::decay_t<const X>;
  using used = tables<>;
};
template <is_operand X>
struct operand_traits<X> {
  using type = typename X::type;
  using used = typename X::used;
};

template <class X>
inline constexpr category category_of_operand = category_of<typename operand_traits<X>::type>();

template <class X>
sql::expression to_expression(const X& item) {
  if constexpr (is_operand<X>)
    return item.expression();
  else {
    const auto& encoded = codec<std::decay_t<const X>>::encode(item);
    return sql::literal(encoded);
  }
}

/// Adds a value or an operand as an argument.
template <class X>
void add_to(sql::expression& into, const X& item) {
  if constexpr (requires { item.add_to(into); })
    item.add_to(into);
  else if constexpr (is_operand<X>)
    into.add(item.expression());
  else {
    const auto& encoded = codec<std::decay_t<const X>>::encode(item);
    into.add_literal(encoded);
  }
}

template <class X>
using bare_type = bare<typename operand_traits<X>::type>;
template <class T>
constexpr bool is_day() {
  if constexpr (requires { codec<T>::type; })
    return codec<T>::type.kind == type_kind::date;
  else
    return false;
}
template <class X>
inline constexpr bool is_point_in_time = category_of<bare_type<X>>() == category::instant && !is_day<bare_type<X>>();

/// A day's midnight, of a literal or anything else. A day alone would be compared as the text that it is in SQLite.
sql::expression start_of_day(const sql::expression& day);

/// What is known only when a statement is made or runs: its category, and whether it is a day or a point in time.
struct compared {
  sql::expression item;
  std::size_t comparison{};
};
inline constexpr std::size_t category_bits = 0xFF, day_bit = 0x100, point_in_time_bit = 0x200;
template <class X>
inline constexpr std::size_t comparison_of =
    static_cast<std::size_t>(category_of<bare_type<X>>()) | (is_day<bare_type<X>>() ? day_bit : 0) |
    (is_point_in_time<X> ? point_in_time_bit : 0);
/// A value as it is compared with what `other` tells of. Errors: usage_error for one that cannot be.
sql::expression beside(const compared& item, std::size_t other);
/// The same of a prepared statement's argument, whose kind is checked when it is given.
sql::expression argument_beside(std::size_t index, std::size_t other);
/// Errors: usage_error for an argument that cannot be compared with what `other` tells of.
void check_argument(std::size_t index, value_kind given, std::size_t other, std::source_location where);

/// The same; beside a decimal a plain integer is a decimal, too, and beside a point in time a day is one.
template <class X, class... Others>
void add_beside(sql::expression& into, const X& item) {
  if constexpr (std::integral<X> && !std::same_as<X, bool> &&
                ((category_of<bare_type<Others>>() == category::decimal) || ...)) {
    const auto digits = std::to_string(item);
    into.add_literal(value_view::bytes(value_kind::decimal, digits.data(), digits.size()));
  } else if constexpr (is_day<bare_type<X>>() && (is_point_in_time<Others> || ...)) {
    into.add(start_of_day(to_expression(item)));
  } else if constexpr (requires { X::index; }) {
    constexpr std::size_t comparisons[] = {comparison_of<Others>...};
    into.add(argument_beside(X::index, comparisons[0]));
  } else {
    add_to(into, item);
  }
}

/// Of a decimal: marked as one, for SQLite has it as a text that it would compare as that.
template <class T>
sql::expression exact_if_decimal(sql::expression built) {
  if constexpr (category_of<bare<T>>() == category::decimal) return sql::unary(sql::op::exact, built);
  return built;
}

template <class L, class R>
void add_pair(sql::expression& into, const L& left, const R& right) {
  add_beside<L, R>(into, left);
  add_beside<R, L>(into, right);
}

template <class L, class R>
using used_by = typename join_tables<typename operand_traits<L>::used, typename operand_traits<R>::used>::type;
template <class L, class R>
inline constexpr bool either_optional =
    is_optional<typename operand_traits<L>::type> || is_optional<typename operand_traits<R>::type>;

template <class L, class R>
constexpr void check_comparable() {
  using left = typename operand_traits<L>::type;
  using right = typename operand_traits<R>::type;
  constexpr category a = category_of<left>(), b = category_of<right>();
  static_assert(!std::same_as<left, std::nullopt_t> && !std::same_as<right, std::nullopt_t> &&
                    !std::same_as<left, std::nullptr_t> && !std::same_as<right, std::nullptr_t>,
                "nothing equals NULL: write c<...>.is_null() or .is_not_null()");
  static_assert(a != category::none && b != category::none, "this C++ type cannot be a value in a statement");
  constexpr bool exact = (a == category::decimal && std::integral<R>) || (b == category::decimal && std::integral<L>);
  constexpr bool mixed =
      (a == category::decimal && b == category::number) || (a == category::number && b == category::decimal);
  static_assert(!mixed || exact,
                "a decimal compares with decimals and whole-number values: write tidb::decimal(\"1.5\"), or "
                "cast<double>(c<...>) of the decimal column");
  static_assert(a == category::none || b == category::none || a == category::any || b == category::any || a == b ||
                    mixed,
                "these two types cannot be compared: numbers compare with numbers, text with text, times with times");
}

}  // namespace detail

template <class T, class Used = tables<>>
class expr;

namespace detail {

template <class T, class L, class R>
using result_of = expr<std::conditional_t<either_optional<L, R>, std::optional<T>, T>, used_by<L, R>>;

template <class L, class R>
auto compare(sql::op kind, const L& left, const R& right) {
  check_comparable<L, R>();
  expr<bool, used_by<L, R>> made(kind);
  add_pair(made.building(), left, right);
  return made;
}

/// A left side that nobody needs any more becomes the whole.
template <class L, class R>
auto logic(sql::op kind, L&& left, const R& right) {
  using first = std::remove_cvref_t<L>;
  static_assert(std::same_as<bare<typename operand_traits<first>::type>, bool> &&
                    std::same_as<bare<typename operand_traits<R>::type>, bool>,
                "&& and || join conditions: compare the column with something first");
  using made = expr<bool, used_by<first, R>>;
  if constexpr (is_operand<R> && requires { std::forward<L>(left).take(); }) {
    sql::expression&& whole = std::forward<L>(left).take();
    whole.join(kind, right.expression());
    return made(std::move(whole));
  } else {
    return made(sql::binary(kind, to_expression(left), to_expression(right)));
  }
}

template <class L, class R>
auto arithmetic(sql::op kind, const L& left, const R& right) {
  using left_type = bare<typename operand_traits<L>::type>;
  using right_type = bare<typename operand_traits<R>::type>;
  constexpr category a = category_of<left_type>(), b = category_of<right_type>();
  constexpr bool exact = a == category::decimal || b == category::decimal;
  constexpr auto is_number = [](category of) {
    return of == category::number || of == category::decimal || of == category::any;
  };
  static_assert(is_number(a) && is_number(b), "arithmetic is for numbers");
  static_assert(!exact || ((a == category::decimal || std::integral<L>)&&(b == category::decimal || std::integral<R>)),
                "a decimal is added to decimals and whole numbers: cast the column, or write tidb::decimal(\"...\")");
  sql::expression built(kind);
  add_pair(built, left, right);
  if constexpr (exact)
    return result_of<std::conditional_t<a == category::decimal, left_type, right_type>, L, R>(
        sql::unary(sql::op::exact, built));
  else if constexpr (std::floating_point<left_type> || std::floating_point<right_type>)
    return result_of<double, L, R>(std::move(built));
  else
    return result_of<std::int64_t, L, R>(std::move(built));
}

/// The base of everything that operators work on. The operators are hidden friends: found only for these types.
struct operand {
  // Values compare by SQL, in both orders; the result is an expression, never a bool.
  template <class L, class R>
    requires operands<L, R>
  friend auto operator==(const L& left, const R& right) {
    return compare(sql::op::equal, left, right);
  }
  template <class L, class R>
    requires operands<L, R>
  friend auto operator!=(const L& left, const R& right) {
    return compare(sql::op::not_equal, left, right);
  }
  template <class L, class R>
    requires operands<L, R>
  friend auto operator<(const L& left, const R& right) {
    return compare(sql::op::less, left, right);
  }
  template <class L, class R>
    requires operands<L, R>
  friend auto operator<=(const L& left, const R& right) {
    return compare(sql::op::less_equal, left, right);
  }
  template <class L, class R>
    requires operands<L, R>
  friend auto operator>(const L& left, const R& right) {
    return compare(sql::op::greater, left, right);
  }
  template <class L, class R>
    requires operands<L, R>
  friend auto operator>=(const L& left, const R& right) {
    return compare(sql::op::greater_equal, left, right);
  }

  template <class L, class R>
    requires operands<std::remove_cvref_t<L>, R>
  friend auto operator&&(L&& left, const R& right) {
    return logic(sql::op::logical_and, std::forward<L>(left), right);
  }
  template <class L, class R>
    requires operands<std::remove_cvref_t<L>, R>
  friend auto operator||(L&& left, const R& right) {
    return logic(sql::op::logical_or, std::forward<L>(left), right);
  }
  template <is_operand X>
  friend auto operator!(const X& inner) {
    static_assert(std::same_as<bare<typename X::type>, bool>, "! negates a condition");
    return expr<bool, typename X::used>(sql::unary(sql::op::logical_not, inner.expression()));
  }

  template <class L, class R>
    requires operands<L, R>
  friend auto operator+(const L& left, const R& right) {
    return arithmetic(sql::op::add, left, right);
  }
  template <class L, class R>
    requires operands<L, R>
  friend auto operator-(const L& left, const R& right) {
    return arithmetic(sql::op::subtract, left, right);
  }
  template <class L, class R>
    requires operands<L, R>
  friend auto operator*(const L& left, const R& right) {
    return arithmetic(sql::op::multiply, left, right);
  }
  /// Real division on both engines; NULL by zero.
  template <class L, class R>
    requires operands<L, R>
  friend auto operator/(const L& left, const R& right) {
    arithmetic(sql::op::divide, left, right);  // checks the types
    return expr<std::optional<double>, used_by<L, R>>(
        sql::binary(sql::op::divide, to_expression(left), to_expression(right)));
  }
  /// The remainder of integers, with the sign of the left one; NULL by zero.
  template <class L, class R>
    requires operands<L, R>
  friend auto operator%(const L& left, const R& right) {
    static_assert(category_of<typename operand_traits<L>::type>() != category::decimal &&
                      category_of<typename operand_traits<R>::type>() != category::decimal &&
                      !std::floating_point<bare<typename operand_traits<L>::type>> &&
                      !std::floating_point<bare<typename operand_traits<R>::type>>,
                  "% is for integers");
    arithmetic(sql::op::modulo, left, right);
    return expr<std::optional<std::int64_t>, used_by<L, R>>(
        sql::binary(sql::op::modulo, to_expression(left), to_expression(right)));
  }
  template <is_operand X>
  friend auto operator-(const X& inner) {
    constexpr category of = category_of<typename X::type>();
    static_assert(of == category::number || of == category::decimal, "arithmetic is for numbers");
    if constexpr (of == category::decimal) {
      return arithmetic(sql::op::subtract, 0, inner);
    } else {
      using number = std::conditional_t<std::floating_point<bare<typename X::type>>, double, std::int64_t>;
      return result_of<number, X, X>(sql::unary(sql::op::negate, inner.expression()));
    }
  }
};

/// The named operations of an operand.
template <class Self>
struct operand_methods : operand {
  /// `%` stands for any text, `_` for one character, `\` escapes; case-sensitive on both engines.
  template <class V>
  auto like(const V& pattern) const {
    return match(sql::op::like, pattern);
  }
  /// The same with another character that escapes.
  template <class V>
  auto like(const V& pattern, char escape) const {
    return match(sql::op::like, pattern, escape);
  }
  template <class V>
  auto not_like(const V& pattern) const {
    return match(sql::op::not_like, pattern);
  }
  template <class V>
  auto not_like(const V& pattern, char escape) const {
    return match(sql::op::not_like, pattern, escape);
  }
  /// Matches a regular expression anywhere; RE2's syntax on both engines. Errors, when run: a pattern that is none.
  template <class V>
  auto regexp(const V& pattern) const {
    return match(sql::op::regexp, pattern);
  }
  template <class V>
  auto not_regexp(const V& pattern) const {
    return match(sql::op::not_regexp, pattern);
  }
  /// Equal, or both NULL: always true or false.
  template <class V>
  auto is_not_distinct_from(const V& other) const {
    return compare(sql::op::null_safe_equal, self(), other);
  }
  template <class V>
  auto is_distinct_from(const V& other) const {
    return !is_not_distinct_from(other);
  }
  auto is_null() const { return test(sql::op::is_null); }
  auto is_not_null() const { return test(sql::op::is_not_null); }
  /// Both ends included.
  template <class Low, class High>
  auto between(const Low& low, const High& high) const {
    return within_range(sql::op::between, low, high);
  }
  template <class Low, class High>
  auto not_between(const Low& low, const High& high) const {
    return within_range(sql::op::not_between, low, high);
  }
  /// True if it is one of these; an empty list gives no row.
  template <class V>
  auto in(std::initializer_list<V> items) const {
    return member(sql::op::in, items);
  }
  template <detail::iterable Range>
  auto in(const Range& items) const {
    return member(sql::op::in, items);
  }
  template <class V>
  auto not_in(std::initializer_list<V> items) const {
    return member(sql::op::not_in, items);
  }
  template <detail::iterable Range>
  auto not_in(const Range& items) const {
    return member(sql::op::not_in, items);
  }
  /// True if the query gives it. Note: of a NULL among the query's rows, not_in is true of nothing.
  template <is_query Q>
  auto in(const Q& query) const {
    return member_of_query(sql::op::in, query);
  }
  template <is_query Q>
  auto not_in(const Q& query) const {
    return member_of_query(sql::op::not_in, query);
  }

private:
  const Self& self() const { return static_cast<const Self&>(*this); }
  auto test(sql::op kind) const { return expr<bool, typename Self::used>(sql::unary(kind, self().expression())); }
  template <class V>
  auto match(sql::op kind, const V& pattern, char escape = 0) const {
    static_assert(category_of<typename Self::type>() == category::text, "like and regexp are for text");
    auto built = compare(kind, self(), pattern);
    if (escape == 0) return built;
    built.building().add(sql::expression(sql::op::constant, std::string_view(&escape, 1)));
    return built;
  }
  template <class Low, class High>
  auto within_range(sql::op kind, const Low& low, const High& high) const {
    check_comparable<Self, Low>();
    check_comparable<Self, High>();
    sql::expression built(kind);
    add_beside<Self, Low, High>(built, self());
    add_beside<Low, Self, High>(built, low);
    add_beside<High, Self, Low>(built, high);
    using used = typename join_tables<used_by<Self, Low>, typename operand_traits<High>::used>::type;
    return expr<bool, used>(std::move(built));
  }
  template <class Q>
  auto member_of_query(sql::op kind, const Q& query) const {
    static_assert(decodable<typename Q::row_type>, "in() looks through a query of one column");
    check_comparable<Self, expr<typename Q::row_type>>();
    using used = typename join_tables<typename Self::used, typename Q::outer>::type;
    return expr<bool, used>(sql::binary(kind, self().expression(), sql::of_query(sql::op::query, query.shared())));
  }
  template <class Items>
  auto member(sql::op kind, const Items& items) const {
    using item_type = std::remove_cvref_t<decltype(*std::begin(items))>;
    check_comparable<Self, item_type>();
    sql::expression built(kind);
    add_beside<Self, item_type>(built, self());
    for (const auto& item : items) add_beside<item_type, Self>(built, item);
    return expr<bool, typename Self::used>(std::move(built));
  }
};

}  // namespace detail

/// An expression whose value reads into a T and whose columns come from the tables Used.
template <class T, class Used>
class expr : public detail::operand_methods<expr<T, Used>> {
public:
  using type = T;
  using used = Used;

  explicit expr(sql::op kind) noexcept : built_(kind) {}
  explicit expr(sql::expression&& built) noexcept : built_(std::move(built)) {}
  const sql::expression& expression() const { return built_; }
  /// What it was made of, for something larger.
  sql::expression&& take() && noexcept { return std::move(built_); }
  sql::expression& building() noexcept { return built_; }

  /// The same, named: in the select list it prints `AS name`, in the order the name, in a condition itself.
  expr as(std::string_view name) const { return expr(sql::label(built_, name)); }
  /// The same, read into std::optional<T>: for values that may be NULL, such as the cosine distance of a zero vector.
  auto nullable() const { return expr<std::optional<detail::bare<T>>, Used>(sql::expression(built_)); }

private:
  sql::expression built_;
};

/// A place for an argument of a prepared statement, counted from 0.
template <std::size_t Index>
struct param_t : detail::operand {
  using type = value;
  using used = tables<>;
  static constexpr std::size_t index = Index;
  sql::expression expression() const { return sql::parameter(Index); }
};
template <std::size_t Index>
inline constexpr param_t<Index> param{};

/// How rows are ordered: an expression and a direction.
template <class Used>
struct ordering {
  sql::expression by{};
  bool descending{};
  sql::null_order nulls{};
  std::size_t comparison{};

  ordering nulls_first() const { return {by, descending, sql::null_order::first, comparison}; }
  ordering nulls_last() const { return {by, descending, sql::null_order::last, comparison}; }
};

/// Smallest first; NULL before all.
template <detail::is_operand X>
ordering<typename X::used> asc(const X& by) {
  return {by.expression(), false, {}, detail::comparison_of<X>};
}
/// Largest first; NULL after all.
template <detail::is_operand X>
ordering<typename X::used> desc(const X& by) {
  return {by.expression(), true, {}, detail::comparison_of<X>};
}

}  // namespace tidb
