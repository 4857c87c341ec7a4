#include "tidbxx/core/value.hpp"

#include "tidbxx/core/time.hpp"
#include "tidbxx/core/vector.hpp"

#include <cmath>
#include <cstring>
#include <vector>

#include <fmt/format.h>

namespace tidb {
namespace {

std::string hex_text(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "0x";
  text.reserve(2 + bytes.size() * 2);
  for (char letter : bytes) {
    auto code = static_cast<unsigned char>(letter);
    text += digits[code >> 4U];
    text += digits[code & 0xFU];
  }
  return text;
}

/// A view's bytes may begin at any address, so they are copied to where floats can be read.
std::string vector_text(const value_view& view) {
  std::vector<float> floats(view.size / sizeof(float));
  if (!floats.empty()) std::memcpy(floats.data(), view.data, floats.size() * sizeof(float));
  return to_text(floats);
}

/// Equal as numbers; a NaN equals a NaN, or a value would differ from its own copy.
bool same_real(double left, double right) noexcept { return left == right || (std::isnan(left) && std::isnan(right)); }

}  // namespace

std::string_view to_string(value_kind kind) noexcept {
  switch (kind) {
  case value_kind::null: return "null";
  case value_kind::integer: return "integer";
  case value_kind::unsigned_integer: return "unsigned integer";
  case value_kind::real: return "real";
  case value_kind::text: return "text";
  case value_kind::blob: return "blob";
  case value_kind::decimal: return "decimal";
  case value_kind::json: return "json";
  case value_kind::vector: return "vector";
  case value_kind::datetime: return "datetime";
  case value_kind::date: return "date";
  case value_kind::time: return "time";
  }
  return "unknown";
}

std::string to_string(const value_view& view) {
  switch (view.kind) {
  case value_kind::null: return "NULL";
  case value_kind::integer: return fmt::to_string(view.integer);
  case value_kind::unsigned_integer: return fmt::to_string(view.unsigned_integer);
  case value_kind::real: return fmt::format("{}", view.real);
  case value_kind::text:
  case value_kind::decimal:
  case value_kind::json: return std::string(view.text());
  case value_kind::blob: return hex_text(view.text());
  case value_kind::vector: return vector_text(view);
  case value_kind::datetime: return detail::datetime_to_text(view.integer);
  case value_kind::date: return detail::date_to_text(view.integer);
  case value_kind::time: return detail::time_to_text(view.integer);
  }
  return {};
}

value::value(const value_view& view) : head_(view) {
  if (!view.has_bytes()) return;
  bytes_.assign(view.text());
  head_ = value_view::bytes(view.kind, nullptr, 0);  // view() points at our own copy; the lender's is gone soon
}

bool operator==(const value& left, const value& right) noexcept {
  const auto &one = left.head_, &other = right.head_;
  if (one.kind != other.kind) return false;
  if (one.has_bytes()) return left.bytes_ == right.bytes_;
  switch (one.kind) {
  case value_kind::null: return true;
  case value_kind::unsigned_integer: return one.unsigned_integer == other.unsigned_integer;
  case value_kind::real: return same_real(one.real, other.real);
  default: return one.integer == other.integer;
  }
}

}  // namespace tidb
