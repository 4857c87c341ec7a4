// A table without a struct is searched, and has its search indexes, by the names of its columns.
#include "support/engines.hpp"

#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

namespace {

using tidb::type_kind;

std::vector<std::int64_t> ids(const std::vector<tidb::hit<tidb::row>>& hits) {
  std::vector<std::int64_t> made;
  for (const auto& hit : hits) made.push_back(hit.row.get<std::int64_t>("id"));
  return made;
}

class dynamic_search : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table({.name = "articles",
                       .columns = {{.name = "id", .type = {type_kind::bigint}},
                                   {.name = "title", .type = {type_kind::varchar, false, 40}},
                                   {.name = "body", .type = {type_kind::text}, .nullable = true},
                                   {.name = "kind", .type = {type_kind::enumeration}, .labels = {"pets", "plants"}},
                                   {.name = "meaning", .type = {type_kind::vector, false, 3}, .nullable = true}},
                       .primary_key = {"id"}});
    const std::string_view pets = embedded() ? "1" : "'pets'", plants = embedded() ? "2" : "'plants'";  // raw SQL's own
    const auto insert = [&](int id, std::string_view texts, std::string_view kind, std::string_view meaning) {
      db().execute(
          fmt::format("INSERT INTO articles VALUES ({}, {}, {}, VEC_FROM_TEXT('{}'))", id, texts, kind, meaning));
    };
    insert(4, "'Fish', 'An aquarium wants clean water'", pets, "[1,2,4]");
    insert(1, "'Dogs', 'Dogs like clean water, and dogs swim'", pets, "[1,2,1]");
    insert(2, "'Trees', 'A young tree wants water'", plants, "[1,0,0]");
    insert(3, "'Moss', NULL", plants, "[1,2,1]");
  }
  tidb::dynamic_table articles() { return db().open_table("articles"); }

  tests::indexes_are_known_soon soon_;
};

TEST_P(dynamic_search, words_find_rows_and_their_texts_are_marked) {
  articles().create_fulltext_index({"title", "body"}, {.boosts = {2, 1}});
  auto search = articles().search("dogs");
  const auto hits = search.all();
  ASSERT_EQ(ids(hits), std::vector<std::int64_t>{1});
  EXPECT_GT(hits[0].score, 0);
  EXPECT_TRUE(std::isnan(hits[0].distance));
  EXPECT_EQ(hits[0].row.get<std::string>("kind"), "pets");
  EXPECT_EQ(search.highlighter().highlight("Two dogs, a Dog"), "Two <b>dogs</b>, a <b>Dog</b>");
  EXPECT_EQ(articles().search("clean water").match_all().all().size(), 2U);
  EXPECT_EQ(articles().search("clean water").all().size(), 3U);
  EXPECT_THROW(articles().search("(dogs").strict().all(), tidb::usage_error);
}

TEST_P(dynamic_search, conditions_come_as_json_and_as_sql_and_from_the_table) {
  articles().create_fulltext_index({"body"});
  EXPECT_EQ(ids(articles().search("water").where(R"({"title": "Trees"})").all()), std::vector<std::int64_t>{2});
  EXPECT_EQ(ids(articles().search("water").where(tidb::raw<bool>("id > ?", 3)).all()), std::vector<std::int64_t>{4});
  EXPECT_EQ(ids(articles().where(R"({"id": 1})").search("water").all()), std::vector<std::int64_t>{1});
  EXPECT_THROW(articles().search("water").where(R"({"nothing": 1})"), tidb::usage_error);
}

TEST_P(dynamic_search, limit_offset_and_columns_are_those_asked_for) {
  articles().create_fulltext_index({"body"});
  const auto all = ids(articles().search("water").all());
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(ids(articles().search("water").limit(1).offset(1).all()), std::vector<std::int64_t>{all[1]});
  const auto hits = articles().search("dogs").columns({"title", "id"}).all();
  EXPECT_EQ(hits.at(0).row.names(), (std::vector<std::string>{"title", "id"}));
  EXPECT_THROW(articles().search("dogs").columns({"nothing"}), tidb::usage_error);
}

TEST_P(dynamic_search, equally_near_rows_come_in_the_order_of_the_key) {
  const auto hits = articles().search({1, 2, 1}).limit(3).all();
  EXPECT_EQ(ids(hits), (std::vector<std::int64_t>{1, 3, 4}));
  EXPECT_NEAR(hits[0].distance, 0, 1e-6);
  EXPECT_EQ(hits[0].row.get<tidb::vector<>>("meaning"), (tidb::vector<>{1, 2, 1}));
  EXPECT_EQ(hits[0].row["meaning"].kind(), tidb::value_kind::vector);
  EXPECT_EQ(articles().limit(1).one()["meaning"].kind(), tidb::value_kind::vector);
  EXPECT_EQ(ids(articles().search_by_key({tidb::value(tidb::value_view::of(std::int64_t{1}))}).limit(1).all()),
            std::vector<std::int64_t>{3});
  EXPECT_EQ(ids(articles().search({1, 2, 1}).metric(tidb::metric::l2).distance_threshold(0.5).all()),
            (std::vector<std::int64_t>{1, 3}));
}

TEST_P(dynamic_search, words_and_a_vector_are_fused_with_both_ranks) {
  articles().create_fulltext_index({"title", "body"});
  tidb::search_plan plan;
  const auto hits = articles().search("tree", {1, 2, 4}).all(plan);
  ASSERT_EQ(hits.size(), 4U);
  EXPECT_EQ(plan.rows, 4U);
  for (std::size_t i = 0; i < hits.size(); ++i) {
    const bool is_tree = hits[i].row.get<std::int64_t>("id") == 2;
    EXPECT_EQ(hits[i].text.rank, is_tree ? 1U : 0U);
    EXPECT_GT(hits[i].vector.rank, 0U);
    EXPECT_EQ(plan.terms.at(i).empty(), !is_tree);
  }
}

TEST_P(dynamic_search, explain_tells_what_each_word_adds) {
  articles().create_fulltext_index({"title", "body"});
  const auto plan = articles().search("dogs").explain();
  ASSERT_EQ(plan.terms.size(), 1U);
  ASSERT_EQ(plan.terms[0].size(), 2U);
  EXPECT_EQ(plan.terms[0][0].term, "dog");
  EXPECT_EQ(plan.terms[0][0].documents, 1U);
}

TEST_P(dynamic_search, indexes_are_made_listed_checked_and_dropped_by_names) {
  const auto table = articles();
  table.create_fulltext_index({"title", "body"}, {.analyzer = {.language = "german"}, .boosts = {2, 1}});
  table.create_vector_index("meaning", {.metric = tidb::metric::l2});
  const auto all = db().list_search_indexes();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].columns, std::vector<std::string>{"meaning"});
  EXPECT_FALSE(all[0].is_fulltext);
  EXPECT_EQ(all[0].metric, tidb::metric::l2);
  EXPECT_EQ(all[0].dimensions, 3U);
  EXPECT_TRUE(all[0].is_ready);
  EXPECT_EQ(all[1].columns, (std::vector<std::string>{"title", "body"}));
  EXPECT_TRUE(all[1].is_fulltext);
  EXPECT_EQ(all[1].analyzer.language, "german");
  EXPECT_EQ(all[1].boosts, (std::vector<double>{2, 1}));
  EXPECT_TRUE(db().list_search_indexes("others").empty());

  EXPECT_TRUE(table.has_index());
  EXPECT_TRUE(table.has_index("meaning"));
  table.optimize_index("body");
  table.rebuild_index("meaning");
  EXPECT_TRUE(table.check_index().ok());
  EXPECT_TRUE(table.check_index("meaning").ok());
  EXPECT_EQ(table.index_stats("title").rows, 4U);
  EXPECT_EQ(table.index_stats("meaning").rows, 4U);
  table.drop_index();
  table.drop_index("meaning");
  EXPECT_FALSE(table.has_index());
  EXPECT_TRUE(db().list_search_indexes("articles").empty());
}

TEST_P(dynamic_search, columns_of_other_types_are_refused_by_their_names) {
  const auto refuses = [](const auto& call, std::string_view part) {
    try {
      call();
      ADD_FAILURE() << "no error that says " << part;
    } catch (const tidb::usage_error& error) {
      EXPECT_NE(std::string_view(error.what()).find(part), std::string_view::npos) << error.what();
    }
  };
  refuses([&] { articles().create_vector_index("title"); }, "\"title\" of `articles` is a VARCHAR(40)");
  refuses([&] { articles().create_fulltext_index({"title", "meaning"}); }, "\"meaning\" of `articles` is a VECTOR(3)");
  refuses([&] { articles().create_fulltext_index({"nothing"}); }, "no column \"nothing\"");
  refuses([&] { articles().search({1, 2, 3}).vector_column("id"); }, "\"id\" of `articles` is a BIGINT");
  refuses([&] { articles().search({1, 2, 3}).match_all(); }, "has no words");
  refuses([&] { articles().search_by_key({}); }, "1 columns, but 0 values");
}

RUN_ON_EACH_ENGINE(dynamic_search);

}  // namespace
