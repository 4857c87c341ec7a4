// Searches by words over real texts, where a folder of them is there: against an oracle that reads all of them.
#include "support/engines.hpp"
#include "support/word_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

using tests::asked_words;
using tests::scored_text;
using tidb::c;

namespace tests {

extern const char* const source_folder;

}  // namespace tests

namespace {

struct real_text {
  std::int64_t id{};
  std::string text{};
};
constexpr auto tidb_schema(tidb::of<real_text>) {
  return tidb::mapping("real_texts", tidb::column<&real_text::id>(tidb::primary_key),
                       tidb::column<&real_text::text>(tidb::mediumtext));
}

/// TIDBXX_BENCH_DATA, or the folder beside the project.
std::filesystem::path data_file(const std::string& name) {
  const char* folder = std::getenv("TIDBXX_BENCH_DATA");  // NOLINT(concurrency-mt-unsafe): before any thread
  if (folder != nullptr) return std::filesystem::path(folder) / name;
  return std::filesystem::path(tests::source_folder) / ".." / "shared" / "data" / name;
}

std::vector<real_text> read_texts(const std::filesystem::path& file, std::size_t most) {
  std::ifstream in(file);
  std::vector<real_text> made;
  for (std::string line; made.size() < most && std::getline(in, line);) {
    const auto object = nlohmann::json::parse(line);
    made.push_back({object.at("id"), object.at("text")});
  }
  return made;
}

class real_texts : public tests::on_each_engine {
protected:
  /// Makes a table of the file's texts with an index; skips the test if there is no such file.
  void fill(const std::string& name, std::size_t most) {
    const auto file = data_file(name);
    if (!std::filesystem::exists(file)) GTEST_SKIP() << "left out: there is no " << name << " in TIDBXX_BENCH_DATA";
    texts = read_texts(file, most);
    db().create_table<real_text>();
    db().insert_many(texts);
    table().create_fulltext_index<&real_text::text>();
  }
  tidb::table<real_text> table() { return db().table<real_text>(); }

  std::vector<real_text> texts;

private:
  tests::indexes_are_known_soon soon_;
};

/// Chooses words of the texts, so that they are found.
class asking {
public:
  explicit asking(const std::vector<real_text>& texts) : texts_(texts) {}

  asked_words two_words() {
    auto [a, b] = pair();
    return {.typed = a + " " + b, .any = {{a}, {b}}};
  }
  asked_words phrase() {
    for (;;) {
      const auto words = words_of(any_text());
      if (words.size() < 2) continue;
      const auto at = random_() % (words.size() - 1);
      const auto text = words[at] + " " + words[at + 1];
      if (any_text_has(text) && tidb::analyze(text, {}, tidb::text_use::query).size() == 2 && is_asked_for(words[at]) &&
          is_asked_for(words[at + 1]))
        return {.typed = '"' + text + '"', .any = {{text}}};
    }
  }
  asked_words boolean() {
    auto [a, b] = pair();
    const auto other = pair().first;
    switch (random_() % 4) {
    case 0: return {.typed = a + " AND " + b, .must = {{a}, {b}}};
    case 1: return {.typed = "+" + a + " " + b, .any = {{b}}, .must = {{a}}};
    case 2: return {.typed = a + " " + b + " -" + other, .any = {{a}, {b}}, .must_not = {{other}}};
    default: return {.typed = "+" + a + " +" + b + " " + other, .any = {{other}}, .must = {{a}, {b}}};
    }
  }
  asked_words prefix() {
    auto beginning = pair().first;
    beginning.resize(4);
    return {.typed = beginning + "*", .any = {{beginning, true}}};
  }

private:
  const std::string& any_text() { return last_ = texts_[random_() % texts_.size()].text; }
  /// Of small letters only, as they follow each other.
  static std::vector<std::string> words_of(const std::string& text) {
    std::vector<std::string> made(1);
    for (const char letter : text) {
      if (letter >= 'a' && letter <= 'z')
        made.back() += letter;
      else if (!made.back().empty())
        made.emplace_back();
    }
    std::erase_if(made, [](const std::string& word) { return word.size() < 4; });
    return made;
  }
  static bool is_asked_for(const std::string& word) {
    const auto tokens = tidb::analyze(word, {}, tidb::text_use::query);
    return tokens.size() == 1 && !tokens.front().is_stop_word;
  }
  bool any_text_has(const std::string& text) const { return last_.find(" " + text + " ") != std::string::npos; }
  std::pair<std::string, std::string> pair() {
    for (;;) {
      auto words = words_of(any_text());
      std::erase_if(words, [&](const std::string& word) {
        return !is_asked_for(word) || last_.find(" " + word + " ") == std::string::npos;
      });
      std::ranges::shuffle(words, random_);
      if (words.size() > 1 && words[0] != words[1]) return {words[0], words[1]};
    }
  }

  const std::vector<real_text>& texts_;
  std::string last_;
  std::mt19937 random_{5};
};

std::vector<asked_words> questions(const std::vector<real_text>& texts, int pairs, int others) {
  asking ask(texts);
  std::vector<asked_words> made;
  for (int i = 0; i < pairs; ++i) made.push_back(ask.two_words());
  for (int i = 0; i < others; ++i)
    made.push_back(i % 3 == 0 ? ask.phrase() : i % 3 == 1 ? ask.boolean() : ask.prefix());
  return made;
}

/// Equal scores, but for rounding, may have changed places.
void expect_same(const std::vector<tidb::hit<std::int64_t>>& hits, const std::vector<scored_text>& expected,
                 std::size_t limit, const std::string& typed) {
  ASSERT_EQ(hits.size(), std::min(limit, expected.size())) << typed;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    ASSERT_NEAR(hits[i].score, expected[i].score, 1e-6) << typed << " at " << i;
    const auto same = std::ranges::find(expected, hits[i].row, &scored_text::id);
    ASSERT_NE(same, expected.end()) << typed << " at " << i;
    EXPECT_NEAR(hits[i].score, same->score, 1e-6) << typed << " at " << i;
    EXPECT_TRUE(same - expected.begin() == std::ptrdiff_t(i) || std::abs(same->score - expected[i].score) < 1e-9)
        << typed << " at " << i;
  }
}

void expect_all_same(const tidb::table<real_text>& table, const tests::word_oracle& oracle,
                     const std::vector<asked_words>& asked) {
  constexpr std::size_t limit = 10;
  for (const auto& one : asked) {
    const auto hits = table.search(one.typed).limit(limit).columns<&real_text::id>().all();
    expect_same(hits, oracle.find(one), limit, one.typed);
    if (testing::Test::HasFatalFailure()) return;
  }
}

/// Pairs of characters of Chinese and Japanese that stand side by side, and the texts that have them.
std::map<std::string, std::set<std::int64_t>> two_character_words(const std::vector<real_text>& texts) {
  const auto is_of_word = [](std::string_view character) {
    // of three bytes in UTF-8: kana from U+3041 to U+30FA without signs, and the unified ideographs
    return (character >= "\u3041" && character <= "\u3096") || (character >= "\u30A1" && character <= "\u30FA") ||
           (character >= "\u4E00" && character <= "\u9FA5");
  };
  std::map<std::string, std::set<std::int64_t>> made;
  for (const auto& [id, text] : texts)
    for (std::size_t at = 0; at + 6 <= text.size(); ++at) {
      const auto both = std::string_view(text).substr(at, 6);
      if (is_of_word(both.substr(0, 3)) && is_of_word(both.substr(3))) made[std::string(both)].insert(id);
    }
  return made;
}

void expect_words_are_found(const tidb::table<real_text>& table, const std::vector<real_text>& texts,
                            std::size_t step) {
  const auto words = two_character_words(texts);
  std::size_t turn = 0;
  for (const auto& [word, ids] : words) {
    if (turn++ % step != 0) continue;
    const auto hits = table.search(word).limit(texts.size()).columns<&real_text::id>().all();
    std::set<std::int64_t> found;
    for (const auto& hit : hits) found.insert(hit.row);
    ASSERT_TRUE(std::ranges::includes(found, ids)) << word << ": " << found.size() << " of " << ids.size();
  }
}

}  // namespace

TEST_P(real_texts, are_found_with_the_scores_of_an_oracle_that_reads_all_of_them) {
  fill("packages.jsonl", static_cast<std::size_t>(tests::count(3'000, 40'000)));
  if (IsSkipped()) return;
  const auto asked = questions(texts, tests::count(60, 500), tests::count(60, 200));
  tests::word_oracle oracle;
  for (const auto& one : texts) oracle.put(one.id, one.text);
  for (const auto& one : asked)
    if (!one.any.empty() && one.any[0].is_prefix) {
      ASSERT_LT(oracle.terms_of_prefix(one.any[0].text), 1000U) << "a search looks for so many";
    }
  expect_all_same(table(), oracle, asked);

  // some leave, some get the texts of others, some are new: what they were counts as long as the index has it
  std::vector<real_text> changed, added;
  for (std::size_t i = 0; i < 300; ++i) {
    changed.push_back({texts[i].id, texts[i + 300].text});
    added.push_back({1'000'000 + static_cast<std::int64_t>(i), texts[i + 600].text});
  }
  db().update_many(changed);
  db().insert_many(added);
  db().erase<real_text>().where(c<&real_text::id> >= 600 && c<&real_text::id> < 1300).run();
  for (const auto* rows : {&changed, &added})
    for (const auto& one : *rows) oracle.put(one.id, one.text);
  for (std::int64_t id = 600; id < 1300; ++id) oracle.remove(id);
  expect_all_same(table(), oracle, asked);

  table().rebuild_fulltext_index();
  oracle.forget_removed();
  expect_all_same(table(), oracle, asked);
}

TEST_P(real_texts, of_japanese_are_found_by_every_word_of_two_characters) {
  fill("packages-ja.jsonl", 10'000);
  if (IsSkipped()) return;
  expect_words_are_found(table(), texts, static_cast<std::size_t>(embedded() && tests::soaking() ? 1 : 50));
}

TEST_P(real_texts, of_chinese_are_found_by_every_word_of_two_characters) {
  fill("packages-zh.jsonl", 10'000);
  if (IsSkipped()) return;
  expect_words_are_found(table(), texts, static_cast<std::size_t>(embedded() ? 1 : 20));
}

INSTANTIATE_TEST_SUITE_P(engines, real_texts, testing::Values(tests::target::embedded, tests::target::tidb),
                         [](const auto& each) { return tests::to_string(each.param); });
