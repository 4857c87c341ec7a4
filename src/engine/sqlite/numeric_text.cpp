#include "engine/sqlite/numeric_text.hpp"

#include <charconv>
#include <cmath>
#include <limits>

namespace tidb::detail {
namespace {

bool is_digit(char character) noexcept { return character >= '0' && character <= '9'; }

std::size_t skip_digits(std::string_view text, std::size_t at) noexcept {
  while (at < text.size() && is_digit(text[at])) ++at;
  return at;
}

}  // namespace

std::string_view number_prefix(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t\n\v\f\r");
  if (first == text.npos) return {};
  text.remove_prefix(first);
  std::size_t at = text.front() == '+' || text.front() == '-' ? 1 : 0;
  const auto whole = at;
  at = skip_digits(text, at);
  bool any = at > whole;
  if (at < text.size() && text[at] == '.') {
    const auto after = skip_digits(text, at + 1);
    any = any || after > at + 1;
    at = after;
  }
  if (!any) return {};
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    auto exponent = at + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    const auto after = skip_digits(text, exponent);
    if (after > exponent) at = after;
  }
  return text.substr(0, at);
}

double to_real(std::string_view text) noexcept {
  auto digits = number_prefix(text);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  double value = 0;
  const auto end = digits.data() + digits.size();
  if (std::from_chars(digits.data(), end, value).ec != std::errc::result_out_of_range) return value;
  // Too small or too large: the sign of the exponent tells which.
  const auto exponent = digits.find_first_of("eE");
  if (exponent != digits.npos && digits.substr(exponent + 1).starts_with('-')) return 0;
  const double largest = std::numeric_limits<double>::max();
  return digits.starts_with('-') ? -largest : largest;
}

std::int64_t to_integer(double value) noexcept {
  using limits = std::numeric_limits<std::int64_t>;
  const double rounded = std::round(value);
  if (std::isnan(rounded)) return 0;
  if (rounded >= 0x1p63) return limits::max();
  if (rounded < -0x1p63) return limits::min();
  return static_cast<std::int64_t>(rounded);
}

std::int64_t to_integer(std::string_view text) noexcept {
  auto digits = number_prefix(text);
  if (digits.starts_with('+')) digits.remove_prefix(1);
  std::int64_t value = 0;
  const auto end = digits.data() + digits.size();
  const auto [stop, failure] = std::from_chars(digits.data(), end, value);
  if (stop == end && failure == std::errc{}) return value;
  return to_integer(std::trunc(to_real(digits)));
}

std::string plain_text(double value) {
  // From the shortest digits with an exponent: the fixed form writes a large number's exact value instead.
  char buffer[32];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, value, std::chars_format::scientific).ptr;
  const std::string_view written(buffer, static_cast<std::size_t>(end - buffer));
  const auto mark = written.find('e');
  if (mark == written.npos) return std::string(written);
  const auto exponent = to_integer(written.substr(mark + 1));
  std::string digits;
  for (const char digit : written.substr(0, mark))
    if (is_digit(digit)) digits += digit;
  if (exponent < 0) {
    digits = "0." + std::string(static_cast<std::size_t>(-exponent - 1), '0') + digits;
  } else {
    const auto whole = static_cast<std::size_t>(exponent) + 1;
    if (digits.size() < whole) digits.append(whole - digits.size(), '0');
    if (digits.size() > whole) digits.insert(whole, 1, '.');
  }
  return std::signbit(value) ? "-" + digits : digits;
}

}  // namespace tidb::detail
