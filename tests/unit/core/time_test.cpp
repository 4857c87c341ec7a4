#include "tidbxx/core/time.hpp"

#include <chrono>
#include <cstdint>
#include <limits>
#include <random>
#include <string>

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t day = 86'400 * second;
constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

TEST(time, days_count_from_1970_in_the_gregorian_calendar) {
  EXPECT_EQ(days_from_civil(1970, 1, 1), 0);
  EXPECT_EQ(days_from_civil(1969, 12, 31), -1);
  EXPECT_EQ(days_from_civil(2000, 2, 29), 11'016);
  EXPECT_EQ(days_from_civil(0, 1, 1), -719'528);
  EXPECT_EQ(days_from_civil(9999, 12, 31), 2'932'896);
}

TEST(time, every_day_of_ten_thousand_years_is_that_of_the_standard_library) {
  using namespace std::chrono;
  sys_days at = year(0) / 1 / 1;
  for (auto days = days_from_civil(0, 1, 1); days <= days_from_civil(9999, 12, 31);
       ++days, at += std::chrono::days(1)) {
    year_month_day civil(at);
    ASSERT_EQ(at.time_since_epoch().count(), days);
    ASSERT_EQ(days_from_civil(int(civil.year()), unsigned(civil.month()), unsigned(civil.day())), days);
    if (days % 13 != 0) continue;  // the texts of some are enough
    auto text = date_to_text(days);
    ASSERT_EQ(text.size(), 10U);
    ASSERT_EQ(date_from_text(text), days) << text;
  }
}

TEST(time, dates_are_printed_as_iso) {
  EXPECT_EQ(date_to_text(0), "1970-01-01");
  EXPECT_EQ(date_to_text(-1), "1969-12-31");
  EXPECT_EQ(date_to_text(-719'528), "0000-01-01");
  EXPECT_EQ(date_to_text(2'932'896), "9999-12-31");
  EXPECT_EQ(date_to_text(2'932'897), "10000-01-01");
}

TEST(time, a_point_before_1970_keeps_its_day) {
  EXPECT_EQ(datetime_to_text(0), "1970-01-01 00:00:00.000000");
  EXPECT_EQ(datetime_to_text(-1), "1969-12-31 23:59:59.999999");
  EXPECT_EQ(datetime_to_text(-day), "1969-12-31 00:00:00.000000");
  EXPECT_EQ(datetime_from_text("1969-12-31 23:59:59.999999"), -1);
  EXPECT_EQ(datetime_from_text("1969-12-31"), -day);
}

TEST(time, counts_beyond_every_calendar_are_printed_without_overflow) {
  for (auto count : {least, least + 1, most - 1, most}) {
    EXPECT_FALSE(date_to_text(count).empty());
    EXPECT_FALSE(datetime_to_text(count).empty());
    EXPECT_FALSE(time_to_text(count).empty());
  }
  EXPECT_EQ(datetime_to_text(most), "294247-01-10 04:00:54.775807");
}

TEST(time, points_in_time_are_read_in_all_their_forms) {
  constexpr auto at = 1'709'210'096 * second;
  EXPECT_EQ(datetime_from_text("2024-02-29 12:34:56"), at);
  EXPECT_EQ(datetime_from_text("2024-02-29T12:34:56"), at);
  EXPECT_EQ(datetime_from_text("2024-02-29T12:34:56Z"), at);
  EXPECT_EQ(datetime_from_text("2024-02-29 12:34:56.7"), at + 700'000);
  EXPECT_EQ(datetime_from_text("2024-02-29 12:34:56.000007"), at + 7);
  EXPECT_EQ(datetime_from_text("2024-02-29 12:34:56.123456789"), at + 123'456);
  EXPECT_EQ(datetime_from_text("2024-02-29 12:34"), at - 56 * second);
  EXPECT_EQ(datetime_from_text("2024-02-29"), 1'709'164'800 * second);
  EXPECT_EQ(datetime_from_text("9999-12-31 23:59:59.999999"), 253'402'300'800 * second - 1);
}

TEST(time, days_that_do_not_exist_are_refused) {
  for (auto* text : {"0000-00-00", "2024-00-01", "2024-01-00", "2024-13-01", "2023-02-29", "1900-02-29", "2024-04-31",
                     "2024-02-30", "2024-01-32"}) {
    EXPECT_EQ(date_from_text(text), std::nullopt) << text;
    EXPECT_EQ(datetime_from_text(std::string(text) + " 00:00:00"), std::nullopt) << text;
  }
  EXPECT_TRUE(date_from_text("2000-02-29"));
  EXPECT_TRUE(date_from_text("0000-02-29"));
}

TEST(time, what_is_no_date_or_point_in_time_is_refused) {
  for (auto* text : {"", "2024", "2024-1-1", "24-01-01", "12024-01-01", "-024-01-01", "2024/01/01", " 2024-01-01",
                     "2024-01-01 ", "2024-01-01x", "20240101", "٢٠٢٤-01-01"})
    EXPECT_EQ(date_from_text(text), std::nullopt) << text;
  for (auto* text :
       {"", "2024-01-01 ", "2024-01-01 1:00:00", "2024-01-01 24:00:00", "2024-01-01 23:60:00", "2024-01-01 23:59:60",
        "2024-01-01 00:00:00.", "2024-01-01 00:00:00.1234567890", "2024-01-01 00:00:00 ", "2024-01-01 00:00.5",
        "2024-01-01Z", "2024-01-01 00", "2024-01-01  00:00:00", "2024-01-01 00:00:00+01:00", "2024-01-01 -1:00:00"})
    EXPECT_EQ(datetime_from_text(text), std::nullopt) << text;
}

TEST(time, durations_are_printed_and_read) {
  EXPECT_EQ(time_to_text(0), "000:00:00.000000");
  EXPECT_EQ(time_to_text(-1), "-000:00:00.000001");
  EXPECT_EQ(time_to_text(3'020'399 * second), "838:59:59.000000");
  EXPECT_EQ(time_from_text("12:30:00"), 45'000 * second);
  EXPECT_EQ(time_from_text("12:30"), 45'000 * second);
  EXPECT_EQ(time_from_text("1:02:03.5"), 3'723'500'000);
  EXPECT_EQ(time_from_text("-00:00:00.5"), -500'000);
  EXPECT_EQ(time_from_text("-838:59:59"), -3'020'399 * second);
}

TEST(time, durations_beyond_tidbs_range_and_other_texts_are_refused) {
  for (auto* text : {"838:59:59.000001", "839:00:00", "1000:00:00", "", "-", "12", "12:60:00", "12:00:60", "12:0:0",
                     "--1:00:00", "+1:00:00", "1:00:00 ", ":00:00"})
    EXPECT_EQ(time_from_text(text), std::nullopt) << text;
}

TEST(time, texts_of_points_in_time_sort_as_the_points_do_and_read_back) {
  std::mt19937_64 random(20'240'229);
  std::uniform_int_distribution<std::int64_t> points(-62'167'219'200 * second, 253'402'300'800 * second - 1);
  std::uniform_int_distribution<std::int64_t> times(-3'020'399 * second, 3'020'399 * second);
  for (int i = 0; i < 20'000; ++i) {
    auto one = points(random), other = points(random), time = times(random);
    ASSERT_EQ(datetime_from_text(datetime_to_text(one)), one);
    ASSERT_EQ(datetime_to_text(one) < datetime_to_text(other), one < other);
    ASSERT_EQ(time_from_text(time_to_text(time)), time);
  }
}

TEST(time, random_bytes_are_refused_or_read_without_harm) {
  std::mt19937 random(7);
  constexpr std::string_view letters = "0123456789-: T.Z";
  for (int i = 0; i < 100'000; ++i) {
    std::string text = i % 2 == 0 ? "2024-02-29 12:34:56.789" : "-838:59:59.5";
    for (auto changes = random() % 3; changes > 0; --changes)
      text[random() % text.size()] = letters[random() % letters.size()];
    text.resize(text.size() - random() % 3);
    if (auto count = datetime_from_text(text)) {
      ASSERT_EQ(datetime_to_text(*count).substr(0, 10), text.substr(0, 10));
    }
    if (auto count = time_from_text(text)) {
      ASSERT_EQ(time_from_text(time_to_text(*count)), *count) << text;
    }
  }
}

}  // namespace
