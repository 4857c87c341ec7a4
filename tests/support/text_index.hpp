// Articles with a full-text index on them, and what BM25 says of them, by reading every text.
#pragma once

#include <tidbxx/tidbxx.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace tests {

struct article {
  std::int64_t id{};
  std::optional<std::string> title{};
  std::optional<std::string> body{};
  std::int64_t shelf{};
};

constexpr auto tidb_schema(tidb::of<article>) {
  return tidb::mapping("articles", tidb::column<&article::id>(tidb::primary_key), tidb::column<&article::title>(),
                       tidb::column<&article::body>(), tidb::column<&article::shelf>());
}

/// Texts of made-up words, w0 to w59, some of them much more frequent than others. The same seed gives the same texts.
class text_maker {
public:
  explicit text_maker(unsigned seed) : random_(seed) {}
  std::string text(std::size_t least, std::size_t most) {
    std::string made;
    for (auto left = least + random_() % (most - least + 1); left > 0; --left)
      made += (made.empty() ? "w" : " w") + std::to_string(std::min({any(), any(), any()}));
    return made;
  }

private:
  std::size_t any() { return random_() % 60; }

  std::mt19937 random_;
};

/// A few have no title or no body, or an empty one.
inline std::vector<article> articles_of(std::int64_t first, std::int64_t count, unsigned seed = 1) {
  text_maker texts(seed);
  std::vector<article> made;
  for (auto id = first; id < first + count; ++id) {
    article one{.id = id, .title = texts.text(1, 4), .body = texts.text(3, 40), .shelf = id % 20};
    if (id % 13 == 1) one.title.reset();
    if (id % 17 == 2) one.body.reset();
    if (id % 19 == 3) one.body = "";
    made.push_back(std::move(one));
  }
  return made;
}

/// Scores of texts by their definition: every text is read.
class bm25 {
public:
  using texts = std::vector<std::optional<std::string>>;

  explicit bm25(std::size_t columns, std::vector<double> boosts = {}) : boosts_(std::move(boosts)), totals_(columns) {
    boosts_.resize(columns, 1);
  }
  /// Of title and body.
  explicit bm25(const std::vector<article>& rows, std::vector<double> boosts = {}) : bm25(2, std::move(boosts)) {
    for (const auto& row : rows) add(row.id, {row.title, row.body});
  }
  /// A text for each column; a row without any is no document.
  void add(std::int64_t id, const texts& row) {
    if (std::ranges::none_of(row, [](const auto& text) { return text.has_value(); })) return;
    auto& document = documents_[id];
    for (std::size_t column = 0; column < row.size(); ++column) {
      document.push_back(counted(row[column].value_or("")));
      totals_[column] += document.back().length;
    }
  }

  /// What a search for any of these words finds.
  std::map<std::int64_t, double> any_of(std::string_view words) const {
    std::map<std::int64_t, double> found;
    for (const auto& token : tidb::analyze(words, {}, tidb::text_use::query))
      for (std::size_t column = 0; column < totals_.size(); ++column) {
        const auto rare = boosts_[column] * rarity(token.term, column);
        for (const auto& [id, document] : documents_)
          if (const auto at = document[column].places.find(token.term); at != document[column].places.end())
            found[id] += rare * saturated(static_cast<double>(at->second.size()), document[column].length, column);
      }
    return found;
  }
  std::size_t documents() const { return documents_.size(); }
  /// How many have the term in this column.
  std::size_t having(const std::string& term, std::size_t column) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(documents_, [&](const auto& each) { return each.second[column].places.contains(term); }));
  }

private:
  struct counted_text {
    std::map<std::string, std::set<std::uint32_t>> places{};  ///< of each term
    double length{};                                          ///< in positions
  };

  static counted_text counted(std::string_view text) {
    counted_text made;
    std::set<std::uint32_t> positions;
    for (const auto& token : tidb::analyze(text)) {
      made.places[token.term].insert(token.position);
      positions.insert(token.position);
    }
    made.length = static_cast<double>(positions.size());
    return made;
  }
  double rarity(const std::string& term, std::size_t column) const {
    const auto all = static_cast<double>(documents()), some = static_cast<double>(having(term, column));
    return std::log(1 + (all - some + 0.5) / (some + 0.5));
  }
  double saturated(double frequency, double length, std::size_t column) const {
    constexpr double k1 = 1.2, b = 0.75;
    const auto average = totals_[column] / static_cast<double>(documents());
    return frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * length / average));
  }

  std::vector<double> boosts_;
  std::vector<double> totals_;  ///< positions in each column
  std::map<std::int64_t, std::vector<counted_text>> documents_;
};

/// The best of what was expected, best first; equal scores may come in any order.
template <class Hits>
void expect_best(const Hits& hits, const std::map<std::int64_t, double>& expected, std::size_t limit) {
  std::vector<double> scores;
  for (const auto& [id, score] : expected) scores.push_back(score);
  std::ranges::sort(scores, std::greater());
  scores.resize(std::min(scores.size(), limit));
  ASSERT_EQ(hits.size(), scores.size());
  std::set<std::int64_t> seen;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    const auto id = hits[i].row.id;
    EXPECT_TRUE(seen.insert(id).second) << id << " came twice";
    EXPECT_NEAR(hits[i].score, scores[i], 1e-5) << "at " << i;
    ASSERT_TRUE(expected.contains(id)) << id;
    EXPECT_NEAR(hits[i].score, expected.at(id), 1e-5) << id;
  }
}

using numbers = std::vector<std::int64_t>;

/// Their keys, in order of these.
template <class Hits>
numbers ids_of(const Hits& hits) {
  numbers made;
  for (const auto& hit : hits) made.push_back(hit.row.id);
  std::ranges::sort(made);
  return made;
}

}  // namespace tests
