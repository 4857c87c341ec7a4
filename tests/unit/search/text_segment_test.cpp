#include "search/vector_model.hpp"
#include "text_world.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <limits>
#include <random>

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;
using namespace tests;

text_corpus made_up(std::size_t documents, std::uint32_t columns, std::uint64_t seed, std::size_t most_words = 20) {
  text_maker make(columns, seed);
  text_corpus made;
  for (std::size_t i = 0; i < documents; ++i)
    made[static_cast<std::int64_t>(make.below(1 << 30)) - (1 << 29)] = make.document(most_words);
  return made;
}

/// Everything in it, read through its dictionary and its lists.
text_corpus read_back(const text_segment& segment) {
  text_corpus made;
  for (const auto key : segment.keys()) made[key].resize(segment.columns());
  for (auto terms = segment.terms().all(); terms.next();)
    for (const auto& place : terms.places()) {
      auto list = segment.postings(place);
      for (auto slot = list.advance(0); slot != no_slot; slot = list.advance(slot + 1))
        for (const auto position : list.positions())
          made[segment.keys()[slot]][place.column].push_back({std::string(terms.term()), position});
    }
  return made;
}

/// Words by position, each once.
std::vector<std::pair<std::uint32_t, std::string>> sorted(const std::vector<text_word>& column) {
  std::vector<std::pair<std::uint32_t, std::string>> made;
  for (const auto& word : column) made.emplace_back(word.position, word.term);
  std::ranges::sort(made);
  made.erase(std::unique(made.begin(), made.end()), made.end());
  return made;
}

void expect_same(const text_segment& segment, const text_corpus& corpus) {
  const auto read = read_back(segment);
  ASSERT_EQ(read.size(), corpus.size());
  for (const auto& [key, document] : corpus)
    for (std::uint32_t column = 0; column < segment.columns(); ++column)
      ASSERT_EQ(sorted(read.at(key)[column]), sorted(document[column])) << key;
}

bool same_bytes(const text_segment& a, const text_segment& b) {
  return to_payloads(a, 1 << 20) == to_payloads(b, 1 << 20);
}

TEST(TextSegment, has_every_word_of_every_document) {
  for (const std::uint32_t columns : {1U, 2U, 32U}) {
    const auto corpus = made_up(700, columns, columns);
    expect_same(*segment_of(corpus, columns), corpus);
  }
}

TEST(TextSegment, may_be_empty_and_have_documents_without_words) {
  const text_corpus nothing, blank{{5, {{}}}, {7, {{}}}};
  for (const auto* corpus : {&nothing, &blank}) {
    const auto segment = segment_of(*corpus, 1);
    const auto payloads = to_payloads(*segment, 100);
    const auto read = segment_from_payloads(payloads);
    EXPECT_EQ(read->documents(), corpus->size());
    term_places places;
    EXPECT_FALSE(read->terms().find("any", places));
  }
}

TEST(TextSegment, of_a_key_that_comes_twice_the_later_document_counts) {
  text_documents documents(1);
  documents.add_document(2);
  documents.add(0, "old", 0);
  documents.add_document(1);
  documents.add(0, "other", 0);
  documents.add_document(2);
  documents.add(0, "new", 0);
  const auto segment = text_segment::of(documents);
  expect_same(*segment, texts({{1, "other"}, {2, "new"}}));
  EXPECT_EQ(segment->terms().terms(), 2U);
}

TEST(TextSegment, a_length_is_the_number_of_positions_and_a_word_twice_at_one_counts_once) {
  text_documents documents(2);
  documents.add_document(1);
  for (const auto* term : {"ab", "a", "ab"}) documents.add(1, term, 3);
  documents.add(1, "b", 4);
  documents.add(1, "ab", 9);
  const auto segment = text_segment::of(documents);
  EXPECT_EQ(segment->lengths(0)[0], 0U);
  EXPECT_EQ(segment->lengths(1)[0], 3U);
  EXPECT_EQ(segment->total_length(1), 3U);
  term_places places;
  ASSERT_TRUE(segment->terms().find("ab", places));
  auto list = segment->postings(places.at(0));
  EXPECT_EQ(list.advance(0), 0U);
  EXPECT_EQ(list.frequency(), 2U);
}

TEST(TextSegment, refuses_documents_that_are_none) {
  EXPECT_THROW(text_documents(0), tidb::usage_error);
  EXPECT_THROW(text_documents(33), tidb::usage_error);
  text_documents documents(1);
  EXPECT_THROW(documents.add(0, "early", 0), tidb::usage_error);
  documents.add_document(1);
  documents.add(0, "a", 5);
  EXPECT_THROW(documents.add(0, "b", 4), tidb::usage_error);
  EXPECT_THROW(documents.add(1, "b", 6), tidb::usage_error);
  documents.add_document(2);
  documents.add(0, "b", 0);
}

TEST(TextSegment, refuses_names_for_some_documents_only) {
  text_documents documents(1), unnamed(1);
  documents.add_document(1, "one");
  EXPECT_THROW(documents.add_document(2), tidb::usage_error);
  documents.add_document(2, "two");
  unnamed.add_document(1);
  EXPECT_THROW(unnamed.add_document(2, "two"), tidb::usage_error);
}

void expect_names(const text_segment& segment) {
  ASSERT_EQ(segment.names().size(), segment.documents());
  for (text_slot slot = 0; slot < segment.documents(); ++slot)
    ASSERT_EQ(segment.name(slot), name_of(segment.keys()[slot]));
}

TEST(TextSegment, keeps_the_names_of_keys) {
  const auto corpus = made_up(300, 2, 12);
  const auto named = named_segment_of(corpus, 2), unnamed = segment_of(corpus, 2);
  expect_names(*named);
  EXPECT_EQ(unnamed->name(0), "");
  EXPECT_GE(named->memory(), unnamed->memory() + 300 * name_of(1).size());
  for (const std::size_t size : {100U, 999U, 1U << 20}) {
    const auto read = segment_from_payloads(to_payloads(*named, size));
    expect_names(*read);
    expect_same(*read, corpus);
  }
}

TEST(TextSegment, names_follow_their_documents) {
  text_documents documents(1);
  for (const auto* name : {"old", "other", "new"}) documents.add_document(*name == 'o' ? 2 : 5, name);
  const auto segment = text_segment::of(documents);
  EXPECT_EQ(segment->name(0), "other");
  EXPECT_EQ(segment->name(1), "new");

  auto corpus = made_up(200, 1, 13);
  const auto first = named_segment_of(corpus, 1), nothing = segment_of({}, 1);
  slot_set gone(first->documents());
  for (text_slot slot = 0; slot < first->documents(); slot += 2) gone.insert(slot);
  const auto second = named_segment_of({{first->keys()[0], {{}}}, {1 << 30, {{}}}}, 1);
  const std::vector<segment_source> sources{{first.get(), &gone}, {nothing.get(), nullptr}, {second.get(), nullptr}};
  const auto joined = join_segments(sources);
  EXPECT_EQ(joined->documents(), 102U);
  expect_names(*joined);
}

TEST(TextSegment, keeps_keys_and_terms_of_all_kinds) {
  text_corpus corpus;
  for (const auto key : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                         std::numeric_limits<std::int64_t>::max()})
    corpus[key] = {
        {{"", 0}, {std::string("a\0b", 3), 1}, {"\xff\xfe", 4'000'000'000U}, {std::string(5000, 'x'), 4'294'967'295U}}};
  const auto segment = segment_of(corpus, 1);
  expect_same(*segment, corpus);
  expect_same(*segment_from_payloads(to_payloads(*segment, 80)), corpus);
}

TEST(TextSegment, keeps_frequencies_of_all_sizes) {
  text_corpus corpus;
  for (std::int64_t key = 0; key < 300; ++key) {
    auto& column = corpus[key].emplace_back();
    const auto frequency = key % 50 == 7 ? 70'000U : key % 10 == 3 ? 300U : 1U + static_cast<std::uint32_t>(key % 3);
    for (std::uint32_t position = 0; position < frequency; ++position) column.push_back({"a", position});
  }
  expect_same(*segment_from_payloads(to_payloads(*segment_of(corpus, 1), 1 << 20)), corpus);
}

TEST(TextSegment, finds_terms_and_those_from_one_on) {
  text_corpus corpus;
  for (std::int64_t key = 0; key < 1000; ++key) corpus[key] = {{{"t" + std::to_string(key * 2), 0}}};
  const auto segment = segment_of(corpus, 1);
  term_places places;
  for (int number = 0; number < 2000; ++number)
    EXPECT_EQ(segment->terms().find("t" + std::to_string(number), places), number % 2 == 0);
  EXPECT_FALSE(segment->terms().find("", places));
  EXPECT_FALSE(segment->terms().find("zz", places));
  auto from = segment->terms().from("t95");
  ASSERT_TRUE(from.next());
  EXPECT_EQ(from.term(), "t950");
  ASSERT_TRUE(from.next());
  EXPECT_EQ(from.term(), "t952");
  EXPECT_FALSE(segment->terms().from("u").next());
  EXPECT_TRUE(segment->terms().from("").next());
}

TEST(TextSegment, a_list_is_gone_through_in_any_steps) {
  text_corpus corpus;
  std::mt19937 random(4);
  for (std::int64_t key = 0; key < 5000; ++key) corpus[key] = {random() % 3 == 0 ? words("a a b") : words("b")};
  const auto segment = segment_of(corpus, 1);
  term_places places;
  ASSERT_TRUE(segment->terms().find("a", places));
  std::vector<text_slot> having;
  for (const auto& [key, document] : corpus)
    if (document[0].size() == 3) having.push_back(static_cast<text_slot>(key));
  for (int turn = 0; turn < 200; ++turn) {
    auto list = segment->postings(places[0]);
    const auto step = 1U + random() % (1U << random() % 13);
    const auto below = [&](std::size_t limit) { return static_cast<text_slot>(random() % limit); };
    for (text_slot slot = below(100); slot < 5200; slot += 1 + below(step)) {
      const auto expected = std::ranges::lower_bound(having, slot);
      const auto at = list.advance(slot);
      ASSERT_EQ(at, expected == having.end() ? no_slot : *expected);
      if (at == no_slot) break;
      if (random() % 4 == 0) {
        ASSERT_EQ(list.positions().size(), 2U);
        ASSERT_EQ(list.frequency(), 2U);
        ASSERT_EQ(list.length(), 3U);
      }
    }
  }
}

TEST(TextSegment, payloads_of_any_size_are_read_back) {
  const auto corpus = made_up(400, 2, 3);
  const auto segment = segment_of(corpus, 2);
  for (const std::size_t size : {80U, 81U, 999U, 4096U, 1U << 20}) {
    const auto payloads = to_payloads(*segment, size);
    for (const auto& payload : payloads) EXPECT_LE(payload.size(), size);
    const auto read = segment_from_payloads(payloads);
    expect_same(*read, corpus);
    EXPECT_TRUE(same_bytes(*read, *segment));
  }
  EXPECT_THROW(to_payloads(*segment, 79), tidb::usage_error);
}

TEST(TextSegment, joined_is_what_building_all_at_once_gives) {
  for (const bool interleaved : {false, true}) {
    const auto corpus = made_up(900, 2, 6);
    std::vector<text_corpus> parts(3);
    std::size_t number = 0;
    for (const auto& [key, document] : corpus) {
      parts[interleaved ? number % 3 : number * 3 / corpus.size()][key] = document;
      ++number;
    }
    std::vector<std::shared_ptr<const text_segment>> segments;
    std::vector<segment_source> sources;
    for (const auto& part : parts) {
      segments.push_back(segment_of(part, 2));
      sources.push_back({segments.back().get(), nullptr});
    }
    EXPECT_TRUE(same_bytes(*join_segments(sources), *segment_of(corpus, 2)));
  }
}

TEST(TextSegment, what_left_is_gone_when_segments_are_joined) {
  auto corpus = made_up(300, 1, 8);
  const auto segment = segment_of(corpus, 1);
  slot_set gone(segment->documents());
  for (text_slot slot = 0; slot < segment->documents(); slot += 3) {
    gone.insert(slot);
    corpus.erase(segment->keys()[slot]);
  }
  const segment_source source{segment.get(), &gone};
  EXPECT_TRUE(same_bytes(*join_segments({&source, 1}), *segment_of(corpus, 1)));
}

TEST(TextSegment, refuses_names_that_do_not_end_where_they_should) {
  const auto whole = to_payloads(*named_segment_of(texts({{1, ""}, {2, ""}}), 1), 1 << 20);
  ASSERT_EQ(whole.size(), 1U);
  const auto text = whole[0].find(name_of(1));
  ASSERT_NE(text, std::string::npos);
  for (const int length : {0, 1, 8, 10, 255}) {
    auto damaged = whole;
    damaged[0][text - 1] = static_cast<char>(length);  // of the second
    EXPECT_THROW(segment_from_payloads(damaged), malformed_index) << length;
  }
  auto empty_name = whole;  // the first has all
  empty_name[0][text - 2] = static_cast<char>(2 * name_of(1).size());
  empty_name[0][text - 1] = 0;
  EXPECT_THROW(segment_from_payloads(empty_name), malformed_index);
}

/// It is refused, or it is a segment that can be searched.
void try_payloads(const std::vector<std::string>& payloads) {
  std::shared_ptr<const text_segment> segment;
  try {
    segment = segment_from_payloads(payloads);
  } catch (const malformed_index&) {
    return;
  }
  if (segment->columns() != 2) return;
  const auto index = text_snapshot(2).with_stored({}, segment);
  for (const auto key : segment->keys()) index->name_of(key);
  text_maker make(2, 1);
  for (int i = 0; i < 10; ++i) {
    const auto query = make.query(2);
    best_matches(*index, {.query = query});
  }
  index->joined();
}

TEST(TextSegment, damaged_payloads_are_refused_or_harmless) {
  std::mt19937 random(1);
  for (const std::size_t documents : {3U, 400U}) {
    const auto whole = to_payloads(*named_segment_of(made_up(documents, 2, 4), 2), documents < 10 ? 1 << 20 : 1500);
    for (int turn = 0; turn < 3000; ++turn) {
      auto damaged = whole;
      auto& payload = damaged[random() % damaged.size()];
      // more often in the head, which says how large everything is
      const auto reach = turn % 4 == 0 ? std::min<std::size_t>(payload.size(), 80) : payload.size();
      for (auto flips = 1 + random() % 3; flips > 0; --flips)
        payload[random() % reach] ^= static_cast<char>(1U << random() % 8);
      try_payloads(damaged);
    }
  }
}

TEST(TextSegment, payloads_that_are_cut_or_missing_or_out_of_order_are_refused) {
  const auto whole = to_payloads(*segment_of(made_up(100, 2, 4), 2), 1500);
  ASSERT_GT(whole.size(), 3U);
  for (std::size_t i = 0; i < whole.size(); ++i)
    for (std::size_t left = 0; left < whole[i].size(); left += 1 + whole[i].size() / 50) {
      auto cut = whole;
      cut[i].resize(left);
      EXPECT_THROW(segment_from_payloads(cut), malformed_index);
    }
  auto swapped = whole;
  std::swap(swapped[1], swapped[2]);
  EXPECT_THROW(segment_from_payloads(swapped), malformed_index);
  EXPECT_THROW(segment_from_payloads(std::span(whole).first(whole.size() - 1)), malformed_index);
  EXPECT_THROW(segment_from_payloads({}), malformed_index);
  auto longer = whole;
  longer.back() += "more";
  EXPECT_THROW(segment_from_payloads(longer), malformed_index);
}

}  // namespace
