#include "engine/sqlite/decimal_text.hpp"

#include <algorithm>

namespace tidb::detail {
namespace {

/// Adds one to the last digit.
void increment(std::string& digits) {
  for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit) {
    if (*digit != '9') {
      ++*digit;
      return;
    }
    *digit = '0';
  }
  digits.insert(0, 1, '1');
}

}  // namespace

bool is_plain_decimal(std::string_view text) noexcept {
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  bool digit = false;
  bool point = false;
  for (const char character : text) {
    if (character >= '0' && character <= '9')
      digit = true;
    else if (character == '.' && !point)
      point = true;
    else
      return false;
  }
  return digit;
}

std::string round_decimal(std::string_view text, std::int64_t places, rounding how) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto point = std::min(text.find('.'), text.size());
  std::string digits(text.substr(0, point));
  const std::string_view fraction = point < text.size() ? text.substr(point + 1) : std::string_view();
  const auto whole = static_cast<std::int64_t>(digits.size());
  digits += fraction;
  const auto has = static_cast<std::int64_t>(fraction.size());
  places = std::clamp<std::int64_t>(places, -whole - 1, 400);
  // `digits` is the number times 10^behind, from here on.
  const auto behind = places;
  if (behind >= has) {
    digits.append(static_cast<std::size_t>(behind - has), '0');
  } else {
    const auto kept = whole + behind;
    const bool up = how == rounding::half_away && kept >= 0 && digits[static_cast<std::size_t>(kept)] >= '5';
    digits.resize(static_cast<std::size_t>(std::max<std::int64_t>(kept, 0)));
    if (up) increment(digits);
  }
  if (behind < 0) digits.append(digits.empty() ? 0 : static_cast<std::size_t>(-behind), '0');
  const auto decimals = static_cast<std::size_t>(std::max<std::int64_t>(behind, 0));
  if (digits.size() <= decimals) digits.insert(0, decimals + 1 - digits.size(), '0');
  const auto first = std::min(digits.find_first_not_of('0'), digits.size() - decimals - 1);
  digits.erase(0, first);
  if (decimals > 0) digits.insert(digits.size() - decimals, 1, '.');
  const bool zero = digits.find_first_not_of("0.") == digits.npos;
  return negative && !zero ? "-" + digits : digits;
}

std::string group_thousands(std::string_view text) {
  std::string grouped(text);
  const std::size_t first = grouped.starts_with('-') ? 1 : 0;
  auto at = std::min(grouped.find('.'), grouped.size());
  while (at > first + 3) grouped.insert(at -= 3, 1, ',');
  return grouped;
}

}  // namespace tidb::detail
