#include "tidbxx/core/codec.hpp"
#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/error.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace {

using tidb::decimal;

std::string text(const decimal& number) { return to_string(number); }

TEST(decimal, text_loses_needless_zeros_in_front_and_keeps_its_scale) {
  EXPECT_EQ(text(decimal("007.50")), "7.50");
  EXPECT_EQ(text(decimal(".5")), "0.5");
  EXPECT_EQ(text(decimal("5.")), "5");
  EXPECT_EQ(text(decimal("+3")), "3");
  EXPECT_EQ(text(decimal("-0.00")), "0.00");
  EXPECT_EQ(text(decimal("-0.05")), "-0.05");
  EXPECT_EQ(text(decimal()), "0");
  EXPECT_EQ(text(decimal(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(text(decimal(std::numeric_limits<std::uint64_t>::max())), "18446744073709551615");
}

TEST(decimal, what_is_none_is_refused_and_named) {
  for (const auto* bad : {"", "-", ".", "1e3", "1.2.3", "--1", "1-", "0x1", " 1", "1,5", "nan"})
    EXPECT_THROW(decimal{bad}, tidb::usage_error) << bad;
  try {
    decimal("12e3");
    FAIL();
  } catch (const tidb::usage_error& error) {
    EXPECT_NE(error.info().message.find("12e3"), std::string::npos);
  }
}

TEST(decimal, sixty_five_digits_fit_and_one_more_does_not) {
  const std::string most(65, '9');
  EXPECT_EQ(text(decimal(most)), most);
  EXPECT_THROW(decimal(most + "0"), tidb::usage_error);
  EXPECT_THROW(decimal("0." + std::string(30, '0') + "1"), tidb::usage_error);
  EXPECT_EQ(decimal("1." + std::string(40, '0')), decimal(1));
  EXPECT_THROW(decimal(most) + decimal(1), tidb::usage_error);
  EXPECT_EQ(text(decimal(most) - decimal(most)), "0");
}

TEST(decimal, arithmetic_is_exact) {
  EXPECT_EQ(text(decimal("0.1") + decimal("0.2")), "0.3");
  EXPECT_EQ(text(decimal("1.5") - decimal("2.25")), "-0.75");
  EXPECT_EQ(text(decimal("-1.10") * decimal("1.1")), "-1.210");
  EXPECT_EQ(text(-decimal("1.10")), "-1.10");
  decimal sum;
  for (int i = 0; i < 1000; ++i) sum += decimal("0.001");
  EXPECT_EQ(sum, decimal(1));
  const decimal tiny("0.0000000000000001");  // 16 digits: the product has 32, and is rounded to 30
  EXPECT_EQ(text(tiny * decimal("5.0000000000000000")), "0.000000000000000500000000000000");
}

TEST(decimal, a_half_is_rounded_away_from_zero) {
  EXPECT_EQ(text(decimal("2.5").rounded(0)), "3");
  EXPECT_EQ(text(decimal("-2.5").rounded(0)), "-3");
  EXPECT_EQ(text(decimal("1.0049").rounded(2)), "1.00");
  EXPECT_EQ(text(decimal("0.999").rounded(2)), "1.00");
  EXPECT_EQ(text(decimal("7").rounded(3)), "7.000");
  EXPECT_THROW((void)decimal(1).rounded(31), tidb::usage_error);
}

TEST(decimal, a_quotient_has_the_scale_that_is_asked_for) {
  EXPECT_EQ(text(decimal(1).divided_by(decimal(3), 4)), "0.3333");
  EXPECT_EQ(text(decimal(-2).divided_by(decimal(3), 4)), "-0.6667");
  EXPECT_EQ(text(decimal("1.00").divided_by(decimal("0.25"), 0)), "4");
  EXPECT_EQ(text(decimal("0.0001").divided_by(decimal("3"), 2)), "0.00");
  EXPECT_THROW((void)decimal(1).divided_by(decimal(), 2), tidb::usage_error);
}

TEST(decimal, order_is_by_value) {
  EXPECT_EQ(decimal("1.50"), decimal("1.5"));
  EXPECT_LT(decimal("-10"), decimal("-9.99"));
  EXPECT_LT(decimal("9.99"), decimal("10"));
  EXPECT_GT(decimal("0.1"), decimal("0.09"));
  EXPECT_LT(decimal("-0.1"), decimal("0"));
}

TEST(decimal, texts_of_any_form_have_one_order) {
  using tidb::detail::compare_decimals;
  EXPECT_EQ(compare_decimals("-0", "0.000"), 0);
  EXPECT_EQ(compare_decimals("001.10", "+1.1"), 0);
  EXPECT_LT(compare_decimals("2", "10"), 0);
  EXPECT_LT(compare_decimals("999", "x"), 0);
  EXPECT_GT(compare_decimals("y", "x"), 0);
}

TEST(decimal, cells_of_every_exact_kind_are_read) {
  const auto read = [](const tidb::value_view& cell) {
    decimal out;
    return tidb::codec<decimal>::decode(cell, out) == tidb::decode_result::ok ? text(out) : "refused";
  };
  EXPECT_EQ(read(tidb::value_view::of(std::string_view("1.50"))), "1.50");
  EXPECT_EQ(read(tidb::value_view::of(std::int64_t{-3})), "-3");
  EXPECT_EQ(read(tidb::value_view::of(0.5)), "refused");
  EXPECT_EQ(static_cast<double>(decimal("12.5")), 12.5);
}

}  // namespace
