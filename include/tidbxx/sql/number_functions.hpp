// Functions of numbers as typed expressions, the same on every engine.
// Source: TiDB's documentation, "Numeric Functions and Operators".
#pragma once

#include "tidbxx/sql/functions.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>

namespace tidb {

namespace detail {

/// A function whose value is a decimal of a decimal, else what a sum of X's is.
template <class X, class... Rest>
auto of_exact_number(const char* name, const X& number, const Rest&... rest) {
  if constexpr (is_decimal<X>) {
    const auto built = call<bare<typename X::type>>(name, number, rest...);
    return expr<or_null<bare<typename X::type>, X>, typename X::used>(sql::unary(sql::op::exact, built.expression()));
  } else {
    return of_numbers<sum_of<X>>(name, number, rest...);
  }
}

template <class X, class... Digits>
auto rounded(const X& number, const Digits&... digits) {
  if constexpr (std::floating_point<bare<typename X::type>>) {
    check_number<X>();
    sql::expression built(sql::op::round_real);
    add_to(built, number);
    (add_to(built, digits), ...);
    return expr<or_null<double, X>, typename X::used>(std::move(built));
  } else {
    return of_exact_number("ROUND", number, digits...);
  }
}

}  // namespace detail

// Numbers.

template <detail::is_operand X>
auto abs(const X& number) {
  return detail::of_exact_number("ABS", number);
}
template <detail::is_operand X>
auto floor(const X& number) {
  return detail::of_numbers<detail::sum_of<X>>("FLOOR", number);
}
template <detail::is_operand X>
auto ceil(const X& number) {
  return detail::of_numbers<detail::sum_of<X>>("CEIL", number);
}
template <detail::is_operand X>
auto sign(const X& number) {
  return detail::of_numbers<std::int64_t>("SIGN", number);
}
/// NULL of a negative number.
template <detail::is_operand X>
auto sqrt(const X& number) {
  return detail::of_numbers<double>("SQRT", number).nullable();
}
template <class X, class Y>
  requires detail::operands<X, Y>
auto power(const X& base, const Y& exponent) {
  return detail::of_numbers<double>("POW", base, exponent);
}
template <detail::is_operand X>
auto exp(const X& number) {
  return detail::of_numbers<double>("EXP", number);
}
/// The natural logarithm; NULL of a number that is not positive.
template <detail::is_operand X>
auto ln(const X& number) {
  return detail::of_numbers<double>("LN", number).nullable();
}
/// To so many digits behind the point, or before it if that is negative. Halves go away from zero; of float and double
/// to the even neighbour.
template <detail::is_operand X>
auto round(const X& number) {
  return detail::rounded(number, 0);
}
template <detail::is_operand X>
auto round(const X& number, int digits) {
  return detail::rounded(number, digits);
}
/// Without the digits beyond.
template <detail::is_operand X>
auto truncate(const X& number, int digits) {
  return detail::of_exact_number("TRUNCATE", number, digits);
}
/// From 0 up to 1, another one each time.
inline expr<double> rand() { return expr<double>(sql::function(sql::lasting{"RAND"}, {})); }
/// The largest of the values; NULL if one is.
template <class First, class... Rest>
  requires(sizeof...(Rest) >= 1)
auto greatest(const First& first, const Rest&... rest) {
  (detail::check_comparable<First, Rest>(), ...);
  using type = detail::common_of<First, Rest...>;
  return detail::choose<detail::or_null<type, First, Rest...>>("GREATEST", first, rest...);
}
template <class First, class... Rest>
  requires(sizeof...(Rest) >= 1)
auto least(const First& first, const Rest&... rest) {
  (detail::check_comparable<First, Rest>(), ...);
  using type = detail::common_of<First, Rest...>;
  return detail::choose<detail::or_null<type, First, Rest...>>("LEAST", first, rest...);
}

}  // namespace tidb
