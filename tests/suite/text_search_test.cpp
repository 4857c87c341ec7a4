// Searches by words: what they find, in which order, and what they tell of it. The same on each engine.
#include "support/engines.hpp"
#include "support/text_index.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

using tests::article;
using tests::ids_of;
using tests::numbers;
using tidb::c;

namespace {

const std::vector<article>& few_articles() {
  static const std::vector<article> made{
      {1, "Keeping fish", "An aquarium wants clean water, light and patience.", 1},
      {2, "Walking the dog", "Dogs like water, too; most of them can swim.", 1},
      {3, "Planting trees", "A young tree is watered every other day.", 2},
      {4, "Black cats", "The black cat sleeps; a white dog does not.", 2},
      {5, "Cats and dogs", "A cat that is black as coal watches the dogs.", 3},
      {6, "Clean rivers", "Rivers where nobody washes are clean; their water is good.", 3},
      {7, "東京タワー", "東京の塔に登る。京都ではない。", 4},
      {8, "北京", "我爱北京大学", 4},
      {9, std::nullopt, "Nobody has given this text a heading.", 5},
      {10, "Untitled emptiness", "", 5},
      {11, std::nullopt, std::nullopt, 6},
      {12, "Category theory", std::nullopt, 6},
  };
  return made;
}

class text_searches : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<article>();
    db().insert_many(few_articles());
    db().insert_many(made_up);
    articles().create_fulltext_index<&article::title, &article::body>({.boosts = {2, 1}});
  }
  tidb::table<article> articles() { return db().table<article>(); }
  auto search(const std::string& words) { return articles().search(words).limit(100); }
  numbers found(const std::string& words) { return ids_of(search(words).all()); }
  tests::bm25 oracle() const {
    auto rows = few_articles();
    rows.insert(rows.end(), made_up.begin(), made_up.end());
    return tests::bm25(rows, {2, 1});
  }

  const std::vector<article> made_up = tests::articles_of(101, 300);

private:
  tests::indexes_are_known_soon soon_;
};

TEST_P(text_searches, find_every_form_of_any_of_the_words) {
  EXPECT_EQ(found("dogs"), (numbers{2, 4, 5}));
  EXPECT_EQ(found("dog"), found("DOGS"));
  EXPECT_EQ(found("watering"), (numbers{1, 2, 3, 6}));
  EXPECT_EQ(found("aquariums coal"), (numbers{1, 5}));
  EXPECT_EQ(found("the dog"), (numbers{2, 4, 5})) << "a stop word beside another word says nothing";
  EXPECT_EQ(found("unicorn"), numbers{});
}

TEST_P(text_searches, find_phrases_with_their_words_side_by_side_or_nearly) {
  EXPECT_EQ(found("\"black cat\""), numbers{4});
  EXPECT_EQ(found("\"cat black\""), numbers{});
  EXPECT_EQ(found("\"cat black\"~2"), (numbers{4, 5}));
  EXPECT_EQ(found("\"walking the dog\""), numbers{2});
}

TEST_P(text_searches, keep_to_what_must_and_must_not_be_there) {
  EXPECT_EQ(found("+coal cat"), numbers{5});
  EXPECT_EQ(found("+cats +white"), numbers{4});
  EXPECT_EQ(found("dogs -water"), (numbers{4, 5}));
  EXPECT_EQ(found("water -\"clean water\" -dogs"), (numbers{3, 6}));
  EXPECT_EQ(found("-water"), numbers{});
}

TEST_P(text_searches, find_words_by_their_beginning) {
  EXPECT_EQ(found("categ*"), numbers{12});
  EXPECT_EQ(found("cat*"), (numbers{4, 5, 12}));
  EXPECT_EQ(found("title:w1*").size(), ids_of(search("title:w1 title:w10 title:w11 title:w12 title:w13 title:w14 "
                                                     "title:w15 title:w16 title:w17 title:w18 title:w19")
                                                  .all())
                                           .size());
}

TEST_P(text_searches, look_in_one_column_where_it_is_named) {
  EXPECT_EQ(found("title:cats"), (numbers{4, 5}));
  EXPECT_EQ(found("title:clean"), numbers{6});
  EXPECT_EQ(found("BODY:clean"), (numbers{1, 6}));
  EXPECT_EQ(found("title:water"), numbers{});
  EXPECT_EQ(found("title:(fish trees) body:coal"), (numbers{1, 3, 5}));
}

TEST_P(text_searches, join_words_by_operators) {
  EXPECT_EQ(found("cats AND coal"), numbers{5});
  EXPECT_EQ(found("coal OR aquarium"), (numbers{1, 5}));
  EXPECT_EQ(found("dogs NOT cats"), numbers{2});
  EXPECT_EQ(found("(coal OR aquarium) AND light"), numbers{1});
  EXPECT_EQ(ids_of(search("black dogs white").match_all().all()), numbers{4});
  EXPECT_EQ(ids_of(search("black dogs white").match_all(false).all()), (numbers{2, 4, 5}));
}

TEST_P(text_searches, find_parts_of_texts_without_spaces) {
  EXPECT_EQ(found("東京"), numbers{7});
  EXPECT_EQ(found("京都"), numbers{7});
  EXPECT_EQ(found("北京"), numbers{8});
  EXPECT_EQ(found("大学"), numbers{8});
  EXPECT_EQ(found("北京大学"), numbers{8});
  EXPECT_EQ(found("京"), (numbers{7, 8}));
  EXPECT_EQ(found("京北"), numbers{});
}

TEST_P(text_searches, take_what_they_do_not_understand_for_words_unless_they_are_strict) {
  EXPECT_EQ(found("\"black cat"), (numbers{4, 5}));
  EXPECT_EQ(found("(coal"), numbers{5});
  for (const auto* words : {"\"black cat", "(coal", "coal)", "nowhere:coal", "coal AND", "\"coal\"^", "OR"})
    EXPECT_THROW((void)search(words).strict().all(), tidb::usage_error) << words;
  EXPECT_EQ(ids_of(search("+coal cat").strict().all()), numbers{5});
}

TEST_P(text_searches, have_the_scores_of_bm25) {
  const auto by = oracle();
  for (const auto* words : {"w0", "w3 w40", "w1 w2 w55 w17", "water", "dogs cats w9", "w0 w1 w2 w3 w4 w5 w6 w7 w8"})
    for (const std::size_t limit : {1U, 7U, 400U})
      tests::expect_best(articles().search(words).limit(limit).all(), by.any_of(words), limit);
}

TEST_P(text_searches, count_a_word_as_often_as_its_boost_says) {
  const auto by = oracle();
  auto expected = by.any_of("w5");
  for (auto& [id, score] : expected) score *= 3;
  for (const auto& [id, score] : by.any_of("w50")) expected[id] += score;
  tests::expect_best(search("w5^3 w50").limit(400).all(), expected, 400);
}

TEST_P(text_searches, are_in_order_and_start_at_the_offset) {
  const auto all = articles().search("w0 w3").limit(40).all();
  ASSERT_EQ(all.size(), 40U);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_GE(all[i - 1].score, all[i].score);
  EXPECT_TRUE(std::isnan(all[0].distance));
  const auto later = articles().search("w0 w3").limit(5).offset(30).all();
  ASSERT_EQ(later.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(later[i].row.id, all[30 + i].row.id);
}

TEST_P(text_searches, may_ask_for_nothing_and_for_more_than_there_is) {
  constexpr auto all = std::numeric_limits<std::uint64_t>::max();
  EXPECT_TRUE(search("w0").limit(0).all().empty());
  const auto matching = oracle().any_of("w0").size();
  EXPECT_EQ(search("w0").limit(all).all().size(), matching);
  EXPECT_EQ(search("w0").limit(all).offset(matching - 2).all().size(), 2U);
  EXPECT_TRUE(search("w0").offset(matching).all().empty());
  EXPECT_TRUE(search("w0").offset(1'000'000'000).all().empty());
}

TEST_P(text_searches, give_the_best_of_those_that_meet_a_condition) {
  const auto by = oracle();
  for (const auto when : {tidb::filtering::automatic, tidb::filtering::prefilter, tidb::filtering::postfilter})
    for (const std::int64_t shelves : {0, 1, 8, 100}) {
      auto expected = by.any_of("w0 w4");
      std::erase_if(expected, [&](const auto& each) { return each.first < 100 || each.first % 20 >= shelves; });
      const auto hits = articles()
                            .search("w0 w4")
                            .where(c<&article::shelf> < shelves && c<&article::id> > 100)
                            .filter(when)
                            .limit(9)
                            .all();
      tests::expect_best(hits, expected, 9);
    }
  EXPECT_EQ(ids_of(search("dogs").where(c<&article::id> == 4).all()), numbers{4});
  EXPECT_EQ(ids_of(search("dogs").where(c<&article::title> == "Cats and dogs").all()), numbers{5});
  EXPECT_TRUE(search("dogs").where(c<&article::id> == 3).all().empty());
}

TEST_P(text_searches, take_conditions_as_json) {
  const auto filter = tidb::json_filter<article>(R"({"shelf": {"$in": [1, 3]}, "id": {"$lt": 100}})");
  EXPECT_EQ(ids_of(search("water dogs").where(filter).all()), (numbers{1, 2, 5, 6}));
  EXPECT_EQ(search("water dogs").where(filter).limit(1).offset(3).all().size(), 1U);
}

TEST_P(text_searches, read_only_the_columns_asked_for) {
  const auto whole = articles().search("w0").limit(3).all();
  const auto parts = articles().search("w0").limit(3).columns<&article::id, &article::shelf>().all();
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(std::get<0>(parts[2].row), whole[2].row.id);
  EXPECT_EQ(std::get<1>(parts[2].row), whole[2].row.shelf);
  EXPECT_EQ(parts[2].score, whole[2].score);
  EXPECT_EQ(articles().search("aquarium").columns<&article::title>().all().at(0).row, "Keeping fish");
}

TEST_P(text_searches, tell_how_they_went) {
  const auto plan = articles().search("w0 dogs").explain();
  EXPECT_EQ(plan.way, "index") << plan.reason;
  EXPECT_EQ(plan.rows, 10U);
  EXPECT_EQ(plan.documents, oracle().documents());
  EXPECT_NE(plan.sql.find("SELECT"), std::string::npos);
  EXPECT_EQ(search("w0").where(c<&article::shelf> < 10).explain().way, "index, postfilter");
  EXPECT_EQ(search("w0").where(c<&article::id> == 104).explain().way, "index, prefilter");
  const auto forced = search("w0").where(c<&article::shelf> < 4).filter(tidb::filtering::prefilter).explain();
  EXPECT_EQ(forced.way, "index, prefilter");
  EXPECT_GE(forced.allowed, 60U);
}

TEST_P(text_searches, explain_what_each_word_adds_to_a_score) {
  const auto by = oracle();
  auto search = articles().search("w0 w7 \"w1 w2\"").limit(6).offset(2);
  const auto hits = search.all();
  const auto plan = search.explain();
  ASSERT_EQ(plan.terms.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    double sum = 0;
    for (const auto& part : plan.terms[i]) {
      sum += part.score;
      EXPECT_TRUE(part.column == "title" || part.column == "body") << part.column;
      if (part.term == "w0" || part.term == "w7") {
        EXPECT_EQ(part.documents, by.having(part.term, part.column == "title" ? 0 : 1)) << part.term;
      }
      EXPECT_GT(part.frequency, 0);
      EXPECT_GT(part.length, 0U);
    }
    EXPECT_NEAR(sum, hits[i].score, 1e-5);
  }
}

TEST_P(text_searches, mark_their_words_in_texts) {
  auto search = articles().search("dogs OR \"clean water\"");
  const auto marks = search.highlighter();
  EXPECT_EQ(marks.highlight("A dog in clean water; water."), "A <b>dog</b> in <b>clean water</b>; water.");
  const std::string rest(3000, 'x'), text = "Begins " + rest + " swimming dogs swim " + rest;
  const auto part = marks.snippet(text, {.words = 3, .fragments = 1}, {.before = "[", .after = "]"});
  EXPECT_NE(part.find("[dogs]"), std::string::npos) << part;
  EXPECT_EQ(articles().search("title:dogs cat").highlighter().highlight("cat dog", {.column = "body"}),
            "<b>cat</b> dog");
}

RUN_ON_EACH_ENGINE(text_searches);

}  // namespace
