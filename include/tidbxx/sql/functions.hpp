// SQL's functions as typed expressions, the same on every engine.
// Source: TiDB's documentation, "Functions and Operators".
#pragma once

#include "tidbxx/sql/typed.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

namespace detail {

template <class... X>
struct used_by_all {
  using type = tables<>;
};
template <class First, class... Rest>
struct used_by_all<First, Rest...> {
  using type = typename join_tables<typename operand_traits<First>::used, typename used_by_all<Rest...>::type>::type;
};
template <class... X>
using used_by_each = typename used_by_all<X...>::type;
template <class... X>
inline constexpr bool any_optional = (is_optional<typename operand_traits<X>::type> || ...);

/// T, or std::optional<T> where one of the arguments may be NULL.
template <class T, class... X>
using or_null = std::conditional_t<any_optional<X...>, std::optional<T>, T>;

template <class T, class... X>
expr<T, used_by_each<X...>> call(const char* name, const X&... arguments) {
  sql::expression built(sql::op::function, sql::lasting{name});
  (add_to(built, arguments), ...);
  return expr<T, used_by_each<X...>>(std::move(built));
}

/// A function that gives one of its arguments.
template <class T, class... X>
expr<T, used_by_each<X...>> choose(const char* name, const X&... arguments) {
  sql::expression built(sql::op::function, sql::lasting{name});
  (add_beside<X, X...>(built, arguments), ...);
  return expr<T, used_by_each<X...>>(exact_if_decimal<T>(std::move(built)));
}

template <class X>
constexpr void check_number() {
  static_assert(category_of_operand<X> == category::number || category_of_operand<X> == category::any,
                "this function is for numbers");
}
template <class X>
constexpr void check_text() {
  static_assert(category_of_operand<X> == category::text || category_of_operand<X> == category::any,
                "this function is for text");
}

/// The type that holds the values of both.
template <class A, class B>
constexpr auto wider() {
  constexpr category of = category_of<A>(), other = category_of<B>();
  if constexpr (std::same_as<A, B> || of == category::any || other == category::any) {
    return std::type_identity<A>();
  } else if constexpr (of == category::enumeration || of == category::set) {
    static_assert(std::same_as<A, B>, "these values have no type in common: use values of one enum");
    return std::type_identity<A>();
  } else if constexpr (of == category::text) {
    return std::type_identity<std::string>();
  } else if constexpr (of == category::decimal || other == category::decimal) {
    return std::type_identity<std::conditional_t<of == category::decimal, A, B>>();
  } else if constexpr (of == category::instant && is_day<A>() != is_day<B>()) {
    return std::type_identity<std::conditional_t<is_day<A>(), B, A>>();
  } else if constexpr (std::floating_point<A> || std::floating_point<B>) {
    return std::type_identity<double>();
  } else if constexpr (std::integral<A> && std::integral<B> && std::signed_integral<A> != std::signed_integral<B>) {
    // of 64 bits each, neither holds all of the other's: it is what comes first
    return std::type_identity<std::conditional_t<std::same_as<A, std::uint64_t>, A, std::int64_t>>();
  } else if constexpr (requires { typename std::common_type_t<A, B>; }) {
    return std::type_identity<std::common_type_t<A, B>>();
  } else {
    return std::type_identity<A>();
  }
}
template <class Type, class... X>
struct common_type {
  using type = std::conditional_t<std::convertible_to<Type, std::string_view>, std::string, Type>;
};
template <class Type, class Next, class... Rest>
struct common_type<Type, Next, Rest...>
    : common_type<typename decltype(wider<Type, bare_type<Next>>())::type, Rest...> {};
/// What a value that is one of these is read into.
template <class First, class... Rest>
using common_of = typename common_type<bare_type<First>, Rest...>::type;

template <class X>
inline constexpr bool is_decimal = category_of_operand<X> == category::decimal;

/// What a sum of X's is read into.
template <class X>
using sum_of =
    std::conditional_t<is_decimal<X>, bare<typename X::type>,
                       std::conditional_t<std::floating_point<bare<typename X::type>>, double, std::int64_t>>;

/// An aggregate whose value is one of X, or their sum: NULL of no row.
template <class T, class X>
auto aggregate(sql::expression built) {
  if constexpr (is_decimal<X>) built = sql::unary(sql::op::exact, built);
  return expr<std::optional<T>, typename X::used>(std::move(built));
}

/// A text function of texts and numbers.
template <class T, class First, class... Rest>
auto of_text(const char* name, const First& text, const Rest&... rest) {
  check_text<First>();
  return call<or_null<T, First, Rest...>>(name, text, rest...);
}
template <class T, class First, class... Rest>
auto of_numbers(const char* name, const First& number, const Rest&... rest) {
  check_number<First>();
  (check_number<Rest>(), ...);
  return call<or_null<T, First, Rest...>>(name, number, rest...);
}

/// A term of an order inside a function.
template <class Used>
sql::expression term_expression(const ordering<Used>& term) {
  return sql::order_term(term.by, term.descending, term.nulls, term.comparison);
}
template <is_operand X>
sql::expression term_expression(const X& by) {
  return sql::unary(sql::op::ascending, by.expression());
}

}  // namespace detail

// Aggregates. All but the counts are NULL where there is no row.

/// How many rows.
inline expr<std::int64_t> count() {
  return expr<std::int64_t>(sql::function(sql::lasting{"COUNT"}, {sql::expression(sql::op::star)}));
}
/// How many rows in which it is not NULL.
template <detail::is_operand X>
auto count(const X& item) {
  return detail::call<std::int64_t>("COUNT", item);
}
template <detail::is_operand X>
auto count_distinct(const X& item) {
  return expr<std::int64_t, typename X::used>(
      sql::function(sql::lasting{"COUNT"}, {sql::unary(sql::op::distinct, item.expression())}));
}
/// Of integers and decimals exact. Errors, when read: out_of_range beyond a signed 64-bit.
template <detail::is_operand X>
auto sum(const X& item) {
  using type = detail::sum_of<X>;
  if constexpr (detail::is_decimal<X>) {
    return detail::aggregate<type, X>(sql::unary(sql::op::decimal_sum, item.expression()));
  } else {
    detail::check_number<X>();
    return detail::aggregate<type, X>(sql::function(sql::lasting{"SUM"}, {item.expression()}));
  }
}
/// Of decimals a decimal, with four digits more behind the point; else a double.
template <detail::is_operand X>
auto avg(const X& item) {
  if constexpr (detail::is_decimal<X>) {
    return detail::aggregate<detail::sum_of<X>, X>(sql::unary(sql::op::decimal_avg, item.expression()));
  } else {
    detail::check_number<X>();
    return expr<std::optional<double>, typename X::used>(
        sql::function(sql::lasting{"AVG"}, {sql::cast(item.expression(), sql::cast_type::real)}));
  }
}
template <detail::is_operand X>
auto min(const X& item) {
  return detail::aggregate<detail::bare<typename X::type>, X>(sql::function(sql::lasting{"MIN"}, {item.expression()}));
}
template <detail::is_operand X>
auto max(const X& item) {
  return detail::aggregate<detail::bare<typename X::type>, X>(sql::function(sql::lasting{"MAX"}, {item.expression()}));
}

// Choice.

/// A value as an expression.
template <class V>
auto literal(const V& item) {
  static_assert(encodable<std::decay_t<const V>>, "this C++ type cannot be a value in a statement");
  using type = std::conditional_t<std::convertible_to<const V&, std::string_view>, std::string, std::decay_t<const V>>;
  return expr<type>(detail::exact_if_decimal<type>(detail::to_expression(item)));
}

/// The first that is not NULL. Of numbers of several types the wider one: a double beside integers, a decimal beside
/// whole numbers.
template <class First, class... Rest>
auto coalesce(const First& first, const Rest&... rest) {
  (detail::check_comparable<First, Rest>(), ...);
  using type = detail::common_of<First, Rest...>;
  constexpr bool ends = ((!detail::is_optional<typename detail::operand_traits<Rest>::type>) || ...);
  return detail::choose<std::conditional_t<ends, type, std::optional<type>>>("COALESCE", first, rest...);
}
/// NULL if both are equal, else the first.
template <detail::is_operand X, class V>
auto nullif(const X& item, const V& other) {
  detail::check_comparable<X, V>();
  return detail::choose<std::optional<detail::bare<typename X::type>>>("NULLIF", item, other);
}

/// CASE, as far as it is written. NULL where no condition holds, until `otherwise`.
template <class T, class Used>
class cases : public expr<std::optional<T>, Used> {
public:
  explicit cases(sql::expression built) : expr<std::optional<T>, Used>(detail::exact_if_decimal<T>(std::move(built))) {}

  /// Of results of several number types the wider one is read.
  template <class C, class V>
  auto when(const expr<bool, C>& condition, const V& result) const {
    detail::check_comparable<cases, V>();
    using both = typename detail::join_tables<typename detail::join_tables<Used, C>::type,
                                              typename detail::operand_traits<V>::used>::type;
    auto longer = written();
    longer.add(condition.expression());
    detail::add_beside<V, expr<T>>(longer, result);
    return cases<detail::common_of<cases, V>, both>(std::move(longer));
  }
  template <class V>
  auto otherwise(const V& result) const {
    detail::check_comparable<cases, V>();
    using both = typename detail::join_tables<Used, typename detail::operand_traits<V>::used>::type;
    auto whole = written();
    detail::add_beside<V, expr<T>>(whole, result);
    return expr<detail::or_null<detail::common_of<cases, V>, V>, both>(detail::exact_if_decimal<T>(std::move(whole)));
  }

private:
  sql::expression written() const {
    const auto& whole = this->expression();
    return whole.kind() == sql::op::exact ? whole.part(whole.arguments().front()) : whole;
  }
};

/// CASE WHEN condition THEN result: goes on with `.when(…)` and `.otherwise(…)`.
template <class C, class V>
auto case_when(const expr<bool, C>& condition, const V& result) {
  using used = typename detail::join_tables<C, typename detail::operand_traits<V>::used>::type;
  return cases<detail::common_of<V>, used>(
      sql::binary(sql::op::case_when, condition.expression(), detail::to_expression(result)));
}

/// Another type: integers, double, std::string, tidb::blob, dates and times, json.
template <class T, detail::is_operand X>
auto cast(const X& item) {
  constexpr auto to = [] {
    using B = detail::bare<T>;
    if constexpr (std::floating_point<B>)
      return sql::cast_type::real;
    else if constexpr (std::unsigned_integral<B>)
      return sql::cast_type::unsigned_integer;
    else if constexpr (std::integral<B>)
      return sql::cast_type::signed_integer;
    else {
      switch (codec<B>::type.kind) {
      case type_kind::blob:
      case type_kind::longblob: return sql::cast_type::bytes;
      case type_kind::date: return sql::cast_type::date;
      case type_kind::datetime: return sql::cast_type::datetime;
      case type_kind::time: return sql::cast_type::time;
      case type_kind::json: return sql::cast_type::json;
      default: return sql::cast_type::text;
      }
    }
  }();
  return expr<detail::or_null<T, X>, typename X::used>(
      sql::cast(detail::exact_if_decimal<typename X::type>(item.expression()), to));
}

// Anything else.

/// Any function by its name, whose value is read into a T.
/// Note: it must be the engine's own. Errors: usage_error for a name of other than letters, digits and underscores.
template <class T, class... X>
auto func(const std::string& name, const X&... arguments) {
  return expr<T, detail::used_by_each<X...>>(sql::named_function(name, {detail::to_expression(arguments)...}));
}
/// SQL as it is, each `?` in it one of the values or expressions, read into a T.
/// Note: the text is the program's own: never put a user's words into it. Errors, when run: another number of `?`.
template <class T, class... X>
auto raw(std::string_view sql, const X&... arguments) {
  return expr<T, detail::used_by_each<X...>>(sql::raw(sql, {detail::to_expression(arguments)...}));
}

}  // namespace tidb
