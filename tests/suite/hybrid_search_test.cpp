// Searches by words and by a vector at once: how two become one.
#include "support/engines.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using tidb::c;

namespace {

struct essay {
  std::int64_t id{};
  std::string text{};
  std::int64_t shelf{};
  std::optional<tidb::vector<4>> meaning{};
};
constexpr auto tidb_schema(tidb::of<essay>) {
  return tidb::mapping("essays", tidb::column<&essay::id>(tidb::primary_key), tidb::column<&essay::text>(),
                       tidb::column<&essay::shelf>(), tidb::column<&essay::meaning>());
}
using hits = std::vector<tidb::hit<essay>>;

constexpr std::int64_t rows = 120;

std::vector<essay> essays() {
  std::mt19937 random(3);
  std::vector<essay> made;
  const auto any = [&] { return static_cast<float>(random() % 1000) / 500 - 1; };
  for (std::int64_t id = 1; id <= rows; ++id) {
    essay one{.id = id, .shelf = id % 4};
    for (std::size_t left = 3 + random() % 12; left > 0; --left)
      one.text += "w" + std::to_string(std::min(random() % 30, random() % 30)) + " ";
    if (id % 10 != 0) one.meaning = tidb::vector<4>{any(), any(), any(), any()};
    made.push_back(one);
  }
  return made;
}

const std::string words = "w1 w4 w20";
const tidb::vector<4> meaning{0.3F, -0.5F, 0.8F, 0.1F};

class hybrid_searches : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<essay>();
    db().insert_many(essays());
    table().create_fulltext_index<&essay::text>();
  }
  tidb::table<essay> table() { return db().table<essay>(); }
  auto both() { return table().search(words, meaning); }
  hits by_words(std::uint64_t limit) { return table().search(words).limit(limit).all(); }
  hits by_vector(std::uint64_t limit) { return table().search(meaning).limit(limit).all(); }

  /// Of the rows that either found, as `score_of(text, vector)` makes it of their ranks and scores.
  template <class F>
  static void expect_fused(const hits& found, const hits& text, const hits& vector, F score_of) {
    std::map<std::int64_t, tidb::ranked> in_text, in_vector;
    std::map<std::int64_t, double> expected;
    for (std::size_t i = 0; i < text.size(); ++i) in_text[text[i].row.id] = {i + 1, text[i].score};
    for (std::size_t i = 0; i < vector.size(); ++i) in_vector[vector[i].row.id] = {i + 1, vector[i].score};
    for (const auto* leg : {&in_text, &in_vector})
      for (const auto& [id, ranked] : *leg) expected[id] = score_of(in_text[id], in_vector[id]);
    std::vector<double> scores;
    for (const auto& [id, score] : expected) scores.push_back(score);
    std::ranges::sort(scores, std::greater());
    ASSERT_LE(found.size(), scores.size());
    for (std::size_t i = 0; i < found.size(); ++i) {
      const auto& [distance, score, row, text_rank, vector_rank] = found[i];
      EXPECT_NEAR(score, scores[i], 1e-9) << "at " << i;
      ASSERT_TRUE(expected.contains(row.id)) << row.id;
      EXPECT_NEAR(score, expected[row.id], 1e-9) << row.id;
      EXPECT_EQ(text_rank.rank, in_text[row.id].rank) << row.id;
      EXPECT_NEAR(text_rank.score, in_text[row.id].score, 1e-9) << row.id;
      EXPECT_EQ(vector_rank.rank, in_vector[row.id].rank) << row.id;
      EXPECT_NEAR(vector_rank.score, in_vector[row.id].score, 1e-9) << row.id;
      EXPECT_EQ(std::isnan(distance), vector_rank.rank == 0) << row.id;
    }
  }
  static double ranked_by(const tidb::rrf& by, const tidb::ranked& text, const tidb::ranked& vector) {
    return (text.rank != 0 ? by.text_weight / (by.k + static_cast<double>(text.rank)) : 0) +
           (vector.rank != 0 ? by.vector_weight / (by.k + static_cast<double>(vector.rank)) : 0);
  }

private:
  tests::indexes_are_known_soon soon_;
};

TEST_P(hybrid_searches, sum_the_reciprocal_ranks_of_both) {
  for (const tidb::rrf by : {tidb::rrf{}, tidb::rrf{.k = 1, .text_weight = 3, .vector_weight = 0.5}, tidb::rrf{.k = 0}})
    expect_fused(both().hybrid(by).limit(30).all(), by_words(30), by_vector(30),
                 [&](const auto& text, const auto& vector) { return ranked_by(by, text, vector); });
  EXPECT_EQ(both().all().size(), 10U);
  std::set<std::int64_t> either;
  for (const auto& hit : by_words(500)) either.insert(hit.row.id);
  for (const auto& hit : by_vector(500)) either.insert(hit.row.id);
  EXPECT_EQ(both().limit(500).all().size(), either.size());
}

TEST_P(hybrid_searches, weigh_scores_that_are_brought_to_one_scale) {
  const auto text = by_words(40), vector = by_vector(40);
  const auto scaled = [](const hits& among, const tidb::ranked& one) {
    const auto least = among.back().score, most = among.front().score;
    return one.rank == 0 ? 0 : (one.score - least) / (most - least);
  };
  for (const tidb::weighted by : {tidb::weighted{}, tidb::weighted{.text = 2, .vector = 1}, tidb::weighted{1, 0}})
    expect_fused(both().hybrid(by).limit(40).all(), text, vector, [&](const auto& in_text, const auto& in_vector) {
      return by.text * scaled(text, in_text) + by.vector * scaled(vector, in_vector);
    });
}

TEST_P(hybrid_searches, take_no_more_rows_of_each_than_was_said) {
  expect_fused(both().text_limit(5).vector_limit(7).limit(50).all(), by_words(5), by_vector(7),
               [&](const auto& text, const auto& vector) { return ranked_by({}, text, vector); });
  EXPECT_LE(both().text_limit(5).vector_limit(7).limit(50).all().size(), 12U);
}

TEST_P(hybrid_searches, start_at_the_offset) {
  const auto all = both().text_limit(60).vector_limit(60).limit(40).all();
  const auto later = both().text_limit(60).vector_limit(60).limit(6).offset(20).all();
  ASSERT_EQ(later.size(), 6U);
  for (std::size_t i = 0; i < 6; ++i) {
    EXPECT_EQ(later[i].row.id, all[20 + i].row.id);
    EXPECT_EQ(later[i].score, all[20 + i].score);
  }
  EXPECT_TRUE(both().limit(5).offset(1000).all().empty());
  EXPECT_TRUE(both().limit(0).all().empty());
}

TEST_P(hybrid_searches, have_each_row_on_one_page_if_each_part_gives_the_same_for_all_pages) {
  const auto page = [&](std::uint64_t first) {
    return both().text_limit(40).vector_limit(40).limit(10).offset(first).all();
  };
  std::vector<std::int64_t> paged, whole;
  for (std::uint64_t first = 0; first < 40; first += 10)
    for (const auto& hit : page(first)) paged.push_back(hit.row.id);
  for (const auto& hit : both().text_limit(40).vector_limit(40).limit(40).all()) whole.push_back(hit.row.id);
  EXPECT_EQ(paged, whole);
}

TEST_P(hybrid_searches, are_by_words_alone_if_that_is_said) {
  const auto found = both().words_only().limit(5).all();
  const auto expected = table().search(words).limit(5).all();
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].row.id, expected[i].row.id);
    EXPECT_EQ(found[i].vector.rank, 0U);
  }
}

TEST_P(hybrid_searches, keep_to_their_conditions) {
  for (const auto when : {tidb::filtering::automatic, tidb::filtering::prefilter, tidb::filtering::postfilter}) {
    const auto text = table().search(words).where(c<&essay::shelf> == 1).limit(25).all();
    const auto vector = table().search(meaning).where(c<&essay::shelf> == 1).limit(25).all();
    const auto found = both().where(c<&essay::shelf> == 1).filter(when).limit(25).all();
    for (const auto& hit : found) EXPECT_EQ(hit.row.shelf, 1);
    EXPECT_EQ(found.size(), 25U);
    expect_fused(found, text, vector,
                 [&](const auto& in_text, const auto& in_vector) { return ranked_by({}, in_text, in_vector); });
  }
  EXPECT_TRUE(both().where(c<&essay::id> == -1).all().empty());
}

TEST_P(hybrid_searches, find_what_only_one_of_them_finds) {
  const auto nothing = table().search("unicorn", meaning).limit(5).all();
  ASSERT_EQ(nothing.size(), 5U);
  EXPECT_EQ(nothing[0].row.id, by_vector(1).at(0).row.id);
  EXPECT_EQ(nothing[0].text.rank, 0U);
  db().insert(essay{.id = 900, .text = "unicorn"});  // without a vector
  EXPECT_EQ(table().search("unicorn", meaning).limit(5).all().size(), 5U);
  const auto hit = table().search("unicorn", meaning).hybrid(tidb::rrf{.text_weight = 5}).limit(1).all().at(0);
  EXPECT_EQ(hit.row.id, 900);
  EXPECT_TRUE(std::isnan(hit.distance));
}

TEST_P(hybrid_searches, see_what_was_just_written_and_their_own_transaction) {
  db().transaction([&](tidb::transaction& tx) {
    tx.insert(essay{.id = 900, .text = words + " " + words, .meaning = meaning});
    EXPECT_EQ(tidb::table<essay>(tx).search(words, meaning).limit(1).all().at(0).row.id, 900);
  });
  EXPECT_EQ(both().limit(1).all().at(0).row.id, 900);
  db().erase<essay>().where(c<&essay::id> == 900).run();
  EXPECT_NE(both().limit(1).all().at(0).row.id, 900);
}

TEST_P(hybrid_searches, go_by_both_indexes) {
  table().create_vector_index<&essay::meaning>();
  const auto plan = both().explain();
  EXPECT_EQ(plan.way.substr(0, 8), "index + ") << plan.way;
  EXPECT_EQ(plan.rows, 10U);
  EXPECT_EQ(plan.documents, static_cast<std::uint64_t>(rows));
  EXPECT_FALSE(plan.reason.empty());
  EXPECT_GT(plan.statements, 2U);
  expect_fused(both().recall(1).limit(30).all(), by_words(30), table().search(meaning).recall(1).limit(30).all(),
               [&](const auto& text, const auto& vector) { return ranked_by({}, text, vector); });
}

TEST_P(hybrid_searches, explain_the_words_of_each_hit) {
  auto search = both().limit(15).offset(1);
  const auto found = search.all();
  const auto plan = search.explain();
  ASSERT_EQ(plan.terms.size(), found.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    double sum = 0;
    for (const auto& part : plan.terms[i]) sum += part.score;
    EXPECT_NEAR(sum, found[i].text.score, 1e-5);
    EXPECT_EQ(plan.terms[i].empty(), found[i].text.rank == 0);
  }
}

TEST_P(hybrid_searches, refuse_what_makes_no_sense_of_them) {
  EXPECT_THROW((void)both().group_by<&essay::shelf>().all(), tidb::usage_error);
  EXPECT_THROW((void)both().hybrid(tidb::rrf{.k = -1}).all(), tidb::usage_error);
  EXPECT_THROW((void)both().hybrid(tidb::rrf{.k = std::numeric_limits<double>::quiet_NaN()}).all(), tidb::usage_error);
  EXPECT_THROW((void)both().hybrid(tidb::rrf{.text_weight = std::nan("")}).all(), tidb::usage_error);
  EXPECT_THROW((void)both().hybrid(tidb::weighted{.vector = INFINITY}).all(), tidb::usage_error);
  EXPECT_THROW((void)both().rerank([](const hits& all) { return std::vector(all.size(), std::nan("")); }).all(),
               tidb::usage_error);
  EXPECT_THROW((void)both().sql(), tidb::usage_error);
  EXPECT_THROW((void)both().all_for(std::vector{meaning}), tidb::usage_error);
  EXPECT_THROW((void)table().search(words, {1.0, 2.0}).all(), tidb::usage_error);
  EXPECT_THROW((void)table().search(meaning).match_all(), tidb::usage_error);
  table().drop_fulltext_index();
  EXPECT_EQ(tests::error_of([&] { (void)both().all(); }).code(), tidb::errc::statement);
}

TEST_P(hybrid_searches, read_only_the_columns_asked_for) {
  const auto whole = both().limit(4).all();
  const auto parts = both().limit(4).columns<&essay::shelf, &essay::id>().all();
  ASSERT_EQ(parts.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(std::get<1>(parts[i].row), whole[i].row.id);
    EXPECT_EQ(parts[i].vector.rank, whole[i].vector.rank);
  }
}

TEST_P(hybrid_searches, may_be_put_into_another_order) {
  const auto by_id = [](const hits& found) {
    std::vector<double> scores;
    for (const auto& hit : found) scores.push_back(static_cast<double>(hit.row.id));
    return scores;
  };
  auto candidates = both().limit(20).all();
  std::ranges::sort(candidates, std::greater(), [](const auto& hit) { return hit.row.id; });
  const auto found = both().rerank(by_id, 20).limit(5).offset(2).all();
  ASSERT_EQ(found.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) {
    EXPECT_EQ(found[i].row.id, candidates[2 + i].row.id);
    EXPECT_EQ(found[i].score, static_cast<double>(found[i].row.id));
  }
  std::size_t seen = 0;
  const auto noting = [&](const hits& all) { return std::vector<float>(seen = all.size()); };
  (void)table().search(words).limit(3).rerank(noting).all();
  EXPECT_EQ(seen, 50U) << "a default of candidates";
  const auto largest = std::ranges::max(by_vector(30), {}, [](const auto& hit) { return hit.row.id; });
  EXPECT_EQ(table().search(meaning).limit(1).rerank(by_id, 30).all().at(0).row.id, largest.row.id);
  EXPECT_THROW((void)both().rerank([](const hits&) { return std::vector<double>(3); }).all(), tidb::usage_error);
  EXPECT_THROW((void)both().rerank([](const hits&) -> std::vector<double> { throw std::out_of_range("none"); }).all(),
               std::out_of_range);
  EXPECT_EQ(both().all().size(), 10U);
}

/// A word's number is all that it means.
tidb::vector<4> meaning_of(std::string_view text) {
  if (text.find("fails") != std::string_view::npos) throw std::runtime_error("no model today");
  return {static_cast<float>(text.size()), static_cast<float>(text.front()), 1, static_cast<float>(text.back())};
}

TEST_P(hybrid_searches, are_made_by_a_bound_model_of_words_alone) {
  EXPECT_THROW((void)table().search(words).vector_only().all(), tidb::usage_error);
  table().embed_with<&essay::meaning>(meaning_of);
  const auto vector = meaning_of(words);
  const auto same = [](const hits& left, const hits& right) {
    ASSERT_EQ(left.size(), right.size());
    for (std::size_t i = 0; i < left.size(); ++i) {
      EXPECT_EQ(left[i].row.id, right[i].row.id);
      EXPECT_EQ(left[i].score, right[i].score);
    }
  };
  same(table().search(words).limit(30).all(), table().search(words, vector).limit(30).all());
  same(table().search(words).limit(30).offset(3).vector_only().all(), table().search(vector).limit(30).offset(3).all());
  EXPECT_EQ(table().search(words).limit(30).words_only().explain().way, "index");
  for (const auto& hit : table().search(words).limit(30).words_only().all()) EXPECT_TRUE(std::isnan(hit.distance));
  EXPECT_TRUE(table().search(" \n").all().empty()) << "nothing was asked for";
  EXPECT_THROW((void)table().search("this fails").all(), std::runtime_error);
  EXPECT_EQ(table().search("this fails w1").words_only().all().size(), 10U);
  table().drop_fulltext_index();
  same(table().search(words).limit(30).all(), table().search(vector).limit(30).all());
  EXPECT_EQ(tests::error_of([&] { (void)table().search(words).words_only().all(); }).code(), tidb::errc::statement);
}

RUN_ON_EACH_ENGINE(hybrid_searches);

}  // namespace
