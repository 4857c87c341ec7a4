#include "core/utf8.hpp"

#include <string>

#include <gtest/gtest.h>

using tidb::detail::is_utf8;

TEST(sqlite_utf8, text_of_every_length_of_character_passes) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8(std::string("a\0b", 3)));
  for (const char* text : {"plain text of many letters", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf",
                           "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
    EXPECT_TRUE(is_utf8(std::string("letters before it ") + text + " and behind it")) << text;
  }
}

TEST(sqlite_utf8, what_is_no_text_does_not_pass_wherever_it_stands) {
  for (const char* text : {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xc2", "\xc2\xc2\x80", "\xe0\x9f\xbf", "\xe4\xbd",
                           "\xe4\xbd"
                           "a",
                           "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf", "\xf0\x90\x80", "\xf4\x90\x80\x80",
                           "\xf5\x80\x80\x80", "\xff"}) {
    EXPECT_FALSE(is_utf8(text));
    EXPECT_FALSE(is_utf8(std::string("letters before it ") + text));
    EXPECT_FALSE(is_utf8(std::string(text) + " and behind it"));
  }
}
