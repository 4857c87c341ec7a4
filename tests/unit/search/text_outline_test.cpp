#include "search/vector_model.hpp"
#include "text_world.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <optional>
#include <random>
#include <set>

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;
using namespace tests;

using keys = std::vector<std::int64_t>;

text_query term(std::string text, int column = -1) {
  return {.op = text_op::term, .term = std::move(text), .column = column};
}
text_query phrase(const std::string& text) {
  text_query made{.op = text_op::phrase};
  for (const auto& word : words(text)) made.words.push_back({word.term, word.position});
  return made;
}

text_corpus made_up(std::size_t documents, std::uint32_t columns, std::uint64_t seed) {
  text_maker make(columns, seed);
  text_corpus made;
  for (std::size_t i = 0; i < documents; ++i) made[static_cast<std::int64_t>(i) * 3] = make.document(20);
  return made;
}

/// Random queries of every kind, of the whole index and in parts.
void compare_queries(const text_world& world, text_maker& make, std::size_t max_bytes) {
  payload_store store;
  const auto parts = world.in_parts(max_bytes, store);
  ASSERT_EQ(parts->documents(), world.alive().size());
  for (int i = 0; i < 40; ++i) {
    const auto query = make.query(static_cast<int>(make.below(4)));
    SCOPED_TRACE(to_string(query));
    std::optional<key_set> allowed;
    if (make.below(3) == 0) {
      auto some = world.keys();
      const auto share = make.below(40) + 1;
      std::erase_if(some, [&](std::int64_t) { return make.below(share) != 0; });
      allowed.emplace(std::move(some));
    }
    const std::vector<float> boosts{2, 0.5F};
    text_request request{.query = query,
                         .wanted = std::array<std::size_t, 3>{1, 10, 1000}[make.below(3)],
                         .boosts = boosts,
                         .allowed = allowed ? &*allowed : nullptr};
    const auto expected = best_matches(world.index(), request);
    auto explained = keys{world.keys().front(), -1};
    for (const auto& hit : std::span(expected).first(std::min<std::size_t>(expected.size(), 3)))
      explained.push_back(hit.key);
    auto in_parts = request;
    in_parts.payloads = &store;
    store.reads = 0;
    ASSERT_EQ(best_matches(*parts, in_parts), expected);
    EXPECT_LE(store.reads, 1U);
    for (const auto key : explained)
      ASSERT_EQ(explain_match(*parts, in_parts, key), explain_match(world.index(), request, key)) << key;
  }
}

/// Random changes, stores and joins, and after each random queries.
void compare_with_whole(std::uint32_t columns, std::size_t documents, int steps, std::uint64_t seed) {
  text_world world(columns);
  text_maker make(columns, seed);
  const auto some_key = [&] { return static_cast<std::int64_t>(make.below(documents * 2)) * 3; };
  text_corpus first;
  for (std::size_t i = 0; i < documents; ++i) first[some_key()] = make.document(12);
  world.change({}, first);
  world.store(1 << 20);
  for (int step = 0; step < steps && !testing::Test::HasFatalFailure(); ++step) {
    SCOPED_TRACE(step);
    keys gone;
    text_corpus added;
    for (auto i = make.below(documents / 8 + 2); i > 0; --i) gone.push_back(some_key());
    for (auto i = make.below(documents / 8 + 2); i > 0; --i) added[some_key()] = make.document(12);
    world.change(gone, added);
    if (make.below(3) == 0) world.store(1 << 20);
    if (make.below(5) == 0) world.join(make.below(world.stored()));
    compare_queries(world, make, std::array<std::size_t, 4>{80, 150, 1000, 1 << 20}[make.below(4)]);
  }
}

TEST(TextOutline, finds_and_explains_bit_for_bit_what_the_whole_index_does) {
  for (std::uint32_t seed = 1; seed <= 8; ++seed) {
    SCOPED_TRACE(seed);
    compare_with_whole(1 + seed % 3, 40, 10, seed);
    if (HasFailure()) return;
  }
}

TEST(TextOutline, finds_the_same_in_lists_of_many_blocks) {
  compare_with_whole(1, 3000, 3, 101);
  compare_with_whole(2, 2000, 3, 102);
}

/// One segment of two columns in small payloads, and what is asked for when it is searched.
class one_outline {
public:
  static constexpr std::size_t max_bytes = 90;

  explicit one_outline(const text_corpus& corpus)
      : segment_(named_segment_of(corpus, 2)), outline_(store.outline_of(*segment_, max_bytes)),
        index_(text_snapshot(2).with_stored({}, outline_)) {}

  std::vector<text_hit> search(const text_query& query) {
    store.asked.clear();
    return best_matches(*index_, {.query = query, .payloads = &store});
  }
  /// Names of the payloads that have the postings of a term, and its positions.
  std::set<std::string> payloads_of(const std::string& term, bool with_positions, int column = -1) const {
    std::set<std::string> made;
    const auto add = [&](std::uint64_t offset, std::uint64_t size) {
      for (auto at = offset; at < offset + size; ++at) made.insert("0/" + std::to_string(at / (max_bytes - 16)));
    };
    term_places places;
    segment_->terms().find(term, places);
    for (const auto& place : places) {
      if (column >= 0 && place.column != static_cast<std::uint32_t>(column)) continue;
      add(outline_->stored().postings + place.postings, place.posting_bytes);
      if (with_positions) add(outline_->stored().positions + place.positions, place.position_bytes);
    }
    return made;
  }
  /// Each once.
  void expect_asked(const std::set<std::string>& expected) const {
    EXPECT_EQ(std::set<std::string>(store.asked.begin(), store.asked.end()), expected);
    EXPECT_EQ(store.asked.size(), expected.size());
  }
  const text_segment& segment() const { return *segment_; }
  const text_segment& outline() const { return *outline_; }
  const text_snapshot& index() const { return *index_; }

  payload_store store;

private:
  std::shared_ptr<const text_segment> segment_, outline_;
  std::shared_ptr<const text_snapshot> index_;
};

/// "ax" and "bx" are in many documents, a word of each document's own in one.
text_corpus with_own_words() {
  auto made = made_up(300, 2, 7);
  for (auto& [key, document] : made) document[1] = words("own" + std::to_string(key) + " ax bx");
  return made;
}

TEST(TextOutline, asks_for_the_payloads_that_have_what_a_query_reads_and_for_no_other) {
  one_outline in(with_own_words());
  ASSERT_TRUE(in.outline().is_outline());
  EXPECT_EQ(in.search(term("own30")).size(), 1U);
  in.expect_asked(in.payloads_of("own30", false));

  auto both = in.payloads_of("ax", false);
  both.merge(in.payloads_of("bx", false));
  for (const auto op : {text_op::any_of, text_op::all_of, text_op::but_not}) {
    in.search({.op = op, .parts = {term("ax"), term("bx"), term("ax")}});
    in.expect_asked(both);
  }

  auto of_phrase = in.payloads_of("ax", true, 1);
  of_phrase.merge(in.payloads_of("own33", true, 1));
  EXPECT_EQ(in.search({.op = text_op::phrase, .words = {{"own33", 0}, {"ax", 1}}, .column = 1}).size(), 1U);
  in.expect_asked(of_phrase);

  std::set<std::string> of_prefix;
  for (const auto* word : {"own30", "own300", "own303", "own306", "own309"})
    of_prefix.merge(in.payloads_of(word, false));
  EXPECT_EQ(in.search({.op = text_op::prefix, .term = "own30"}).size(), 5U);
  in.expect_asked(of_prefix);
}

TEST(TextOutline, asks_for_nothing_where_nothing_can_match) {
  one_outline in(with_own_words());
  for (const auto& query :
       {term("missing"), text_query{.op = text_op::all_of, .parts = {term("ax"), term("missing")}},
        phrase("ax missing"), text_query{.op = text_op::but_not, .parts = {term("missing"), term("ax")}}}) {
    EXPECT_TRUE(in.search(query).empty());
    in.expect_asked({});
  }
  const auto query = term("ax");
  EXPECT_FALSE(explain_match(in.index(), {.query = query, .payloads = &in.store}, 1));
  in.expect_asked({});
}

TEST(TextOutline, an_explanation_reads_only_of_the_segment_that_has_the_document) {
  payload_store store;
  std::shared_ptr<const text_snapshot> index = std::make_shared<const text_snapshot>(1);
  for (std::int64_t first : {0, 1000}) {
    text_corpus corpus;
    for (auto key = first; key < first + 200; ++key) corpus[key] = {words("red blue")};
    index = index->with_stored({}, store.outline_of(*segment_of(corpus, 1), 80));
  }
  const auto query = term("red");
  ASSERT_TRUE(explain_match(*index, {.query = query, .payloads = &store}, 1004));
  ASSERT_FALSE(store.asked.empty());
  for (const auto& name : store.asked) EXPECT_EQ(name.substr(0, 2), "1/");
}

TEST(TextOutline, knows_keys_names_lengths_and_memory) {
  one_outline in(with_own_words());
  EXPECT_TRUE(std::ranges::equal(in.outline().keys(), in.segment().keys()));
  EXPECT_EQ(in.outline().names(), in.segment().names());
  EXPECT_EQ(in.index().name_of(30), name_of(30));
  EXPECT_EQ(in.search(term("own30")).at(0).name, name_of(30));
  for (std::uint32_t column = 0; column < 2; ++column)
    EXPECT_TRUE(std::ranges::equal(in.outline().lengths(column), in.segment().lengths(column)));
  std::size_t names = 0;
  for (const auto& [name, payload] : in.store.payloads) names += sizeof(std::string) + name.size();
  EXPECT_EQ(in.outline().memory(), in.segment().outline_memory() + names);
  EXPECT_EQ(in.segment().memory() - in.segment().outline_memory(),
            in.segment().posting_section().size() + in.segment().position_section().size() + 2 * decoder_padding);
}

TEST(TextOutline, is_the_whole_segment_where_all_payloads_are_read_for_it) {
  payload_store store;
  const auto segment = store.outline_of(*segment_of(texts({{1, "red"}, {2, "blue"}}), 1), 1 << 20);
  EXPECT_FALSE(segment->is_outline());
  const auto query = term("red");
  EXPECT_EQ(best_matches(*text_snapshot(1).with_stored({}, segment), {.query = query}).size(), 1U);
}

TEST(TextOutline, is_not_joined_or_written_or_searched_without_its_payloads) {
  one_outline in(with_own_words());
  EXPECT_THROW(in.index().joined(), tidb::usage_error);
  EXPECT_THROW(to_payloads(in.outline(), 1 << 20), tidb::usage_error);
  const auto query = term("ax");
  EXPECT_THROW(best_matches(in.index(), {.query = query}), tidb::usage_error);
  EXPECT_THROW(explain_match(in.index(), {.query = query}, 30), tidb::usage_error);
}

TEST(TextOutline, takes_changes_without_reading) {
  one_outline in(with_own_words());
  const auto index = in.index().changed(keys{30}, named_segment_of({{33, {{}, words("new ax")}}}, 2));
  EXPECT_EQ(index->documents(), 299U);
  EXPECT_TRUE(in.store.asked.empty());
  for (const auto& [text, count] : {std::pair{"own30", 0U}, {"own33", 0U}, {"own36", 1U}, {"new", 1U}}) {
    const auto query = term(text);
    EXPECT_EQ(best_matches(*index, {.query = query, .payloads = &in.store}).size(), count) << text;
  }
}

TEST(TextOutline, refuses_payloads_that_are_missing_or_are_not_those_that_were_asked_for) {
  const one_outline whole(with_own_words());
  const auto query = phrase("own30 ax");
  const auto expect_refused = [&](const std::function<void(std::string & payload, payload_store & store)>& damage) {
    one_outline in(with_own_words());
    in.search(query);
    const auto needed = in.store.asked;
    ASSERT_GE(needed.size(), 2U);
    for (const auto& name : needed) {
      in.store.payloads = whole.store.payloads;
      damage(in.store.payloads.at(name), in.store);
      EXPECT_THROW(in.search(query), malformed_index) << name;
      EXPECT_THROW(explain_match(in.index(), {.query = query, .payloads = &in.store}, 30), malformed_index) << name;
    }
  };
  expect_refused([](std::string& payload, payload_store&) { payload.clear(); });
  expect_refused([](std::string& payload, payload_store&) { payload.pop_back(); });
  expect_refused([](std::string& payload, payload_store&) { payload.push_back('\0'); });
  expect_refused([](std::string& payload, payload_store&) { payload[4] ^= 1; });  // the version
  expect_refused([](std::string& payload, payload_store&) { payload[8] ^= 1; });  // of how many it is one
  expect_refused([](std::string& payload, payload_store& store) { payload = store.payloads.at("0/0"); });
  expect_refused([](std::string& payload, payload_store& store) {
    const auto same = [&](const auto& one) { return &one.second == &payload; };
    store.payloads.erase(std::ranges::find_if(store.payloads, same));
  });
}

TEST(TextOutline, refuses_postings_that_are_none) {
  const auto query = term("ax");
  one_outline in(with_own_words());
  in.search(query);
  const auto needed = in.store.asked;
  ASSERT_GE(needed.size(), 3U);
  auto& middle = in.store.payloads.at(needed[1]);
  std::fill(middle.begin() + 16, middle.end(), '\xff');
  EXPECT_THROW(in.search(query), malformed_index);
}

TEST(TextOutline, damaged_payloads_are_refused_or_harmless) {
  const auto corpus = with_own_words();
  std::mt19937 random(3);
  text_maker make(2, 4);
  one_outline in(corpus);
  const auto whole = in.store.payloads;
  for (int turn = 0; turn < 300; ++turn) {
    in.store.payloads = whole;
    for (auto& [name, payload] : in.store.payloads)
      if (random() % 4 == 0) payload[16 + random() % (payload.size() - 16)] ^= static_cast<char>(1U << random() % 8);
    const auto query = make.query(2);
    try {
      in.search(query);
    } catch (const malformed_index&) {
      continue;
    }
  }
}

TEST(TextOutline, damaged_beginnings_are_refused_or_harmless) {
  const auto payloads = to_payloads(*named_segment_of(with_own_words(), 2), 1000);
  const auto count = payloads_of_outline(payloads.front());
  std::vector<std::string> names;
  for (std::size_t i = 0; i < payloads.size(); ++i) names.push_back(std::to_string(i));
  payload_store store;
  for (std::size_t i = 0; i < payloads.size(); ++i) store.payloads[names[i]] = payloads[i];
  std::mt19937 random(5);
  text_maker make(2, 6);
  for (int turn = 0; turn < 2000; ++turn) {
    std::vector<std::string> damaged(payloads.begin(), payloads.begin() + static_cast<std::ptrdiff_t>(count));
    auto& payload = damaged[random() % (turn % 4 == 0 ? 1 : count)];
    const auto reach = turn % 4 == 0 ? 80 : payload.size();
    for (auto flips = 1 + random() % 3; flips > 0; --flips)
      payload[random() % reach] ^= static_cast<char>(1U << random() % 8);
    const auto query = make.query(2);
    try {
      payloads_of_outline(damaged.front());
      const auto outline = outline_from_payloads(damaged, names);
      if (outline->columns() != 2) continue;
      best_matches(*text_snapshot(2).with_stored({}, outline), {.query = query, .payloads = &store});
    } catch (const malformed_index&) {
      continue;
    }
  }
}

TEST(TextOutline, refuses_beginnings_that_are_too_short_and_other_numbers_of_payloads) {
  const auto payloads = to_payloads(*named_segment_of(with_own_words(), 2), 1000);
  const auto count = payloads_of_outline(payloads.front());
  ASSERT_GT(count, 1U);
  ASSERT_LT(count + 1, payloads.size());
  std::vector<std::string> names(payloads.size(), "a name");
  EXPECT_TRUE(outline_from_payloads(std::span(payloads).first(count), names)->is_outline());
  EXPECT_TRUE(outline_from_payloads(std::span(payloads).first(count + 1), names)->is_outline());
  for (std::size_t fewer = 0; fewer < count; ++fewer)
    EXPECT_THROW(outline_from_payloads(std::span(payloads).first(fewer), names), malformed_index);
  names.pop_back();
  EXPECT_THROW(outline_from_payloads(std::span(payloads).first(count), names), malformed_index);
  EXPECT_THROW(payloads_of_outline(payloads.at(1)), malformed_index);
  EXPECT_THROW(payloads_of_outline(""), malformed_index);
}

}  // namespace
