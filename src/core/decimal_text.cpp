// The text of a decimal: reading it, and comparing two without any arithmetic.
#include "core/decimal_text.hpp"

#include "tidbxx/core/decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

namespace tidb::detail {
namespace {

bool all_digits(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

int sign_of(int order) noexcept { return order < 0 ? -1 : order > 0 ? 1 : 0; }

/// Without regard to signs.
int compare_sizes(const decimal_parts& left, const decimal_parts& right) noexcept {
  if (left.whole.size() != right.whole.size()) return left.whole.size() < right.whole.size() ? -1 : 1;
  if (const int order = left.whole.compare(right.whole); order != 0) return sign_of(order);
  return sign_of(left.fraction.compare(right.fraction));  // the shorter one goes on with zeros
}

std::string_view without_last_zeros(std::string_view digits) noexcept {
  return digits.substr(0, digits.find_last_not_of('0') + 1);  // npos + 1 is 0
}

}  // namespace

std::optional<decimal_parts> decimal_parts_of(std::string_view text) noexcept {
  decimal_parts parts;
  if (text.starts_with('-') || text.starts_with('+')) {
    parts.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  const auto point = std::min(text.find('.'), text.size());
  parts.whole = text.substr(0, point);
  parts.fraction = text.substr(std::min(point + 1, text.size()));
  if (!all_digits(parts.whole) || !all_digits(parts.fraction) || parts.whole.size() + parts.fraction.size() == 0)
    return std::nullopt;
  parts.whole.remove_prefix(std::min(parts.whole.find_first_not_of('0'), parts.whole.size()));
  return parts;
}

int compare_decimals(std::string_view left, std::string_view right) noexcept {
  auto one = decimal_parts_of(left), other = decimal_parts_of(right);
  if (!one && !other) return sign_of(left.compare(right));
  if (!one || !other) return one ? -1 : 1;
  one->fraction = without_last_zeros(one->fraction);
  other->fraction = without_last_zeros(other->fraction);
  const auto is_negative = [](const decimal_parts& parts) {
    return parts.negative && parts.whole.size() + parts.fraction.size() > 0;
  };
  if (is_negative(*one) != is_negative(*other)) return is_negative(*one) ? -1 : 1;
  const int order = compare_sizes(*one, *other);
  return is_negative(*one) ? -order : order;
}

decode_result parse_decimal(std::string_view text, decimal& out) noexcept {
  auto parts = decimal_parts_of(text);
  if (!parts) return decode_result::malformed;
  if (parts->fraction.size() > max_decimal_scale) {
    const auto kept = parts->fraction.substr(0, max_decimal_scale);
    if (without_last_zeros(parts->fraction).size() > kept.size()) return decode_result::out_of_range;
    parts->fraction = kept;
  }
  if (parts->whole.size() + parts->fraction.size() > max_decimal_digits) return decode_result::out_of_range;
  const bool is_zero = parts->whole.empty() && without_last_zeros(parts->fraction).empty();
  auto* at = out.text_.data();
  if (parts->negative && !is_zero) *at++ = '-';
  if (parts->whole.empty()) *at++ = '0';
  at = std::copy(parts->whole.begin(), parts->whole.end(), at);
  if (!parts->fraction.empty()) *at++ = '.';
  at = std::copy(parts->fraction.begin(), parts->fraction.end(), at);
  out.size_ = static_cast<std::uint8_t>(at - out.text_.data());
  out.scale_ = static_cast<std::uint8_t>(parts->fraction.size());
  return decode_result::ok;
}

decode_result decode_decimal(const value_view& cell, decimal& out) noexcept {
  switch (cell.kind) {
  case value_kind::null: return decode_result::null;
  case value_kind::decimal:
  case value_kind::text: return parse_decimal(cell.text(), out);
  case value_kind::integer: out = decimal(cell.integer); return decode_result::ok;
  case value_kind::unsigned_integer: out = decimal(cell.unsigned_integer); return decode_result::ok;
  default: return decode_result::wrong_kind;
  }
}

}  // namespace tidb::detail
