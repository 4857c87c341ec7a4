// How a server greets, whole, in pieces, and not at all.
#include "engine/tidb/greeting.hpp"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace {

using namespace std::string_view_literals;
using tidb::detail::greeting_size;
using tidb::detail::parse_greeting;

std::string packet(std::string_view payload, char number = 0) {
  return std::string{static_cast<char>(payload.size()), 0, 0, number}.append(payload);
}

std::string greeting(bool tls) {
  return packet(std::string("\x0a"
                            "8.0.11-TiDB-v8.5.6\0\1\0\0\0saltsalt\0"sv)
                    .append(tls ? "\x0b\xaa"sv : "\x0b\xa2"sv)
                    .append("\x2e\2\0\x08\0\x15\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0"sv));
}

TEST(tidb_greeting, tells_the_version_and_whether_there_is_tls) {
  for (const bool tls : {false, true}) {
    const auto found = parse_greeting(greeting(tls));
    EXPECT_TRUE(found.speaks_mysql);
    EXPECT_EQ(found.version, "8.0.11-TiDB-v8.5.6");
    EXPECT_EQ(found.offers_tls, tls);
    EXPECT_EQ(found.error_code, 0);
  }
}

TEST(tidb_greeting, is_whole_when_its_size_has_come) {
  const auto whole = greeting(true);
  for (std::size_t size = 0; size < 4; ++size) EXPECT_EQ(greeting_size(whole.substr(0, size)), std::nullopt);
  for (std::size_t size = 4; size <= whole.size(); ++size)
    EXPECT_EQ(greeting_size(whole.substr(0, size)), whole.size());
}

TEST(tidb_greeting, may_be_an_error) {
  const auto found = parse_greeting(packet("\xff\x10\x04#08004Too many connections"sv));
  EXPECT_TRUE(found.speaks_mysql);
  EXPECT_EQ(found.error_code, 1040);
  EXPECT_EQ(found.error_text, "Too many connections");
  EXPECT_FALSE(found.offers_tls);
}

TEST(tidb_greeting, of_something_else_is_none) {
  for (const auto text : {"HTTP/1.1 400 Bad Request\r\n"sv, "SSH-2.0-OpenSSH\r\n"sv, "\0\0\0\0"sv})
    EXPECT_EQ(greeting_size(text), 0U);
  EXPECT_EQ(greeting_size(packet("\x0a"sv, 1)), 0U);
  for (std::size_t size = 0; size < greeting(true).size(); ++size) {  // whatever is missing, nothing is read beyond it
    const auto found = parse_greeting(greeting(true).substr(0, size));
    EXPECT_EQ(found.offers_tls, size > 38) << size;
  }
}

}  // namespace
