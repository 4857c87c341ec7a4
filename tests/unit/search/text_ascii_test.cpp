#include "search/text/analyzer.hpp"
#include "text_support.hpp"

#include <random>

#include <gtest/gtest.h>

using namespace tidb;
using namespace tidb::detail;

namespace {

const analyzer_options all_options[]{
    {.language = "none"},
    {},
    {.language = "french", .stop_words = stop_word_use::drop},
    {.language = "turkish"},
    {.stop_words = stop_word_use::drop, .unstemmed_words = true, .split_identifiers = true},
};

/// The same tokens on both ways, for texts of random pieces and every use.
void expect_same_tokens(const std::vector<std::string>& pieces, std::uint32_t seed) {
  std::mt19937 random(seed);
  for (const auto& options : all_options) {
    const text_analyzer analyzer(options);
    for (int round = 0; round < 1000; ++round) {
      std::string text;
      for (auto count = random() % 60; count > 0; --count) text += pieces[random() % pieces.size()];
      for (const auto use : {text_use::document, text_use::query, text_use::prefix})
        ASSERT_EQ(analyzer.tokens(text, use), analyzer.tokens_by_icu(text, use)) << text;
    }
  }
}

TEST(TextAscii, has_the_tokens_that_icu_finds_in_random_bytes) {
  std::vector<std::string> bytes;
  for (int byte = 0; byte < 128; ++byte) bytes.emplace_back(1, static_cast<char>(byte));
  expect_same_tokens(bytes, 1);
}

TEST(TextAscii, has_the_tokens_that_icu_finds_in_what_looks_like_text) {
  std::vector<std::string> likely;
  for (const char each : std::string_view("abIzAZ019019..,,;:''\"__--  \n\t")) likely.emplace_back(1, each);
  expect_same_tokens(likely, 2);
}

TEST(TextAscii, has_the_tokens_that_icu_finds_beside_other_characters) {
  expect_same_tokens(
      {"a", "B", "1", ".", ",", "'", "_", " ", "-", "ö", "\u0301", "東", "\u200D", "’", "א", "\"", "\xFF"}, 3);
}

}  // namespace
