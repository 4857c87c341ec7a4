// Results as JSON and CSV: the same text on every engine.
#include "support/engines.hpp"

#include <chrono>
#include <limits>
#include <optional>
#include <sstream>
#include <streambuf>
#include <string>

#include <nlohmann/json.hpp>

using nlohmann::json;
using namespace nlohmann::literals;
using tidb::c;

namespace {

enum class color { red, green };
constexpr auto tidb_labels(tidb::of<color>) {
  return tidb::labels<color>({{color::red, "red"}, {color::green, "green"}});
}

struct thing {
  std::int64_t id{};
  std::string name{};
  std::optional<std::string> motto{};
  tidb::decimal price{};
  double weight{};
  float height{};
  bool sold{};
  color paint{};
  tidb::enum_set<color> others{};
  std::chrono::sys_time<std::chrono::microseconds> made{};
  std::chrono::year_month_day day{std::chrono::year(2000), std::chrono::month(1), std::chrono::day(1)};
  std::chrono::seconds took{};
  tidb::blob bytes{};
  tidb::json document{};
  tidb::vector<3> place{};
};

constexpr auto tidb_schema(tidb::of<thing>) {
  return tidb::mapping("things", tidb::column<&thing::id>(tidb::primary_key), tidb::column<&thing::name>(),
                       tidb::column<&thing::motto>(), tidb::column<&thing::price>(tidb::numeric(30, 2)),
                       tidb::column<&thing::weight>(), tidb::column<&thing::height>(), tidb::column<&thing::sold>(),
                       tidb::column<&thing::paint>(), tidb::column<&thing::others>(), tidb::column<&thing::made>(),
                       tidb::column<&thing::day>(), tidb::column<&thing::took>(), tidb::column<&thing::bytes>(),
                       tidb::column<&thing::document>(), tidb::column<&thing::place>());
}

struct pair {
  std::int64_t id{};
  std::optional<std::string> text{};
};
constexpr auto tidb_schema(tidb::of<pair>) {
  return tidb::mapping("pairs", tidb::column<&pair::id>(tidb::primary_key), tidb::column<&pair::text>());
}

/// Takes so many bytes and no more.
class narrow : public std::streambuf {
public:
  explicit narrow(std::size_t room) : room_(room) {}
  std::size_t taken() const { return taken_; }

protected:
  std::streamsize xsputn(const char*, std::streamsize size) override {
    if (taken_ + static_cast<std::size_t>(size) > room_) return 0;
    taken_ += static_cast<std::size_t>(size);
    return size;
  }

private:
  std::size_t room_;
  std::size_t taken_{};
};

/// A billion rows, which no memory holds and nobody waits for.
constexpr auto* endless = "WITH RECURSIVE n AS (SELECT 1 AS i UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                          "SELECT x.i AS a, y.i AS b, z.i AS c FROM n x CROSS JOIN n y CROSS JOIN n z";

class output : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<thing>();
    db().create_table<pair>();
    thing one{.id = std::numeric_limits<std::int64_t>::max(),
              .name = "\"äöü\"\n\\ \x01",
              .price = tidb::decimal("12345678901234567890.50"),
              .weight = 0.1,
              .height = 0.1F,
              .sold = true,
              .paint = color::green,
              .others = {color::red, color::green},
              .took = std::chrono::seconds(61),
              .place = {1, 2.5, -3}};
    one.made = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::hours(12);
    one.bytes = {std::byte{0}, std::byte{255}, std::byte{'a'}, std::byte{'b'}};
    one.document = tidb::json(R"({"a": [1, null]})");
    db().insert(one);
  }
  void add(std::int64_t id, std::optional<std::string> text) { db().insert(pair{id, std::move(text)}); }
};

TEST_P(output, json_has_an_object_for_each_row) {
  const auto rows = json::parse(db().select<thing>().json());
  ASSERT_EQ(rows.size(), 1U);
  const auto& row = rows[0];
  EXPECT_EQ(row["id"], std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(row["name"], "\"äöü\"\n\\ \x01");
  EXPECT_EQ(row["motto"], nullptr);
  EXPECT_EQ(row["price"], "12345678901234567890.50");
  EXPECT_EQ(row["weight"], 0.1);
  EXPECT_EQ(row["height"], 0.1);
  EXPECT_EQ(row["sold"], true);
  EXPECT_EQ(row["paint"], "green");
  EXPECT_EQ(row["others"], "red,green");
  EXPECT_EQ(row["made"], "2026-01-31 12:00:00.000000");
  EXPECT_EQ(row["day"], "2000-01-01");
  EXPECT_EQ(row["took"], "000:01:01.000000");
  EXPECT_EQ(row["bytes"], "AP9hYg==");
  EXPECT_EQ(row["document"], R"({"a": [1, null]})"_json);
  EXPECT_EQ(row["place"], "[1, 2.5, -3]"_json);
}

TEST_P(output, json_is_one_line_a_row) {
  add(1, "one");
  add(2, std::nullopt);
  EXPECT_EQ(db().select<pair>().order_by(c<&pair::id>).json(),
            "[\n{\"id\":1,\"text\":\"one\"},\n{\"id\":2,\"text\":null}\n]");
  EXPECT_EQ(db().select<pair>().where(c<&pair::id> > 9).json(), "[]");
}

TEST_P(output, json_of_raw_sql_keeps_json_and_labels) {
  add(1, "one");
  EXPECT_EQ(json::parse(db().query("SELECT id, text AS label FROM pairs").json()),
            R"([{"id": 1, "label": "one"}])"_json);
  EXPECT_EQ(json::parse(db().query("SELECT document, price FROM things").json()),
            R"([{"document": {"a": [1, null]}, "price": "12345678901234567890.50"}])"_json);
  EXPECT_EQ(json::parse(db().query<tidb::vector<3>, bool>("SELECT place, sold FROM things").json()),
            R"([{"place": [1, 2.5, -3], "sold": true}])"_json);
}

TEST_P(output, values_of_expressions_have_their_types) {
  add(1, "one");
  const auto is_one = (c<&pair::id> == 1).as("is_one");
  EXPECT_EQ(db().select<pair>(is_one).json(), "[\n{\"id\":1,\"text\":\"one\",\"is_one\":true}\n]");
}

TEST_P(output, json_refuses_two_columns_of_one_name) {
  const auto error = tests::error_of([&] { (void)db().query("SELECT 1 AS a, 2 AS a").json(); });
  EXPECT_EQ(error.code(), tidb::errc::usage);
  EXPECT_NE(std::string(error.what()).find("\"a\""), std::string::npos) << error.what();
  std::ostringstream out;
  EXPECT_THROW(db().query("SELECT 1 AS a, 2 AS a").json(out), tidb::usage_error);
  EXPECT_EQ(out.str(), "");
  EXPECT_EQ(db().query("SELECT 1 AS a, 2 AS a").csv(), "a,a\n1,2\n");
}

TEST_P(output, json_has_null_for_an_infinite_double) {
  if (!embedded()) GTEST_SKIP() << "a TiDB has no infinity";
  EXPECT_EQ(db().query("SELECT 9e999 AS x, -9e999 AS y, 1.0 AS z").json(), "[\n{\"x\":null,\"y\":null,\"z\":1.0}\n]");
}

TEST_P(output, csv_quotes_what_needs_it_and_tells_null_from_the_empty_text) {
  add(1, "a,b");
  add(2, "say \"hi\"");
  add(3, "two\nlines");
  add(4, "");
  add(5, std::nullopt);
  add(6, "plain text");
  EXPECT_EQ(db().select<pair>().order_by(c<&pair::id>).csv(),
            "id,text\n1,\"a,b\"\n2,\"say \"\"hi\"\"\"\n3,\"two\nlines\"\n4,\"\"\n5,\n6,plain text\n");
  EXPECT_EQ(db().select<pair>().where(c<&pair::id> > 9).csv(), "id,text\n");
}

TEST_P(output, csv_has_the_values_as_text) {
  const auto text = db().select<thing>().csv();
  EXPECT_EQ(text.substr(text.find('\n') + 1),
            "9223372036854775807,\"\"\"äöü\"\"\n\\ \x01\",,12345678901234567890.50,0.1,0.1,1,green,\"red,green\","
            "2026-01-31 12:00:00.000000,2000-01-01,000:01:01.000000,0x00ff6162,\"{\"\"a\"\": [1, null]}\","
            "\"[1,2.5,-3]\"\n");
}

TEST_P(output, a_stream_gets_the_same_text) {
  for (int i = 0; i < 5'000; ++i) add(i, "text number " + std::to_string(i));
  const auto pairs = db().select<pair>().order_by(c<&pair::id>);
  std::ostringstream as_json, as_csv, raw, inside;
  pairs.json(as_json);
  pairs.csv(as_csv);
  EXPECT_EQ(as_json.str(), pairs.json());
  EXPECT_EQ(as_csv.str(), pairs.csv());
  db().query("SELECT * FROM pairs ORDER BY id").json(raw);
  EXPECT_EQ(raw.str(), pairs.json());
  db().transaction([&](tidb::transaction& tx) { tx.query("SELECT * FROM pairs ORDER BY id").csv(inside); });
  EXPECT_EQ(inside.str(), pairs.csv());
}

TEST_P(output, a_stream_that_takes_no_more_ends_the_reading) {
  narrow buffer(1'000'000);
  std::ostream out(&buffer);
  db().query(endless).json(out);
  EXPECT_FALSE(out.good());
  EXPECT_GT(buffer.taken(), 900'000U);  // which a result that is collected first would never have come to
  EXPECT_EQ(db().count<thing>(), 1);
}

TEST_P(output, a_wrong_number_of_columns_is_refused) {
  EXPECT_THROW((void)(db().query<std::int64_t, std::string>("SELECT 1 AS a").json()), tidb::usage_error);
  EXPECT_THROW((void)db().query<pair>("SELECT 1 AS a").csv(), tidb::usage_error);
}

RUN_ON_EACH_ENGINE(output);

}  // namespace
