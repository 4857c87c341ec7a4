// Exact decimal numbers, as TiDB's DECIMAL type holds them.
#pragma once

#include "tidbxx/core/column_type.hpp"
#include "tidbxx/core/value.hpp"

#include <array>
#include <compare>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidb {

/// The most digits a decimal has, and the most of them behind its point. Source: TiDB's documentation, "Numeric Types".
inline constexpr std::uint32_t max_decimal_digits = 65;
inline constexpr std::uint32_t max_decimal_scale = 30;

class decimal;

namespace detail {

template <class T>
concept whole_number = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

/// Why a text is no decimal; ok if it is one, which is then in `out`.
decode_result parse_decimal(std::string_view text, decimal& out) noexcept;
/// The order of two texts as numbers, whatever zeros they begin and end with: below, at or above 0. What is no decimal
/// comes behind all that are, byte by byte.
int compare_decimals(std::string_view left, std::string_view right) noexcept;

}  // namespace detail

/// A number of at most 65 decimal digits, at most 30 of them behind the point: `tidb::decimal("12.50")`. As a column it
/// needs its size: `tidb::column<&item::price>(tidb::numeric(10, 2))`.
/// Keeps its scale, the digits behind the point: 12.50 prints as that, and equals 12.5.
/// Note: a double is refused at compile time, since 0.1 is none of them; write the digits as text.
class decimal {
public:
  /// 0
  decimal() noexcept = default;
  decimal(detail::whole_number auto number) noexcept {
    if constexpr (std::signed_integral<decltype(number)>)
      set(static_cast<std::int64_t>(number));
    else
      set(static_cast<std::uint64_t>(number));
  }
  decimal(std::floating_point auto) = delete;
  /// Digits with a sign and a point: "-0.05", "+7", ".5".
  /// Errors: usage_error for anything else, such as "1e3", and for more digits than a decimal has.
  explicit decimal(std::string_view digits);

  /// The digits, without needless zeros in front. Lifetime: of this decimal.
  std::string_view text() const noexcept { return {text_.data(), size_}; }
  /// How many digits are behind the point.
  int scale() const noexcept { return scale_; }
  /// The same number with as many digits behind the point, a half rounded away from zero, as TiDB does.
  /// Errors: usage_error for a scale below 0 or above 30, or a result of more than 65 digits.
  decimal rounded(int scale) const;
  /// The quotient with as many digits behind the point, a half rounded away from zero.
  /// Errors: usage_error for a divisor of 0, and as `rounded`.
  decimal divided_by(const decimal& divisor, int scale) const;
  /// The nearest double.
  explicit operator double() const noexcept;

  /// Exact. A product has the scale of both together, but is rounded to 30, as TiDB does.
  /// Errors: usage_error for a result of more than 65 digits.
  friend decimal operator+(const decimal& left, const decimal& right);
  friend decimal operator-(const decimal& left, const decimal& right);
  friend decimal operator*(const decimal& left, const decimal& right);
  friend decimal operator-(const decimal& number);
  decimal& operator+=(const decimal& other) { return *this = *this + other; }
  decimal& operator-=(const decimal& other) { return *this = *this - other; }
  decimal& operator*=(const decimal& other) { return *this = *this * other; }

  /// By value: 1.5 equals 1.50.
  friend bool operator==(const decimal& left, const decimal& right) noexcept {
    return detail::compare_decimals(left.text(), right.text()) == 0;
  }
  friend std::weak_ordering operator<=>(const decimal& left, const decimal& right) noexcept {
    return detail::compare_decimals(left.text(), right.text()) <=> 0;
  }
  friend std::string to_string(const decimal& number) { return std::string(number.text()); }

private:
  friend decode_result detail::parse_decimal(std::string_view text, decimal& out) noexcept;
  void set(std::int64_t number) noexcept;
  void set(std::uint64_t number) noexcept;

  // A sign, the digits and a point.
  std::array<char, max_decimal_digits + 3> text_{'0'};
  std::uint8_t size_{1};
  std::uint8_t scale_{};
};

namespace detail {
decode_result decode_decimal(const value_view& cell, decimal& out) noexcept;
}  // namespace detail

/// A DECIMAL. Errors, when read: wrong_kind for a real, which is not exact.
template <>
struct codec<decimal> {
  static constexpr column_type type{type_kind::decimal, false, max_decimal_digits, max_decimal_scale};
  static value_view encode(const decimal& item) noexcept {
    return value_view::bytes(value_kind::decimal, item.text().data(), item.text().size());
  }
  static decode_result decode(const value_view& cell, decimal& out) noexcept {
    return detail::decode_decimal(cell, out);
  }
};

}  // namespace tidb
