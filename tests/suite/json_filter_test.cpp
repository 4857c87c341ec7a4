// Conditions that come as JSON, on every engine.
#include "support/engines.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

using tidb::c;

namespace {

struct article {
  std::int64_t id{};
  std::string title{};
  std::optional<double> rating{};
  bool sold{};
  tidb::decimal price{};
  std::chrono::sys_days day{};
  tidb::json tags{};
};

constexpr auto tidb_schema(tidb::of<article>) {
  return tidb::mapping("articles", tidb::column<&article::id>(tidb::primary_key),
                       tidb::column<&article::title>(tidb::varchar(40)), tidb::column<&article::rating>(),
                       tidb::column<&article::sold>(), tidb::column<&article::price>(tidb::numeric(10, 2)),
                       tidb::column<&article::day>(), tidb::column<&article::tags>());
}

class json_filters : public tests::on_each_engine {
protected:
  using numbers = std::vector<std::int64_t>;
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<article>();
    const std::chrono::sys_days first = std::chrono::year(2026) / 1 / 31;
    db().insert_many(
        {article{1, "axe", 4.5, true, tidb::decimal("9.50"), first,
                 tidb::json(R"({"colour": "red", "sizes": [3, 5]})")},
         article{2, "bow", std::nullopt, false, tidb::decimal("10.00"), first + std::chrono::days(1),
                 tidb::json(R"({"colour": "blue", "new": true})")},
         article{3, "it's \"\\", 1, false, tidb::decimal("100.05"), first + std::chrono::days(2), tidb::json("[]")}});
  }
  numbers ids(const std::string& filter) {
    return db().select(c<&article::id>).where(tidb::json_filter<article>(filter)).order_by(c<&article::id>).all();
  }
  std::string why(const std::string& filter) {
    const auto failed = tests::error_of([&] { (void)tidb::json_filter<article>(filter); });
    return failed.info().message;
  }
};

TEST_P(json_filters, compare_columns_with_values) {
  EXPECT_EQ(ids("{}"), (numbers{1, 2, 3}));
  EXPECT_EQ(ids(R"({"id": 2})"), numbers{2});
  EXPECT_EQ(ids(R"({"id": {"$gte": 2, "$lt": 3}})"), numbers{2});
  EXPECT_EQ(ids(R"({"title": {"$ne": "axe"}, "sold": false})"), (numbers{2, 3}));
  EXPECT_EQ(ids(R"({"title": "it's \"\\"})"), numbers{3});
  EXPECT_EQ(ids(R"({"rating": null})"), numbers{2});
  EXPECT_EQ(ids(R"({"rating": {"$ne": null}})"), (numbers{1, 3}));
  EXPECT_EQ(ids(R"({"price": {"$gt": "9.99"}})"), (numbers{2, 3}));
  EXPECT_EQ(ids(R"({"price": 10})"), numbers{2});
  EXPECT_EQ(ids(R"({"day": {"$lte": "2026-02-01"}})"), (numbers{1, 2}));
}

TEST_P(json_filters, join_conditions) {
  EXPECT_EQ(ids(R"({"id": {"$in": [1, 3, 7]}})"), (numbers{1, 3}));
  EXPECT_EQ(ids(R"({"id": {"$nin": [1, 3]}})"), numbers{2});
  EXPECT_EQ(ids(R"({"id": {"$in": []}})"), numbers{});
  EXPECT_EQ(ids(R"({"id": {"$nin": []}})"), (numbers{1, 2, 3}));
  EXPECT_EQ(ids(R"({"$or": [{"id": 1}, {"title": "bow"}]})"), (numbers{1, 2}));
  EXPECT_EQ(ids(R"({"$and": [{"id": {"$gt": 1}}, {"$not": {"title": "bow"}}]})"), numbers{3});
}

TEST_P(json_filters, look_into_documents) {
  EXPECT_EQ(ids(R"({"tags.colour": "red"})"), numbers{1});
  EXPECT_EQ(ids(R"({"tags.colour": {"$in": ["red", "blue"]}})"), (numbers{1, 2}));
  EXPECT_EQ(ids(R"({"tags.sizes[1]": {"$gt": 4}})"), numbers{1});
  EXPECT_EQ(ids(R"({"tags.new": true})"), numbers{2});
  EXPECT_EQ(ids(R"({"tags.colour": null})"), numbers{3});
}

TEST_P(json_filters, compare_places_in_documents_with_values_of_their_type_only) {
  db().erase<article>().run();
  db().insert(article{.id = 1,
                      .day = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31),
                      .tags = tidb::json(R"({"id": 9007199254740992, "s": "abc", "n": null, "b": true, "f": "5",)"
                                         R"( "i": 5, "r": 2.5, "u": 18446744073709551615, "a": [1]})")});
  for (const auto* none :
       {R"({"tags.id": 9007199254740993})", R"({"tags.s": 0})", R"({"tags.s": {"$lt": 5}})", R"({"tags.n": 0})",
        R"({"tags.b": 0})", R"({"tags.b": 1})", R"({"tags.b": "true"})", R"({"tags.f": 5})", R"({"tags.i": "5"})",
        R"({"tags.i": {"$lt": "9"}})", R"({"tags.n": "null"})", R"({"tags.a": "[1]"})", R"({"tags.none": 0})",
        R"({"tags.b": null})", R"({"tags.id": {"$gt": 9007199254740992}})", R"({"tags.s": {"$in": [0, true]}})"})
    EXPECT_EQ(ids(none), numbers{}) << none;
  for (const auto* one :
       {R"({"tags.id": 9007199254740992})", R"({"tags.id": {"$lt": 9007199254740993}})", R"({"tags.n": null})",
        R"({"tags.none": null})", R"({"tags.i": 5.0})", R"({"tags.i": {"$gt": 4.5}})", R"({"tags.r": {"$gte": 2}})",
        R"({"tags.u": 18446744073709551615})", R"({"tags.u": {"$gt": 5}})", R"({"tags.s": {"$gt": "abb"}})",
        R"({"tags.n": {"$in": [1, null]}})"})
    EXPECT_EQ(ids(one), numbers{1}) << one;
}

TEST_P(json_filters, negations_hold_for_what_is_absent_or_of_another_type) {
  EXPECT_EQ(ids(R"({"tags.colour": {"$ne": "red"}})"), (numbers{2, 3}));
  EXPECT_EQ(ids(R"({"tags.colour": {"$nin": ["red", null]}})"), numbers{2});
  EXPECT_EQ(ids(R"({"tags.colour": {"$ne": null}})"), (numbers{1, 2}));
  EXPECT_EQ(ids(R"({"tags.sizes[0]": {"$ne": "3"}})"), (numbers{1, 2, 3}));
  EXPECT_EQ(ids(R"({"$not": {"tags.sizes[0]": {"$gt": 1}}})"), (numbers{2, 3}));
  EXPECT_EQ(ids(R"({"$not": {"tags.new": true}})"), (numbers{1, 3}));
}

TEST_P(json_filters, look_into_documents_of_all_types_in_statements_that_write) {
  EXPECT_EQ(db().erase<article>().where(tidb::json_filter<article>(R"({"tags.colour": 5})")).run(), 0U);
  EXPECT_EQ(db().erase<article>().where(tidb::json_filter<article>(R"({"tags.colour": "red"})")).run(), 1U);
}

TEST_P(json_filters, name_the_place_of_what_is_wrong) {
  EXPECT_NE(why("{").find("no JSON"), std::string::npos);
  EXPECT_NE(why("[1]").find("a filter is an object"), std::string::npos);
  EXPECT_NE(why(R"({"color": 1})").find("there is no such column; there are id, title"), std::string::npos);
  EXPECT_NE(why(R"({"id": {"$like": 1}})").find("at \"id\".\"$like\""), std::string::npos);
  EXPECT_NE(why(R"({"$or": [{"id": "x"}]})").find("at \"$or\"[0].\"id\""), std::string::npos);
  EXPECT_NE(why(R"({"title": 3})").find("compared with texts"), std::string::npos);
  EXPECT_NE(why(R"({"day": "2026-02-30"})").find("2026-01-31"), std::string::npos);
  EXPECT_NE(why(R"({"id": {"$gt": null}})").find("null is only for"), std::string::npos);
  EXPECT_NE(why(R"({"tags.a\"b": 1})").find("no quotes"), std::string::npos);
  EXPECT_NE(why(R"({"price": 0.1})").find("digits as a text"), std::string::npos);
  std::string deep = "{}";
  for (int i = 0; i < 100; ++i) deep = R"({"$not": )" + deep + "}";
  EXPECT_NE(why(deep).find("64"), std::string::npos);
}

RUN_ON_EACH_ENGINE(json_filters);

}  // namespace
