#include "search/row_keys.hpp"

#include <gtest/gtest.h>

using namespace tidb::detail;
using tidb::value_kind;
using tidb::value_view;

namespace {

std::vector<value_view> values_of(const std::string& name, const std::vector<key_column>& key) {
  std::vector<value_view> values;
  EXPECT_TRUE(add_values(name, key, values));
  return values;
}
value_view text(std::string_view bytes) { return value_view::of(bytes); }

}  // namespace

TEST(RowKeys, come_back_as_they_went) {
  const std::vector<key_column> key{{"a", "varchar(40)"}, {"b", "bigint unsigned"}, {"c", "date"}, {"d", "int"}};
  const std::vector<value_view> given{text("n\xC3\xA4me"), value_view::of(~std::uint64_t{0}),
                                      value_view::count(value_kind::date, -3), value_view::of(std::int64_t{-7})};
  const auto name = name_of_key(key, given);
  const auto back = values_of(name, key);
  ASSERT_EQ(back.size(), 4U);
  EXPECT_EQ(back[0].text(), "n\xC3\xA4me");
  EXPECT_EQ(back[1].kind, value_kind::unsigned_integer);
  EXPECT_EQ(back[1].unsigned_integer, ~std::uint64_t{0});
  EXPECT_EQ(back[2].kind, value_kind::date);
  EXPECT_EQ(back[2].integer, -3);
  EXPECT_EQ(back[3].integer, -7);
  EXPECT_GE(row_number_of(name), 0);
}

TEST(RowKeys, are_those_that_the_table_gives_back) {
  const std::vector<key_column> padded{{"a", "char(8)"}}, filled{{"a", "binary(4)"}}, plain{{"a", "varchar(8)"}};
  const auto name = [](const std::vector<key_column>& key, std::string_view bytes) {
    const std::vector<value_view> values{text(bytes)};
    return name_of_key(key, values);
  };
  EXPECT_EQ(name(padded, "ab  "), name(padded, "ab"));
  EXPECT_EQ(name(padded, "    "), name(padded, ""));
  EXPECT_EQ(name(filled, "ab"), name(filled, std::string_view("ab\0\0", 4)));
  EXPECT_NE(name(plain, "ab "), name(plain, "ab"));
  const std::vector<value_view> small{value_view::of(std::int64_t{5})}, large{value_view::of(std::uint64_t{5})};
  EXPECT_EQ(name_of_key(std::vector<key_column>{{"a", "bigint unsigned"}}, small),
            name_of_key(std::vector<key_column>{{"a", "bigint unsigned"}}, large));
}

TEST(RowKeys, have_no_name_for_values_of_another_type) {
  const std::vector<value_view> null{value_view::null()}, real{value_view::of(1.5)};
  for (const char* type : {"varchar(3)", "int", "date", "binary(3)"}) {
    EXPECT_TRUE(name_of_key(std::vector<key_column>{{"a", type}}, null).empty()) << type;
    EXPECT_TRUE(name_of_key(std::vector<key_column>{{"a", type}}, real).empty()) << type;
  }
}

TEST(RowKeys, that_are_cut_are_seen) {
  const std::vector<key_column> key{{"a", "varchar(40)"}, {"b", "int"}};
  const std::vector<value_view> given{text("abc"), value_view::of(std::int64_t{1})};
  const auto name = name_of_key(key, given);
  for (std::size_t length = 0; length < name.size(); ++length) {
    std::vector<value_view> out;
    EXPECT_FALSE(add_values(std::string_view(name).substr(0, length), key, out)) << length;
  }
  std::vector<value_view> out;
  EXPECT_FALSE(add_values(name + "x", key, out));
}

TEST(RowKeys, know_the_types_that_a_key_may_have) {
  for (const char* type :
       {"bigint(20)", "int unsigned", "tinyint(1)", "varchar(9)", "char(36)", "binary(16)", "varbinary(8)", "date"})
    EXPECT_TRUE(can_be_in_key(type)) << type;
  for (const char* type : {"datetime(6)", "decimal(9,2)", "double", "timestamp", "enum('a')", "text", "interval"})
    EXPECT_FALSE(can_be_in_key(type)) << type;
  EXPECT_TRUE(is_number(std::vector<key_column>{{"id", "bigint(20)"}}));
  EXPECT_FALSE(is_number(std::vector<key_column>{{"id", "bigint(20) unsigned"}}));
  EXPECT_FALSE(is_number(std::vector<key_column>{{"id", "int"}, {"more", "int"}}));
}

TEST(RowKeys, are_written_down_by_name_and_type) {
  EXPECT_EQ(key_to_text(std::vector<key_column>{{"id", "bigint(20)"}}), "id");
  for (const char* odd : {"id", "[1]", "[]", "[{"}) EXPECT_EQ(key_from_text(odd).at(0).name, odd);
  const std::vector<key_column> key{{"a \"b\"", "varchar(40)"}, {"c", "int unsigned"}};
  const auto back = key_from_text(key_to_text(key));
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0].name, "a \"b\"");
  EXPECT_EQ(back[1].type, "int unsigned");
}

TEST(RowKeys, are_sorted_by_number_and_kept_once) {
  row_keys keys;
  for (const char* name : {"c", "a", "b", "a"}) keys.add(row_number_of(name), name);
  keys.sort();
  ASSERT_EQ(keys.size(), 3U);
  EXPECT_TRUE(std::ranges::is_sorted(keys.numbers));
  for (std::size_t i = 0; i < keys.size(); ++i) EXPECT_EQ(row_number_of(keys.name(i)), keys.numbers[i]);
}
