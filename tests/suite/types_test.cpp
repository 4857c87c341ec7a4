// Every type, there and back, on every engine.
#include "support/engines.hpp"

#include <chrono>
#include <limits>

using tidb::c;
using namespace std::chrono_literals;

namespace {

using microseconds_since_epoch = std::chrono::sys_time<std::chrono::microseconds>;

struct everything {
  std::int64_t id{};
  std::int8_t tiny{};
  std::uint8_t tiny_unsigned{};
  std::int16_t small{};
  std::uint16_t small_unsigned{};
  std::int32_t medium{};
  std::uint32_t medium_unsigned{};
  std::int64_t big{};
  std::uint64_t big_unsigned{};
  float single{};
  double real{};
  bool flag{};
  std::string text{};
  std::string name{};
  tidb::blob bytes{};
  microseconds_since_epoch moment{};
  std::chrono::year_month_day day{std::chrono::year(2000), std::chrono::month(1), std::chrono::day(1)};
  std::chrono::microseconds span{};
  tidb::json document{};
  tidb::vector<3> place{};
  friend bool operator==(const everything&, const everything&) = default;
};

constexpr auto tidb_schema(tidb::of<everything>) {
  return tidb::mapping(
      "everything", tidb::column<&everything::id>(tidb::primary_key), tidb::column<&everything::tiny>(),
      tidb::column<&everything::tiny_unsigned>(), tidb::column<&everything::small>(),
      tidb::column<&everything::small_unsigned>(), tidb::column<&everything::medium>(),
      tidb::column<&everything::medium_unsigned>(), tidb::column<&everything::big>(),
      tidb::column<&everything::big_unsigned>(), tidb::column<&everything::single>(), tidb::column<&everything::real>(),
      tidb::column<&everything::flag>(), tidb::column<&everything::text>(),
      tidb::column<&everything::name>(tidb::varchar(10)), tidb::column<&everything::bytes>(),
      tidb::column<&everything::moment>(), tidb::column<&everything::day>(), tidb::column<&everything::span>(),
      tidb::column<&everything::document>(), tidb::column<&everything::place>());
}

struct maybe {
  std::int64_t id{};
  std::optional<int> number{};
  std::optional<std::string> text{};
  std::optional<microseconds_since_epoch> moment{};
  std::optional<tidb::json> document{};
  std::optional<tidb::vector<2>> place{};
  std::optional<tidb::vector<>> any{};
  friend bool operator==(const maybe&, const maybe&) = default;
};

constexpr auto tidb_schema(tidb::of<maybe>) {
  return tidb::mapping("maybes", tidb::column<&maybe::id>(tidb::primary_key), tidb::column<&maybe::number>(),
                       tidb::column<&maybe::text>(), tidb::column<&maybe::moment>(), tidb::column<&maybe::document>(),
                       tidb::column<&maybe::place>(), tidb::column<&maybe::any>());
}

class types : public tests::on_each_engine {
protected:
  everything there_and_back(const everything& row) {
    db().insert(row);
    return db().select<everything>().where(c<&everything::id> == row.id).one();
  }
};

template <class T>
constexpr T lowest = std::numeric_limits<T>::lowest();
template <class T>
constexpr T highest = std::numeric_limits<T>::max();

TEST_P(types, the_smallest_values_come_back) {
  db().create_table<everything>();
  everything row{.id = lowest<std::int64_t>,
                 .tiny = -128,
                 .small = lowest<std::int16_t>,
                 .medium = lowest<int>,
                 .big = lowest<std::int64_t>,
                 .single = -1.5F,
                 .real = std::numeric_limits<double>::denorm_min(),
                 .span = -(838h + 59min + 59s)};
  row.moment = std::chrono::sys_days(std::chrono::year(1000) / 1 / 1);
  row.day = std::chrono::year(1000) / 1 / 1;
  EXPECT_EQ(there_and_back(row), row);
}

TEST_P(types, the_largest_values_come_back) {
  db().create_table<everything>();
  everything row{.id = highest<std::int64_t>,
                 .tiny = 127,
                 .tiny_unsigned = 255,
                 .small = highest<std::int16_t>,
                 .small_unsigned = 65535,
                 .medium = highest<int>,
                 .medium_unsigned = highest<std::uint32_t>,
                 .big = highest<std::int64_t>,
                 .big_unsigned = static_cast<std::uint64_t>(highest<std::int64_t>),
                 .single = highest<float>,
                 .real = highest<double>,
                 .flag = true,
                 .text = "naïve 日本語 '\"\\% \n\t",
                 .name = "äöüäöüäöü€",
                 .span = 838h + 59min + 59s};
  row.bytes = {std::byte{0}, std::byte{255}, std::byte{'\''}, std::byte{0}};
  row.moment = std::chrono::sys_days(std::chrono::year(9999) / 12 / 31) + 23h + 59min + 59s + 999'999us;
  row.day = std::chrono::year(9999) / 12 / 31;
  row.document = tidb::json(R"({"a": [1, 2.5, null, true], "ö": "\"x\""})");
  row.place = {1.5F, -0.1F, 3e38F};
  EXPECT_EQ(there_and_back(row), row);
}

TEST_P(types, unsigned_beyond_63_bits_is_exact_or_refused_by_name) {
  db().create_table<everything>();
  const everything row{.id = 1, .big_unsigned = highest<std::uint64_t>};
  if (!embedded()) {
    EXPECT_EQ(there_and_back(row), row);
    return;
  }
  const auto error = tests::error_of([&] { db().insert(row); });
  EXPECT_EQ(error.code(), tidb::errc::unsupported);
  EXPECT_NE(std::string(error.what()).find("9223372036854775807"), std::string::npos) << error.what();
}

TEST_P(types, long_texts_and_bytes_come_back) {
  db().create_table<everything>();
  const everything row{.id = 1, .text = std::string(65'535, 'x'), .bytes = tidb::blob(65'535, std::byte{7})};
  EXPECT_EQ(there_and_back(row), row);
  const auto error = tests::error_of([&] { db().insert(everything{.id = 2, .text = std::string(65'536, 'x')}); });
  EXPECT_EQ(error.code(), tidb::errc::constraint);
  EXPECT_NE(std::string(error.what()).find("text"), std::string::npos) << error.what();
}

TEST_P(types, values_are_found_by_equality) {
  db().create_table<everything>();
  everything row{.id = 1, .real = 0.1, .text = "it's", .span = 90min};
  row.moment = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + 12h + 1us;
  row.day = std::chrono::year(2024) / 2 / 29;
  db().insert(row);
  const auto found = [&](const auto& condition) { return db().select<everything>().where(condition).count() == 1; };
  EXPECT_TRUE(found(c<&everything::real> == 0.1));
  EXPECT_TRUE(found(c<&everything::text> == "it's"));
  EXPECT_TRUE(found(c<&everything::moment> == row.moment));
  EXPECT_TRUE(found(c<&everything::moment> > row.moment - 1us && c<&everything::moment> < row.moment + 1us));
  EXPECT_TRUE(found(c<&everything::day> == row.day));
  EXPECT_TRUE(found(c<&everything::span> == row.span));
  EXPECT_TRUE(found(c<&everything::flag> == false));
  EXPECT_TRUE(found(c<&everything::place> == tidb::vector<3>{}));
}

TEST_P(types, null_and_empty_are_apart) {
  db().create_table<maybe>();
  const maybe nothing{.id = 1};
  const maybe empty{.id = 2, .number = 0, .text = "", .document = tidb::json("null"), .place = tidb::vector<2>{}};
  maybe full{.id = 3, .number = -1, .text = "x", .document = tidb::json("[]"), .place = tidb::vector<2>{1, 2}};
  full.moment = microseconds_since_epoch(-1us);
  full.any = tidb::vector<>{1, 2, 3, 4};
  db().insert_many({nothing, empty, full});
  const auto rows = db().select<maybe>().order_by(c<&maybe::id>).all();
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(rows[0], nothing);
  EXPECT_EQ(rows[1], empty);
  EXPECT_EQ(rows[2], full);
  EXPECT_EQ(db().select<maybe>().where(c<&maybe::number>.is_null()).one().id, 1);
  EXPECT_EQ(db().select<maybe>().where(c<&maybe::text>.is_not_null()).count(), 2);
  db().update<maybe>().set(c<&maybe::number> = std::nullopt).run();
  EXPECT_EQ(db().select<maybe>().where(c<&maybe::number>.is_null()).count(), 3);
}

TEST_P(types, null_into_a_member_that_is_not_optional_names_the_column) {
  const auto error = tests::error_of([&] { (void)db().query<int>("SELECT NULL AS amount").value(); });
  EXPECT_EQ(error.code(), tidb::errc::decode);
  EXPECT_NE(std::string(error.what()).find("amount"), std::string::npos) << error.what();
}

TEST_P(types, a_cell_of_another_kind_is_refused_and_named) {
  const auto text = tests::error_of([&] { (void)db().query<int>("SELECT 'abc' AS amount").value(); });
  EXPECT_EQ(text.code(), tidb::errc::decode);
  const auto range = tests::error_of([&] { (void)db().query<std::int8_t>("SELECT 300 AS amount").value(); });
  EXPECT_EQ(range.code(), tidb::errc::decode);
  EXPECT_NE(std::string(range.what()).find("amount"), std::string::npos) << range.what();
}

TEST_P(types, null_into_a_column_that_forbids_it_is_a_constraint_violation) {
  db().create_table<everything>();
  db().insert(everything{.id = 1});
  const auto error = tests::error_of([&] { db().execute("UPDATE everything SET medium = NULL"); });
  EXPECT_EQ(error.code(), tidb::errc::constraint);
  EXPECT_NE(std::string(error.what()).find("medium"), std::string::npos) << error.what();
}

TEST_P(types, vectors_of_another_length_or_with_nan_are_refused_and_nothing_is_written) {
  db().create_table<maybe>();
  const auto text =
      tests::error_of([&] { db().execute("INSERT INTO maybes (id, place) VALUES (1, VEC_FROM_TEXT('[1,2,3]'))"); });
  EXPECT_EQ(text.code(), tidb::errc::constraint) << text.what();
  for (float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    const auto error = tests::error_of([&] { db().insert(maybe{.id = 1, .place = tidb::vector<2>{1, bad}}); });
    EXPECT_EQ(error.code(), tidb::errc::usage) << error.what();
  }
  for (const auto* bad : {"[1,2", "1,2]", "[1,,2]", "[1,x]", "[nan,1]"})
    EXPECT_THROW((void)db().query<tidb::vector<>>("SELECT VEC_FROM_TEXT(?)", bad).all(), tidb::error) << bad;
  EXPECT_EQ(db().count<maybe>(), 0);
}

TEST_P(types, text_in_a_number_column_is_refused_in_raw_sql_too) {
  db().create_table<everything>();
  db().insert(everything{.id = 1});
  for (const auto* column : {"tiny", "medium", "big", "single", "real"})
    EXPECT_THROW(db().execute("UPDATE everything SET " + std::string(column) + " = 'abc'"), tidb::error) << column;
}

TEST_P(types, days_and_durations_that_no_column_holds_are_refused) {
  db().create_table<everything>();
  everything row{.id = 1};
  row.day = std::chrono::year(2023) / 2 / 30;
  EXPECT_THROW(db().insert(row), tidb::usage_error);
  row.day = std::chrono::year(10'000) / 1 / 1;
  EXPECT_THROW(db().insert(row), tidb::usage_error);
  row = everything{.id = 1, .span = 839h};
  EXPECT_THROW(db().insert(row), tidb::usage_error);
  row = everything{.id = 1};
  row.moment = std::chrono::sys_days(std::chrono::year(10'000) / 1 / 1);
  EXPECT_THROW(db().insert(row), tidb::usage_error);
  EXPECT_EQ(db().count<everything>(), 0);
}

TEST_P(types, invalid_json_is_refused) {
  EXPECT_THROW(tidb::json("{"), tidb::usage_error);
  db().create_table<everything>();
  db().insert(everything{.id = 1});
  EXPECT_EQ(tests::error_of([&] { db().execute("UPDATE everything SET document = '{'"); }).code(),
            tidb::errc::constraint);
}

TEST_P(types, json_that_is_a_number_or_a_text_comes_back_as_that) {
  db().create_table<everything>();
  std::int64_t id = 0;
  for (const auto* document : {"12", "-1.50", "\"12\"", "true", "null", "1e3"}) {
    everything row{.id = ++id};
    row.document = tidb::json(document);
    EXPECT_EQ(there_and_back(row).document, row.document) << document;
  }
}

RUN_ON_EACH_ENGINE_AND_TLS(types);

}  // namespace
