// Decimal numbers as their digits: rounded and cut exactly.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidb::detail {

enum class rounding { half_away, toward_zero };

/// True for an optional sign and digits with at most one point among them.
bool is_plain_decimal(std::string_view text) noexcept;

/// `text`, a plain decimal, with this many digits behind the point; a negative count makes digits before it zero.
std::string round_decimal(std::string_view text, std::int64_t places, rounding how);

/// `text`, a plain decimal, with commas between thousands.
std::string group_thousands(std::string_view text);

}  // namespace tidb::detail
