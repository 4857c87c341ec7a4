// Reckoning with dates and times. SQLite's grammar has no INTERVAL: the unit is a text, the last argument of
// TIDB_DATE_ADD, the first of TIMESTAMPDIFF.
#include "engine/sqlite/functions_dates.hpp"
#include "engine/sqlite/numeric_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace tidb::detail {
namespace {

/// A unit of one part, or of several that a text has between signs: months, and microseconds of the smallest part.
struct unit {
  std::string_view name;
  int months;                 ///< of the last part; 0: it is a fixed time
  std::int64_t microseconds;  ///< of the last part
  int parts;                  ///< how many, the larger ones before
  bool has_clock;             ///< the result has a time of day
};

constexpr std::int64_t second = microseconds_per_second;
constexpr std::int64_t minute = 60 * second;
constexpr std::int64_t hour = 60 * minute;
constexpr std::int64_t day = 24 * hour;

constexpr unit units[] = {
    {"microsecond", 0, 1, 1, true},
    {"second", 0, second, 1, true},
    {"minute", 0, minute, 1, true},
    {"hour", 0, hour, 1, true},
    {"day", 0, day, 1, false},
    {"week", 0, 7 * day, 1, false},
    {"month", 1, 0, 1, false},
    {"quarter", 3, 0, 1, false},
    {"year", 12, 0, 1, false},
    {"second_microsecond", 0, 1, 2, true},
    {"minute_microsecond", 0, 1, 3, true},
    {"minute_second", 0, second, 2, true},
    {"hour_microsecond", 0, 1, 4, true},
    {"hour_second", 0, second, 3, true},
    {"hour_minute", 0, minute, 2, true},
    {"day_microsecond", 0, 1, 5, true},
    {"day_second", 0, second, 4, true},
    {"day_minute", 0, minute, 3, true},
    {"day_hour", 0, hour, 2, true},
    {"year_month", 1, 0, 2, false},
};

/// Null if the call's result is settled: an error that names the unit.
const unit* unit_argument(function_call& call, int position) {
  std::string name(call.text(position));
  for (auto& letter : name)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
  for (const auto& known : units)
    if (known.name == name) return &known;
  call.fail("unknown unit of time '" + name + "': it is day, month, hour_minute or the like");
  return nullptr;
}

/// An amount of a unit: months, or microseconds.
struct amount {
  std::int64_t months{};
  std::int64_t microseconds{};
};

/// No date is this far from any other.
constexpr std::int64_t farthest = 10'000 * 366 * day;

std::optional<std::int64_t> times(std::int64_t count, std::int64_t size) noexcept {
  std::int64_t product = 0;
  if (__builtin_mul_overflow(count, size, &product) || product > farthest || product < -farthest) return std::nullopt;
  return product;
}

std::optional<amount> one_part(function_call& call, int position, const unit& of) {
  if (of.microseconds == second && call.kind(position) != argument_kind::integer) {
    const double seconds = call.real(position);
    if (std::abs(seconds) > static_cast<double>(farthest / second)) return std::nullopt;
    return amount{0, to_integer(seconds * static_cast<double>(second))};
  }
  const auto count = call.integer(position);
  const auto product = times(count, of.months != 0 ? of.months : of.microseconds);
  if (!product) return std::nullopt;
  return of.months != 0 ? amount{*product, 0} : amount{0, *product};
}

/// The numbers in a text such as '1 02:03', the last one standing for the smallest part.
std::optional<amount> several_parts(function_call& call, int position, const unit& of) {
  auto text = call.text(position);
  const auto first = text.find_first_not_of(' ');
  const bool negative = first != text.npos && text[first] == '-';
  std::array<std::int64_t, 5> found{};
  std::size_t count = 0;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size();) {
    const auto end = std::min(text.find_first_not_of("0123456789", i), text.size());
    if (end == i) {
      ++i;
      continue;
    }
    if (count == static_cast<std::size_t>(of.parts)) return amount{};  // too many parts count as none
    digits = end - i;
    found[count++] = to_integer(text.substr(i, digits));
    i = end;
  }
  constexpr std::array<std::int64_t, 5> sizes{day, hour, minute, second, 1};
  amount sum;
  std::int64_t size = of.months != 0 ? 1 : of.microseconds;
  for (std::size_t i = count; i > 0; --i) {
    auto number = found[i - 1];
    // The fraction's digits stand behind a point.
    if (i == count && size == 1 && of.months == 0)
      for (auto missing = digits; missing < 6; ++missing) number *= 10;
    const auto product = times(number, size);
    if (!product) return std::nullopt;
    (of.months != 0 ? sum.months : sum.microseconds) += *product;
    if (of.months != 0)
      size = 12;
    else if (const auto* larger = std::find(sizes.begin(), sizes.end(), size); larger != sizes.begin())
      size = larger[-1];
  }
  return negative ? amount{-sum.months, -sum.microseconds} : sum;
}

std::optional<moment> later(const moment& from, const amount& by) {
  moment value = from;
  if (by.months != 0) {
    const auto months = std::int64_t{value.year} * 12 + value.month - 1 + by.months;
    if (months < 12 || months >= 10'000 * 12) return std::nullopt;
    value.year = static_cast<int>(months / 12);
    value.month = static_cast<int>(months % 12) + 1;
    value.day = std::min(value.day, days_in_month(value.year, value.month));
    return value;
  }
  auto moved = moment_of(value.microseconds() + by.microseconds);
  if (moved && moved->year == 0) return std::nullopt;
  if (moved) moved->has_time = from.has_time;
  return moved;
}

void give_moved(function_call& call, const moment& from, const unit& of, amount by, int sign, bool always_clock) {
  by.months *= sign;
  by.microseconds *= sign;
  const auto moved = later(from, by);
  if (!moved) return call.null();
  if (!from.has_time && !of.has_clock && !always_clock) return call.result_text(date_text(*moved));
  call.result_text(moment_text(*moved, moved->clock % second != 0 ? 6 : 0));
}

/// TIDB_DATE_ADD(date, count, unit)
template <int Sign>
void add(function_call& call) {
  const auto* of = unit_argument(call, 2);
  if (of == nullptr) return;
  const auto from = day_argument(call, 0);
  const auto by = of->parts == 1 ? one_part(call, 1, *of) : several_parts(call, 1, *of);
  if (!from || !by) return call.null();
  give_moved(call, *from, *of, *by, Sign, false);
}

/// Of typed statements: a point in time has its six digits, as columns hold it.
void add_typed(function_call& call) {
  const auto* of = unit_argument(call, 2);
  if (of == nullptr) return;
  const auto from = day_argument(call, 0);
  auto by = one_part(call, 1, *of);
  if (!from || !by) return call.null();
  const auto moved = later(*from, *by);
  if (!moved) return call.null();
  call.result_text(from->has_time || of->has_clock ? moment_text(*moved, 6) : date_text(*moved));
}

void timestamp_add(function_call& call) {
  const auto* of = unit_argument(call, 0);
  if (of == nullptr) return;
  const auto from = day_argument(call, 2);
  const auto by = of->parts == 1 ? one_part(call, 1, *of) : several_parts(call, 1, *of);
  if (!from || !by) return call.null();
  give_moved(call, *from, *of, *by, 1, true);
}

template <int Sign>
void add_days(function_call& call) {
  constexpr unit days{"day", 0, day, 1, false};
  const auto from = day_argument(call, 0);
  const auto by = one_part(call, 1, days);
  if (!from || !by) return call.null();
  give_moved(call, *from, days, *by, Sign, false);
}

/// Whole months from one moment to a later one.
std::int64_t months_between(const moment& from, const moment& to) noexcept {
  const auto months = (std::int64_t{to.year} - from.year) * 12 + to.month - from.month;
  const bool incomplete = to.day < from.day || (to.day == from.day && to.clock < from.clock);
  return months - (incomplete ? 1 : 0);
}

/// TIMESTAMPDIFF(unit, from, to)
void timestamp_diff(function_call& call) {
  const auto* of = unit_argument(call, 0);
  if (of == nullptr) return;
  const auto from = day_argument(call, 1);
  const auto to = day_argument(call, 2);
  if (!from || !to) return call.null();
  const auto apart = to->microseconds() - from->microseconds();
  if (of->months == 0) return call.result(apart / of->microseconds);
  const auto months = apart >= 0 ? months_between(*from, *to) : -months_between(*to, *from);
  call.result(months / of->months);
}

void date_diff(function_call& call) {
  const auto left = day_argument(call, 0);
  const auto right = day_argument(call, 1);
  if (!left || !right) return call.null();
  call.result(left->days() - right->days());
}

/// What TO_DAYS counts from.
constexpr std::int64_t days_to_1970 = 719'528;

void to_days(function_call& call) {
  const auto value = day_argument(call, 0);
  value ? call.result(value->days() + days_to_1970) : call.null();
}

void to_seconds(function_call& call) {
  const auto value = day_argument(call, 0);
  value ? call.result((value->days() + days_to_1970) * 86'400 + value->clock / second) : call.null();
}

void from_days(function_call& call) {
  const auto days = call.integer(0);
  if (days < 366) return call.result_text("0000-00-00");
  if (days > days_to_1970 + 2'932'896) return call.null();
  const auto value = moment_of((days - days_to_1970) * day);
  value ? call.result_text(date_text(*value)) : call.null();
}

void make_date(function_call& call) {
  auto year = call.integer(0);
  const auto in_year = call.integer(1);
  if (year < 0 || year > 9999 || in_year < 1 || in_year > 10'000 * 366) return call.null();
  if (year < 100) year += year < 70 ? 2000 : 1900;
  const moment first{.year = static_cast<int>(year), .month = 1, .day = 1};
  const auto value = moment_of((first.days() + in_year - 1) * day);
  value ? call.result_text(date_text(*value)) : call.null();
}

std::int64_t within_limits(std::int64_t microseconds) noexcept {
  return std::clamp(microseconds, -longest_span, longest_span);
}

/// How many digits of its fraction a number of seconds is written with.
int digits_of_seconds(function_call& call, int position) {
  if (call.kind(position) == argument_kind::integer) return 0;
  if (call.kind(position) != argument_kind::real) return 6;
  const auto text = call.text(position);
  const auto point = text.find('.');
  return point == text.npos ? 0 : static_cast<int>(std::min<std::size_t>(text.size() - point - 1, 6));
}

std::int64_t microseconds_of(double seconds) noexcept {
  return to_integer(std::clamp(seconds, -1e9, 1e9) * static_cast<double>(second));
}

void make_time(function_call& call) {
  const auto hours = call.integer(0);
  const auto minutes = call.integer(1);
  const double seconds = call.real(2);
  if (minutes < 0 || minutes > 59 || seconds < 0 || seconds >= 60) return call.null();
  const auto limited = std::clamp<std::int64_t>(hours, -839, 839);
  const auto size = (limited < 0 ? -limited : limited) * hour + minutes * minute + microseconds_of(seconds);
  call.result_text(span_text({within_limits(limited < 0 ? -size : size), digits_of_seconds(call, 2)}));
}

void time_to_seconds(function_call& call) {
  const auto value = span_argument(call, 0);
  value ? call.result(value->microseconds / second) : call.null();
}

void seconds_to_time(function_call& call) {
  const auto digits = digits_of_seconds(call, 0);
  call.result_text(span_text({within_limits(microseconds_of(call.real(0))), digits}));
}

/// TIMEDIFF of two times or two dates; of one of each it is NULL.
void time_diff(function_call& call) {
  const bool dated = is_dated(call.text(0));
  if (dated != is_dated(call.text(1))) return call.null();
  time_span result;
  if (dated) {
    const auto left = day_argument(call, 0);
    const auto right = day_argument(call, 1);
    if (!left || !right) return call.null();
    result = {left->microseconds() - right->microseconds(), std::max(left->digits, right->digits)};
  } else {
    const auto left = span_argument(call, 0);
    const auto right = span_argument(call, 1);
    if (!left || !right) return call.null();
    result = {left->microseconds - right->microseconds, std::max(left->digits, right->digits)};
  }
  call.result_text(span_text({within_limits(result.microseconds), result.digits}));
}

template <int Sign>
void add_time(function_call& call) {
  const auto by = span_argument(call, 1);
  if (!by) return call.null();
  if (is_dated(call.text(0))) {
    const auto from = day_argument(call, 0);
    const auto moved = from ? moment_of(from->microseconds() + Sign * by->microseconds) : std::nullopt;
    if (!moved || moved->year == 0) return call.null();
    return call.result_text(moment_text(*moved, moved->clock % second != 0 ? 6 : 0));
  }
  const auto from = span_argument(call, 0);
  if (!from) return call.null();
  const auto sum = within_limits(from->microseconds + Sign * by->microseconds);
  call.result_text(span_text({sum, sum % second != 0 ? 6 : 0}));
}

constexpr function_entry entries[] = {
    {"TIDB_DATE_ADD", 3, 3, add<1>},
    {"TIDB_DATE_SUB", 3, 3, add<-1>},
    {"TIDBXX_DATE_ADD", 3, 3, add_typed},
    {"ADDDATE", 2, 2, add_days<1>},
    {"SUBDATE", 2, 2, add_days<-1>},
    {"TIMESTAMPADD", 3, 3, timestamp_add},
    {"TIMESTAMPDIFF", 3, 3, timestamp_diff},
    {"DATEDIFF", 2, 2, date_diff},
    {"TO_DAYS", 1, 1, to_days},
    {"TO_SECONDS", 1, 1, to_seconds},
    {"FROM_DAYS", 1, 1, from_days},
    {"MAKEDATE", 2, 2, make_date},
    {"MAKETIME", 3, 3, make_time},
    {"TIME_TO_SEC", 1, 1, time_to_seconds},
    {"SEC_TO_TIME", 1, 1, seconds_to_time},
    {"TIMEDIFF", 2, 2, time_diff},
    {"ADDTIME", 2, 2, add_time<1>},
    {"SUBTIME", 2, 2, add_time<-1>},
};

}  // namespace

int register_date_arithmetic(function_registry& registry) noexcept { return registry.add(entries); }

}  // namespace tidb::detail
