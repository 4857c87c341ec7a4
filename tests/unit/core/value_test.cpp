#include "tidbxx/core/value.hpp"

#include <array>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace {

using tidb::value;
using tidb::value_kind;
using tidb::value_view;

value_view text(std::string_view words) { return value_view::of(words); }

TEST(value, is_null_unless_told_otherwise) {
  value nothing;
  EXPECT_TRUE(nothing.is_null());
  EXPECT_TRUE(nothing.view().is_null());
  EXPECT_EQ(nothing, value(value_view::null()));
}

TEST(value, owns_its_bytes) {
  std::string words = "a text that is too long for a small string";
  value copy(text(words));
  words.assign(words.size(), 'x');
  EXPECT_EQ(copy.kind(), value_kind::text);
  EXPECT_EQ(copy.view().text(), "a text that is too long for a small string");
  auto second = copy;
  copy = value(value_view::of(std::int64_t{7}));
  EXPECT_EQ(second.view().text(), "a text that is too long for a small string");
  EXPECT_EQ(copy.view().integer, 7);
}

TEST(value, keeps_zero_bytes_and_empty_texts) {
  using namespace std::string_view_literals;
  EXPECT_EQ(value(text("a\0b"sv)).view().text(), "a\0b"sv);
  value empty(text(""));
  EXPECT_EQ(empty.kind(), value_kind::text);
  EXPECT_EQ(empty.view().size, 0U);
}

TEST(value, keeps_vectors_readable_as_floats) {
  std::array<float, 3> floats{1, -2.5F, 3};
  value copy(value_view::of(std::span<const float>(floats)));
  floats.fill(0);
  ASSERT_EQ(copy.view().floats().size(), 3U);
  EXPECT_EQ(copy.view().floats()[1], -2.5F);
}

TEST(value, is_equal_only_to_the_same_kind_and_content) {
  auto one = value(value_view::of(std::int64_t{1}));
  EXPECT_EQ(one, value(value_view::of(std::int64_t{1})));
  EXPECT_NE(one, value(value_view::of(std::int64_t{2})));
  EXPECT_NE(one, value(value_view::of(std::uint64_t{1})));
  EXPECT_NE(one, value(value_view::of(1.0)));
  EXPECT_NE(one, value());
  EXPECT_EQ(value(text("1")), value(text("1")));
  EXPECT_NE(value(text("1")), value(text("10")));
  EXPECT_NE(value(text("1")), value(value_view::bytes(value_kind::blob, "1", 1)));
  EXPECT_NE(value(value_view::count(value_kind::date, 1)), value(value_view::count(value_kind::datetime, 1)));
  EXPECT_EQ(value(value_view::of(0.0)), value(value_view::of(-0.0)));
  EXPECT_EQ(value(value_view::of(std::nan(""))), value(value_view::of(std::nan(""))));
}

TEST(value, to_string_prints_each_kind_for_a_person) {
  EXPECT_EQ(to_string(value_view::null()), "NULL");
  EXPECT_EQ(to_string(value_view::of(std::numeric_limits<std::int64_t>::min())), "-9223372036854775808");
  EXPECT_EQ(to_string(value_view::of(std::numeric_limits<std::uint64_t>::max())), "18446744073709551615");
  EXPECT_EQ(to_string(value_view::of(0.1)), "0.1");
  EXPECT_EQ(to_string(value_view::of(100000.0)), "100000");
  EXPECT_EQ(to_string(text("as it is")), "as it is");
  EXPECT_EQ(to_string(value_view::bytes(value_kind::decimal, "1.50", 4)), "1.50");
  EXPECT_EQ(to_string(value_view::bytes(value_kind::json, "{}", 2)), "{}");
  EXPECT_EQ(to_string(value_view::bytes(value_kind::blob, "\x00\xAB\x7F", 3)), "0x00ab7f");
  EXPECT_EQ(to_string(value_view::count(value_kind::datetime, -1)), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(to_string(value_view::count(value_kind::date, 19'782)), "2024-02-29");
  EXPECT_EQ(to_string(value_view::count(value_kind::time, -1'500'000)), "-000:00:01.500000");
}

TEST(value, to_string_reads_a_vector_at_any_address) {
  std::array<float, 3> floats{1, 2, 3};
  std::array<char, 13> bytes{};
  std::memcpy(bytes.data() + 1, floats.data(), 12);
  EXPECT_EQ(to_string(value_view::bytes(value_kind::vector, bytes.data() + 1, 12)), "[1,2,3]");
  EXPECT_EQ(to_string(value_view::bytes(value_kind::vector, nullptr, 0)), "[]");
}

TEST(value, a_real_is_printed_so_that_it_reads_back_the_same) {
  for (double number : {0.1 + 0.2, 1e300, 5e-324, -1.0 / 3, 123456789.123456789})
    EXPECT_EQ(std::strtod(to_string(value_view::of(number)).c_str(), nullptr), number);
}

TEST(value, kinds_have_names) {
  EXPECT_EQ(to_string(value_kind::unsigned_integer), "unsigned integer");
  EXPECT_EQ(to_string(value_kind::datetime), "datetime");
  EXPECT_EQ(to_string(value_kind::null), "null");
}

}  // namespace
