#include "search/text/analyzer.hpp"
#include "text_support.hpp"

#include <random>

#include <gtest/gtest.h>

using namespace tidb::detail;

namespace {

const analyzer_options all_options[]{
    {.language = "none"},
    {},
    {.language = "french", .stop_words = stop_word_use::drop},
    {.language = "turkish"},
    {.stop_words = stop_word_use::drop, .unstemmed_words = true, .split_identifiers = true},
};

void expect_same(const text_analyzer& analyzer, const std::string& text) {
  for (const auto use : {text_use::document, text_use::query, text_use::prefix})
    ASSERT_EQ(analyzer.tokens(text, use), analyzer.tokens_by_icu(text, use)) << text;
}

TEST(TextAscii, has_the_tokens_that_icu_finds_in_random_bytes) {
  std::mt19937 random(1);
  for (const auto& options : all_options) {
    const text_analyzer analyzer(options);
    for (int round = 0; round < 300; ++round) {
      std::string text;
      for (auto size = random() % 200; size > 0; --size) text += static_cast<char>(random() % 128);
      expect_same(analyzer, text);
    }
  }
}

TEST(TextAscii, has_the_tokens_that_icu_finds_in_what_looks_like_text) {
  constexpr std::string_view likely = "abIzAZ019019..,,;:''\"__--  \n\t";
  std::mt19937 random(2);
  for (const auto& options : all_options) {
    const text_analyzer analyzer(options);
    for (int round = 0; round < 1000; ++round) {
      std::string text;
      for (auto size = random() % 60; size > 0; --size) text += likely[random() % likely.size()];
      expect_same(analyzer, text);
    }
  }
}

TEST(TextAscii, has_the_tokens_that_icu_finds_beside_other_characters) {
  const std::vector<std::string> likely{"a", "B",      "1",  ".",      ",", "'", "_",  " ",   "-",
                                        "ö", "\u0301", "東", "\u200D", "’", "א", "\"", "\xFF"};
  std::mt19937 random(3);
  for (const auto& options : all_options) {
    const text_analyzer analyzer(options);
    for (int round = 0; round < 1000; ++round) {
      std::string text;
      for (auto size = random() % 30; size > 0; --size) text += likely[random() % likely.size()];
      expect_same(analyzer, text);
    }
  }
}

}  // namespace
