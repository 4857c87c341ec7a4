#include "tidbxx/core/csv.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

using tidb::csv_options;
using tidb::csv_reader;

namespace {

using record = std::vector<std::string>;

/// Gives the text in parts of so many bytes.
csv_reader::source parts_of(std::string text, std::size_t size) {
  return [text = std::move(text), at = std::size_t{0}, size](char* to, std::size_t room) mutable {
    const auto count = std::min({size, room, text.size() - at});
    std::copy_n(text.data() + at, count, to);
    at += count;
    return count;
  };
}

/// All records; a field in quotes is shown in angle brackets, a problem as "!" and its line.
std::vector<record> read(const std::string& text, const csv_options& options = {}, std::size_t part = 1 << 20) {
  csv_reader reader(parts_of(text, part), options);
  std::vector<record> all;
  while (reader.next()) {
    auto& one = all.emplace_back();
    if (!reader.problem().empty()) one.push_back("!" + std::to_string(reader.line()));
    for (const auto& field : reader.fields())
      one.push_back(field.quoted ? "<" + std::string(field.text) + ">" : std::string(field.text));
  }
  return all;
}

using records = std::vector<record>;

TEST(csv, fields_are_divided_and_quotes_taken_off) {
  EXPECT_EQ(read("a,b\n1,\"x, \"\"y\"\"\"\n,\"\"\n"), (records{{"a", "b"}, {"1", "<x, \"y\">"}, {"", "<>"}}));
  EXPECT_EQ(read(" a , b "), (records{{" a ", " b "}}));
  EXPECT_EQ(read("a,\n,"), (records{{"a", ""}, {"", ""}}));
}

TEST(csv, lines_end_in_two_ways_and_quoted_fields_keep_theirs) {
  EXPECT_EQ(read("a\r\n\"b\r\nc\"\r\nd"), (records{{"a"}, {"<b\r\nc>"}, {"d"}}));
  EXPECT_EQ(read("a\n\n\r\nb\n\r"), (records{{"a"}, {"b"}}));
}

TEST(csv, a_byte_order_mark_is_passed_over) {
  EXPECT_EQ(read("\xEF\xBB\xBFid\n1"), (records{{"id"}, {"1"}}));
  EXPECT_EQ(read("\xEF\xBB\xBFid\n1", {}, 1), (records{{"id"}, {"1"}}));
  EXPECT_EQ(read("\xEF\xBB\xBF"), records{});
}

TEST(csv, nothing_has_no_records) {
  EXPECT_EQ(read(""), records{});
  EXPECT_EQ(read("\n\r\n\n"), records{});
}

TEST(csv, it_does_not_matter_in_which_parts_the_text_comes) {
  const std::string text = "a,\"b \"\"c\"\"\",d\r\n\"1\n2\",,\"\"\nlast,\"one\",x";
  const auto whole = read(text);
  for (std::size_t part = 1; part < 9; ++part) EXPECT_EQ(read(text, {}, part), whole) << part;
  EXPECT_EQ(whole.size(), 3U);
}

TEST(csv, a_record_that_is_none_is_told_with_its_line_and_the_next_is_read) {
  EXPECT_EQ(read("a\nb\"c\n\"d\"e\nf"), (records{{"a"}, {"!2"}, {"!3"}, {"f"}}));
  EXPECT_EQ(read("a\n\"two\nlines\"\nx\"y"), (records{{"a"}, {"<two\nlines>"}, {"!4"}}));
}

TEST(csv, a_quote_that_is_never_closed_takes_the_rest) {
  EXPECT_EQ(read("a\n\"b\nc\nd\n"), (records{{"a"}, {"!2"}}));
  EXPECT_EQ(read("\""), (records{{"!1"}}));
}

TEST(csv, delimiter_and_quote_can_be_others_or_none) {
  EXPECT_EQ(read("a;'b;c';d,e\n", {.delimiter = ';', .quote = '\''}), (records{{"a", "<b;c>", "d,e"}}));
  EXPECT_EQ(read("a\t\"b\n", {.delimiter = '\t', .quote = '\0'}), (records{{"a", "\"b"}}));
  EXPECT_THROW(read("", {.delimiter = '\n'}), tidb::usage_error);
  EXPECT_THROW(read("", {.delimiter = '"'}), tidb::usage_error);
  EXPECT_THROW(read("", {.quote = '\r'}), tidb::usage_error);
}

TEST(csv, nul_is_a_character_like_others) {
  const std::string text("a\0b,\"\0\"", 7);
  EXPECT_EQ(read(text), (records{{std::string("a\0b", 3), std::string("<\0>", 3)}}));
}

TEST(csv, reading_can_go_on_behind_any_record) {
  const std::string text = "a,b\n\"1\n1\",2\n3,4\n";
  csv_reader first(parts_of(text, 5));
  ASSERT_TRUE(first.next());
  ASSERT_TRUE(first.next());
  EXPECT_EQ(first.line(), 2U);
  EXPECT_EQ(first.text(), "\"1\n1\",2");
  const auto behind = first.behind();
  EXPECT_EQ(behind.offset, 12U);
  EXPECT_EQ(behind.line, 4U);
  csv_reader second(parts_of(text.substr(behind.offset), 5), {}, behind);
  ASSERT_TRUE(second.next());
  EXPECT_EQ(second.text(), "3,4");
  EXPECT_EQ(second.line(), 4U);
  EXPECT_FALSE(second.next());
}

TEST(csv, a_record_that_is_too_long_is_told_and_passed_over) {
  const std::string large(std::size_t{65} << 20U, 'x');
  const auto all = read("a\n" + large + "\nb\n");
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1], record{"!2"});
  EXPECT_EQ(all[2], record{"b"});
}

TEST(csv, what_the_source_throws_comes_out) {
  csv_reader reader([](char*, std::size_t) -> std::size_t { throw std::runtime_error("no more"); });
  EXPECT_THROW(reader.next(), std::runtime_error);
}

}  // namespace
