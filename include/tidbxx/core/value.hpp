// Values as they cross between a program and an engine: one owning type and one view, for parameters and cells alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tidb {

/// What a value is. Dates and times are counts, so that they need no text on the way.
enum class value_kind : std::uint8_t {
  null,
  integer,           ///< 64 bits, signed
  unsigned_integer,  ///< 64 bits, unsigned
  real,              ///< float64
  text,              ///< UTF-8
  blob,
  decimal,   ///< its digits as text
  json,      ///< JSON text
  vector,    ///< float32, in the machine's order
  datetime,  ///< microseconds since 1970-01-01 00:00:00 UTC
  date,      ///< days since 1970-01-01
  time,      ///< microseconds, signed
};

/// The kind's name for messages: "text", "datetime" …
std::string_view to_string(value_kind kind) noexcept;

/// A borrowed value: a parameter on its way in, or a cell of the current row.
/// Lifetime: text, blob, decimal, json and vector point into memory of whoever made the view; a cell is valid until its
/// cursor moves.
struct value_view {
  value_kind kind{value_kind::null};
  union {
    std::int64_t integer{};
    std::uint64_t unsigned_integer;
    double real;
    const void* data;
  };
  std::size_t size{};  ///< bytes behind `data`

  static value_view null() noexcept { return {}; }
  static value_view of(std::int64_t value) noexcept { return count(value_kind::integer, value); }
  static value_view of(std::uint64_t value) noexcept {
    value_view view;
    view.kind = value_kind::unsigned_integer;
    view.unsigned_integer = value;
    return view;
  }
  static value_view of(double value) noexcept {
    value_view view;
    view.kind = value_kind::real;
    view.real = value;
    return view;
  }
  static value_view of(std::string_view value) noexcept { return bytes(value_kind::text, value.data(), value.size()); }
  static value_view of(std::span<const float> value) noexcept {
    return bytes(value_kind::vector, value.data(), value.size_bytes());
  }
  static value_view count(value_kind kind, std::int64_t value) noexcept {
    value_view view;
    view.kind = kind;
    view.integer = value;
    return view;
  }
  static value_view bytes(value_kind kind, const void* data, std::size_t size) noexcept {
    value_view view;
    view.kind = kind;
    view.data = data;
    view.size = size;
    return view;
  }

  bool is_null() const noexcept { return kind == value_kind::null; }
  bool has_bytes() const noexcept { return kind >= value_kind::text && kind <= value_kind::vector; }
  std::string_view text() const noexcept { return {static_cast<const char*>(data), size}; }
  std::span<const float> floats() const noexcept { return {static_cast<const float*>(data), size / sizeof(float)}; }
};

/// An owning value.
class value {
public:
  value() noexcept = default;
  explicit value(const value_view& view);

  value_kind kind() const noexcept { return head_.kind; }
  bool is_null() const noexcept { return head_.is_null(); }
  /// Lifetime: until this value changes or ends.
  value_view view() const noexcept {
    return head_.has_bytes() ? value_view::bytes(head_.kind, bytes_.data(), bytes_.size()) : head_;
  }
  operator value_view() const noexcept { return view(); }

  friend bool operator==(const value& left, const value& right) noexcept;

private:
  value_view head_{};
  std::string bytes_{};  // std::string keeps its bytes aligned for float
};

/// The value as a person reads it: NULL, digits, text as it is, vectors as [1,2,3], blobs as 0x…, dates as ISO 8601.
std::string to_string(const value_view& view);

}  // namespace tidb
