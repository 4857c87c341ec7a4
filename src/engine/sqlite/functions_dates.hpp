// What the functions of dates and times share.
#pragma once

#include "engine/sqlite/date_text.hpp"
#include "engine/sqlite/function_call.hpp"

#include <optional>

namespace tidb::detail {

/// An argument as a date, from text or a number; nothing for what is none.
std::optional<moment> moment_argument(function_call& call, int position);
/// The same, and nothing also for a month or day of 0.
std::optional<moment> day_argument(function_call& call, int position);
/// An argument as an amount of time.
std::optional<time_span> span_argument(function_call& call, int position);

/// The last second that TiDB has a time stamp of: the end of 3001-01-18.
inline constexpr std::int64_t last_timestamp = 32'536'771'199;

int register_clock_functions(function_registry& registry) noexcept;
int register_date_arithmetic(function_registry& registry) noexcept;

}  // namespace tidb::detail
