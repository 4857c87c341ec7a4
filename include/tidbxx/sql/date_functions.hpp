// Functions of dates and times, in UTC, as typed expressions, the same on every engine.
// Source: TiDB's documentation, "Date and Time Functions".
#pragma once

#include "tidbxx/sql/functions.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace tidb {

namespace detail {

template <class X>
constexpr void check_instant() {
  static_assert(category_of_operand<X> == category::instant || category_of_operand<X> == category::any,
                "this function is for dates and points in time");
}

template <class T, class First, class... Rest>
auto of_instant(const char* name, const First& when, const Rest&... rest) {
  check_instant<First>();
  return call<or_null<T, First, Rest...>>(name, when, rest...);
}

}  // namespace detail

using time_point = std::chrono::sys_time<std::chrono::microseconds>;

/// The time when the statement began.
inline expr<time_point> now() {
  return expr<time_point>(sql::function(sql::lasting{"UTC_TIMESTAMP"}, {sql::raw("6", {})}));
}
/// The day when the statement began.
inline expr<std::chrono::sys_days> today() {
  return expr<std::chrono::sys_days>(sql::function(sql::lasting{"UTC_DATE"}, {}));
}

template <detail::is_operand X>
auto year_of(const X& when) {
  return detail::of_instant<std::int64_t>("YEAR", when);
}
template <detail::is_operand X>
auto quarter_of(const X& when) {
  return detail::of_instant<std::int64_t>("QUARTER", when);
}
template <detail::is_operand X>
auto month_of(const X& when) {
  return detail::of_instant<std::int64_t>("MONTH", when);
}
template <detail::is_operand X>
auto week_of(const X& when) {
  return detail::of_instant<std::int64_t>("WEEK", when);
}
template <detail::is_operand X>
auto hour_of(const X& when) {
  return detail::of_instant<std::int64_t>("HOUR", when);
}
template <detail::is_operand X>
auto minute_of(const X& when) {
  return detail::of_instant<std::int64_t>("MINUTE", when);
}
template <detail::is_operand X>
auto second_of(const X& when) {
  return detail::of_instant<std::int64_t>("SECOND", when);
}
template <detail::is_operand X>
auto microsecond_of(const X& when) {
  return detail::of_instant<std::int64_t>("MICROSECOND", when);
}
/// Of the month, from 1.
template <detail::is_operand X>
auto day_of(const X& when) {
  return detail::of_instant<std::int64_t>("DAYOFMONTH", when);
}
/// From 1 for Sunday to 7 for Saturday.
template <detail::is_operand X>
auto day_of_week(const X& when) {
  return detail::of_instant<std::int64_t>("DAYOFWEEK", when);
}
template <detail::is_operand X>
auto day_of_year(const X& when) {
  return detail::of_instant<std::int64_t>("DAYOFYEAR", when);
}
template <detail::is_operand X>
auto last_day(const X& when) {
  return detail::of_instant<std::chrono::sys_days>("LAST_DAY", when);
}
/// Days from the second to the first.
template <class X, class Y>
  requires detail::operands<X, Y>
auto date_diff(const X& later, const Y& earlier) {
  detail::check_instant<Y>();
  return detail::of_instant<std::int64_t>("DATEDIFF", later, earlier);
}
/// `%Y-%m-%d` and what else TiDB's DATE_FORMAT knows.
template <detail::is_operand X, class F>
auto date_format(const X& when, const F& format) {
  return detail::of_instant<std::string>("DATE_FORMAT", when, format);
}

/// What `date_add` counts.
enum class date_unit : std::uint8_t { microseconds, seconds, minutes, hours, days, weeks, months, quarters, years };

namespace detail {

sql::expression date_add_expression(const sql::expression& when, const sql::expression& count, date_unit unit);

}  // namespace detail

/// So many later, or earlier if that is negative; of months and years, the last day of the month where it has no such
/// day. NULL outside the years that TiDB has. Note: a date plus hours is a date still: cast it to a point in time
/// first.
template <detail::is_operand X, class N>
auto date_add(const X& when, const N& count, date_unit unit) {
  detail::check_instant<X>();
  detail::check_number<N>();
  return expr<std::optional<detail::bare<typename X::type>>, detail::used_by_each<X, N>>(
      detail::date_add_expression(when.expression(), detail::to_expression(count), unit));
}

}  // namespace tidb
