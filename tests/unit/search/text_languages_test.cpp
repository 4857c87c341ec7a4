#include "search/text/analyzer.hpp"
#include "text_support.hpp"

#include <gtest/gtest.h>

using namespace tidb;
using namespace tidb::detail;
using tests::terms;

namespace {

std::string terms_in(const char* language, std::string_view text, text_use use = text_use::document) {
  return terms(text_analyzer({.language = language}), text, use);
}

std::string without_stop_words(const char* language, std::string_view text) {
  return terms(text_analyzer({.language = language, .stop_words = stop_word_use::drop}), text);
}

TEST(TextLanguages, german_forms_meet) {
  EXPECT_EQ(terms_in("german", "Häuser Haus Hauses", text_use::query), "haus haus haus");
  EXPECT_EQ(terms_in("german", "Straße STRASSE Straßen", text_use::query), "strass strass strass");
  EXPECT_EQ(without_stop_words("german", "die Größe für den Wagen"), "_ gross _ _ wag");
}

TEST(TextLanguages, french_articles_are_words_of_their_own) {
  EXPECT_EQ(terms_in("french", "L'avion l’hôtel aujourd'hui", text_use::query), "l avion l hotel aujourd hui");
  EXPECT_EQ(terms_in("french", "mangé mangée mangez manger", text_use::query), "mang mang mang mang");
  EXPECT_EQ(without_stop_words("french", "l'été à la plage"), "_ ete _ _ plag");
}

TEST(TextLanguages, italian_and_catalan_elide_too) {
  EXPECT_EQ(terms_in("italian", "dell'amica", text_use::query), "dell amic");
  EXPECT_EQ(terms_in("catalan", "l'home", text_use::query), "l hom");
}

TEST(TextLanguages, spanish_keeps_its_own_letter) {
  EXPECT_EQ(terms_in("spanish", "año ano canción cancion", text_use::query), "año ano cancion cancion");
  EXPECT_EQ(without_stop_words("spanish", "él está en la ciudad"), "_ _ _ _ ciud");
}

TEST(TextLanguages, portuguese_and_dutch_have_stop_words) {
  EXPECT_EQ(without_stop_words("portuguese", "não é uma canção"), "_ _ _ canca");
  EXPECT_EQ(without_stop_words("dutch", "het huis van een vriend"), "_ huis _ _ vriend");
}

TEST(TextLanguages, scandinavian_letters_are_no_accents) {
  EXPECT_EQ(terms_in("swedish", "får far café", text_use::query), "får far cafe");
  EXPECT_EQ(terms_in("danish", "øl ol", text_use::query), "øl ol");
  EXPECT_EQ(terms_in("english", "får øl", text_use::query), "far ol");
}

TEST(TextLanguages, romanian_letters_with_a_comma_are_those_with_a_cedilla) {
  EXPECT_EQ(terms_in("romanian", "creații creaţii", text_use::query), "cre cre");
}

TEST(TextLanguages, turkish_has_two_letters_i) {
  EXPECT_EQ(terms_in("turkish", "IŞIK ışık İSTANBUL istanbul", text_use::query), "ışık ışık istanbul istanbul");
}

TEST(TextLanguages, russian_meets_without_stress_and_with_either_e) {
  EXPECT_EQ(terms_in("russian", "Росси\u0301я России ёлка елки", text_use::query), "росс росс елк елк");
  EXPECT_EQ(terms_in("none", "Йод и ЁЖ"), "йод и еж");
}

TEST(TextLanguages, greek_meets_without_accents) {
  EXPECT_EQ(terms_in("none", "Ελλάδα ΕΛΛΑΔΑ λόγος ΛΟΓΟΣ"), "ελλαδα ελλαδα λογοσ λογοσ");
}

TEST(TextLanguages, arabic_meets_without_vowels_and_in_every_form_of_alef) {
  EXPECT_EQ(terms_in("none", "مُحَمَّد محمد أحمد احمد كتـــاب كتاب"), "محمد محمد احمد احمد كتاب كتاب");
  EXPECT_EQ(terms_in("arabic", "الكتاب كتاب", text_use::query), "كتاب كتاب");
}

TEST(TextLanguages, hebrew_meets_without_points_and_signs_of_abbreviation) {
  EXPECT_EQ(terms_in("none", "שָׁלוֹם שלום"), "שלום שלום");
  EXPECT_EQ(terms_in("none", "צה\"ל צה״ל צהל"), "צהל צהל צהל");
}

TEST(TextLanguages, hindi_keeps_its_vowel_signs) { EXPECT_EQ(terms_in("none", "हिन्दी में"), "हिन्दी में"); }

TEST(TextLanguages, chinese_has_characters_and_pairs) {
  EXPECT_EQ(terms_in("none", "北京大学"), "北|北京 京|京大 大|大学 学");
  EXPECT_EQ(terms_in("none", "北京大学", text_use::query), "北京 京大 大学");
  EXPECT_EQ(terms_in("none", "京", text_use::query), "京");
  EXPECT_EQ(terms_in("none", "北京,2008年"), "北|北京 京 2008 年");
}

TEST(TextLanguages, japanese_scripts_are_one_text) {
  EXPECT_EQ(terms_in("none", "日本のゲーム", text_use::query), "日本 本の のゲ ゲー ーム");
  EXPECT_EQ(terms_in("none", "ｹﾞｰﾑ", text_use::query), terms_in("none", "ゲーム", text_use::query));
  EXPECT_EQ(terms_in("none", "か\u3099", text_use::query), "が");
  EXPECT_NE(terms_in("none", "はな"), terms_in("none", "ばな"));
  EXPECT_EQ(terms_in("none", "iPhone用", text_use::query), "iphone 用");
}

TEST(TextLanguages, korean_syllables_are_the_same_composed_or_not) {
  EXPECT_EQ(terms_in("none", "한국어", text_use::query), "한국 국어");
  EXPECT_EQ(terms_in("none", "\u1112\u1161\u11AB\u1100\u116E\u11A8", text_use::query), "한국");
}

TEST(TextLanguages, thai_lao_khmer_and_burmese_are_found_without_a_dictionary) {
  EXPECT_EQ(terms_in("none", "ไทย", text_use::query), "ไท ทย");
  EXPECT_EQ(terms_in("none", "ที่"), "ที่");
  EXPECT_EQ(terms_in("none", "ລາວ", text_use::query), "ລາ າວ");
  EXPECT_EQ(terms_in("none", "ខ្មែរ", text_use::query), "ខ្មែ មែរ");
  EXPECT_EQ(terms_in("none", "ខ្\u200Bមែ", text_use::query), "ខ្មែ");
  EXPECT_EQ(terms_in("none", "မြန်မာ", text_use::query), "မြန် န်မာ");
}

/// What a query looks for is in the document at the same distances, or nobody finds what they copied from it.
TEST(TextLanguages, every_part_of_a_document_is_found_as_a_phrase) {
  const std::vector<std::string> words{
      "Größe", "L'été", "don’t", "Россия", "أحمد",        "צה\"ל",   "東京都", "カﾞード",          "한국어",
      "ไทย",   "3.14",  "1,000", "a.b",    "👩‍💻", "getName", "x_y",    "informaci\u00F3n", "१२३"};
  for (const auto* language : {"none", "english", "french", "spanish", "arabic", "turkish"})
    for (const bool split : {false, true}) {
      const text_analyzer analyzer({.language = language, .split_identifiers = split});
      std::string text;
      for (const auto& word : words) text += word + " ";
      const auto document = analyzer.tokens(text);
      const auto query = analyzer.tokens(text, text_use::query);
      std::size_t at = 0;
      for (const auto& wanted : query) {
        while (at < document.size() && (document[at].position != wanted.position || document[at].term != wanted.term))
          ++at;
        ASSERT_LT(at, document.size()) << language << ": " << wanted.term << " is not at " << wanted.position;
        at = 0;
      }
    }
}

}  // namespace
