#include "tidbxx/core/time.hpp"

#include <array>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

constexpr std::int64_t per_second = 1'000'000;
constexpr std::int64_t per_minute = 60 * per_second;
constexpr std::int64_t per_hour = 60 * per_minute;
constexpr std::int64_t per_day = 24 * per_hour;
constexpr std::int64_t longest_time = 838 * per_hour + 59 * per_minute + 59 * per_second;

// The calendar repeats every 400 years, an era; its years begin in March, so that a leap day is a year's last.
constexpr std::int64_t days_per_era = 146'097;
constexpr std::int64_t epoch_in_era = 135'080;  // 1970-01-01 is this day of the era that began in March 1600
constexpr std::int64_t epoch_era = 4;

std::int64_t floor_divide(std::int64_t value, std::int64_t by) noexcept {
  return value / by - (value % by < 0 ? 1 : 0);
}

/// Never negative, for a positive `by`.
std::int64_t modulo(std::int64_t value, std::int64_t by) noexcept {
  auto rest = value % by;
  return rest < 0 ? rest + by : rest;
}

struct civil {
  std::int64_t year;
  std::int64_t month;
  std::int64_t day;
};

/// Works for every 64-bit count: the shift to an era's start is made after the division, where it cannot overflow.
civil civil_from_days(std::int64_t days) noexcept {
  auto era = floor_divide(days, days_per_era) + epoch_era;
  auto of_era = modulo(days, days_per_era) + epoch_in_era;
  if (of_era >= days_per_era) {
    of_era -= days_per_era;
    ++era;
  }
  auto year = (of_era - of_era / 1460 + of_era / 36'524 - of_era / 146'096) / 365;
  auto of_year = of_era - (365 * year + year / 4 - year / 100);
  auto march_month = (5 * of_year + 2) / 153;
  auto month = march_month < 10 ? march_month + 3 : march_month - 9;
  return {year + era * 400 + (month <= 2 ? 1 : 0), month, of_year - (153 * march_month + 2) / 5 + 1};
}

bool is_leap(int year) noexcept { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

unsigned days_in(int year, unsigned month) noexcept {
  constexpr std::array<unsigned, 12> lengths{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap(year) ? 29 : lengths[month - 1];
}

/// Reads a text from its front; once something is missing it stays failed.
class reader {
public:
  explicit reader(std::string_view text) noexcept : rest_(text) {}

  bool at_end() const noexcept { return rest_.empty(); }
  bool done() const noexcept { return ok_ && rest_.empty(); }

  bool take(char wanted) noexcept {
    if (rest_.empty() || rest_.front() != wanted) return false;
    rest_.remove_prefix(1);
    return true;
  }

  void expect(char wanted) noexcept { ok_ = take(wanted) && ok_; }

  /// Between `least` and `most` digits, of a number up to `limit`.
  int number(std::size_t least, std::size_t most, int limit) noexcept {
    int value = 0;
    std::size_t count = 0;
    for (; count < most && count < rest_.size() && is_digit(rest_[count]); ++count)
      value = value * 10 + (rest_[count] - '0');
    ok_ = ok_ && count >= least && value <= limit;
    rest_.remove_prefix(count);
    return value;
  }

  /// The microseconds after a point: one to nine digits, those after the sixth dropped.
  int fraction() noexcept {
    int value = 0;
    std::size_t count = 0;
    for (; count < 9 && count < rest_.size() && is_digit(rest_[count]); ++count)
      if (count < 6) value = value * 10 + (rest_[count] - '0');
    for (auto digits = count; digits < 6; ++digits) value *= 10;
    ok_ = ok_ && count > 0;
    rest_.remove_prefix(count);
    return value;
  }

  /// `YYYY-MM-DD` of a date that exists; its days since 1970.
  std::int64_t date() noexcept {
    auto year = number(4, 4, 9999);
    expect('-');
    auto month = static_cast<unsigned>(number(2, 2, 12));
    expect('-');
    auto of_month = static_cast<unsigned>(number(2, 2, 31));
    ok_ = ok_ && month >= 1 && of_month >= 1 && of_month <= days_in(year, month);
    return ok_ ? days_from_civil(year, month, of_month) : 0;
  }

  /// `HH:MM[:SS[.f]]`, in microseconds; the hours' form is the caller's.
  std::int64_t clock(std::size_t least_hour_digits, std::size_t most_hour_digits, int hour_limit) noexcept {
    auto count = number(least_hour_digits, most_hour_digits, hour_limit) * per_hour;
    expect(':');
    count += number(2, 2, 59) * per_minute;
    if (!take(':')) return count;
    count += number(2, 2, 59) * per_second;
    return take('.') ? count + fraction() : count;
  }

private:
  static bool is_digit(char letter) noexcept { return letter >= '0' && letter <= '9'; }

  std::string_view rest_;
  bool ok_ = true;
};

std::optional<std::int64_t> result(const reader& from, std::int64_t count) noexcept {
  return from.done() ? std::optional(count) : std::nullopt;
}

}  // namespace

std::int64_t days_from_civil(int year, unsigned month, unsigned day) noexcept {
  auto march_year = static_cast<std::int64_t>(year) - (month <= 2 ? 1 : 0);
  auto era = floor_divide(march_year, 400);
  auto of_era_year = modulo(march_year, 400);
  auto of_year = (153 * ((static_cast<std::int64_t>(month) + 9) % 12) + 2) / 5 + static_cast<std::int64_t>(day) - 1;
  auto of_era = of_era_year * 365 + of_era_year / 4 - of_era_year / 100 + of_year;
  return (era - epoch_era) * days_per_era + of_era - epoch_in_era;
}

std::string date_to_text(std::int64_t days) {
  auto [year, month, of_month] = civil_from_days(days);
  return fmt::format("{:04}-{:02}-{:02}", year, month, of_month);
}

std::string datetime_to_text(std::int64_t microseconds) {
  auto rest = modulo(microseconds, per_day);
  return fmt::format("{} {:02}:{:02}:{:02}.{:06}", date_to_text(floor_divide(microseconds, per_day)), rest / per_hour,
                     rest / per_minute % 60, rest / per_second % 60, rest % per_second);
}

std::string time_to_text(std::int64_t microseconds) {
  // Unsigned, because the least 64-bit count has no positive counterpart.
  auto size = static_cast<std::uint64_t>(microseconds);
  if (microseconds < 0) size = 0 - size;
  constexpr auto in_second = static_cast<std::uint64_t>(per_second);
  auto seconds = size / in_second;
  return fmt::format("{}{:03}:{:02}:{:02}.{:06}", microseconds < 0 ? "-" : "", seconds / 3600, seconds / 60 % 60,
                     seconds % 60, size % in_second);
}

std::optional<std::int64_t> date_from_text(std::string_view text) noexcept {
  reader from(text);
  auto days = from.date();
  return result(from, days);
}

std::optional<std::int64_t> datetime_from_text(std::string_view text) noexcept {
  reader from(text);
  auto count = from.date() * per_day;
  if (from.at_end()) return result(from, count);
  if (!from.take('T')) from.expect(' ');
  count += from.clock(2, 2, 23);
  from.take('Z');  // what other tools append; it says UTC, which it is
  return result(from, count);
}

std::optional<std::int64_t> time_from_text(std::string_view text) noexcept {
  reader from(text);
  auto negative = from.take('-');
  auto count = from.clock(1, 3, 838);
  if (count > longest_time) return std::nullopt;
  return result(from, negative ? -count : count);
}

std::string check_count(value_kind kind, std::int64_t count) {
  // TiDB's year 0 stands for zero dates, which are no days
  static const std::int64_t first_day = days_from_civil(1, 1, 1);
  static const std::int64_t end = days_from_civil(10'000, 1, 1);
  switch (kind) {
  case value_kind::date:
    if (count == no_such_date) return "is a date that does not exist";
    return count >= first_day && count < end ? "" : "is a date outside the years 1 to 9999";
  case value_kind::datetime:
    return count >= first_day * per_day && count < end * per_day ? ""
                                                                 : "is a point in time outside the years 1 to 9999";
  case value_kind::time:
    return count >= -longest_time && count <= longest_time ? "" : "is a duration outside -838:59:59 to 838:59:59";
  default: return "";
  }
}

}  // namespace tidb::detail
