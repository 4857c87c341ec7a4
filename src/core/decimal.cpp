#include "tidbxx/core/decimal.hpp"

#include "core/decimal_text.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>

#include <fmt/format.h>
#include <gmp.h>

namespace tidb {
namespace {

/// An integer of any size.
class integer {
public:
  integer() noexcept { mpz_init(value_); }
  ~integer() { mpz_clear(value_); }
  integer(const integer&) = delete;
  integer& operator=(const integer&) = delete;
  mpz_ptr get() noexcept { return value_; }
  mpz_srcptr get() const noexcept { return value_; }

private:
  mpz_t value_;
};

void multiply_by_power_of_ten(integer& number, int power) noexcept {
  integer factor;
  mpz_ui_pow_ui(factor.get(), 10, static_cast<unsigned long>(power));
  mpz_mul(number.get(), number.get(), factor.get());
}

/// The digits without the point, as they would be at this scale, which is not below the number's own.
void read(const decimal& number, int scale, integer& out) noexcept {
  std::array<char, max_decimal_digits + 4> digits{};
  const auto text = number.text();
  std::copy_if(text.begin(), text.end(), digits.begin(), [](char letter) { return letter != '.'; });
  mpz_set_str(out.get(), digits.data(), 10);
  if (scale > number.scale()) multiply_by_power_of_ten(out, scale - number.scale());
}

/// Divides; a half goes away from zero.
void divide_rounding(integer& number, const integer& divisor) noexcept {
  const int sign = mpz_sgn(number.get()) * mpz_sgn(divisor.get());
  integer rest;
  mpz_tdiv_qr(number.get(), rest.get(), number.get(), divisor.get());
  mpz_mul_2exp(rest.get(), rest.get(), 1);
  if (mpz_cmpabs(rest.get(), divisor.get()) < 0) return;
  if (sign < 0)
    mpz_sub_ui(number.get(), number.get(), 1);
  else
    mpz_add_ui(number.get(), number.get(), 1);
}

void lower_scale(integer& number, int by) noexcept {
  integer factor;
  mpz_ui_pow_ui(factor.get(), 10, static_cast<unsigned long>(by));
  divide_rounding(number, factor);
}

/// Errors: usage_error for more digits than a decimal has; `what` says of what.
decimal made_of(const integer& number, int scale, std::string_view what) {
  std::string text(mpz_sizeinbase(number.get(), 10) + 2, '\0');
  mpz_get_str(text.data(), 10, number.get());
  text.resize(text.find('\0'));
  const std::size_t sign = text.starts_with('-') ? 1 : 0;
  const auto behind_point = static_cast<std::size_t>(scale);
  if (text.size() - sign < behind_point + 1) text.insert(sign, behind_point + 1 - (text.size() - sign), '0');
  if (scale > 0) text.insert(text.size() - behind_point, 1, '.');
  decimal made;
  if (detail::parse_decimal(text, made) != decode_result::ok)
    throw_usage(fmt::format("{} has more than the {} digits of a decimal: {}", what, max_decimal_digits, text), {});
  return made;
}

void check_scale(int scale) {
  if (scale < 0 || scale > static_cast<int>(max_decimal_scale))
    throw_usage(fmt::format("a decimal has 0 to 30 digits behind its point, not {}", scale), {});
}

}  // namespace

decimal::decimal(std::string_view digits) {
  const auto result = detail::parse_decimal(digits, *this);
  if (result == decode_result::ok) return;
  if (result == decode_result::out_of_range)
    throw_usage(fmt::format("the decimal \"{}\" has too many digits: there are at most 65, at most 30 of them behind "
                            "the point",
                            digits.substr(0, 100)),
                {});
  throw_usage(fmt::format("\"{}\" is no decimal: it is digits with a point, such as -12.50, without an exponent",
                          digits.substr(0, 100)),
              {});
}

void decimal::set(std::int64_t number) noexcept {
  const auto end = std::to_chars(text_.data(), text_.data() + text_.size(), number).ptr;
  size_ = static_cast<std::uint8_t>(end - text_.data());
  scale_ = 0;
}

void decimal::set(std::uint64_t number) noexcept {
  const auto end = std::to_chars(text_.data(), text_.data() + text_.size(), number).ptr;
  size_ = static_cast<std::uint8_t>(end - text_.data());
  scale_ = 0;
}

decimal decimal::rounded(int scale) const {
  check_scale(scale);
  integer number;
  read(*this, scale, number);
  if (scale < scale_) lower_scale(number, scale_ - scale);
  return made_of(number, scale, "the number");
}

decimal decimal::divided_by(const decimal& divisor, int scale) const {
  check_scale(scale);
  integer number, by;
  // The quotient's scale is the difference of the two.
  const int wanted = scale + divisor.scale_;
  read(*this, wanted, number);
  if (wanted < scale_)
    read(divisor, divisor.scale_ + scale_ - wanted, by);
  else
    read(divisor, divisor.scale_, by);
  if (mpz_sgn(by.get()) == 0) throw_usage("a decimal was divided by 0", {});
  divide_rounding(number, by);
  return made_of(number, scale, "the quotient");
}

decimal::operator double() const noexcept {
  double number{};
  std::from_chars(text_.data(), text_.data() + size_, number);
  return number;
}

decimal operator+(const decimal& left, const decimal& right) {
  const int scale = std::max(left.scale(), right.scale());
  integer sum, other;
  read(left, scale, sum);
  read(right, scale, other);
  mpz_add(sum.get(), sum.get(), other.get());
  return made_of(sum, scale, "the sum");
}

decimal operator-(const decimal& left, const decimal& right) {
  const int scale = std::max(left.scale(), right.scale());
  integer difference, other;
  read(left, scale, difference);
  read(right, scale, other);
  mpz_sub(difference.get(), difference.get(), other.get());
  return made_of(difference, scale, "the difference");
}

decimal operator*(const decimal& left, const decimal& right) {
  integer product, other;
  read(left, left.scale(), product);
  read(right, right.scale(), other);
  mpz_mul(product.get(), product.get(), other.get());
  const int exact = left.scale() + right.scale();
  const int scale = std::min(exact, static_cast<int>(max_decimal_scale));
  if (scale < exact) lower_scale(product, exact - scale);
  return made_of(product, scale, "the product");
}

decimal operator-(const decimal& number) { return decimal() - number; }

}  // namespace tidb
