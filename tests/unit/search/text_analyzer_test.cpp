#include "search/text/analyzer.hpp"
#include "text_support.hpp"
#include <tidbxx/core/error.hpp>

#include <chrono>
#include <map>
#include <thread>

#include <gtest/gtest.h>

using namespace tidb;
using namespace tidb::detail;
using tests::terms;

namespace {

const text_analyzer& plain() {
  static const text_analyzer made({.language = "none"});
  return made;
}

const text_analyzer& english() {
  static const text_analyzer made;
  return made;
}

std::string between(std::string_view text, const text_token& token) {
  return std::string(text.substr(token.begin, token.end - token.begin));
}

TEST(TextAnalyzer, words_are_small_letters_at_successive_positions) {
  EXPECT_EQ(terms(plain(), "The quick, brown FOX!"), "the quick brown fox");
  EXPECT_EQ(terms(plain(), ""), "");
  EXPECT_EQ(terms(plain(), " \n\t-- ,;. ___ '' "), "");
}

TEST(TextAnalyzer, tokens_tell_the_bytes_that_they_are_of) {
  const std::string text = "  Größe, (ＷＩＤＥ) ｶﾞ e\u0301t\u00E9 3.14";
  std::vector<std::string> words;
  for (const auto& token : plain().tokens(text))
    if (token.kind != word_kind::pair) words.push_back(between(text, token));
  EXPECT_EQ(words, (std::vector<std::string>{"Größe", "ＷＩＤＥ", "ｶﾞ", "e\u0301t\u00E9", "3.14"}));
  EXPECT_EQ(terms(plain(), text), "grosse wide ガ ete 3.14");
}

TEST(TextAnalyzer, full_stops_part_letters_and_join_digits) {
  EXPECT_EQ(terms(plain(), "www.example.com. end.Next v1.2 192.168.0.1 1.a"),
            "www example com end next v1.2 192.168.0.1 1 a");
  EXPECT_EQ(terms(plain(), "größe.länge"), "grosse lange");
}

TEST(TextAnalyzer, thousands_are_found_with_and_without_separators) {
  EXPECT_EQ(terms(plain(), "1,000 12,345,678.90 1'000"), "1000 12345678.90 1000");
  EXPECT_EQ(terms(plain(), "1,5 1,2,3 1234,567 1,0000 1.000"), "1,5 1,2,3 1234,567 1,0000 1.000");
}

TEST(TextAnalyzer, digits_of_every_script_are_the_same) {
  EXPECT_EQ(terms(plain(), "١٢٣ १२३ ๑๒๓ １２３"), "123 123 123 123");
  EXPECT_EQ(terms(plain(), "٣.١٤"), "3.14");
}

TEST(TextAnalyzer, apostrophes_join_whichever_way_they_are_typed) {
  EXPECT_EQ(terms(plain(), "don't don’t 'quoted'"), "don't don't quoted");
  EXPECT_EQ(terms(english(), "the dog's dogs’ dogs"), "the dog dog dog");
}

TEST(TextAnalyzer, underscores_join_inside_a_word_only) {
  EXPECT_EQ(terms(plain(), "_emphasis_ __init__ snake_case größe_1"), "emphasis init snake_case grosse_1");
}

TEST(TextAnalyzer, stemming_joins_the_forms_of_a_word) {
  EXPECT_EQ(terms(english(), "Libraries library's running runs"), "librari librari run run");
  EXPECT_EQ(terms(english(), "mp3s x86s"), "mp3s x86s");
}

TEST(TextAnalyzer, accents_are_folded_unless_they_are_to_be_kept) {
  EXPECT_EQ(terms(plain(), "Café Ångström Łódź Cœur ĲSSEL Đặng"), "cafe angstrom lodz coeur ijssel dang");
  const text_analyzer exact({.language = "none", .fold_accents = false});
  EXPECT_EQ(terms(exact, "Café cafe\u0301 Łódź"), "café café łódź");
}

TEST(TextAnalyzer, a_word_typed_without_its_accents_is_found_though_it_has_another_stem) {
  const text_analyzer spanish({.language = "spanish"});
  EXPECT_EQ(terms(spanish, "información"), "inform|informacion");
  EXPECT_EQ(terms(spanish, "informacion", text_use::query), "informacion");
  EXPECT_EQ(terms(spanish, "información informaciones", text_use::query), "inform inform");
}

TEST(TextAnalyzer, compatibility_forms_are_what_they_stand_for) {
  EXPECT_EQ(terms(plain(), "ﬁne Ⅳ Ⓐ ｈｅｌｌｏ Ｗorld ㌔"), "fine iv a hello world キ|キロ ロ");
}

TEST(TextAnalyzer, stop_words_stay_in_documents_and_are_told_in_queries) {
  EXPECT_EQ(terms(english(), "The cat and the dog"), "the cat and the dog");
  std::string told;
  for (const auto& token : english().tokens("The cat and the dog", text_use::query))
    if (token.is_stop_word) told += token.term + " ";
  EXPECT_EQ(told, "the and the ");
}

TEST(TextAnalyzer, dropped_stop_words_leave_gaps) {
  const text_analyzer dropping({.stop_words = stop_word_use::drop});
  EXPECT_EQ(terms(dropping, "The cat and the dog"), "_ cat _ _ dog");
  EXPECT_EQ(dropping.each_token("The cat is", text_use::document, [](const token_view&) {}), 3U);
}

TEST(TextAnalyzer, own_stop_words_replace_those_of_the_language) {
  const text_analyzer own({.stop_words = stop_word_use::drop, .own_stop_words = {"Café", "dog"}});
  EXPECT_EQ(terms(own, "the café and dog dogs"), "the _ and _ dog");
  const text_analyzer keeping({.stop_words = stop_word_use::keep, .own_stop_words = {"dog"}});
  EXPECT_FALSE(keeping.tokens("dog", text_use::query).front().is_stop_word);
}

TEST(TextAnalyzer, identifiers_are_found_whole_and_by_their_parts) {
  const text_analyzer code({.split_identifiers = true});
  EXPECT_EQ(terms(code, "getUserName"), "getusernam|get user name");
  EXPECT_EQ(terms(code, "getusername", text_use::query), "getusernam");
  EXPECT_EQ(terms(code, "HTTPServer utf8Reader O'Reilly iPhone"),
            "httpserver|http server utf8reader|utf8 reader o'reilli iphon|i phone");
  EXPECT_EQ(terms(code, "user_name.firstName 3.14"), "user_name.firstname|user_nam|user name firstnam|first name 3.14");
  EXPECT_EQ(terms(text_analyzer({.language = "none", .split_identifiers = true}), "größeÄndern"),
            "grosseandern|grosse andern");
  EXPECT_EQ(terms(code, "getUserName user_name", text_use::query), "get user name user name");
  EXPECT_EQ(terms(code, "user.getNam", text_use::prefix), "user.getnam");
}

TEST(TextAnalyzer, words_of_an_identifier_are_no_stop_words) {
  const text_analyzer code({.stop_words = stop_word_use::drop, .split_identifiers = true});
  EXPECT_EQ(terms(code, "is isEmpty"), "_ isempti|is empti");
}

TEST(TextAnalyzer, words_may_be_indexed_beside_their_stems) {
  const text_analyzer both({.language = "spanish", .unstemmed_words = true});
  EXPECT_EQ(terms(both, "información informaciones sol"), "inform|informacion inform|informaciones sol");
  EXPECT_EQ(terms(both, "informaciones", text_use::query), "inform");
  const text_analyzer code({.unstemmed_words = true, .split_identifiers = true});
  EXPECT_EQ(terms(code, "getUserName"), "getusernam|getusername|get user name");
}

TEST(TextAnalyzer, beginnings_of_words_are_not_stemmed) {
  EXPECT_EQ(terms(english(), "The Libraries", text_use::prefix), "the libraries");
}

TEST(TextAnalyzer, invalid_utf8_parts_words_and_is_never_an_error) {
  EXPECT_EQ(terms(plain(), "ab\xFF"
                           "cd \xC3 \xE6\x9D gr\xC3\xB6\xC3"),
            "ab cd gro");
  EXPECT_EQ(terms(plain(), "a\xED\xA0\x80"
                           "b\xF5z"),
            "a b z");
  const std::string nul("a\0b ö\0c", 8);
  EXPECT_EQ(terms(plain(), nul), "a b o c");
}

TEST(TextAnalyzer, emoji_and_flags_are_words) {
  EXPECT_EQ(terms(plain(), "I ❤️ you 👩‍💻🇩🇪🇫🇷 © ™"), "i ❤ you 👩💻 🇩🇪 🇫🇷");
  EXPECT_EQ(terms(plain(), "👍🏽"), terms(plain(), "👍"));
}

TEST(TextAnalyzer, long_terms_are_cut_between_characters) {
  EXPECT_EQ(terms(plain(), std::string(300, 'a')), std::string(255, 'a'));
  std::string long_word;
  for (int i = 0; i < 200; ++i) long_word += "ж";
  EXPECT_EQ(terms(plain(), long_word).size(), 254U);
  // What is cut is cut in the same way in a query.
  EXPECT_EQ(terms(english(), long_word + "x"), terms(english(), long_word + "y"));
  // A character may have any number of marks, in an order that is not the normal one.
  std::string marks;
  while (marks.size() < (1U << 20U)) marks += "\u0301\u0316";
  for (const std::string_view letter : {"\u0915", "ก", "漢"})
    for (const auto& token : plain().tokens(std::string(letter) + marks + std::string(letter)))
      EXPECT_LE(token.term.size(), 255U);
}

TEST(TextAnalyzer, a_long_document_is_analysed_like_a_short_one) {
  std::string text;
  while (text.size() < (5U << 20U)) text += "Größe running 東京 ภาษาไทย ❤️ \xFF ";
  std::map<std::string, int, std::less<>> found;
  const auto positions = english().each_token(text, text_use::document,
                                              [&](const token_view& token) { ++found[std::string(token.term)]; });
  const auto times = found["run"];
  EXPECT_GT(times, 90'000);
  EXPECT_EQ(found["東京"], times);
  EXPECT_EQ(positions, static_cast<std::uint32_t>(times) * 12);
  // without a space, which is one word or one run
  for (const std::string_view part : {"漢", "ж", "a", "_", "e\u0301", "\u0301", "'", "กี่", "\xFF", "👍"}) {
    std::string run;
    while (run.size() < (1U << 20U)) run += part;
    EXPECT_NO_THROW((void)english().tokens(run)) << part;
  }
}

TEST(TextAnalyzer, is_safe_to_share_between_threads) {
  const std::string text = "Größe running 東京 getUserName información";
  const auto expected = english().tokens(text);
  std::vector<std::thread> threads;
  std::vector<char> right(4, 1);
  for (std::size_t i = 0; i < right.size(); ++i)
    threads.emplace_back([&, i] {
      for (int round = 0; round < 500; ++round)
        if (english().tokens(text) != expected) right[i] = 0;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, std::vector<char>(4, 1));
}

TEST(TextAnalyzer, stays_usable_after_an_exception_of_its_caller) {
  const text_analyzer analyzer;
  EXPECT_THROW(analyzer.each_token("größe two", text_use::document, [](const token_view&) { throw 1; }), int);
  EXPECT_EQ(terms(analyzer, "größe two", text_use::query), "grosse two");
}

TEST(TextAnalyzer, an_unknown_language_is_an_error_that_names_the_known) {
  try {
    const text_analyzer analyzer({.language = "klingon"});
    FAIL();
  } catch (const tidb::usage_error& failed) {
    EXPECT_NE(failed.info().message.find("klingon"), std::string::npos);
    EXPECT_NE(failed.info().message.find("german"), std::string::npos);
  }
}

TEST(TextAnalyzer, version_names_all_that_terms_depend_on) {
  const auto version = text_analyzer::version();
  for (const auto* part : {"ICU ", "Unicode ", "stemmers "})
    EXPECT_NE(version.find(part), std::string::npos) << version;
  EXPECT_LT(version.size(), 80U);
  EXPECT_EQ(version, text_analyzer::version());
}

TEST(TextAnalyzer, options_come_back_from_their_json) {
  const analyzer_options chosen{.language = "german",
                                .fold_accents = false,
                                .stop_words = stop_word_use::drop,
                                .own_stop_words = {"und", "ö"},
                                .unstemmed_words = true,
                                .split_identifiers = true,
                                .synonyms = {{.from = {"nyc", "new york"}}, {.from = {"auto"}, .to = {"wagen"}}}};
  EXPECT_EQ(analyzer_options_from(to_json(chosen)), chosen);
  EXPECT_EQ(analyzer_options_from(to_json({})), analyzer_options{});
  EXPECT_EQ(analyzer_options_from("{}"), analyzer_options{});
  EXPECT_NO_THROW((void)analyzer_options_from(to_json({.own_stop_words = {"\xFF"}})));
}

TEST(TextAnalyzer, options_that_do_not_read_are_usage_errors) {
  for (const auto* text : {"", "[]", "{", R"({"language":7})", R"({"stop_words":"never"})", R"({"shingles":true})",
                           R"({"synonyms":[{"to":["a"]}]})", "\"\xFF\""})
    EXPECT_THROW((void)analyzer_options_from(text), tidb::usage_error) << text;
}

}  // namespace
