// What TiDB's own full-text index is asked for of a query, and that any bytes are a literal of it.
#include "core/utf8.hpp"
#include "schema/sql_tokens.hpp"
#include "search/native_text_search.hpp"
#include "search/native_words.hpp"
#include "support/engines.hpp"
#include "support/hostile.hpp"

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

using tidb::detail::native_words_of;

tidb::detail::native_words words_of(std::string_view query, bool match_all = false) {
  return native_words_of({.words = std::string(query), .match_all = match_all}, "title",
                         std::source_location::current());
}

TEST(native_words, are_those_of_the_query_as_they_are) {
  EXPECT_EQ(words_of("Black  cats").words, "Black cats");
  EXPECT_EQ(words_of("Black cats").beyond, "");
  EXPECT_EQ(words_of("東京都 bluetoothイヤホン").words, "東京都 bluetoothイヤホン");
  EXPECT_EQ(words_of("foo-bar C++ 3.14").words, "foo-bar C++ 3.14");
  EXPECT_EQ(words_of("cats OR (dogs birds)").words, "cats dogs birds");
  EXPECT_EQ(words_of("cats OR (dogs birds)").beyond, "");
}

TEST(native_words, are_left_of_all_other_syntax_which_is_told) {
  const auto expect = [](std::string_view query, std::string_view words, std::string_view beyond) {
    EXPECT_EQ(words_of(query).words, words) << query;
    EXPECT_EQ(words_of(query).beyond, beyond) << query;
  };
  expect("dogs \"black cats\"~2", "dogs black cats", "a phrase at byte 5");
  expect("dogs +cats", "dogs cats", "a + at byte 5");
  expect("title:cats", "cats", "a column at byte 0");
  expect("cats AND dogs", "cats dogs", "AND at byte 5");
  expect("informat*", "informat", "a * at byte 0");
  expect("cats^2 dogs", "cats dogs", "a ^ at byte 0");
  expect("(cats dogs)^2", "cats dogs", "a ^ at byte 10");
  expect("+cats \"dogs\"", "cats dogs", "a + at byte 0");
}

TEST(native_words, are_not_those_that_are_excluded) {
  EXPECT_EQ(words_of("cats -dogs birds").words, "cats birds");
  EXPECT_EQ(words_of("cats NOT dogs birds").words, "cats birds");
  EXPECT_EQ(words_of("cats -\"black dogs\"").words, "cats");
  EXPECT_EQ(words_of("cats -(dogs (or birds) fish) mice").words, "cats mice");
  EXPECT_EQ(words_of("cats -(dogs -birds) mice").words, "cats mice");
  EXPECT_EQ(words_of("cats -title:dogs mice").words, "cats mice");
  EXPECT_EQ(words_of("-dogs").words, "");
  EXPECT_EQ(words_of("cats -(dogs").words, "cats");
  EXPECT_EQ(words_of("cats -dogs").beyond, "a - at byte 5");
}

TEST(native_words, have_signs_that_are_no_operators_or_are_escaped) {
  EXPECT_EQ(words_of("cats - dogs").words, "cats - dogs");
  EXPECT_EQ(words_of("AND cats").words, "AND cats");
  EXPECT_EQ(words_of("\\+cats \\\"dogs\\\"").words, "+cats \"dogs\"");
  EXPECT_EQ(words_of("cats ) dogs").words, "cats dogs");
}

TEST(native_words, cannot_all_be_asked_for) {
  EXPECT_NE(words_of("black cats", true).beyond.find("all words"), std::string::npos);
  EXPECT_EQ(words_of("cats", true).beyond, "");
}

TEST(native_words, are_refused_with_anything_else_if_that_is_strict) {
  const auto strict = [](std::string_view query, bool match_all = false) {
    return native_words_of({.words = std::string(query), .match_all = match_all, .strict = true}, "title",
                           std::source_location::current());
  };
  EXPECT_EQ(strict("black cats").words, "black cats");
  for (const auto query : {"\"black cats\"", "+cats", "cats -dogs", "title:cats", "cat*", "cats^2", "cats AND dogs"})
    EXPECT_THROW(strict(query), tidb::usage_error) << query;
  EXPECT_THROW(strict("black cats", true), tidb::usage_error);
  const auto told = tests::error_of([&] { strict("cats -dogs"); });
  EXPECT_NE(told.info().message.find("a - at byte 5"), std::string::npos) << told.what();
  const auto fault = tests::error_of([&] { strict("cats \"dogs"); });
  EXPECT_NE(fault.info().message.find("a quote that is not closed"), std::string::npos) << fault.what();
}

TEST(native_words, without_any_are_nothing_to_look_for) {
  for (const auto query : {"", "   ", "\"\"", "()", "\xff\xfe", "-cats"}) EXPECT_EQ(words_of(query).words, "") << query;
}

TEST(native_words, are_parted_by_bytes_that_are_no_utf8) {
  EXPECT_EQ(words_of("black\xff"
                     "cats")
                .words,
            "black cats");
  EXPECT_EQ(words_of("cats\xe6\x9d").words, "cats  ");
}

/// The texts in a statement, as TiDB reads them.
std::vector<std::string> texts_of(std::string_view sql) {
  std::vector<std::string> all;
  for (tidb::detail::token_reader in(sql, tidb::sql::dialect::tidb); !in.is_over(); in.next())
    if (in.peek().kind == tidb::detail::token_kind::text) all.push_back(in.peek().text);
  return all;
}

TEST(native_words, of_any_bytes_are_a_literal_that_reads_back_as_they_are) {
  tests::random_source random(tests::fuzz_seed(1));
  for (int i = 0; i < tests::count(20'000, 500'000); ++i) {
    const auto query = i % 2 == 0 ? tests::hostile_text(random) : tests::hostile_bytes(random);
    const auto found = words_of(query);
    ASSERT_TRUE(tidb::detail::is_utf8(found.words)) << query;
    tidb::detail::search_request request{};
    request.rows.table = "docs";
    const auto sql = tidb::sql::print(tidb::detail::native_text_statement(request, found.words, "title", 10),
                                      tidb::sql::dialect::tidb);
    ASSERT_EQ(texts_of(sql.text), std::vector<std::string>(3, found.words)) << sql.text;
    ASSERT_EQ(sql.slots.size(), 1U) << sql.text;  // the limit's
  }
}

}  // namespace
