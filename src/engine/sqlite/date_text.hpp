// Dates and times as TiDB reads them from text and numbers, and writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidb::detail {

/// A date with a time of day. Month and day may be 0, which TiDB reads from text, and which is no day.
struct moment {
  int year{};
  int month{};
  int day{};
  std::int64_t clock{};  ///< microseconds since midnight
  int digits{};          ///< of the fraction, as it was written
  bool has_time{};       ///< it was written with a time of day

  bool is_day() const noexcept { return month > 0 && day > 0; }
  std::chrono::year_month_day date() const noexcept {
    return {std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
            std::chrono::day(static_cast<unsigned>(day))};
  }
  /// Since 1970-01-01.
  std::int64_t days() const noexcept { return std::chrono::sys_days(date()).time_since_epoch().count(); }
  std::int64_t microseconds() const noexcept;
};

inline constexpr std::int64_t microseconds_per_second = 1'000'000;
inline constexpr std::int64_t microseconds_per_day = 86'400 * microseconds_per_second;

/// An amount of time, negative or not.
struct time_span {
  std::int64_t microseconds{};
  int digits{};
};

/// What TIME holds at most: 838:59:59.
inline constexpr std::int64_t longest_span = (838 * 3600 + 59 * 60 + 59) * microseconds_per_second;

int days_in_month(int year, int month) noexcept;

/// Nothing for what is no date: an unknown form, or a 30th of February.
std::optional<moment> read_moment(std::string_view text) noexcept;
/// 20240102 or 20240102030405, with two digits of the year also.
std::optional<moment> read_moment(std::int64_t number) noexcept;
/// True for text in the form of a date, false for that of a time.
bool is_dated(std::string_view text) noexcept;
/// hh:mm:ss, mm:ss and the like, with days in front; or the time of day of a date.
std::optional<time_span> read_span(std::string_view text) noexcept;

/// The moment so many microseconds after 1970; nothing before the year 0 and after 9999.
std::optional<moment> moment_of(std::int64_t microseconds) noexcept;

std::string date_text(const moment& value);
/// With this many digits of the fraction.
std::string moment_text(const moment& value, int digits);
std::string span_text(const time_span& value);

/// Year and number of the week. The bits of `mode` are those of WEEK().
struct week_number {
  int year{};
  int week{};
};
week_number week_of(const moment& value, int mode) noexcept;
int day_of_year(const moment& value) noexcept;
/// 0 is Monday.
int weekday(const moment& value) noexcept;

}  // namespace tidb::detail
