#include "tidbxx/core/error.hpp"
#include "tidbxx/core/json.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using tidb::json;

std::string message_of(std::string text) {
  try {
    json document(std::move(text));
  } catch (const tidb::usage_error& caught) {
    return caught.what();
  }
  return "no error";
}

TEST(json, is_the_null_document_at_first) { EXPECT_EQ(json().text(), "null"); }

TEST(json, keeps_the_text_as_it_was_written) {
  EXPECT_EQ(json(" { \"b\" : 1,\n\"a\":[true, null] } ").text(), " { \"b\" : 1,\n\"a\":[true, null] } ");
  EXPECT_EQ(json("18446744073709551615").text(), "18446744073709551615");
}

TEST(json, refuses_what_is_not_json_and_names_the_byte) {
  EXPECT_EQ(message_of("{\"a\": x}"), "this text is not JSON from byte 7 on");
  EXPECT_EQ(message_of("[1,]"), "this text is not JSON from byte 4 on");
  EXPECT_EQ(message_of("[1] 2"), "this text is not JSON from byte 5 on");
  EXPECT_EQ(message_of("[1"), "this text is not JSON: it ends after 2 bytes, before the document does");
  EXPECT_EQ(message_of(""), "this text is not JSON: it ends after 0 bytes, before the document does");
  EXPECT_EQ(message_of(std::string("1\0x", 3)), "this text is not JSON from byte 2 on");
  EXPECT_EQ(message_of("\xEF\xBB\xBF{}"), "this text is not JSON from byte 1 on");
  for (auto* text : {"nan", "'a'", "{a:1}", "\"\xFF\"", "\"\n\"", "01", "+1", ".5", "1e", "tru", "\"\\u12\"", "/**/1"})
    EXPECT_NE(message_of(text), "no error") << text;
}

TEST(json, the_text_itself_is_not_repeated_in_the_error) {
  EXPECT_EQ(message_of("{\"password\": secret}").find("secret"), std::string::npos);
}

TEST(json, compares_documents_and_not_texts) {
  EXPECT_EQ(json("{\"a\":1,\"b\":[1,2]}"), json("{ \"b\": [1, 2], \"a\": 1 }"));
  EXPECT_EQ(json("\"\\u00e9\""), json("\"é\""));
  EXPECT_NE(json("[1,2]"), json("[2,1]"));
  EXPECT_NE(json("{\"a\":1}"), json("{\"b\":1}"));
  EXPECT_NE(json("{\"a\":1}"), json("{\"a\":1,\"b\":1}"));
  EXPECT_NE(json("null"), json("0"));
  EXPECT_NE(json("true"), json("1"));
  EXPECT_NE(json("[]"), json("{}"));
}

TEST(json, compares_numbers_by_value) {
  EXPECT_EQ(json("1"), json("1.0"));
  EXPECT_EQ(json("100"), json("1e2"));
  EXPECT_NE(json("18446744073709551615"), json("-1"));
  EXPECT_NE(json("9223372036854775807"), json("9223372036854775806"));
  EXPECT_EQ(json("-5"), json(" -5 "));
}

TEST(json, takes_trusted_text_unread_and_compares_it_as_text_if_it_is_no_json) {
  EXPECT_EQ(json::trusted("not json").text(), "not json");
  EXPECT_EQ(json::trusted("not json"), json::trusted("not json"));
  EXPECT_NE(json::trusted("not json"), json::trusted("other"));
}

TEST(json, a_deep_document_does_not_exhaust_the_stack) {
  constexpr std::size_t depth = 200'000;
  std::string deep = std::string(depth, '[') + std::string(depth, ']');
  EXPECT_EQ(json(deep), json(" " + deep));
}

}  // namespace
