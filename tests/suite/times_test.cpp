// Dates and times with their fractions, there and back, on every engine.
#include "support/engines.hpp"

#include <chrono>
#include <limits>
#include <string>
#include <vector>

using tidb::c;
using namespace std::chrono_literals;

namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using moment = std::chrono::sys_time<microseconds>;

constexpr moment first_day_of_timestamps = sys_days(std::chrono::year(1970) / 1 / 1) + 1s;
constexpr moment last_of_timestamps = sys_days(std::chrono::year(2038) / 1 / 19) + 3h + 14min + 7s + 999'999us;

struct event {
  std::int64_t id{};
  sys_seconds at{};
  std::chrono::sys_time<std::chrono::milliseconds> logged{};
  moment stamped = first_day_of_timestamps;
  std::optional<moment> coarse{};
  std::chrono::seconds length{};
  microseconds exact{};
  std::chrono::year founded{1901};
  int built = 1901;
  std::optional<std::chrono::year_month_day> day{};
  friend bool operator==(const event&, const event&) = default;
};

constexpr auto tidb_schema(tidb::of<event>) {
  return tidb::mapping("events", tidb::column<&event::id>(tidb::primary_key),
                       tidb::column<&event::at>(tidb::datetime(0)), tidb::column<&event::logged>(tidb::datetime(3)),
                       tidb::column<&event::stamped>(tidb::timestamp), tidb::column<&event::coarse>(tidb::timestamp(2)),
                       tidb::column<&event::length>(tidb::time(0)), tidb::column<&event::exact>(),
                       tidb::column<&event::founded>(), tidb::column<&event::built>(tidb::year),
                       tidb::column<&event::day>());
}

class times : public tests::on_each_engine {
protected:
  void SetUp() override {
    tests::on_each_engine::SetUp();
    if (!IsSkipped()) db().create_table<event>();
  }
  void expect_refused(const event& row, const char* column) {
    const auto error = tests::error_of([&] { db().insert(row); });
    EXPECT_NE(std::string(error.what()).find(column), std::string::npos) << error.what();
    EXPECT_EQ(db().count<event>(), 0) << column;
  }
};

TEST_P(times, a_day_stands_for_its_midnight_in_arguments_and_pages) {
  const sys_days day = std::chrono::year(2024) / 2 / 29;
  db().insert_many({event{.id = 1, .at = day}, event{.id = 2, .at = day + 1s}});
  const auto at = db().prepare(tidb::select(c<&event::id>).where(c<&event::at> == tidb::param<0>));
  EXPECT_EQ(at.all(day), (std::vector<std::int64_t>{1}));
  EXPECT_EQ(at.all(sys_seconds(day + 1s)), (std::vector<std::int64_t>{2}));
  EXPECT_THROW((void)at.all("2024-02-29"), tidb::usage_error);
  EXPECT_EQ(db().select(c<&event::id>).order_by(c<&event::at>).after(day).all(), (std::vector<std::int64_t>{2}));
}

TEST_P(times, fractions_come_back_as_they_went) {
  event row{.id = 1, .at = sys_days(std::chrono::year(2024) / 2 / 29) + 23h, .stamped = last_of_timestamps};
  row.logged = sys_days(std::chrono::year(1969) / 12 / 31) + 23h + 59min + 59s + 999ms;
  row.coarse = first_day_of_timestamps + 250ms;
  row.length = -(838h + 59min + 59s);
  row.exact = -1us;
  row.founded = std::chrono::year(2155);
  row.built = 2155;
  row.day = std::chrono::year(2000) / 2 / 29;
  const event least{.id = 2};
  db().insert_many({row, least});
  const auto rows = db().select<event>().order_by(c<&event::id>).all();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_TRUE(rows[0] == row);
  EXPECT_TRUE(rows[1] == least);
  const auto count = [&](const auto& condition) { return db().select<event>().where(condition).count(); };
  EXPECT_EQ(count(c<&event::stamped> == last_of_timestamps), 1);
  EXPECT_EQ(count(c<&event::logged> < row.logged + 1ms && c<&event::logged> >= row.logged), 1);
  EXPECT_EQ(count(c<&event::built> > 2000), 1);
  EXPECT_EQ(count(c<&event::founded> == std::chrono::year(2155)), 1);
}

TEST_P(times, a_timestamp_is_the_same_moment_for_a_server_anywhere) {
  db().insert(event{.id = 1, .stamped = sys_days(std::chrono::year(2024) / 7 / 1) + 12h});
  EXPECT_EQ(db().query<std::string>("SELECT stamped FROM events").value(), "2024-07-01 12:00:00.000000");
  if (!embedded()) {
    EXPECT_EQ(db().query<std::int64_t>("SELECT UNIX_TIMESTAMP(stamped) DIV 1 FROM events").value(), 1'719'835'200);
  }
}

TEST_P(times, durations_are_ordered_below_and_above_zero) {
  std::int64_t id = 0;
  for (auto length : {1h, -1h, 0h, -2h, 100h, 2h}) db().insert(event{.id = ++id, .length = length});
  std::vector<std::int64_t> hours;
  for (const auto& row : db().select<event>().order_by(c<&event::length>).all())
    hours.push_back(std::chrono::duration_cast<std::chrono::hours>(row.length).count());
  EXPECT_EQ(hours, (std::vector<std::int64_t>{-2, -1, 0, 1, 2, 100}));
  EXPECT_EQ(db().select<event>().where(c<&event::length> < -90min).count(), 1);
  EXPECT_EQ(db().select<event>().where(c<&event::length>.between(-1h, 1h)).count(), 3);
}

TEST_P(times, what_is_finer_than_its_column_is_refused_with_the_remedy) {
  event row{.id = 1};
  row.coarse = first_day_of_timestamps + 1ms;
  const auto error = tests::error_of([&] { db().insert(row); });
  EXPECT_EQ(error.code(), tidb::errc::usage);
  for (const auto* word : {"coarse", "TIMESTAMP(2)", "floor"})
    EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  EXPECT_THROW(db().update<event>().set(c<&event::coarse> = first_day_of_timestamps + 1us), tidb::usage_error);
  EXPECT_THROW(db().update<event>().set(c<&event::length> = 1500ms), tidb::usage_error);
}

TEST_P(times, moments_and_years_that_the_column_lacks_are_refused) {
  expect_refused({.id = 1, .stamped = first_day_of_timestamps - 1s}, "stamped");
  expect_refused({.id = 1, .stamped = last_of_timestamps + 1us}, "stamped");
  expect_refused({.id = 1, .founded = std::chrono::year(1900)}, "founded");
  expect_refused({.id = 1, .founded = std::chrono::year(70)}, "founded");
  expect_refused({.id = 1, .built = 2156}, "built");
}

TEST_P(times, texts_that_are_no_date_or_time_are_refused_in_raw_sql_too) {
  db().insert(event{.id = 1});
  for (const auto* wrong : {"2023-02-30", "yesterday", "2023-13-01", ""})
    EXPECT_THROW(db().execute("UPDATE events SET day = ?", wrong), tidb::error) << wrong;
  for (const auto* wrong : {"2023-02-30 00:00:00.000000", "2023-01-01 25:00:00.000000", "x"})
    EXPECT_THROW(db().execute("UPDATE events SET stamped = ?", wrong), tidb::error) << wrong;
  EXPECT_THROW(db().execute("UPDATE events SET exact = ?", "839:00:00.000000"), tidb::error);
  db().execute("UPDATE events SET day = '2024-02-29', stamped = '2024-02-29 01:02:03.450000'");
  const auto row = db().select<event>().one();
  EXPECT_EQ(row.day, std::chrono::year(2024) / 2 / 29);
  EXPECT_EQ(row.stamped, sys_days(std::chrono::year(2024) / 2 / 29) + 1h + 2min + 3s + 450ms);
}

TEST_P(times, a_zero_date_is_an_error_that_says_so_and_a_text) {
  db().execute("CREATE TABLE old (day DATE, at DATETIME)");
  db().execute(std::string(embedded() ? "INSERT" : "INSERT IGNORE") +
               " INTO old VALUES ('0000-00-00', '2024-00-10 00:00:00')");
  for (const auto* column : {"day", "at"}) {
    const auto sql = std::string("SELECT ") + column + " FROM old";
    const auto error = tests::error_of([&] { (void)db().query<std::optional<moment>>(sql).value(); });
    EXPECT_EQ(error.code(), tidb::errc::decode);
    for (const auto* word : {"zero date", column, "std::string"})
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
    EXPECT_TRUE(db().query<std::string>(sql).value().find("-00") != std::string::npos);
  }
}

struct reading {
  std::int64_t id{};
  std::chrono::sys_time<std::chrono::nanoseconds> at{};
  std::chrono::nanoseconds took{};
  std::chrono::duration<double> exact{};
  sys_seconds whole{};
  std::chrono::seconds length{};
  std::chrono::sys_time<std::chrono::duration<std::int64_t, std::ratio<1, 44'100>>> sample{};
};

constexpr auto tidb_schema(tidb::of<reading>) {
  return tidb::mapping("readings", tidb::column<&reading::id>(tidb::primary_key), tidb::column<&reading::at>(),
                       tidb::column<&reading::took>(), tidb::column<&reading::exact>(), tidb::column<&reading::whole>(),
                       tidb::column<&reading::length>(), tidb::column<&reading::sample>());
}

TEST_P(times, a_moment_below_a_microsecond_is_cut_towards_the_past_and_a_duration_rounded) {
  db().create_table<reading>();
  db().insert(reading{.id = 1,
                      .at = std::chrono::sys_time<std::chrono::nanoseconds>(123'456'789ns),
                      .took = 1'999ns,
                      .exact = std::chrono::duration<double>(1.2345678)});
  db().insert(reading{.id = 2,
                      .at = std::chrono::sys_time<std::chrono::nanoseconds>(-1ns),
                      .took = -1'999ns,
                      .exact = std::chrono::duration<double>(-0.1)});
  const auto texts = db().query<std::string, std::string, std::string>(
      embedded() ? "SELECT at, took, exact FROM readings ORDER BY id"
                 : "SELECT CAST(at AS CHAR), CAST(took AS CHAR), CAST(exact AS CHAR) FROM readings ORDER BY id");
  const auto rows = texts.all();
  ASSERT_EQ(rows.size(), 2U);
  const auto ends = [](const std::string& text, std::string_view end) { return text.ends_with(end); };
  EXPECT_TRUE(ends(std::get<0>(rows[0]), "1970-01-01 00:00:00.123456")) << std::get<0>(rows[0]);
  EXPECT_TRUE(ends(std::get<1>(rows[0]), ":00.000002")) << std::get<1>(rows[0]);
  EXPECT_TRUE(ends(std::get<2>(rows[0]), ":01.234568")) << std::get<2>(rows[0]);
  EXPECT_TRUE(ends(std::get<0>(rows[1]), "1969-12-31 23:59:59.999999")) << std::get<0>(rows[1]);
  EXPECT_TRUE(ends(std::get<1>(rows[1]), ":00.000002")) << std::get<1>(rows[1]);
  EXPECT_TRUE(ends(std::get<2>(rows[1]), ":00.100000")) << std::get<2>(rows[1]);
  const auto now = std::chrono::system_clock::now();
  db().insert(reading{.id = 3, .at = now});
  EXPECT_EQ(db().select<reading>().where(c<&reading::at> == now).one().at,
            std::chrono::floor<std::chrono::microseconds>(now));
}

TEST_P(times, moments_and_durations_that_no_column_holds_are_refused_by_the_column) {
  db().create_table<reading>();
  const auto expect_refused = [&](const reading& row, const char* column, const char* why) {
    const auto error = tests::error_of([&] { db().insert(row); });
    EXPECT_EQ(error.code(), tidb::errc::usage);
    for (const auto* word : {column, why})
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
  };
  const char* years = "is a point in time outside the years 1 to 9999";
  expect_refused({.whole = sys_seconds::max()}, "whole", years);
  expect_refused({.whole = sys_seconds::min()}, "whole", years);
  expect_refused({.sample = decltype(reading::sample)::max()}, "sample", years);
  expect_refused({.length = std::chrono::seconds::max()}, "length", "is a duration outside");
  expect_refused({.length = std::chrono::seconds::min()}, "length", "is a duration outside");
  expect_refused({.exact = std::chrono::duration<double>(1e300)}, "exact", "is a duration outside");
  expect_refused({.exact = std::chrono::duration<double>(std::numeric_limits<double>::quiet_NaN())}, "exact",
                 "is a duration outside");
  EXPECT_EQ(db().count<reading>(), 0);
  EXPECT_THROW((void)db().select<reading>().where(c<&reading::whole> < sys_seconds::max()).all(), tidb::usage_error);
  EXPECT_THROW(db().update<reading>().set(c<&reading::whole> = sys_seconds::max()), tidb::usage_error);
  db().insert(reading{.id = 1, .sample = sys_days(std::chrono::year(9000) / 1 / 1)});
  EXPECT_EQ(db().query<std::int64_t>("SELECT YEAR(sample) FROM readings").value(), 9000);
}

RUN_ON_EACH_ENGINE(times);

}  // namespace
