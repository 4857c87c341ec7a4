#include "tidbxx/core/codec.hpp"
#include "tidbxx/core/error.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstring>
#include <limits>
#include <optional>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono;
using tidb::codec;
using tidb::decode_result;
using tidb::value_kind;
using tidb::value_view;

using microtime = sys_time<microseconds>;

value_view text(std::string_view words) { return value_view::of(words); }
value_view decimal(std::string_view digits) {
  return value_view::bytes(value_kind::decimal, digits.data(), digits.size());
}
value_view blob_of(std::string_view bytes) { return value_view::bytes(value_kind::blob, bytes.data(), bytes.size()); }
value_view number(std::int64_t value) { return value_view::of(value); }
value_view large(std::uint64_t value) { return value_view::of(value); }
value_view real(double value) { return value_view::of(value); }

template <class T>
decode_result why(const value_view& cell) {
  T out{};
  return codec<T>::decode(cell, out);
}

template <class T>
T decoded(const value_view& cell) {
  T out{};
  tidb::detail::decode_cell(cell, out, "c");
  return out;
}

template <class T>
std::string message(const value_view& cell, std::string_view column = "coins") {
  try {
    T out{};
    tidb::detail::decode_cell(cell, out, column);
  } catch (const tidb::error& caught) {
    EXPECT_EQ(caught.code(), tidb::errc::decode);
    return caught.info().message;
  }
  return "no error";
}

template <class T>
class integer_codec : public testing::Test {};
using integers = testing::Types<std::int8_t, std::int16_t, std::int32_t, std::int64_t, std::uint8_t, std::uint16_t,
                                std::uint32_t, std::uint64_t, long long, unsigned long long>;
TYPED_TEST_SUITE(integer_codec, integers);

TYPED_TEST(integer_codec, limits_cross_and_come_back) {
  using limits = std::numeric_limits<TypeParam>;
  for (TypeParam item : {limits::min(), TypeParam{0}, TypeParam{1}, limits::max()}) {
    auto cell = codec<TypeParam>::encode(item);
    EXPECT_EQ(cell.kind, limits::is_signed ? value_kind::integer : value_kind::unsigned_integer);
    EXPECT_EQ(decoded<TypeParam>(cell), item);
    auto digits = std::to_string(item);
    EXPECT_EQ(decoded<TypeParam>(decimal(digits)), item);
    EXPECT_EQ(decoded<TypeParam>(decimal(digits + ".00")), item);
  }
}

TYPED_TEST(integer_codec, one_beyond_the_limits_is_out_of_range) {
  using limits = std::numeric_limits<TypeParam>;
  if constexpr (sizeof(TypeParam) < 8) {
    EXPECT_EQ(why<TypeParam>(number(static_cast<std::int64_t>(limits::max()) + 1)), decode_result::out_of_range);
    EXPECT_EQ(why<TypeParam>(large(static_cast<std::uint64_t>(limits::max()) + 1)), decode_result::out_of_range);
    EXPECT_EQ(why<TypeParam>(number(static_cast<std::int64_t>(limits::min()) - 1)), decode_result::out_of_range);
  }
  auto beyond = std::ldexp(1.0, limits::digits);
  EXPECT_EQ(why<TypeParam>(real(beyond)), decode_result::out_of_range);
  EXPECT_EQ(decoded<TypeParam>(real(beyond / 2)), static_cast<TypeParam>(TypeParam{1} << (limits::digits - 1)));
  EXPECT_EQ(decoded<TypeParam>(real(static_cast<double>(limits::min()))), limits::min());
  EXPECT_EQ(why<TypeParam>(real(-beyond * 2)), decode_result::out_of_range);
  EXPECT_EQ(why<TypeParam>(decimal("18446744073709551616")), decode_result::out_of_range);
  EXPECT_EQ(why<TypeParam>(decimal("-9223372036854775809")), decode_result::out_of_range);
}

TYPED_TEST(integer_codec, what_is_no_integer_is_refused_and_never_converted) {
  EXPECT_EQ(why<TypeParam>(value_view::null()), decode_result::null);
  for (auto& cell : {text("1"), blob_of("1"), real(1.5), real(std::nan("")), decimal("1.5"),
                     value_view::count(value_kind::date, 1), value_view::bytes(value_kind::json, "1", 1)})
    EXPECT_EQ(why<TypeParam>(cell), decode_result::wrong_kind) << to_string(cell);
  for (auto* digits : {"", ".", "-", "1e3", "1.x", "--1", "x", "+-1"})
    EXPECT_EQ(why<TypeParam>(decimal(digits)), decode_result::malformed) << digits;
}

TEST(codec, signed_and_unsigned_cells_meet_only_where_both_ranges_do) {
  constexpr auto most = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(decoded<std::int64_t>(large(static_cast<std::uint64_t>(most))), most);
  EXPECT_EQ(why<std::int64_t>(large(static_cast<std::uint64_t>(most) + 1)), decode_result::out_of_range);
  EXPECT_EQ(decoded<std::uint64_t>(number(most)), static_cast<std::uint64_t>(most));
  EXPECT_EQ(why<std::uint64_t>(number(-1)), decode_result::out_of_range);
  EXPECT_EQ(why<std::uint64_t>(decimal("-1")), decode_result::out_of_range);
  EXPECT_EQ(decoded<std::uint64_t>(decimal("-0.0")), 0U);
  EXPECT_EQ(why<std::int64_t>(real(std::numeric_limits<double>::infinity())), decode_result::out_of_range);
}

TEST(codec, integers_have_their_width_as_column_type) {
  EXPECT_EQ(codec<bool>::type, (tidb::column_type{tidb::type_kind::boolean, false, 0}));
  EXPECT_EQ(codec<std::uint8_t>::type, (tidb::column_type{tidb::type_kind::tinyint, true, 0}));
  EXPECT_EQ(codec<short>::type, (tidb::column_type{tidb::type_kind::smallint, false, 0}));
  EXPECT_EQ(codec<long>::type, codec<long long>::type);
}

TEST(codec, bool_is_one_or_zero) {
  EXPECT_TRUE(decoded<bool>(codec<bool>::encode(true)));
  EXPECT_FALSE(decoded<bool>(large(0)));
  EXPECT_EQ(why<bool>(number(2)), decode_result::out_of_range);
  EXPECT_EQ(why<bool>(text("true")), decode_result::wrong_kind);
}

TEST(codec, reals_come_from_every_number) {
  EXPECT_EQ(decoded<double>(codec<double>::encode(0.1)), 0.1);
  EXPECT_EQ(decoded<double>(number(-3)), -3.0);
  EXPECT_EQ(decoded<double>(large(1ULL << 63U)), 9223372036854775808.0);
  EXPECT_EQ(decoded<double>(decimal("12.50")), 12.5);
  EXPECT_EQ(decoded<float>(decimal("-0.1")), -0.1F);
  EXPECT_EQ(why<double>(value_view::null()), decode_result::null);
  EXPECT_EQ(why<double>(text("1.5")), decode_result::wrong_kind);
  for (auto* digits : {"", "x", "1x", "inf", "nan"}) EXPECT_EQ(why<double>(decimal(digits)), decode_result::malformed);
}

TEST(codec, a_double_too_large_for_float_is_out_of_range) {
  constexpr auto most = std::numeric_limits<float>::max();
  EXPECT_EQ(decoded<float>(codec<float>::encode(most)), most);
  EXPECT_EQ(decoded<float>(real(3.4028235e38)), most);  // its shortest text, read as float64, is a little more
  EXPECT_EQ(why<float>(real(3.5e38)), decode_result::out_of_range);
  EXPECT_EQ(why<float>(real(-1e300)), decode_result::out_of_range);
  EXPECT_EQ(decoded<float>(real(1e-300)), 0.0F);
}

TEST(codec, text_comes_from_all_that_has_one_text_form) {
  EXPECT_EQ(decoded<std::string>(codec<std::string>::encode("é")), "é");
  EXPECT_EQ(decoded<std::string>(decimal("1.50")), "1.50");
  EXPECT_EQ(decoded<std::string>(value_view::bytes(value_kind::json, "{}", 2)), "{}");
  EXPECT_EQ(decoded<std::string>(codec<tidb::vector<2>>::encode(tidb::vector<2>{1, 2.5F})), "[1,2.5]");
  EXPECT_EQ(decoded<std::string>(value_view::count(value_kind::date, 0)), "1970-01-01");
  EXPECT_EQ(decoded<std::string>(value_view::count(value_kind::datetime, 0)), "1970-01-01 00:00:00.000000");
  EXPECT_EQ(decoded<std::string>(value_view::count(value_kind::time, 0)), "000:00:00.000000");
  for (auto& cell : {number(1), large(1), real(1), blob_of("x")})
    EXPECT_EQ(why<std::string>(cell), decode_result::wrong_kind);
  EXPECT_EQ(why<std::string>(value_view::null()), decode_result::null);
}

TEST(codec, blobs_come_from_bytes_and_text) {
  tidb::blob bytes{std::byte{0}, std::byte{0xFF}};
  EXPECT_EQ(decoded<tidb::blob>(codec<tidb::blob>::encode(bytes)), bytes);
  EXPECT_EQ(decoded<tidb::blob>(text("A")), tidb::blob{std::byte{'A'}});
  EXPECT_TRUE(decoded<tidb::blob>(codec<tidb::blob>::encode({})).empty());
  EXPECT_EQ(why<tidb::blob>(number(1)), decode_result::wrong_kind);
  EXPECT_EQ(why<tidb::blob>(value_view::null()), decode_result::null);
}

TEST(codec, json_comes_from_json_and_from_text_that_is_json) {
  EXPECT_EQ(decoded<tidb::json>(codec<tidb::json>::encode(tidb::json("[1]"))).text(), "[1]");
  EXPECT_EQ(decoded<tidb::json>(text("{\"a\":1}")).text(), "{\"a\":1}");
  EXPECT_EQ(why<tidb::json>(text("{a:1}")), decode_result::malformed);
  EXPECT_EQ(why<tidb::json>(number(1)), decode_result::wrong_kind);
  EXPECT_EQ(why<tidb::json>(real(1)), decode_result::wrong_kind);
  EXPECT_EQ(why<tidb::json>(value_view::null()), decode_result::null);
}

TEST(codec, points_in_time_cross_as_counts) {
  EXPECT_EQ(codec<microtime>::encode(microtime(microseconds(-1))).integer, -1);
  EXPECT_EQ(codec<sys_seconds>::encode(sys_seconds(seconds(2))).integer, 2'000'000);
  EXPECT_EQ(codec<sys_time<nanoseconds>>::encode(sys_time<nanoseconds>(nanoseconds(-1))).integer, -1);
  EXPECT_EQ(decoded<microtime>(value_view::count(value_kind::datetime, 5)), microtime(microseconds(5)));
  EXPECT_EQ(decoded<sys_seconds>(value_view::count(value_kind::datetime, -1)), sys_seconds(seconds(-1)));
  EXPECT_EQ(decoded<microtime>(text("1970-01-01 00:00:00.000005")), microtime(microseconds(5)));
  EXPECT_EQ(decoded<microtime>(value_view::count(value_kind::date, -1)), microtime(days(-1)));
  EXPECT_EQ(why<microtime>(text("yesterday")), decode_result::malformed);
  EXPECT_EQ(why<microtime>(number(5)), decode_result::wrong_kind);
  EXPECT_EQ(why<microtime>(value_view::null()), decode_result::null);
}

TEST(codec, a_point_in_time_beyond_nanoseconds_is_out_of_range) {
  using nanotime = sys_time<nanoseconds>;
  EXPECT_EQ(decoded<nanotime>(text("2262-04-11 23:47:16.854775")).time_since_epoch(),
            nanoseconds(9'223'372'036'854'775'000));
  EXPECT_EQ(why<nanotime>(text("2262-04-11 23:47:16.854776")), decode_result::out_of_range);
  EXPECT_EQ(why<nanotime>(text("9999-12-31")), decode_result::out_of_range);
  EXPECT_EQ(why<nanotime>(text("0001-01-01")), decode_result::out_of_range);
  EXPECT_EQ(decoded<system_clock::time_point>(text("1970-01-01 00:00:01")), system_clock::time_point(seconds(1)));
}

TEST(codec, dates_come_from_dates_and_from_midnight) {
  auto leap_day = year(2024) / 2 / 29;
  EXPECT_EQ(decoded<year_month_day>(codec<year_month_day>::encode(leap_day)), leap_day);
  EXPECT_EQ(decoded<year_month_day>(text("2024-02-29")), leap_day);
  EXPECT_EQ(decoded<year_month_day>(text("2024-02-29 00:00:00")), leap_day);
  EXPECT_EQ(decoded<sys_days>(value_view::count(value_kind::datetime, -86'400'000'000)), sys_days(days(-1)));
  EXPECT_EQ(why<sys_days>(value_view::count(value_kind::datetime, 1)), decode_result::malformed);
  EXPECT_EQ(why<sys_days>(text("2024-02-29 00:00:01")), decode_result::malformed);
  EXPECT_EQ(why<year_month_day>(text("2023-02-29")), decode_result::malformed);
  EXPECT_EQ(why<sys_days>(value_view::count(value_kind::time, 0)), decode_result::wrong_kind);
  EXPECT_EQ(why<microtime>(value_view::count(value_kind::date, std::numeric_limits<std::int64_t>::max())),
            decode_result::out_of_range);
}

TEST(codec, durations_cross_as_microseconds) {
  EXPECT_EQ(codec<hours>::encode(hours(-2)).integer, -7'200'000'000);
  EXPECT_EQ(decoded<seconds>(text("-00:00:10.5")), seconds(-10));
  EXPECT_EQ(decoded<duration<double>>(value_view::count(value_kind::time, 1'500'000)), duration<double>(1.5));
  EXPECT_EQ(decoded<nanoseconds>(text("838:59:59")), hours(838) + minutes(59) + seconds(59));
  EXPECT_EQ((why<duration<std::int32_t, std::micro>>(text("01:00:00"))), decode_result::out_of_range);
  EXPECT_EQ(why<seconds>(text("839:00:00")), decode_result::malformed);
  EXPECT_EQ(why<seconds>(value_view::count(value_kind::datetime, 0)), decode_result::wrong_kind);
}

TEST(codec, vectors_come_from_vectors_blobs_and_text) {
  tidb::vector<3> three{1, -2.5F, 3};
  EXPECT_EQ(decoded<tidb::vector<3>>(codec<tidb::vector<3>>::encode(three)), three);
  EXPECT_EQ(decoded<tidb::vector<3>>(text("[1,-2.5,3]")), three);
  EXPECT_EQ(decoded<tidb::vector<>>(text("[ 1 ]")), tidb::vector<>{1});
  EXPECT_TRUE(decoded<tidb::vector<>>(text("[]")).empty());
  EXPECT_TRUE(decoded<tidb::vector<>>(value_view::bytes(value_kind::blob, nullptr, 0)).empty());
  EXPECT_EQ(codec<tidb::vector<3>>::type.length, 3U);
}

TEST(codec, a_vector_in_a_blob_is_little_endian_at_any_address) {
  constexpr std::string_view bytes("x\0\0\x80\x3F\0\0\0\xC0", 9);  // after the x: 1 and -2
  EXPECT_EQ(decoded<tidb::vector<>>(blob_of(bytes.substr(1))), (tidb::vector<>{1, -2}));
  EXPECT_EQ(decoded<tidb::vector<2>>(blob_of(bytes.substr(1))), (tidb::vector<2>{1, -2}));
}

TEST(codec, vectors_of_another_shape_are_refused_and_leave_the_target_alone) {
  tidb::vector<3> target{7, 8, 9};
  EXPECT_EQ(codec<tidb::vector<3>>::decode(text("[1,2,3,4]"), target), decode_result::wrong_length);
  EXPECT_EQ(codec<tidb::vector<3>>::decode(text("[1,2]"), target), decode_result::wrong_length);
  EXPECT_EQ(target, (tidb::vector<3>{7, 8, 9}));
  EXPECT_EQ(why<tidb::vector<3>>(blob_of("12345678")), decode_result::wrong_length);
  EXPECT_EQ(why<tidb::vector<3>>(blob_of("12345")), decode_result::malformed);
  EXPECT_EQ(why<tidb::vector<>>(text("[1,x]")), decode_result::malformed);
  EXPECT_EQ(why<tidb::vector<>>(number(1)), decode_result::wrong_kind);
  EXPECT_EQ(why<tidb::vector<>>(value_view::null()), decode_result::null);
  EXPECT_EQ(why<tidb::vector<>>(blob_of(std::string(4 * 16'384, '\0'))), decode_result::wrong_length);
}

TEST(codec, optionals_are_null_when_empty) {
  EXPECT_TRUE(codec<std::optional<int>>::encode(std::nullopt).is_null());
  EXPECT_EQ(codec<std::optional<int>>::encode(5).integer, 5);
  std::optional<int> out = 1;
  EXPECT_EQ(codec<std::optional<int>>::decode(value_view::null(), out), decode_result::ok);
  EXPECT_FALSE(out);
  EXPECT_EQ(decoded<std::optional<std::string>>(text("x")), "x");
  EXPECT_EQ(why<std::optional<int>>(text("x")), decode_result::wrong_kind);
}

TEST(codec, values_take_every_cell) {
  EXPECT_TRUE(decoded<tidb::value>(value_view::null()).is_null());
  EXPECT_EQ(decoded<tidb::value>(text("x")), tidb::value(text("x")));
  EXPECT_EQ(codec<tidb::value>::encode(tidb::value(number(3))).integer, 3);
}

TEST(codec, errors_name_the_column_the_value_and_what_to_do) {
  EXPECT_EQ(message<int>(value_view::null()), "column \"coins\" is NULL: read it into std::optional");
  EXPECT_EQ(message<int>(text("abc")),
            "column \"coins\": the value \"abc\" (text) does not fit an integer of 32 bits; read it into std::string");
  EXPECT_EQ(
      message<std::uint8_t>(number(-1)),
      "column \"coins\": the value -1 (integer) does not fit an unsigned integer of 8 bits; read it into std::int64_t");
  EXPECT_EQ(message<std::string>(real(1.5)),
            "column \"coins\": the value 1.5 (real) does not fit text; read it into double");
  EXPECT_EQ(message<sys_days>(text("2024-02-30")),
            "column \"coins\": the value \"2024-02-30\" (text) cannot be read as a date");
  EXPECT_EQ(message<tidb::json>(text("{")), "column \"coins\": the value \"{\" (text) cannot be read as JSON");
}

TEST(codec, errors_of_vectors_name_both_shapes) {
  EXPECT_EQ(message<tidb::vector<3>>(text("[1,2,3,4]"), "embedding"),
            "column \"embedding\": a vector of 4 dimensions does not fit VECTOR(3)");
  EXPECT_EQ(message<tidb::vector<3>>(blob_of("12345678"), "embedding"),
            "column \"embedding\": a vector of 2 dimensions does not fit VECTOR(3)");
  EXPECT_EQ(message<tidb::vector<3>>(blob_of("12345"), "embedding"),
            "column \"embedding\": the value 0x3132333435 (blob) cannot be read as VECTOR(3): 5 bytes are not a whole "
            "number of float32");
  EXPECT_EQ(message<tidb::vector<>>(text("[1,x]"), "embedding"),
            "column \"embedding\": the value \"[1,x]\" (text) cannot be read as VECTOR: byte 4: a number expected, "
            "\"x\" found");
}

TEST(codec, errors_show_forty_characters_of_a_long_value) {
  EXPECT_EQ(message<int>(text(std::string(1000, 'a'))),
            "column \"coins\": the value \"" + std::string(40, 'a') +
                "…\" (text) does not fit an integer of 32 bits; read it into std::string");
  EXPECT_EQ(message<int>(text("a" + std::string(39, 'b') + "é")).find("\xC3"), std::string::npos);
  EXPECT_NE(message<int>(text("line\nfeed\x1B[2J")).find("\"line feed [2J\""), std::string::npos);
  std::vector<float> floats(1000, 0.5F);
  EXPECT_NE(message<int>(value_view::of(std::span<const float>(floats))).find("[0.5,0.5,"), std::string::npos);
  EXPECT_NE(message<int>(blob_of(std::string(1000, '\0'))).find("0x00000000000000000000000000000000000000… (blob)"),
            std::string::npos);
}

}  // namespace
