// Text forms of dates and times: `YYYY-MM-DD`, `YYYY-MM-DD HH:MM:SS.ffffff` (UTC) and `[-]HHH:MM:SS.ffffff`.
#pragma once

#include "tidbxx/core/value.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace tidb::detail {

/// Days since 1970-01-01 of a date in the proleptic Gregorian calendar.
std::int64_t days_from_civil(int year, unsigned month, unsigned day) noexcept;

/// The count of a date that no calendar has.
inline constexpr std::int64_t no_such_date = std::numeric_limits<std::int64_t>::min();

/// Why a column cannot hold this count of value_kind::date, datetime or time, or empty.
std::string check_count(value_kind kind, std::int64_t count);

/// The counts are those of value_kind::date, datetime and time. Always six digits of fraction, so that text sorts.
std::string date_to_text(std::int64_t days);
std::string datetime_to_text(std::int64_t microseconds);
std::string time_to_text(std::int64_t microseconds);

/// None if the text is no such thing, or names a day that does not exist (zero dates among them).
/// A date alone is midnight; `T` may stand for the space and `Z` follow a time of day; seconds and fraction may be left
/// out; the fraction has up to nine digits, those after six dropped. A time is at most 838:59:59 either way.
std::optional<std::int64_t> date_from_text(std::string_view text) noexcept;
std::optional<std::int64_t> datetime_from_text(std::string_view text) noexcept;
std::optional<std::int64_t> time_from_text(std::string_view text) noexcept;

}  // namespace tidb::detail
