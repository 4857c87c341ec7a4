#include "tidbxx/core/error.hpp"
#include "tidbxx/core/vector.hpp"

#include <bit>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using tidb::to_text;
using tidb::vector_from_text;
using tidb::detail::check_vector;
using tidb::detail::parse_vector;

std::string printed(float number) {
  auto text = to_text(std::vector{number});
  return text.substr(1, text.size() - 2);
}

/// The text as this library reads and prints it again, or why it does not.
std::string reread(std::string_view text) {
  std::vector<float> floats;
  auto problem = parse_vector(text, floats);
  return problem.empty() ? to_text(floats) : problem;
}

std::string ones(std::size_t count) {
  std::string text = "[1";
  for (std::size_t i = 1; i < count; ++i) text += ",1";
  return text + "]";
}

float random_float(std::mt19937& random) {
  for (;;) {
    auto number = std::bit_cast<float>(static_cast<std::uint32_t>(random()));
    if (std::isfinite(number)) return number;
  }
}

// Each answer was given by VEC_FROM_TEXT of TiDB 8.5.6.
TEST(vector, numbers_are_printed_as_tidb_prints_them) {
  EXPECT_EQ(reread("[1000000,123456789,1e20,1e21,1e22,0.0001,0.00001,1e-7,-0,3.4e38]"),
            "[1000000,123456790,100000000000000000000,1000000000000000000000,10000000000000000000000,0.0001,0.00001,"
            "0.0000001,-0,340000000000000000000000000000000000000]");
  EXPECT_EQ(reread("[1.17549435e-38,1e-45,16777216,16777217,3.4028235e38,999999984306749440,9.9999998e20,0.1,-1.5]"),
            "[0.000000000000000000000000000000000000011754944,0.000000000000000000000000000000000000000000001,16777216,"
            "16777216,340282350000000000000000000000000000000,1000000000000000000,999999950000000000000,0.1,-1.5]");
  EXPECT_EQ(reread("[1e-46,1e-50,3.40282356e38,1e-400]"), "[0,0,340282350000000000000000000000000000000,0]");
  EXPECT_EQ(reread("[+0, 1e00, 1E-02, 0e5, 0.0, 1E+5, +1]"), "[0,1,0.01,0,0,100000,1]");
  EXPECT_EQ(reread("[0.10000000149011611938, 12345678901234567890123]"), "[0.1,12345679000000000000000]");
  EXPECT_EQ(reread(" [\t1\n , 2\r] "), "[1,2]");
  EXPECT_EQ(reread("[ ]"), "[]");
}

TEST(vector, what_is_no_number_to_a_vector_is_printed_as_tidb_does) {
  auto infinity = std::numeric_limits<float>::infinity();
  EXPECT_EQ(to_text(std::vector{infinity, -infinity, std::nanf("")}), "[+Inf,-Inf,NaN]");
}

TEST(vector, an_empty_vector_has_a_text) {
  EXPECT_EQ(to_text({}), "[]");
  EXPECT_TRUE(vector_from_text("[]").empty());
}

TEST(vector, texts_read_back_as_the_same_floats) {
  std::mt19937 random(42);
  std::normal_distribution<float> usual(0, 0.05F);
  for (int round = 0; round < 300; ++round) {
    std::vector<float> floats(round % 2 == 0 ? 384 : 1 + random() % 40);
    for (auto& number : floats) number = round % 2 == 0 ? usual(random) : random_float(random);
    auto again = vector_from_text(to_text(floats));
    ASSERT_EQ(again.size(), floats.size());
    for (std::size_t i = 0; i < floats.size(); ++i)
      ASSERT_EQ(std::bit_cast<std::uint32_t>(again[i]), std::bit_cast<std::uint32_t>(floats[i])) << printed(floats[i]);
  }
}

TEST(vector, numbers_are_printed_with_the_fewest_digits_and_no_exponent) {
  std::mt19937 random(43);
  for (int i = 0; i < 50'000; ++i) {
    auto number = random_float(random);
    auto text = printed(number);
    ASSERT_EQ(text.find_first_not_of("-.0123456789"), std::string::npos) << text;
    ASSERT_NE(text.back(), '.');
    std::string digits;
    for (char letter : text)
      if (letter >= '0' && letter <= '9') digits += letter;
    digits.erase(0, digits.find_first_not_of('0'));
    if (auto last = digits.find_last_not_of('0'); last != std::string::npos) digits.resize(last + 1);
    char shortest[32];
    auto* end = std::to_chars(shortest, shortest + sizeof shortest, number, std::chars_format::scientific).ptr;
    std::string wanted;
    for (auto* at = shortest; at != end && *at != 'e'; ++at)
      if (*at >= '0' && *at <= '9') wanted += *at;
    if (number != 0) {
      ASSERT_EQ(digits, wanted) << text;
    }
  }
}

TEST(vector, texts_that_are_no_vector_are_refused_with_the_place_and_what_is_there) {
  EXPECT_EQ(reread(""), "byte 1: \"[\" expected, the text ends");
  EXPECT_EQ(reread("1"), "byte 1: \"[\" expected, \"1\" found");
  EXPECT_EQ(reread("[1"), "byte 3: \",\" or \"]\" expected, the text ends");
  EXPECT_EQ(reread("[1 2]"), "byte 4: \",\" or \"]\" expected, \"2\" found");
  EXPECT_EQ(reread("[1] x"), "byte 5: the end expected, \"x\" found");
  EXPECT_EQ(reread("[1,]"), "byte 4: a number expected, \"]\" found");
  EXPECT_EQ(reread("[,1]"), "byte 2: a number expected, \",\" found");
  EXPECT_EQ(reread("[1,,2]"), "byte 4: a number expected, \",\" found");
  EXPECT_EQ(reread("[1,é]"), "byte 4: a number expected, 0xC3 found");
  EXPECT_EQ(reread("[\f1]"), "byte 2: a number expected, 0x0C found");
  EXPECT_EQ(reread("[1,nan]"), "byte 4: a number expected, \"n\" found");
  EXPECT_EQ(reread("[-inf]"), "byte 3: a number expected, \"i\" found");
  EXPECT_EQ(reread("[01]"), "byte 3: a number expected, \"1\" found");
  EXPECT_EQ(reread("[5.]"), "byte 4: a number expected, \"]\" found");
}

TEST(vector, what_tidb_takes_for_no_number_is_refused) {
  for (auto* text : {"[.5]",   "[-.5]",   "[0.]",  "[1.e5]", "[1e]",   "[1e+]",      "[- 1]", "[--1]",
                     "[+-1]",  "[-+1]",   "[00]",  "[-01]",  "[0x10]", "[Infinity]", "[NaN]", "[+Inf]",
                     "[null]", "[\"1\"]", "[[1]]", "[-]",    "[+]",    "{}",         "[1]]"})
    EXPECT_TRUE(reread(text).starts_with("byte ")) << text << " gave " << reread(text);
}

TEST(vector, numbers_too_large_for_float32_are_refused_and_those_too_small_are_zero) {
  EXPECT_EQ(reread("[1,3.5e38]"), "byte 4: 3.5e38 does not fit float32");
  EXPECT_EQ(reread("[ -1e400]"), "byte 3: -1e400 does not fit float32");
  EXPECT_EQ(reread("[1e99999999999999999999]"), "byte 2: 1e99999999999999999999 does not fit float32");
  EXPECT_EQ(reread("[1" + std::string(400, '0') + "]"), "byte 2: 1" + std::string(39, '0') + "… does not fit float32");
  EXPECT_EQ(reread("[1e-46,-1e-400,1e-99999999999999999999,0e400,0.0e99999999999999999999]"), "[0,-0,0,0,0]");
  EXPECT_EQ(reread("[0." + std::string(400, '0') + "1]"), "[0]");
  EXPECT_EQ(reread("[0." + std::string(400, '0') + "1e401]"), "[1]");
  EXPECT_EQ(reread("[1" + std::string(400, '0') + "e-400]"), "[1]");
}

TEST(vector, more_than_the_most_dimensions_are_refused) {
  EXPECT_EQ(vector_from_text(ones(tidb::max_dimensions)).size(), tidb::max_dimensions);
  EXPECT_EQ(reread(ones(tidb::max_dimensions + 1)), "byte 32768: more than 16383 numbers");
}

TEST(vector, parse_appends_and_leaves_the_vector_as_it_was_after_a_failure) {
  std::vector<float> floats{7};
  EXPECT_EQ(parse_vector("[1,2]", floats), "");
  EXPECT_EQ(floats, (std::vector<float>{7, 1, 2}));
  EXPECT_NE(parse_vector("[3,x]", floats), "");
  EXPECT_EQ(floats, (std::vector<float>{7, 1, 2}));
}

TEST(vector, from_text_throws_a_usage_error_with_the_place) {
  try {
    vector_from_text("[1,x]");
    FAIL() << "nothing was thrown";
  } catch (const tidb::usage_error& caught) {
    EXPECT_STREQ(caught.what(), "this text is not a vector such as [1,2.5,3]: byte 4: a number expected, \"x\" found");
  }
}

TEST(vector, check_names_the_number_that_a_vector_cannot_hold) {
  EXPECT_EQ(check_vector(std::vector<float>{1, 2}), "");
  EXPECT_EQ(check_vector({}), "");
  EXPECT_EQ(check_vector(std::vector<float>{1, std::nanf("")}), "number 2 of the vector is not a number (NaN)");
  EXPECT_EQ(check_vector(std::vector<float>{-std::numeric_limits<float>::infinity()}),
            "number 1 of the vector is infinite");
  EXPECT_EQ(check_vector(std::vector<float>(16'384)),
            "16384 dimensions are more than the 16383 that a vector may have");
}

TEST(vector, random_bytes_are_refused_or_read_without_harm) {
  std::mt19937 random(44);
  constexpr std::string_view letters = "0123456789+-.eE,[] x\n";
  for (int i = 0; i < 100'000; ++i) {
    std::string text = "[0.125,-3.5e10,42]";
    for (auto changes = random() % 4; changes > 0; --changes)
      text[random() % text.size()] = letters[random() % letters.size()];
    std::vector<float> floats;
    if (!parse_vector(text, floats).empty()) continue;
    ASSERT_EQ(reread(to_text(floats)), to_text(floats)) << text;
  }
}

TEST(vector, a_fixed_vector_is_an_aggregate) {
  tidb::vector<3> three{1, 2, 3};
  EXPECT_EQ(to_text(three), "[1,2,3]");
  tidb::vector<> any{1, 2.5F};
  EXPECT_EQ(to_text(any), "[1,2.5]");
}

}  // namespace
