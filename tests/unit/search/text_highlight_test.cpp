#include "search/text/highlight.hpp"
#include "search/text/query_parser.hpp"
#include "search/text/text_matches.hpp"

#include <random>

#include <gtest/gtest.h>

using namespace tidb;
using namespace tidb::detail;

namespace {

const text_analyzer& analyzer() {
  static const text_analyzer made;
  return made;
}

const highlight_marks brackets{.before = "[", .after = "]"};

std::string marked(std::string_view text, std::string_view query, const text_analyzer& by = analyzer()) {
  return highlight(text, by, parse_text_query(query, by, {.columns = {"title", "body"}}), brackets);
}

std::string part_of(std::string_view text, std::string_view query, const snippet_shape& shape) {
  return snippet(text, analyzer(), parse_text_query(query, analyzer()), shape, brackets);
}

std::string numbered(int from, int to) {
  std::string text;
  for (int i = from; i <= to; ++i) text += (text.empty() ? "w" : " w") + std::to_string(i);
  return text;
}

TEST(TextHighlight, marks_each_word_of_a_loose_phrase_once_however_many_there_are) {
  std::string text = "cats";
  for (int i = 0; i < 20'000; ++i) text += " dogs";
  const auto found = find_matches(text, analyzer(), parse_text_query("\"cats dogs\"~1000000", analyzer()), -1, false);
  EXPECT_EQ(found.matches.size(), 20'001U);
}

TEST(TextHighlight, marks_every_form_of_a_word) {
  EXPECT_EQ(marked("A cat, two Cats; category.", "cats"), "A [cat], two [Cats]; category.");
  EXPECT_EQ(marked("Nothing here", "cats"), "Nothing here");
  EXPECT_EQ(marked("", "cats"), "");
  EXPECT_EQ(marked("cats", ""), "cats");
  EXPECT_EQ(highlight("cats", analyzer(), parse_text_query("cat", analyzer())), "<b>cats</b>");
}

TEST(TextHighlight, marks_beginnings) {
  EXPECT_EQ(marked("category Catalogue dog", "cat*"), "[category] [Catalogue] dog");
}

TEST(TextHighlight, marks_words_whose_stem_is_shorter_than_the_beginning) {
  EXPECT_EQ(marked("Tokens, tokenizers", "tokeni*", text_analyzer({.unstemmed_words = true})), "Tokens, [tokenizers]");
}

TEST(TextHighlight, marks_phrases_where_they_are_whole) {
  EXPECT_EQ(marked("new cars in New York, york new", "\"new york\""), "new cars in [New York], york new");
  EXPECT_EQ(marked("state of the art; state art", "\"state of the art\""), "[state of the art]; state art");
  EXPECT_EQ(marked("a1 a1 b1", "\"a1 b1\""), "a1 [a1 b1]");
}

TEST(TextHighlight, marks_the_words_of_loose_phrases) {
  EXPECT_EQ(marked("black and white cats", "\"black cats\"~2"), "[black] and white [cats]");
  EXPECT_EQ(marked("black and white cats", "\"black cats\"~1"), "black and white cats");
  EXPECT_EQ(marked("cats so black", "\"black cats\"~3"), "[cats] so [black]");
  EXPECT_EQ(marked("so very good; so so", "\"so so\"~1"), "so very good; [so] [so]");
}

TEST(TextHighlight, leaves_what_must_not_be_there) {
  EXPECT_EQ(marked("cats and dogs", "cats -dogs"), "[cats] and dogs");
  EXPECT_EQ(marked("cats and dogs", "+cats AND dogs"), "[cats] and [dogs]");
}

TEST(TextHighlight, marks_only_what_is_asked_of_its_column) {
  const auto query = parse_text_query("title:cats dogs", analyzer(), {.columns = {"title", "body"}});
  EXPECT_EQ(highlight("cats dogs", analyzer(), query, brackets, 1), "cats [dogs]");
  EXPECT_EQ(highlight("cats dogs", analyzer(), query, brackets, 0), "[cats] [dogs]");
}

TEST(TextHighlight, keeps_offsets_right_where_forms_have_other_lengths) {
  EXPECT_EQ(marked("Die GRÖSSTE Größe — ﬁne", "grosse"), "Die GRÖSSTE [Größe] — ﬁne");
  EXPECT_EQ(marked("cafe\u0301 ＣＡＦＥ́ Café!", "cafe"), "[cafe\u0301] [ＣＡＦＥ́] [Café]!");
  EXPECT_EQ(marked("İstanbul'da ve", "istanbul*", text_analyzer({.language = "none"})), "[İstanbul'da] ve");
  EXPECT_EQ(marked("אני בצה\"ל שָׁלוֹם", "שלום"), "אני בצה\"ל [שָׁלוֹם]");
}

TEST(TextHighlight, marks_parts_of_texts_without_spaces) {
  EXPECT_EQ(marked("私は北京大学に行く", "北京大学"), "私は[北京大学]に行く");
  EXPECT_EQ(marked("東京と京都", "京"), "東[京]と[京]都");
  EXPECT_EQ(marked("ภาษาไทยง่าย", "ไทย"), "ภาษา[ไทย]ง่าย");
  EXPECT_EQ(marked("한국어는", "한국어"), "[한국어]는");
}

TEST(TextHighlight, marks_parts_of_identifiers) {
  const text_analyzer code({.split_identifiers = true});
  EXPECT_EQ(marked("call getUserName()", "user", code), "call get[User]Name()");
  EXPECT_EQ(marked("call getUserName()", "get_user_name", code), "call [getUserName]()");
}

TEST(TextHighlight, marks_synonyms) {
  const text_analyzer with({.synonyms = {{.from = {"nyc", "new york"}}}});
  EXPECT_EQ(marked("New York or NYC", "nyc", with), "[New York] or [NYC]");
}

TEST(TextHighlight, overlapping_matches_are_one) {
  EXPECT_EQ(marked("new york city", "\"new york\" \"york city\" york"), "[new york city]");
}

TEST(TextHighlight, escapes_the_text_for_html_and_not_the_marks) {
  const auto query = parse_text_query("cats", analyzer());
  EXPECT_EQ(highlight("<i>\"cats\"</i> & 'dogs'", analyzer(), query, {.escape_html = true}),
            "&lt;i&gt;&quot;<b>cats</b>&quot;&lt;/i&gt; &amp; &#39;dogs&#39;");
}

TEST(TextHighlight, loses_no_byte_of_any_text) {
  std::mt19937 random(1);
  const std::vector<std::string> pieces{"cats", "dogs",   " ",           "北京", "京", "\xFF", "\xE4\xBA",
                                        "ö",    "\u0301", "👩‍💻", "'",    "_",  "a"};
  const auto query = parse_text_query("cats 京 北京 \"cats dogs\"~3 a* ö", analyzer());
  for (int round = 0; round < 1000; ++round) {
    std::string text;
    for (auto size = random() % 40; size > 0; --size) text += pieces[random() % pieces.size()];
    auto found = highlight(text, analyzer(), query, {.before = "\x01", .after = "\x02"});
    std::erase_if(found, [](char each) { return each == '\x01' || each == '\x02'; });
    ASSERT_EQ(found, text);
    ASSERT_NO_THROW((void)snippet(text, analyzer(), query, {.words = 4, .fragments = 3}));
  }
}

TEST(TextSnippet, is_the_whole_of_a_short_text) {
  EXPECT_EQ(part_of("  Two cats.", "cats", {.words = 10}), "  Two [cats].");
  EXPECT_EQ(part_of("", "cats", {}), "");
}

TEST(TextSnippet, shows_the_words_around_what_was_found) {
  EXPECT_EQ(part_of(numbered(1, 100), "w50", {.words = 5, .fragments = 1}), "…w48 w49 [w50] w51 w52…");
  EXPECT_EQ(part_of(numbered(1, 100), "w1", {.words = 3}), "[w1] w2 w3…");
  EXPECT_EQ(part_of(numbered(1, 100), "w100", {.words = 3}), "…w98 w99 [w100]");
}

TEST(TextSnippet, prefers_the_window_that_has_most_of_the_query) {
  EXPECT_EQ(part_of("w5 " + numbered(10, 90) + " w5 x w6 " + numbered(91, 99), "w5 w6", {.words = 3, .fragments = 1}),
            "…[w5] x [w6]…");
}

TEST(TextSnippet, joins_fragments_only_where_one_does_not_show_all) {
  EXPECT_EQ(part_of(numbered(1, 100), "w20 w80", {.words = 6, .fragments = 2}), "…w19 [w20] w21…w79 [w80] w81…");
  EXPECT_EQ(part_of(numbered(1, 100), "w20 w22", {.words = 5, .fragments = 3}), "…w19 [w20] w21 [w22] w23…");
  EXPECT_EQ(part_of(numbered(1, 100), "w80 w20", {.words = 2, .fragments = 2, .ellipsis = " ... "}),
            " ... [w20] ... [w80] ... ");
}

TEST(TextSnippet, is_the_beginning_of_a_text_without_matches) {
  EXPECT_EQ(part_of(numbered(1, 100), "cats", {.words = 3}), "w1 w2 w3…");
}

TEST(TextSnippet, counts_two_characters_without_spaces_as_a_word) {
  EXPECT_EQ(part_of("一二三四五六七八九十東京一二三四五六七八九十", "東京", {.words = 3, .fragments = 1}),
            "…九十[東京]一二…");
}

TEST(TextSnippet, is_never_cut_within_a_long_phrase) {
  EXPECT_EQ(part_of(numbered(1, 50), "\"w10 w11 w12 w13\"", {.words = 2, .fragments = 1}), "…[w10 w11 w12 w13]…");
}

TEST(TextSnippet, of_a_long_text_is_found_at_once) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) text += "cats w" + std::to_string(i) + " ";
  EXPECT_EQ(part_of(text, "cats w150000", {.words = 4, .fragments = 1}), "…[cats] w149999 [cats] [w150000]…");
}

}  // namespace
