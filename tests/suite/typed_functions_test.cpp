// Functions as typed expressions: the same values on every engine.
#include "support/engines.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

using tidb::c;
using namespace std::chrono_literals;

namespace {

using moment = std::chrono::sys_time<std::chrono::microseconds>;

struct event {
  std::int64_t id{};
  std::string name{};
  std::optional<std::string> note{};
  double size{};
  moment at{};
  tidb::json tags{};
};

constexpr auto tidb_schema(tidb::of<event>) {
  return tidb::mapping("events", tidb::column<&event::id>(tidb::primary_key),
                       tidb::column<&event::name>(tidb::varchar(40)), tidb::column<&event::note>(),
                       tidb::column<&event::size>(), tidb::column<&event::at>(), tidb::column<&event::tags>());
}

class typed_functions : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<event>();
    const moment leap = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + 13h + 5min + 7s + 250ms;
    db().insert_many({event{1, "Ärger Ab", "x", -2.5, leap, tidb::json(R"({"a": [1, 2], "b": "t"})")},
                      event{2, "blue fish", std::nullopt, 7.25, leap + 24h, tidb::json("[]")},
                      event{3, "cod", "z", 100, leap + 48h, tidb::json("7")}});
  }
  /// The value of row `id`.
  template <class X>
  typename X::type of(std::int64_t id, const X& item) {
    return db().select(item).template from<event>().where(c<&event::id> == id).value();
  }
};

TEST_P(typed_functions, of_text) {
  const auto name = c<&event::name>;
  EXPECT_EQ(of(1, upper(name)), "ÄRGER AB");
  EXPECT_EQ(of(1, lower(name)), "ärger ab");
  EXPECT_EQ(of(1, char_length(name)), 8);
  EXPECT_EQ(of(1, octet_length(name)), 9);
  EXPECT_EQ(of(2, substring(name, 6)), "fish");
  EXPECT_EQ(of(2, substring(name, -4, 2)), "fi");
  EXPECT_EQ(of(2, substring(name, 0, 3)), "");
  EXPECT_EQ(of(2, left(name, 4)), "blue");
  EXPECT_EQ(of(2, right(name, 4)), "fish");
  EXPECT_EQ(of(3, lpad(name, 5, "*")), "**cod");
  EXPECT_EQ(of(3, rpad(name, 2, "*")), "co");
  EXPECT_EQ(of(1, reverse(name)), "bA regrÄ");
  EXPECT_EQ(of(3, repeat(name, 2)), "codcod");
  EXPECT_EQ(of(2, replace(name, "fish", "whale")), "blue whale");
  EXPECT_EQ(of(2, tidb::locate("fish", name)), 6);
  EXPECT_EQ(of(2, substring_index(name, " ", 1)), "blue");
  EXPECT_EQ(of(3, md5(name)), "2d5278b057566a696ccff8d31ae5895b");
  EXPECT_EQ(of(2, upper(c<&event::note>)), std::nullopt);
  EXPECT_EQ(of(1, trim(tidb::literal("  a "))), "a");
}

TEST_P(typed_functions, of_numbers) {
  const auto size = c<&event::size>;
  EXPECT_EQ(of(1, abs(size)), 2.5);
  EXPECT_EQ(of(1, floor(size)), -3);
  EXPECT_EQ(of(1, ceil(size)), -2);
  EXPECT_EQ(of(1, sign(size)), -1);
  EXPECT_EQ(of(2, round(size, 1)), 7.2);
  EXPECT_EQ(of(1, round(size)), -2);
  EXPECT_EQ(of(1, round(c<&event::id> * 15, -1)), 20);
  EXPECT_EQ(of(2, truncate(size, 1)), 7.2);
  EXPECT_EQ(of(3, sqrt(size)), 10);
  EXPECT_EQ(of(1, sqrt(size)), std::nullopt);
  EXPECT_EQ(of(3, tidb::power(size, 2)), 10000);
  EXPECT_EQ(of(2, tidb::greatest(size, 3.0)), 7.25);
  EXPECT_EQ(of(2, tidb::least(size, 3.0)), 3.0);
  const auto random = of(1, tidb::rand());
  EXPECT_GE(random, 0);
  EXPECT_LT(random, 1);
}

TEST_P(typed_functions, that_choose_among_types_give_the_wider_one) {
  const auto id = c<&event::id>;
  const auto half = tidb::case_when(id == 1, 1).otherwise(2.5);
  EXPECT_EQ(of(1, half), 1.0);
  EXPECT_EQ(of(2, half), 2.5);
  EXPECT_EQ(of(2, tidb::case_when(id == 1, 1).when(id == 2, id + 5'000'000'000).otherwise(2)), 5'000'000'002);
  EXPECT_EQ(of(2, tidb::case_when(id == 1, 1).when(id == 2, 0.5)), std::optional(0.5));
  EXPECT_EQ(of(1, tidb::coalesce(nullif(id, 1), 1.5)), 1.5);
  EXPECT_EQ(of(2, tidb::coalesce(nullif(id, 1), 1.5)), 2.0);
  EXPECT_EQ(of(2, tidb::greatest(id, 2.5)), 2.5);
  EXPECT_EQ(of(3, tidb::least(7, c<&event::size>, id)), 3.0);
  EXPECT_EQ(of(1, tidb::coalesce(1, tidb::literal(tidb::decimal("2.5")))), tidb::decimal(1));
}

TEST_P(typed_functions, of_dates) {
  const auto at = c<&event::at>;
  EXPECT_EQ(of(1, year_of(at)), 2024);
  EXPECT_EQ(of(1, month_of(at)), 2);
  EXPECT_EQ(of(1, day_of(at)), 29);
  EXPECT_EQ(of(1, hour_of(at)), 13);
  EXPECT_EQ(of(1, minute_of(at)), 5);
  EXPECT_EQ(of(1, second_of(at)), 7);
  EXPECT_EQ(of(1, microsecond_of(at)), 250000);
  EXPECT_EQ(of(1, day_of_week(at)), 5);
  EXPECT_EQ(of(1, day_of_year(at)), 60);
  EXPECT_EQ(of(1, last_day(at)), std::chrono::sys_days(std::chrono::year(2024) / 2 / 29));
  EXPECT_EQ(of(1, date_format(at, "%Y/%m/%d %H:%i")), "2024/02/29 13:05");
  const moment leap = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + 13h + 5min + 7s + 250ms;
  EXPECT_EQ(of(1, date_add(at, 1, tidb::date_unit::days)), leap + 24h);
  EXPECT_EQ(of(1, date_add(at, -90, tidb::date_unit::minutes)), leap - 90min);
  EXPECT_EQ(of(1, date_add(at, 1, tidb::date_unit::years)),
            moment(std::chrono::sys_days(std::chrono::year(2025) / 2 / 28) + 13h + 5min + 7s + 250ms));
  EXPECT_EQ(of(3, date_diff(at, leap)), 2);
  EXPECT_EQ(db().select(c<&event::id>).where(at < tidb::now()).count(), 3);
  EXPECT_EQ(db().select(c<&event::id>).where(at >= date_add(tidb::now(), -1, tidb::date_unit::months)).count(), 0);
}

TEST_P(typed_functions, casts_to_dates_keep_microseconds) {
  const auto text = tidb::literal("2024-02-29 13:05:07.123456");
  const moment exact = std::chrono::sys_days(std::chrono::year(2024) / 2 / 29) + 13h + 5min + 7s + 123456us;
  EXPECT_EQ(of(1, tidb::cast<moment>(text)), exact);
  EXPECT_EQ(of(1, tidb::cast<moment>(tidb::literal("2024-02-29 13:05:07"))), exact - 123456us);
  EXPECT_EQ(of(1, tidb::cast<std::chrono::sys_days>(c<&event::at>)), std::chrono::floor<std::chrono::days>(exact));
}

TEST_P(typed_functions, a_function_of_any_name_is_a_plain_call) {
  EXPECT_EQ(of(3, tidb::func<std::optional<std::string>>("GROUP_CONCAT", c<&event::name>)), "cod");
}

TEST_P(typed_functions, of_json) {
  const auto tags = c<&event::tags>;
  EXPECT_EQ(of(1, json_extract(tags, "$.a[1]"))->text(), "2");
  EXPECT_EQ(of(1, json_extract(tags, "$.missing")), std::nullopt);
  EXPECT_EQ(of(1, json_text(tags, "$.b")), "t");
  EXPECT_EQ(of(1, json_length(tags)), 2);
  EXPECT_EQ(of(1, json_length(tags, "$.a")), 2);
  EXPECT_EQ(of(3, json_type(tags)), "INTEGER");
  EXPECT_EQ(of(1, json_contains(tags, tidb::json("2"), "$.a")), true);
  EXPECT_EQ(of(1, json_contains(tags, tidb::json("3"), "$.a")), false);
  EXPECT_EQ(of(1, json_keys(tags))->text(), R"(["a", "b"])");
  EXPECT_EQ(of(1, json_text(json_set(tags, "$.b", "u"), "$.b")), "u");
  EXPECT_EQ(of(2, json_length(json_array_append(tags, "$", 5))), 1);
  EXPECT_EQ(of(1, json_length(json_remove(tags, "$.a"))), 1);
  EXPECT_EQ(db().select(c<&event::id>).where(json_text(tags, "$.b") == "t").all(), std::vector<std::int64_t>{1});
}

TEST_P(typed_functions, of_groups_and_patterns) {
  EXPECT_EQ(db().select(group_concat(c<&event::name>, "; ", desc(c<&event::id>))).value(), "cod; blue fish; Ärger Ab");
  EXPECT_EQ(db().select(group_concat(c<&event::note>, ",")).where(c<&event::id> == 2).value(), std::nullopt);
  EXPECT_EQ(db().select(c<&event::id>).where(c<&event::name>.regexp("^[a-c].*d$")).all(), std::vector<std::int64_t>{3});
  EXPECT_EQ(db().select(c<&event::id>).where(c<&event::name>.not_regexp("f.sh")).count(), 2);
}

RUN_ON_EACH_ENGINE(typed_functions);

}  // namespace
