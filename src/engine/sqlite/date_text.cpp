#include "engine/sqlite/date_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

bool is_digit(char character) noexcept { return character >= '0' && character <= '9'; }

std::string_view trim(std::string_view text) noexcept {
  const auto blank = [](char c) { return c == ' ' || (c >= '\t' && c <= '\r'); };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

/// Takes the digits at the start, at most `most`; -1 if there are none, or more than an int holds.
int take_number(std::string_view& text, std::size_t most = 9) noexcept {
  std::size_t size = 0;
  int number = 0;
  while (size < text.size() && size < most && is_digit(text[size])) number = number * 10 + (text[size++] - '0');
  text.remove_prefix(size);
  return size > 0 ? number : -1;
}

/// The digits behind a point: microseconds, and how many digits count. Beyond six it is rounded.
struct fraction {
  std::int64_t microseconds{};
  int digits{};
};

fraction take_fraction(std::string_view& text) noexcept {
  fraction read;
  std::int64_t scale = microseconds_per_second;
  int count = 0;
  for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1), ++count) {
    if (count < 6)
      read.microseconds += (text.front() - '0') * (scale /= 10);
    else if (count == 6 && text.front() >= '5')
      ++read.microseconds;
  }
  read.digits = std::min(count, 6);
  return read;
}

int full_year(int year) noexcept { return year < 70 ? year + 2000 : year < 100 ? year + 1900 : year; }

/// With the fraction, which may carry over into the next day.
std::optional<moment> checked(moment value, int hour, int minute, int second, fraction rest) noexcept {
  if (value.month > 12 || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  if (value.month > 0 && value.day > days_in_month(value.year, value.month)) return std::nullopt;
  if (value.day > 31) return std::nullopt;
  value.clock = (std::int64_t{hour} * 3600 + minute * 60 + second) * microseconds_per_second + rest.microseconds;
  value.digits = rest.digits;
  if (value.clock < microseconds_per_day) return value;
  if (!value.is_day()) return std::nullopt;
  auto next = moment_of(value.microseconds());
  if (next) {
    next->digits = value.digits;
    next->has_time = true;
  }
  return next;
}

/// A run of digits: YYYYMMDD, YYYYMMDDhhmmss, or either with two digits of the year.
std::optional<moment> read_run(std::string_view digits, fraction rest) noexcept {
  const auto size = digits.size();
  if (size < 5 || size == 7 || size > 14 || size == 13) return std::nullopt;
  moment value;
  const bool long_year = size == 8 || size == 14;
  value.year = take_number(digits, long_year ? 4 : 2);
  if (!long_year) value.year = full_year(value.year);
  value.month = take_number(digits, 2);
  value.day = take_number(digits, 2);
  value.has_time = size > 8;
  std::array<int, 3> clock{};
  for (int& part : clock)
    if (!digits.empty()) part = take_number(digits, 2);
  return checked(value, clock[0], clock[1], clock[2], value.has_time ? rest : fraction{});
}

/// Takes +hh:mm, -hh:mm or Z from the end of a moment with a time: the microseconds that it is ahead of UTC.
std::int64_t take_zone(std::string_view& text) noexcept {
  if (text.ends_with('Z')) {
    text.remove_suffix(1);
    return 0;
  }
  const auto size = text.size();
  if (size < 17 || text[size - 3] != ':' || (text[size - 6] != '+' && text[size - 6] != '-')) return 0;
  auto hours = text.substr(size - 5, 2);
  auto minutes = text.substr(size - 2);
  const int h = take_number(hours);
  const int m = take_number(minutes);
  if (h < 0 || m < 0 || !hours.empty() || !minutes.empty()) return 0;
  const auto ahead = (std::int64_t{h} * 3600 + m * 60) * microseconds_per_second;
  const bool behind = text[size - 6] == '-';
  text.remove_suffix(6);
  return behind ? -ahead : ahead;
}

std::optional<moment> read_parts(std::string_view text) noexcept {
  std::array<int, 6> parts{};
  std::size_t count = 0;
  std::size_t year_digits = 0;
  fraction rest;
  while (true) {
    const auto before = text.size();
    const int number = take_number(text);
    if (number < 0 || count == parts.size()) return std::nullopt;
    if (count == 0) year_digits = before - text.size();
    parts[count++] = number;
    if (text.empty()) break;
    if (count == 6) {
      if (text.front() != '.') return std::nullopt;
      text.remove_prefix(1);
      rest = take_fraction(text);
      if (!text.empty()) return std::nullopt;
      break;
    }
    const auto separator = static_cast<unsigned char>(text.front());
    const bool between = count == 3 && (separator == ' ' || separator == 'T');
    if (!between && std::ispunct(separator) == 0) return std::nullopt;
    do text.remove_prefix(1);
    while (between && text.starts_with(' '));
  }
  if (count < 3) return std::nullopt;
  moment value{.year = parts[0], .month = parts[1], .day = parts[2]};
  if (value.year > 9999) return std::nullopt;
  if (year_digits <= 2) value.year = full_year(value.year);
  value.has_time = count > 3;
  return checked(value, parts[3], parts[4], parts[5], rest);
}

}  // namespace

std::int64_t moment::microseconds() const noexcept { return days() * microseconds_per_day + clock; }

int days_in_month(int year, int month) noexcept {
  const std::chrono::year_month_day_last last{
      std::chrono::year(year), std::chrono::month_day_last(std::chrono::month(static_cast<unsigned>(month)))};
  return static_cast<int>(static_cast<unsigned>(last.day()));
}

std::optional<moment> read_moment(std::string_view text) noexcept {
  text = trim(text);
  const auto run = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto digits = text.substr(0, static_cast<std::size_t>(run - text.begin()));
  std::optional<moment> value;
  if (digits.size() == text.size()) {
    value = read_run(digits, {});
  } else if (digits.size() >= 12 && *run == '.') {
    auto rest = text.substr(digits.size() + 1);
    const auto part = take_fraction(rest);
    if (rest.empty()) value = read_run(digits, part);
  } else {
    const auto ahead = take_zone(text);
    value = read_parts(text);
    if (value && ahead != 0 && value->is_day()) {
      const auto digits_written = value->digits;
      value = moment_of(value->microseconds() - ahead);
      if (value) value->digits = digits_written;
    }
  }
  if (value && value->year == 0 && value->month == 0 && value->day == 0) return std::nullopt;
  return value;
}

std::optional<moment> read_moment(std::int64_t number) noexcept {
  if (number == 0) return moment{};
  if (number < 101) return std::nullopt;
  const bool has_time = number >= 101'000'000;
  const std::int64_t unit = has_time ? 1'000'000 : 1;
  auto date = number / unit;
  if (date <= 691'231)
    date += 20'000'000;
  else if (date >= 700'101 && date <= 991'231)
    date += 19'000'000;
  if (date < 10'000'101 || date > 99'991'231) return std::nullopt;
  const auto clock = static_cast<int>(number % unit);
  const moment value{.year = static_cast<int>(date / 10'000),
                     .month = static_cast<int>(date / 100 % 100),
                     .day = static_cast<int>(date % 100),
                     .has_time = has_time};
  if (!has_time) return checked(value, 0, 0, 0, {});
  return checked(value, clock / 10'000, clock / 100 % 100, clock % 100, {});
}

bool is_dated(std::string_view text) noexcept {
  text = trim(text);
  if (text.find('-', 1) != text.npos || text.find('/') != text.npos) return true;
  return text.find(':') == text.npos && std::min(text.find('.'), text.size()) >= 12;
}

std::optional<time_span> read_span(std::string_view text) noexcept {
  text = trim(text);
  const auto whole = text;
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (is_dated(whole)) {
    const auto value = read_moment(whole);
    if (!value) return std::nullopt;
    return time_span{value->clock, value->digits};
  }
  std::int64_t days = 0;
  int first = take_number(text);
  if (first < 0) return std::nullopt;
  if (text.starts_with(' ')) {
    days = first;
    text = trim(text);
    first = take_number(text);
    if (first < 0) return std::nullopt;
  }
  std::int64_t hours = 0;
  int minutes = 0;
  int seconds = 0;
  if (text.starts_with(':') || days > 0) {
    hours = first;
    for (int* part : {&minutes, &seconds}) {
      if (!text.starts_with(':')) break;
      text.remove_prefix(1);
      if ((*part = take_number(text)) < 0) return std::nullopt;
    }
  } else {  // hhmmss
    hours = first / 10'000;
    minutes = first / 100 % 100;
    seconds = first % 100;
  }
  fraction rest;
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    rest = take_fraction(text);
  }
  if (!text.empty() || minutes > 59 || seconds > 59) return std::nullopt;
  const auto total =
      ((days * 24 + hours) * 3600 + minutes * 60 + seconds) * microseconds_per_second + rest.microseconds;
  const auto limited = std::min(total, longest_span);
  return time_span{negative ? -limited : limited, rest.digits};
}

std::optional<moment> moment_of(std::int64_t microseconds) noexcept {
  using namespace std::chrono;
  const auto instant = sys_time<std::chrono::microseconds>(std::chrono::microseconds(microseconds));
  const auto midnight = floor<days>(instant);
  const year_month_day date(midnight);
  if (date.year() < year(0) || date.year() > year(9999)) return std::nullopt;
  moment value{.year = static_cast<int>(date.year()),
               .month = static_cast<int>(static_cast<unsigned>(date.month())),
               .day = static_cast<int>(static_cast<unsigned>(date.day()))};
  value.clock = (instant - midnight).count();
  value.has_time = true;
  return value;
}

std::string date_text(const moment& value) {
  return fmt::format("{:04}-{:02}-{:02}", value.year, value.month, value.day);
}

namespace {

std::string clock_text(std::int64_t microseconds, int digits) {
  const auto seconds = microseconds / microseconds_per_second;
  auto text = fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (digits > 0)
    text +=
        "." + fmt::format("{:06}", microseconds % microseconds_per_second).substr(0, static_cast<std::size_t>(digits));
  return text;
}

}  // namespace

std::string moment_text(const moment& value, int digits) {
  return date_text(value) + " " + clock_text(value.clock, digits);
}

std::string span_text(const time_span& value) {
  const bool negative = value.microseconds < 0;
  return (negative ? "-" : "") + clock_text(negative ? -value.microseconds : value.microseconds, value.digits);
}

int day_of_year(const moment& value) noexcept {
  return static_cast<int>(value.days() - moment{.year = value.year, .month = 1, .day = 1}.days()) + 1;
}

int weekday(const moment& value) noexcept {
  return static_cast<int>(std::chrono::weekday(std::chrono::sys_days(value.date())).iso_encoding()) - 1;
}

week_number week_of(const moment& value, int mode) noexcept {
  const bool monday_first = (mode & 1) != 0;
  const bool from_last_year = (mode & 2) != 0;  // there is no week 0: it is the last one of the year before
  const bool whole_first = ((mode & 4) != 0) == monday_first;  // the first week is the first whole one
  const auto first_of = [&](int year) {
    const int day = weekday({.year = year, .month = 1, .day = 1});
    return monday_first ? day : (day + 1) % 7;
  };
  int year = value.year;
  int first = first_of(year);
  const int day = day_of_year(value) - 1;
  const auto starts_late = [&] { return whole_first ? first != 0 : first >= 4; };
  int since = 0;  // days since the first week began
  if (value.month == 1 && value.day <= 7 - first) {
    if (!from_last_year && starts_late()) return {year, 0};
    if (from_last_year && starts_late()) {
      --year;
      const int length = day_of_year({.year = year, .month = 12, .day = 31});
      first = first_of(year);
      since = day + length - (starts_late() ? 7 - first : -first);
      return {year, since / 7 + 1};
    }
  }
  since = day - (starts_late() ? 7 - first : -first);
  const int week = since / 7 + 1;
  if (from_last_year && week == 53) {
    const int length = day_of_year({.year = year, .month = 12, .day = 31});
    first = (first + length) % 7;
    if (!starts_late()) return {year + 1, 1};
  }
  return {year, week};
}

}  // namespace tidb::detail
