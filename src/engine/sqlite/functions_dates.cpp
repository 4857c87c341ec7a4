// Dates and times: what they consist of, and their text. All are UTC.
#include "engine/sqlite/functions_dates.hpp"

#include "engine/sqlite/date_format.hpp"
#include "engine/sqlite/function_call.hpp"
#include "engine/sqlite/numeric_text.hpp"

#include <algorithm>
#include <cmath>

namespace tidb::detail {

std::optional<moment> moment_argument(function_call& call, int position) {
  if (call.kind(position) == argument_kind::integer) return read_moment(call.integer(position));
  return read_moment(call.text(position));
}

std::optional<moment> day_argument(function_call& call, int position) {
  auto value = moment_argument(call, position);
  if (value && !value->is_day()) value.reset();
  return value;
}

std::optional<time_span> span_argument(function_call& call, int position) {
  constexpr std::int64_t longest_clock = 9'999'999;  // as hhhmmss
  if (call.kind(position) == argument_kind::integer && call.integer(position) > longest_clock) {
    const auto value = read_moment(call.integer(position));
    if (!value) return std::nullopt;
    return time_span{value->clock, 0};
  }
  return read_span(call.text(position));
}

namespace {

/// Calls `body` with the date; NULL for what is none.
template <std::int64_t (*Body)(const moment&)>
void of_day(function_call& call) {
  const auto value = day_argument(call, 0);
  value ? call.result(Body(*value)) : call.null();
}

/// The same for what a date with a month or day of 0 has also.
template <std::int64_t (*Body)(const moment&)>
void of_date(function_call& call) {
  const auto value = moment_argument(call, 0);
  value ? call.result(Body(*value)) : call.null();
}

template <std::int64_t (*Body)(std::int64_t)>
void of_time(function_call& call) {
  const auto value = span_argument(call, 0);
  value ? call.result(Body(std::abs(value->microseconds))) : call.null();
}

std::int64_t year(const moment& value) { return value.year; }
std::int64_t month(const moment& value) { return value.month; }
std::int64_t day(const moment& value) { return value.day; }
std::int64_t quarter(const moment& value) { return (value.month + 2) / 3; }
std::int64_t weekday_number(const moment& value) { return weekday(value); }
std::int64_t day_of_week(const moment& value) { return (weekday(value) + 1) % 7 + 1; }
std::int64_t year_day(const moment& value) { return day_of_year(value); }
std::int64_t week_of_year(const moment& value) { return week_of(value, 3).week; }

std::int64_t hour(std::int64_t time) { return time / microseconds_per_second / 3600; }
std::int64_t minute(std::int64_t time) { return time / microseconds_per_second / 60 % 60; }
std::int64_t second(std::int64_t time) { return time / microseconds_per_second % 60; }
std::int64_t microsecond(std::int64_t time) { return time % microseconds_per_second; }

void week(function_call& call) {
  const auto value = day_argument(call, 0);
  if (!value) return call.null();
  call.result(std::int64_t{week_of(*value, call.count() == 2 ? static_cast<int>(call.integer(1) & 7) : 0).week});
}

void year_week(function_call& call) {
  const auto value = day_argument(call, 0);
  if (!value) return call.null();
  const auto [in, number] = week_of(*value, (call.count() == 2 ? static_cast<int>(call.integer(1) & 7) : 0) | 2);
  call.result(std::int64_t{in} * 100 + number);
}

void day_name(function_call& call) {
  const auto value = day_argument(call, 0);
  value ? call.result_text(day_names[weekday(*value)]) : call.null();
}

void month_name(function_call& call) {
  const auto value = day_argument(call, 0);
  value ? call.result_text(month_names[value->month - 1]) : call.null();
}

void last_day(function_call& call) {
  auto value = day_argument(call, 0);
  if (!value) return call.null();
  value->day = days_in_month(value->year, value->month);
  call.result_text(date_text(*value));
}

void date_format(function_call& call) {
  const auto value = day_argument(call, 0);
  value ? call.result_text(format_moment(*value, call.text(1))) : call.null();
}

void time_format(function_call& call) {
  const auto span = span_argument(call, 0);
  if (!span) return call.null();
  const moment value{.year = 1, .month = 1, .day = 1, .clock = std::abs(span->microseconds), .has_time = true};
  call.result_text(format_moment(value, call.text(1)));  // without the sign, as TiDB
}

void str_to_date(function_call& call) {
  const auto read = parse_moment(call.text(0), call.text(1));
  if (!read || (!read->has_date && !read->value.has_time)) return call.null();
  const int digits = read->has_fraction ? 6 : 0;
  if (!read->has_date) return call.result_text(span_text({read->value.clock, digits}));
  call.result_text(read->value.has_time ? moment_text(read->value, digits) : date_text(read->value));
}

void from_unixtime(function_call& call) {
  int digits = 0;
  const auto text = call.text(0);
  if (call.kind(0) == argument_kind::real) {
    const auto point = text.find('.');
    digits = point == text.npos ? 0 : static_cast<int>(std::min<std::size_t>(text.size() - point - 1, 6));
  } else if (call.kind(0) != argument_kind::integer) {
    digits = 6;
  }
  const double seconds = call.real(0);
  if (seconds < 0 || seconds >= static_cast<double>(last_timestamp) + 1) return call.null();
  const double whole = std::floor(seconds);
  const auto rest = static_cast<std::int64_t>(std::round((seconds - whole) * 1e6));
  const auto value = moment_of(static_cast<std::int64_t>(whole) * microseconds_per_second + rest);
  if (!value) return call.null();
  call.result_text(call.count() == 2 ? format_moment(*value, call.text(1)) : moment_text(*value, digits));
}

struct date_unit {
  std::string_view name;
  std::int64_t (*of)(const moment&);
};

std::int64_t year_and_month(const moment& value) { return value.year * 100 + value.month; }
std::int64_t week_from_sunday(const moment& value) { return week_of(value, 0).week; }

constexpr date_unit date_units[] = {
    {"year", year}, {"quarter", quarter},           {"month", month}, {"week", week_from_sunday},
    {"day", day},   {"year_month", year_and_month},
};

/// The clock's parts from the largest to the smallest that is wanted, two digits each and six of microseconds.
struct clock_unit {
  std::string_view name;
  std::int64_t within;  ///< what is beyond this many microseconds does not count; 0: everything counts
  int parts;            ///< hours, minutes, seconds, microseconds: up to which
  bool days;            ///< the day stands in front
};

constexpr std::int64_t a_minute = 60 * microseconds_per_second;
constexpr clock_unit clock_units[] = {
    {"hour", 0, 1, false},
    {"minute", 60 * a_minute, 2, false},
    {"second", a_minute, 3, false},
    {"microsecond", microseconds_per_second, 4, false},
    {"hour_minute", 0, 2, false},
    {"hour_second", 0, 3, false},
    {"hour_microsecond", 0, 4, false},
    {"minute_second", 60 * a_minute, 3, false},
    {"minute_microsecond", 60 * a_minute, 4, false},
    {"second_microsecond", a_minute, 4, false},
    {"day_hour", 0, 1, true},
    {"day_minute", 0, 2, true},
    {"day_second", 0, 3, true},
    {"day_microsecond", 0, 4, true},
};

std::int64_t clock_number(std::int64_t time, int parts) {
  const auto seconds = time / microseconds_per_second;
  auto number = seconds / 3600;
  if (parts >= 2) number = number * 100 + seconds / 60 % 60;
  if (parts >= 3) number = number * 100 + seconds % 60;
  return parts == 4 ? number * microseconds_per_second + time % microseconds_per_second : number;
}

void extract_clock(function_call& call, const clock_unit& of) {
  const auto span = span_argument(call, 1);
  if (!span) return call.null();
  auto time = std::abs(span->microseconds);
  if (of.within != 0) time %= of.within;
  auto number = clock_number(time, of.parts);
  if (of.days) {
    const auto date = moment_argument(call, 1);
    if (!date) return call.null();
    std::int64_t scale = 1;
    for (int part = 0; part < std::min(of.parts, 3); ++part) scale *= 100;
    number += date->day * scale * (of.parts == 4 ? microseconds_per_second : 1);
  }
  call.result(span->microseconds < 0 ? -number : number);
}

/// TIDB_EXTRACT(unit, date)
void extract(function_call& call) {
  std::string name(call.text(0));
  for (auto& letter : name)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
  for (const auto& unit : date_units) {
    if (unit.name != name) continue;
    const auto value = moment_argument(call, 1);
    return value ? call.result(unit.of(*value)) : call.null();
  }
  for (const auto& unit : clock_units)
    if (unit.name == name) return extract_clock(call, unit);
  call.fail("unknown unit of time '" + name + "': it is day, month, hour_minute or the like");
}

/// TIMESTAMP(date[, time])
void timestamp(function_call& call) {
  const auto value = day_argument(call, 0);
  if (!value) return call.null();
  if (call.count() == 1) return call.result_text(moment_text(*value, value->digits));
  const auto span = span_argument(call, 1);
  const auto sum = span ? moment_of(value->microseconds() + span->microseconds) : std::nullopt;
  sum ? call.result_text(moment_text(*sum, std::max(value->digits, span->digits))) : call.null();
}

void date_part(function_call& call) {
  const auto value = day_argument(call, 0);
  value ? call.result_text(date_text(*value)) : call.null();
}

constexpr function_entry entries[] = {
    {"YEAR", 1, 1, of_date<year>},
    {"MONTH", 1, 1, of_date<month>},
    {"DAY", 1, 1, of_date<day>},
    {"DAYOFMONTH", 1, 1, of_date<day>},
    {"QUARTER", 1, 1, of_date<quarter>},
    {"HOUR", 1, 1, of_time<hour>},
    {"MINUTE", 1, 1, of_time<minute>},
    {"SECOND", 1, 1, of_time<second>},
    {"MICROSECOND", 1, 1, of_time<microsecond>},
    {"WEEKDAY", 1, 1, of_day<weekday_number>},
    {"DAYOFWEEK", 1, 1, of_day<day_of_week>},
    {"DAYOFYEAR", 1, 1, of_day<year_day>},
    {"WEEKOFYEAR", 1, 1, of_day<week_of_year>},
    {"WEEK", 1, 2, week},
    {"YEARWEEK", 1, 2, year_week},
    {"DAYNAME", 1, 1, day_name},
    {"MONTHNAME", 1, 1, month_name},
    {"LAST_DAY", 1, 1, last_day},
    {"DATE_FORMAT", 2, 2, date_format},
    {"TIME_FORMAT", 2, 2, time_format},
    {"STR_TO_DATE", 2, 2, str_to_date},
    {"FROM_UNIXTIME", 1, 2, from_unixtime},
    {"TIDB_DATE", 1, 1, date_part},
    {"TIDB_EXTRACT", 2, 2, extract},
    {"TIMESTAMP", 1, 2, timestamp},
};

}  // namespace

int register_date_functions(function_registry& registry) noexcept {
  if (const int code = registry.add(entries); code != SQLITE_OK) return code;
  if (const int code = register_clock_functions(registry); code != SQLITE_OK) return code;
  return register_date_arithmetic(registry);
}

}  // namespace tidb::detail
