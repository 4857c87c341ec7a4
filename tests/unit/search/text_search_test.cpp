#include "text_world.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <set>

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;
using namespace tests;

text_query term(std::string text, int column = -1) {
  return {.op = text_op::term, .term = std::move(text), .column = column};
}
text_query any_of(std::vector<text_query> parts) { return {.op = text_op::any_of, .parts = std::move(parts)}; }
text_query all_of(std::vector<text_query> parts) { return {.op = text_op::all_of, .parts = std::move(parts)}; }
text_query prefix(std::string text) { return {.op = text_op::prefix, .term = std::move(text)}; }
text_query phrase(const std::string& text, std::uint32_t slop = 0) {
  text_query made{.op = text_op::phrase, .slop = slop};
  for (const auto& word : words(text)) made.words.push_back({word.term, word.position});
  return made;
}

std::shared_ptr<const text_snapshot> index_of(const text_corpus& corpus, std::uint32_t columns = 1) {
  return text_snapshot(columns).with_stored({}, segment_of(corpus, columns));
}

std::vector<std::int64_t> found(const text_snapshot& index, const text_query& query, std::size_t wanted = 10) {
  std::vector<std::int64_t> keys;
  for (const auto& hit : best_matches(index, {.query = query, .wanted = wanted})) keys.push_back(hit.key);
  return keys;
}
/// In the order of their keys.
std::vector<std::int64_t> matching(const text_snapshot& index, const text_query& query) {
  auto keys = found(index, query, 1000);
  std::ranges::sort(keys);
  return keys;
}

using keys = std::vector<std::int64_t>;

void compare_queries(const text_world& world, text_maker& make, std::uint32_t columns, int count) {
  for (int i = 0; i < count; ++i) {
    const auto query = make.query(static_cast<int>(make.below(4)));
    std::vector<float> boosts;
    for (std::uint32_t column = 0; column < columns; ++column)
      boosts.push_back(std::array{1.0F, 1.0F, 0.25F, 3.0F}[make.below(4)]);
    std::optional<key_set> allowed;
    if (make.below(3) == 0) {
      auto some = world.keys();
      const auto share = make.below(40) + 1;
      std::erase_if(some, [&](std::int64_t) { return make.below(share) != 0; });
      some.push_back(-7);
      allowed.emplace(std::move(some));
    }
    const text_request request{.query = query,
                               .wanted = std::array<std::size_t, 4>{1, 3, 10, 1000}[make.below(4)],
                               .boosts = boosts,
                               .allowed = allowed ? &*allowed : nullptr};
    expect_same_hits(best_matches(world.index(), request), world.expected(request), to_string(query));
    if (testing::Test::HasFailure()) return;
  }
}

/// Random changes, stores and joins, and after each random queries of every kind.
void compare_with_reading_all(std::uint32_t columns, std::size_t documents, std::size_t most_words, int steps,
                              std::uint64_t seed) {
  text_world world(columns);
  text_maker make(columns, seed);
  const auto some_key = [&] { return static_cast<std::int64_t>(make.below(documents * 2)) * 3; };
  text_corpus first;
  for (std::size_t i = 0; i < documents; ++i) first[some_key()] = make.document(most_words);
  world.change({}, first);
  for (int step = 0; step < steps && !testing::Test::HasFailure(); ++step) {
    switch (make.below(6)) {
    case 0: world.store(make.below(2) == 0 ? 100 : 1 << 20); break;
    case 1:
      if (world.stored() != 0) world.join(make.below(world.stored()));
      break;
    default: {
      keys gone;
      text_corpus added;
      for (auto i = make.below(documents / 8 + 2); i > 0; --i) gone.push_back(some_key());
      for (auto i = make.below(documents / 8 + 2); i > 0; --i) added[some_key()] = make.document(most_words);
      world.change(gone, added);
    }
    }
    ASSERT_EQ(world.index().documents(), world.alive().size());
    compare_queries(world, make, columns, 25);
  }
}

TEST(TextSearch, finds_what_reading_every_document_finds_after_any_changes) {
  for (std::uint32_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(seed);
    compare_with_reading_all(1 + seed % 3, 40, 12, 25, seed);
    if (HasFailure()) return;
  }
}

TEST(TextSearch, finds_the_same_in_lists_of_many_blocks) {
  compare_with_reading_all(1, 2500, 8, 6, 101);
  compare_with_reading_all(2, 1500, 20, 4, 102);
}

TEST(TextSearch, finds_the_best_of_many_words_wherever_it_is) {
  std::string all;
  for (int i = 0; i < 18; ++i) all += "w" + std::to_string(i) + " ";
  std::string filler;
  for (int i = 0; i < 40; ++i) filler += " and more";
  text_corpus corpus;
  for (std::int64_t key = 0; key < 12'000; ++key) corpus[key] = {words("w" + std::to_string(key % 20) + filler)};
  corpus[3000] = {words(all)};
  corpus[11'000] = {words(all + "w18 w19")};
  text_query query;
  for (int i = 0; i < 20; ++i) query.parts.push_back(term("w" + std::to_string(i)));
  EXPECT_EQ(found(*index_of(corpus), query, 1), (keys{11'000}));
  EXPECT_EQ(found(*index_of(corpus), query, 2), (keys{11'000, 3000}));
}

TEST(TextSearch, scores_do_not_depend_on_how_documents_are_spread_over_segments) {
  text_maker make(2, 5);
  text_corpus all;
  for (std::int64_t key = 0; key < 900; ++key) all[key] = make.document(12);
  const auto one = index_of(all, 2);
  std::shared_ptr<const text_snapshot> stored = std::make_shared<const text_snapshot>(2), changed = stored;
  for (std::int64_t rest = 0; rest < 7; ++rest) {
    text_corpus some;
    for (const auto& [key, document] : all)
      if (key % 7 == rest) some[key] = document;
    stored = stored->with_stored({}, segment_of(some, 2));
    changed = changed->changed({}, segment_of(some, 2));
  }
  for (int i = 0; i < 300; ++i) {
    const auto query = make.query(3);
    const text_request request{.query = query, .wanted = 20};
    const auto expected = best_matches(*one, request);
    EXPECT_EQ(best_matches(*stored, request), expected) << to_string(query);
    EXPECT_EQ(best_matches(*changed, request), expected) << to_string(query);
  }
}

TEST(TextSearch, scores_do_not_depend_on_the_portions_in_which_changes_came) {
  text_maker make(2, 6);
  text_world world(2);
  const auto some_key = [&] { return static_cast<std::int64_t>(make.below(150)); };
  text_corpus newest;
  std::set<std::int64_t> touched;
  std::shared_ptr<const text_segment> stored;
  for (int step = 0; step < 60; ++step) {
    keys gone;
    text_corpus added;
    for (auto i = make.below(6); i > 0; --i) gone.push_back(some_key());
    for (auto i = make.below(12); i > 0; --i) added[some_key()] = make.document(10);
    world.change(gone, added);
    if (step == 20) {
      stored = segment_of(world.alive(), 2);
      world.store(1 << 20);
      continue;
    }
    if (stored == nullptr) continue;
    touched.insert(gone.begin(), gone.end());
    for (const auto key : gone) newest.erase(key);
    for (const auto& [key, document] : added) {
      touched.insert(key);
      newest[key] = document;
    }
  }
  const auto at_once =
      text_snapshot(2).with_stored({}, stored)->changed(keys(touched.begin(), touched.end()), segment_of(newest, 2));
  for (int i = 0; i < 200; ++i) {
    const auto query = make.query(3);
    const text_request request{.query = query, .wanted = 20};
    EXPECT_EQ(best_matches(world.index(), request), best_matches(*at_once, request)) << to_string(query);
  }
}

TEST(TextSearch, equal_scores_are_in_the_order_of_their_keys) {
  text_corpus same;
  for (std::int64_t key = 300; key > 0; --key) same[key] = {words("one two")};
  const auto index = index_of(same)->changed({}, segment_of(texts({{-4, "one two"}, {1000, "one two"}}), 1));
  EXPECT_EQ(found(*index, any_of({term("one"), term("two")}), 3), (keys{-4, 1, 2}));
  EXPECT_EQ(found(*index, all_of({term("one"), term("two")}), 3), (keys{-4, 1, 2}));
  EXPECT_EQ(found(*index, phrase("one two"), 302).back(), 1000);
}

TEST(TextSearch, a_rarer_word_a_shorter_text_and_a_higher_frequency_score_more) {
  const auto index =
      index_of(texts({{1, "common common"}, {2, "common rare"}, {3, "common"}, {4, "common far far far"}}));
  EXPECT_EQ(found(*index, any_of({term("common"), term("rare")})), (keys{2, 1, 3, 4}));
}

TEST(TextSearch, a_boost_multiplies_and_a_column_can_be_worth_more) {
  const text_corpus corpus{{1, {words("sun"), words("moon star")}}, {2, {words("moon"), words("sun star")}}};
  const auto index = index_of(corpus, 2);
  const auto query = term("sun");
  const std::vector<float> title{5, 1}, body{1, 5};
  EXPECT_EQ(best_matches(*index, {.query = query, .boosts = title}).front().key, 1);
  EXPECT_EQ(best_matches(*index, {.query = query, .boosts = body}).front().key, 2);
  EXPECT_EQ(matching(*index, term("sun", 1)), (keys{2}));
  auto boosted = any_of({term("sun", 0), term("moon", 0)});
  EXPECT_EQ(found(*index, boosted), (keys{1, 2}));
  boosted.parts[1].boost = 2;
  EXPECT_EQ(found(*index, boosted), (keys{2, 1}));
}

TEST(TextSearch, a_phrase_has_its_words_in_place_and_with_slop_near_it) {
  const auto index = index_of(texts({{1, "full text search"},
                                     {2, "text full search"},
                                     {3, "full fast text search"},
                                     {4, "full and fast and long text"},
                                     {5, "full"}}));
  EXPECT_EQ(matching(*index, phrase("full text")), (keys{1}));
  EXPECT_EQ(found(*index, phrase("full text", 1)), (keys{1, 3}));
  EXPECT_EQ(matching(*index, phrase("full text", 2)), (keys{1, 2, 3}));  // the other way round is two places apart
  EXPECT_EQ(matching(*index, phrase("full text", 4)), (keys{1, 2, 3, 4}));
  EXPECT_EQ(matching(*index, phrase("full missing", 4)), keys{});
}

TEST(TextSearch, a_loose_phrase_may_occur_more_often_than_each_of_its_words) {
  text_corpus corpus;
  for (std::int64_t key = 0; key < 400; ++key)
    corpus[key] = {words(key < 5 ? "full text" : key % 10 == 0 ? "full text and more" : "text is far from full")};
  corpus[400] = {words("full full full text")};
  EXPECT_EQ(found(*index_of(corpus), phrase("full text", 2), 3).front(), 400);
}

TEST(TextSearch, a_word_that_a_phrase_has_twice_must_be_there_twice) {
  const auto index = index_of(texts({{1, "to be"}, {2, "to be or not to be"}, {3, "knock knock"}}));
  EXPECT_EQ(matching(*index, phrase("to to", 8)), (keys{2}));
  EXPECT_EQ(matching(*index, phrase("knock knock")), (keys{3}));
}

TEST(TextSearch, words_at_the_same_place_of_a_phrase_are_alternatives) {
  const auto index = index_of(texts({{1, "quick brown fox"}, {2, "fast brown fox"}, {3, "slow brown fox"}}));
  text_query query{.op = text_op::phrase, .words = {{"quick", 0}, {"fast", 0}, {"fox", 2}}};
  EXPECT_EQ(matching(*index, query), (keys{1, 2}));
  query.words = {{"brown", 0}, {"fox", 0}, {"slow", 0}};  // more together than there are documents
  for (const auto& hit : best_matches(*index, {.query = query})) EXPECT_GT(hit.score, 0);
}

TEST(TextSearch, a_prefix_is_all_words_that_begin_with_it) {
  const auto index = index_of(texts({{1, "lib"}, {2, "library"}, {3, "liberty"}, {4, "list"}, {5, "lib library"}}));
  EXPECT_EQ(matching(*index, prefix("lib")), (keys{1, 2, 3, 5}));
  EXPECT_EQ(matching(*index, prefix("libr")), (keys{2, 5}));
  EXPECT_EQ(matching(*index, prefix("m")), keys{});
  EXPECT_EQ(matching(*index, prefix("")), (keys{1, 2, 3, 4, 5}));
}

TEST(TextSearch, the_prefixes_of_a_query_stand_for_a_bounded_number_of_words_together) {
  text_corpus corpus;
  for (std::int64_t key = 0; key < 900; ++key)
    for (const char letter : std::string("abcdefgh"))
      corpus[letter * 10'000 + key] = {words(letter + std::to_string(1000 + key))};
  const auto index = index_of(corpus);
  std::vector<text_query> few, many;
  for (const char letter : std::string("abcd")) few.push_back(prefix({letter}));
  for (const char letter : std::string("abcdefgh")) many.push_back(prefix({letter}));
  EXPECT_EQ(found(*index, any_of(few), 10'000).size(), 4U * 900);
  EXPECT_EQ(found(*index, any_of(many), 10'000).size(), 8U * 500);
}

TEST(TextSearch, a_prefix_of_too_many_words_stands_for_the_most_frequent) {
  text_corpus corpus;
  for (std::int64_t key = 0; key < 1500; ++key) corpus[key] = {words("w" + std::to_string(10000 + key))};
  for (std::int64_t key = 1500; key < 2000; ++key) corpus[key] = {words("w" + std::to_string(10000 + key - 500))};
  const auto hits = matching(*index_of(corpus), prefix("w"));
  // 500 words are in two documents each; of the others the first 500
  ASSERT_EQ(hits.size(), 1000U);
  const auto all = found(*index_of(corpus), prefix("w"), 5000);
  EXPECT_EQ(all.size(), 1500U);
  EXPECT_EQ(std::ranges::count(all, 499), 1);
  EXPECT_EQ(std::ranges::count(all, 500), 0);
  EXPECT_EQ(std::ranges::count(all, 1000), 1);
  EXPECT_EQ(std::ranges::count(all, 1999), 1);
}

TEST(TextSearch, a_required_part_must_match_and_the_others_only_score) {
  const auto index = index_of(texts({{1, "red"}, {2, "red blue"}, {3, "blue"}}));
  auto query = any_of({term("red"), term("blue")});
  query.parts[0].is_required = true;
  EXPECT_EQ(found(*index, query), (keys{2, 1}));
}

TEST(TextSearch, what_is_excluded_is_not_found) {
  const auto index = index_of(texts({{1, "red"}, {2, "red blue"}, {3, "blue"}}));
  const text_query query{.op = text_op::but_not, .parts = {term("red"), term("blue")}};
  EXPECT_EQ(matching(*index, query), (keys{1}));
}

TEST(TextSearch, a_query_without_parts_matches_nothing) {
  const auto index = index_of(texts({{1, "red"}}));
  for (const auto op : {text_op::any_of, text_op::all_of, text_op::but_not, text_op::phrase})
    EXPECT_EQ(matching(*index, {.op = op}), keys{});
  EXPECT_EQ(matching(text_snapshot(1), term("red")), keys{});
}

TEST(TextSearch, refuses_columns_that_there_are_not_and_boosts_that_are_no_boosts) {
  const auto index = index_of(texts({{1, "red"}}));
  EXPECT_THROW(found(*index, term("red", 1)), tidb::usage_error);
  for (const float boost : {-1.0F, std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    auto query = term("red");
    query.boost = boost;
    EXPECT_THROW(found(*index, query), tidb::usage_error);
  }
}

TEST(TextSearch, hits_have_the_names_of_their_keys) {
  const auto index = text_snapshot(1)
                         .with_stored({}, named_segment_of(texts({{1, "red"}, {2, "red blue"}}), 1))
                         ->changed({}, named_segment_of(texts({{2, "red"}, {3, "blue"}}), 1));
  for (const auto& query : {any_of({term("red"), term("blue")}), prefix("r"), phrase("red")}) {
    const auto hits = best_matches(*index, {.query = query});
    ASSERT_GE(hits.size(), 2U);
    for (const auto& hit : hits) EXPECT_EQ(hit.name, name_of(hit.key));
  }
  const auto unnamed = index_of(texts({{1, "red"}}));
  const auto query = term("red");
  EXPECT_EQ(best_matches(*unnamed, {.query = query}).at(0).name, "");
}

TEST(TextSearch, an_explanation_has_what_each_word_adds) {
  const text_corpus corpus{{1, {words("sun sun rise"), words("the sun")}}, {2, {words("moon"), words("a moon rise")}}};
  const auto index = index_of(corpus, 2);
  const auto query = any_of({term("sun"), phrase("sun rise"), term("night")});
  const text_request request{.query = query};
  const auto why = explain_match(*index, request, 1);
  ASSERT_TRUE(why);
  ASSERT_EQ(why->parts.size(), 3U);
  EXPECT_EQ(why->parts[0].term, "sun");
  EXPECT_EQ(why->parts[0].frequency, 2);
  EXPECT_EQ(why->parts[0].documents, 1U);
  EXPECT_EQ(why->parts[0].length, 3U);
  EXPECT_EQ(why->parts[1].column, 1U);
  EXPECT_EQ(why->parts[2].term, "sun rise");
  EXPECT_EQ(why->counted, 2U);
  EXPECT_EQ(why->average_length, (std::vector<double>{2, 2.5}));
  EXPECT_EQ(why->score, best_matches(*index, request).front().score);
  EXPECT_EQ(why->score, why->parts[0].score + why->parts[1].score + why->parts[2].score);
  EXPECT_FALSE(explain_match(*index, request, 2));
  EXPECT_FALSE(explain_match(*index, request, 3));
}

TEST(TextSearch, every_hit_is_explained_with_its_score) {
  text_maker make(2, 9);
  text_corpus corpus;
  for (std::int64_t key = 0; key < 200; ++key) corpus[key] = make.document(15);
  const auto index = index_of(corpus, 2)->changed(keys{3, 4}, nullptr);
  for (int i = 0; i < 200; ++i) {
    const auto query = make.query(3);
    const text_request request{.query = query, .wanted = 5};
    for (const auto& hit : best_matches(*index, request)) {
      const auto why = explain_match(*index, request, hit.key);
      ASSERT_TRUE(why) << to_string(query);
      EXPECT_EQ(why->score, hit.score) << to_string(query);
    }
  }
  EXPECT_FALSE(explain_match(*index, {.query = prefix("")}, 3));
}

}  // namespace
