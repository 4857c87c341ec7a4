#include "tidbxx/core/codec.hpp"

#include "tidbxx/core/error.hpp"
#include "tidbxx/core/time.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

constexpr std::int64_t microseconds_per_day = 86'400'000'000;

bool all_digits(std::string_view text) noexcept {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// Digits that spell an integer, perhaps with zeros after the point: "123", "-5.00".
template <class Integer>
decode_result read_decimal(std::string_view text, Integer& out) noexcept {
  auto point = text.find('.');
  auto whole = text.substr(0, point);
  auto fraction = point == std::string_view::npos ? std::string_view() : text.substr(point + 1);
  auto digits = whole.starts_with('-') ? whole.substr(1) : whole;
  if (!all_digits(digits) || !all_digits(fraction) || digits.size() + fraction.size() == 0)
    return decode_result::malformed;
  if (fraction.find_first_not_of('0') != std::string_view::npos) return decode_result::wrong_kind;
  auto is_zero = digits.find_first_not_of('0') == std::string_view::npos;
  if (is_zero) out = 0;  // std::from_chars refuses "-0" for an unsigned type, and ".00" for all
  if (is_zero) return decode_result::ok;
  auto [end, code] = std::from_chars(whole.data(), whole.data() + whole.size(), out);
  return code == std::errc{} && end == whole.data() + whole.size() ? decode_result::ok : decode_result::out_of_range;
}

template <class Integer>
decode_result read_real(double from, Integer& out) noexcept {
  if (std::isnan(from) || (std::isfinite(from) && std::trunc(from) != from)) return decode_result::wrong_kind;
  // Both ends are powers of two, and so exact as float64; the greatest integer itself is not.
  constexpr double least = static_cast<double>(std::numeric_limits<Integer>::min());
  constexpr Integer half = std::numeric_limits<Integer>::max() / 2 + 1;
  constexpr double beyond = static_cast<double>(half) * 2;
  if (from < least || from >= beyond) return decode_result::out_of_range;
  out = static_cast<Integer>(from);
  return decode_result::ok;
}

template <class Integer, class Other>
decode_result read_integer(Other from, Integer& out) noexcept {
  if (!std::in_range<Integer>(from)) return decode_result::out_of_range;
  out = static_cast<Integer>(from);
  return decode_result::ok;
}

template <class Integer>
decode_result decode_integer(const value_view& cell, Integer& out) noexcept {
  switch (cell.kind) {
  case value_kind::null: return decode_result::null;
  case value_kind::integer: return read_integer(cell.integer, out);
  case value_kind::unsigned_integer: return read_integer(cell.unsigned_integer, out);
  case value_kind::decimal: return read_decimal(cell.text(), out);
  case value_kind::real: return read_real(cell.real, out);
  default: return decode_result::wrong_kind;
  }
}

decode_result read_decimal_as_real(std::string_view text, double& out) noexcept {
  auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (code == std::errc::result_out_of_range) return decode_result::out_of_range;
  auto is_number = code == std::errc{} && end == text.data() + text.size() && std::isfinite(out);
  return is_number ? decode_result::ok : decode_result::malformed;
}

/// Dates widen to midnight; a point in time is a date only at midnight.
decode_result read_other_count(const value_view& cell, value_kind kind, std::int64_t& out) noexcept {
  if (cell.kind == value_kind::date && kind == value_kind::datetime) {
    constexpr auto limit = std::numeric_limits<std::int64_t>::max() / microseconds_per_day;
    if (cell.integer > limit || cell.integer < -limit) return decode_result::out_of_range;
    out = cell.integer * microseconds_per_day;
    return decode_result::ok;
  }
  if (cell.kind == value_kind::datetime && kind == value_kind::date) {
    if (cell.integer % microseconds_per_day != 0) return decode_result::malformed;
    out = cell.integer / microseconds_per_day;
    return decode_result::ok;
  }
  return decode_result::wrong_kind;
}

decode_result read_count_text(std::string_view text, value_kind kind, std::int64_t& out) noexcept {
  std::optional<std::int64_t> count;
  if (kind == value_kind::time)
    count = time_from_text(text);
  else
    count = datetime_from_text(text);  // takes a date alone, too
  if (!count) return decode_result::malformed;
  if (kind == value_kind::date) return read_other_count(value_view::count(value_kind::datetime, *count), kind, out);
  out = *count;
  return decode_result::ok;
}

void copy_floats(const value_view& cell, float* out, std::size_t count) noexcept {
  if (count == 0) return;
  std::memcpy(out, cell.data, count * sizeof(float));  // the cell may lie at any address
  if constexpr (std::endian::native == std::endian::big) {
    if (cell.kind != value_kind::blob) return;
    for (std::size_t i = 0; i < count; ++i) {
      auto bits = std::bit_cast<std::uint32_t>(out[i]);
      bits = (bits >> 24U) | ((bits >> 8U) & 0xFF00U) | ((bits << 8U) & 0xFF0000U) | (bits << 24U);
      out[i] = std::bit_cast<float>(bits);
    }
  }
}

/// How many floats the bytes of a vector or blob are.
decode_result count_floats(const value_view& cell, std::size_t& count) noexcept {
  count = cell.size / sizeof(float);
  if (cell.size % sizeof(float) != 0) return decode_result::malformed;
  return count > max_dimensions ? decode_result::wrong_length : decode_result::ok;
}

bool is_float_bytes(const value_view& cell) noexcept {
  return cell.kind == value_kind::vector || cell.kind == value_kind::blob;
}

}  // namespace

decode_result decode_signed(const value_view& cell, std::int64_t& out) noexcept { return decode_integer(cell, out); }

decode_result decode_unsigned(const value_view& cell, std::uint64_t& out) noexcept { return decode_integer(cell, out); }

decode_result decode_real(const value_view& cell, double& out) noexcept {
  switch (cell.kind) {
  case value_kind::null: return decode_result::null;
  case value_kind::real: out = cell.real; return decode_result::ok;
  case value_kind::integer: out = static_cast<double>(cell.integer); return decode_result::ok;
  case value_kind::unsigned_integer: out = static_cast<double>(cell.unsigned_integer); return decode_result::ok;
  case value_kind::decimal: return read_decimal_as_real(cell.text(), out);
  default: return decode_result::wrong_kind;
  }
}

decode_result decode_text(const value_view& cell, std::string& out) {
  switch (cell.kind) {
  case value_kind::null: return decode_result::null;
  case value_kind::text:
  case value_kind::json:
  case value_kind::decimal: out.assign(cell.text()); return decode_result::ok;
  case value_kind::vector:
  case value_kind::datetime:
  case value_kind::date:
  case value_kind::time: out = to_string(cell); return decode_result::ok;
  default: return decode_result::wrong_kind;
  }
}

decode_result decode_blob(const value_view& cell, blob& out) {
  if (cell.is_null()) return decode_result::null;
  if (cell.kind != value_kind::blob && cell.kind != value_kind::text) return decode_result::wrong_kind;
  auto* const first = static_cast<const std::byte*>(cell.data);
  out.assign(first, first + cell.size);
  return decode_result::ok;
}

decode_result decode_bytes(const value_view& cell, std::byte* out, std::size_t size) noexcept {
  if (cell.is_null()) return decode_result::null;
  if (cell.kind != value_kind::blob) return decode_result::wrong_kind;
  if (cell.size != size) return decode_result::wrong_length;
  std::memcpy(out, cell.data, size);
  return decode_result::ok;
}

decode_result decode_json(const value_view& cell, json& out) {
  if (cell.is_null()) return decode_result::null;
  if (cell.kind == value_kind::json) {
    out = json::trusted(cell.text());
    return decode_result::ok;
  }
  if (cell.kind != value_kind::text) return decode_result::wrong_kind;
  try {
    out = json(std::string(cell.text()));
  } catch (const usage_error&) {
    return decode_result::malformed;
  }
  return decode_result::ok;
}

decode_result decode_count(const value_view& cell, value_kind kind, std::int64_t& out) noexcept {
  if (cell.is_null()) return decode_result::null;
  if (cell.kind == value_kind::text) return read_count_text(cell.text(), kind, out);
  if (cell.kind != kind) return read_other_count(cell, kind, out);
  out = cell.integer;
  return decode_result::ok;
}

decode_result decode_floats(const value_view& cell, float* out, std::size_t size) {
  if (is_float_bytes(cell)) {
    std::size_t count{};
    if (auto result = count_floats(cell, count); result != decode_result::ok) return result;
    if (count != size) return decode_result::wrong_length;
    copy_floats(cell, out, size);
    return decode_result::ok;
  }
  std::vector<float> parsed;
  if (auto result = decode_floats(cell, parsed); result != decode_result::ok) return result;
  if (parsed.size() != size) return decode_result::wrong_length;
  std::copy(parsed.begin(), parsed.end(), out);
  return decode_result::ok;
}

decode_result decode_floats(const value_view& cell, std::vector<float>& out) {
  if (cell.is_null()) return decode_result::null;
  if (is_float_bytes(cell)) {
    std::size_t count{};
    if (auto result = count_floats(cell, count); result != decode_result::ok) return result;
    out.resize(count);
    copy_floats(cell, out.data(), count);
    return decode_result::ok;
  }
  if (cell.kind != value_kind::text) return decode_result::wrong_kind;
  out.clear();
  return parse_vector(cell.text(), out).empty() ? decode_result::ok : decode_result::malformed;
}

}  // namespace tidb::detail
