#include "search/text/query_parser.hpp"
#include "text_support.hpp"
#include <tidbxx/core/error.hpp>

#include <algorithm>
#include <functional>
#include <random>

#include <gtest/gtest.h>

using namespace tidb;
using namespace tidb::detail;
using tests::shown;

namespace {

const text_analyzer& analyzer() {
  static const text_analyzer made;
  return made;
}

std::string parsed(std::string_view query, query_syntax syntax = {}) {
  if (syntax.columns.empty()) syntax.columns = {"title", "body"};
  return shown(parse_text_query(query, analyzer(), syntax));
}

std::string all_of(std::string_view query) { return parsed(query, {.match_all = true}); }

std::size_t count_terms(const text_query& query) {
  std::size_t count = query.words.size() + (query.term.empty() ? 0 : 1);
  for (const auto& part : query.parts) count += count_terms(part);
  return count;
}

std::size_t depth(const text_query& query) {
  std::size_t deepest = 0;
  for (const auto& part : query.parts) deepest = std::max(deepest, depth(part));
  return deepest + 1;
}

TEST(TextQueryParser, words_are_alternatives_or_all_wanted) {
  EXPECT_EQ(parsed("black cats"), "(black cat)");
  EXPECT_EQ(all_of("black cats"), "(black AND cat)");
  EXPECT_EQ(parsed("cats"), "cat");
  EXPECT_EQ(parsed("cats\u3000dogs\u00A0birds"), "(cat dog bird)");
}

TEST(TextQueryParser, quotes_make_phrases) {
  EXPECT_EQ(parsed("\"black cats\" dogs"), "(\"black cat\" dog)");
  EXPECT_EQ(parsed("“black cats” „white dogs“"), "(\"black cat\" \"white dog\")");
  EXPECT_EQ(parsed("\"cats\""), "cat");
  EXPECT_EQ(parsed("\"cats OR (AND) +x*\""), "\"cat _ _ x\"");
}

TEST(TextQueryParser, a_phrase_may_have_a_distance) {
  EXPECT_EQ(parsed("\"black cats\"~5"), "\"black cat\"~5");
  EXPECT_EQ(parsed("\"black cats\"~99999999999"), "\"black cat\"~1000000");
  EXPECT_EQ(parsed("\"black cats\"~"), "\"black cat\"");
}

TEST(TextQueryParser, signs_require_and_exclude) {
  EXPECT_EQ(parsed("+cats dogs -birds"), "((+cat dog) -bird)");
  EXPECT_EQ(parsed("+cats +dogs"), "(cat AND dog)");
  EXPECT_EQ(parsed("+cats"), "cat");
  EXPECT_EQ(parsed("-birds cats -\"big dogs\""), "(cat -bird -\"big dog\")");
  EXPECT_EQ(all_of("cats -birds"), "(cat -bird)");
  EXPECT_EQ(parsed("+(cats dogs) birds"), "(+(cat dog) bird)");
}

TEST(TextQueryParser, operators_bind_not_before_and_before_or) {
  EXPECT_EQ(parsed("a1 AND b1 OR c1 AND d1"), "((a1 AND b1) (c1 AND d1))");
  EXPECT_EQ(parsed("a1 AND (b1 OR c1) AND d1"), "(a1 AND (b1 c1) AND d1)");
  EXPECT_EQ(parsed("a1 b1 AND c1"), "(a1 (b1 AND c1))");
  EXPECT_EQ(all_of("a1 b1 OR c1 d1"), "((a1 AND b1) (c1 AND d1))");
  EXPECT_EQ(parsed("a1 AND b1 NOT c1"), "((a1 AND b1) -c1)");
  EXPECT_EQ(parsed("a1 OR b1 AND NOT c1"), "(a1 (b1 -c1))");
  EXPECT_EQ(parsed("a1 and b1 or c1"), "(a1 b1 c1)");
  EXPECT_EQ(parsed("a1 AND (NOT b1 NOT c1)"), "(a1 -b1 -c1)");
  EXPECT_EQ(parsed("a1 (-b1) -(-c1)"), "(a1 -b1)");
}

TEST(TextQueryParser, a_query_of_exclusions_finds_nothing) {
  for (const auto* query : {"-cats", "NOT cats", "NOT (cats OR dogs)", "", "   ", "()", "!!! ...", "\"\"", "-"})
    EXPECT_EQ(parse_text_query(query, analyzer()), text_query{}) << query;
}

TEST(TextQueryParser, a_star_asks_for_beginnings) {
  EXPECT_EQ(parsed("Cat*"), "cat*");
  EXPECT_EQ(parsed("black cat*"), "(black cat*)");
  // The index has "run" for "running".
  EXPECT_EQ(parsed("running*"), "(running* run)");
  EXPECT_EQ(parsed("foo-ba*"), "(foo AND ba*)");
  EXPECT_EQ(parsed("*"), "()");
  EXPECT_EQ(parsed("*cats"), "cat");
  EXPECT_EQ(parsed("caf\u00C9*"), "cafe*");
}

TEST(TextQueryParser, beginnings_are_enough_where_words_are_indexed_unstemmed) {
  const text_analyzer both({.unstemmed_words = true});
  EXPECT_EQ(shown(parse_text_query("running*", both)), "running*");
}

TEST(TextQueryParser, columns_are_known_by_name_and_by_nothing_else) {
  EXPECT_EQ(parsed("title:cats Body:\"black dogs\""), "(0:cat 1:\"black dog\")");
  EXPECT_EQ(parsed("title:(cats dogs AND body:birds) mice"), "((0:cat (0:dog AND 1:bird)) mice)");
  EXPECT_EQ(parsed("-title:cats dogs"), "(dog -0:cat)");
  EXPECT_EQ(parsed("author:cats"), "\"author cat\"");
  EXPECT_EQ(parsed("title: cats"), "(titl cat)");
  EXPECT_EQ(parsed("title\\:cats"), "\"titl cat\"");
  EXPECT_EQ(parsed("http://example.com"), "\"http exampl com\"");
}

TEST(TextQueryParser, boosts_multiply) {
  EXPECT_EQ(parsed("cats^2 dogs^0.5"), "(cat^2.0 dog^0.5)");
  EXPECT_EQ(parsed("(cats^2 dogs)^3 \"a1 b1\"~2^4 cat*^2"), "((cat^2.0 dog)^3.0 \"a1 b1\"~2^4.0 cat*^2.0)");
  EXPECT_EQ(parsed("cats^ x1^y1 a1^2b"), "(cat \"x1 y1\" \"a1 2b\")");
  EXPECT_EQ(parse_text_query("((cats^1000000)^1000)^9", analyzer()).boost, 1000);
  EXPECT_EQ(parse_text_query("cats^0", analyzer()).boost, 0);
}

TEST(TextQueryParser, a_backslash_takes_a_sign_for_itself) {
  EXPECT_EQ(parsed("\\-cats \\AND \\\"dogs"), "(cat dog)");
  EXPECT_EQ(parsed("\"black\\\" cats\""), "\"black cat\"");
  EXPECT_EQ(parsed("cats\\"), "cat");
}

TEST(TextQueryParser, words_of_several_terms_are_phrases) {
  EXPECT_EQ(parsed("e-mail"), "\"e mail\"");
  EXPECT_EQ(parsed("北京大学"), "\"北京 京大 大学\"");
  EXPECT_EQ(parsed("北京 京"), "(北京 京)");
  EXPECT_EQ(parsed("\"北京 京\""), "\"北京 _ 京\"");
  EXPECT_EQ(parsed("北京*"), "北京");
  EXPECT_EQ(parsed("ไทย"), "\"ไท ทย\"");
}

TEST(TextQueryParser, hebrew_abbreviations_hold_their_quote) {
  EXPECT_EQ(parsed("צה\"ל שלום"), "(צהל שלום)");
  EXPECT_EQ(parsed("\"צה\"ל שלום\""), "\"צהל שלום\"");
}

TEST(TextQueryParser, stop_words_give_way_to_other_words) {
  EXPECT_EQ(parsed("the cats and the dogs"), "(cat dog)");
  EXPECT_EQ(all_of("the cats"), "cat");
  EXPECT_EQ(parsed("\"state of the art\""), "\"state _ _ art\"");
  EXPECT_EQ(parsed("the who"), "(the who)");
  EXPECT_EQ(parsed("\"to be or not to be\""), "\"to be or not to be\"");
  EXPECT_EQ(parsed("(the who) cats"), "cat");
  EXPECT_EQ(parsed("\"the who\" cats"), "(\"the who\" cat)");
  EXPECT_EQ(parsed("+the cats"), "(+the cat)");
  EXPECT_EQ(parsed("cats -the"), "(cat -the)");
}

TEST(TextQueryParser, stop_words_that_are_not_indexed_are_not_asked_for) {
  const text_analyzer dropping({.stop_words = stop_word_use::drop});
  EXPECT_EQ(shown(parse_text_query("+the \"to be\" cats", dropping)), "cat");
  EXPECT_EQ(shown(parse_text_query("the who", dropping)), "()");
  EXPECT_EQ(shown(parse_text_query("the-ca*", dropping)), "ca*");
}

TEST(TextQueryParser, identifiers_are_asked_for_by_their_parts) {
  const text_analyzer code({.split_identifiers = true});
  EXPECT_EQ(shown(parse_text_query("getUserName", code)), "\"get user name\"");
  EXPECT_EQ(shown(parse_text_query("getUserN*", code)), "(getusern* \"get user n\")");
}

TEST(TextQueryParser, synonyms_find_each_other) {
  const text_analyzer with(
      {.synonyms = {{.from = {"nyc", "New York", "Big Apple"}}, {.from = {"car"}, .to = {"Automobiles"}}}});
  const auto shown_with = [&](std::string_view query) { return shown(parse_text_query(query, with)); };
  EXPECT_EQ(shown_with("NYC"), "(nyc \"new york\" \"big appl\")");
  EXPECT_EQ(shown_with("\"new york\""), "(\"new york\" nyc \"big appl\")");
  EXPECT_EQ(shown_with("cars automobile"), "((car automobil) automobil)");
  EXPECT_EQ(shown_with("\"red cars\""), "\"red car|automobil\"");
  EXPECT_EQ(shown_with("+title:car^2"), "\"titl car|automobil\"^2.0");
}

TEST(TextQueryParser, what_makes_no_sense_is_words) {
  EXPECT_EQ(parsed("\"black cats"), "(black cat)");
  EXPECT_EQ(parsed("cats \" dogs"), "(cat dog)");
  EXPECT_EQ(parsed("cats) dogs"), "(cat dog)");
  EXPECT_EQ(parsed("((cats dogs"), "(cat dog)");
  EXPECT_EQ(parsed("cats AND"), "cat");
  EXPECT_EQ(parsed("OR"), "or");
  EXPECT_EQ(parsed("cats NOT"), "cat");
  EXPECT_EQ(parsed("a1 AND OR b1"), "(a1 b1)");
  EXPECT_EQ(parsed("--verbose + - cats"), "(verbos cat)");
  EXPECT_EQ(parsed("ab\xFF"
                   "cd"),
            "\"ab cd\"");
}

TEST(TextQueryParser, strictness_tells_what_is_wrong_and_where) {
  const auto complaint = [&](std::string_view query) -> std::string {
    try {
      return parsed(query, {.is_strict = true});
    } catch (const tidb::usage_error& failed) {
      return failed.info().message;
    }
  };
  const auto expect = [&](std::string_view query, std::string_view what, std::string_view where) {
    const auto text = complaint(query);
    EXPECT_NE(text.find(what), std::string::npos) << query << ": " << text;
    EXPECT_TRUE(text.ends_with(where)) << query << ": " << text;
  };
  expect("cats \"black", "quote", "at byte 5");
  expect("cats (dogs", "parenthesis", "at byte 10");
  expect("cats) dogs", "parenthesis", "at byte 4");
  expect("cats AND", "AND", "at byte 5");
  expect("OR cats", "OR", "at byte 0");
  expect("cats author:me", "author", "at byte 5");
  EXPECT_EQ(complaint("at 12:30"), "\"12 30\"");
  expect("cats - dogs", "sign", "at byte 5");
  expect("\"a b\"~ c", "distance", "at byte 5");
  expect("(a b)^x", "boost", "at byte 5");
  std::string long_phrase;
  for (int i = 0; i < 65; ++i) long_phrase += "w" + std::to_string(i) + " ";
  expect("cats \"" + long_phrase + "\"~2", "64 words", "at byte 5");
  expect(std::string(60, '(') + "cats" + std::string(60, ')'), "parentheses", "at byte 50");
  EXPECT_EQ(complaint("+title:(cats OR dog*)^2 AND NOT \"big birds\"~3"), "((0:cat 0:dog*)^2.0 -\"big bird\"~3)");
}

TEST(TextQueryParser, huge_queries_are_cut_and_not_run_out_of_stack) {
  std::string words, nested(100'000, '(');
  for (int i = 0; words.size() < (1U << 20U); ++i) words += "w" + std::to_string(i) + " ";
  EXPECT_EQ(count_terms(parse_text_query(words, analyzer())), most_query_terms);
  EXPECT_EQ(count_terms(parse_text_query('"' + words + '"', analyzer())), most_query_terms);
  EXPECT_THROW((void)parse_text_query(words, analyzer(), {.is_strict = true}), tidb::usage_error);
  nested += "cats" + std::string(100'000, ')') + " dogs";
  EXPECT_EQ(parsed(nested), "(cat dog)");
  std::string stairs;
  for (int i = 0; i < 1000; ++i) stairs += "a1 (b1 AND c1 -d1 (";
  EXPECT_LE(depth(parse_text_query(stairs, analyzer())), 4 * most_query_depth);
  for (const std::string_view part :
       {"\"", ")", "- ", "a:", "AND ", "NOT ", "\\", "^2", "* ", "北", "\"a\" ", "+(", "-(a "}) {
    std::string all;
    while (all.size() < (1U << 19U)) all += part;
    EXPECT_NO_THROW((void)parse_text_query(all, analyzer())) << part;
  }
}

TEST(TextQueryParser, no_bytes_are_an_error) {
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string query;
    for (auto size = random() % 80; size > 0; --size) query += static_cast<char>(random() % 256);
    EXPECT_NO_THROW((void)parse_text_query(query, analyzer(), {.columns = {"a"}, .match_all = round % 2 == 0}))
        << query;
  }
}

/// What engines rely on.
void expect_sound(const text_query& query, bool is_root = true) {
  const bool is_leaf = query.op == text_op::term || query.op == text_op::prefix || query.op == text_op::phrase;
  EXPECT_EQ(query.term.empty(), query.op != text_op::term && query.op != text_op::prefix);
  EXPECT_EQ(query.words.size() > 1, query.op == text_op::phrase);
  EXPECT_TRUE(std::ranges::is_sorted(query.words, {}, &phrase_word::offset));
  EXPECT_TRUE(query.words.empty() || query.words.front().offset == 0);
  EXPECT_TRUE(is_leaf ? query.parts.empty() : query.parts.size() > 1 || is_root) << shown(query);
  EXPECT_TRUE(query.boost >= 0 && query.boost <= 1000);
  for (const auto& part : query.parts) {
    EXPECT_TRUE(!part.is_required || query.op == text_op::any_of) << shown(query);
    expect_sound(part, false);
  }
}

TEST(TextQueryParser, random_pieces_make_sound_trees) {
  const std::vector<std::string> pieces{
      "cats", "dogs", "the", "AND", "OR",   "NOT", "(",   ")",       "\"", "+", "-",   "*",    "title:", "x:",
      "^2",   "~3",   " ",   " ",   "北京", "京",  "ไทย", "running", "\\", "^", "nyc", "\xFF", "צה\"ל",  "e-mail"};
  const text_analyzer with({.synonyms = {{.from = {"nyc", "new york"}}}});
  std::mt19937 random(2);
  for (int round = 0; round < 5000; ++round) {
    std::string query;
    for (auto size = random() % 25; size > 0; --size) query += pieces[random() % pieces.size()];
    const query_syntax syntax{.columns = {"title"}, .match_all = round % 2 == 0};
    expect_sound(parse_text_query(query, with, syntax));
    if (testing::Test::HasFailure()) FAIL() << query;
    // Strict or not, what is understood is understood alike.
    try {
      auto strict = syntax;
      strict.is_strict = true;
      ASSERT_EQ(parse_text_query(query, with, strict), parse_text_query(query, with, syntax)) << query;
    } catch (const tidb::usage_error&) {
    }
  }
}

}  // namespace
