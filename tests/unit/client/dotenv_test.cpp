#include "client/dotenv.hpp"
#include "tidbxx/core/error.hpp"

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace {

using tidb::detail::dotenv;
using tidb::detail::parse_dotenv;

std::string complaint(std::string_view text) {
  try {
    parse_dotenv(text);
  } catch (const tidb::usage_error& problem) {
    return problem.info().message;
  }
  return {};
}

struct folder {
  std::filesystem::path path =
      std::filesystem::temp_directory_path() / ("tidbxx_dotenv_" + std::to_string(std::random_device{}()));
  folder() { std::filesystem::create_directory(path); }
  ~folder() { std::filesystem::remove_all(path); }
  folder(const folder&) = delete;
  folder& operator=(const folder&) = delete;
};

}  // namespace

TEST(dotenv, one_assignment_is_read_in_every_spelling) {
  const struct {
    std::string_view text;
    std::string_view value;
  } cases[] = {
      {"KEY=value", "value"},
      {"KEY=value\n", "value"},
      {"KEY=value\r\n", "value"},
      {"\xEF\xBB\xBFKEY=value\n", "value"},
      {"  KEY = value  ", "value"},
      {"export KEY=value", "value"},
      {"export\tKEY=value", "value"},
      {"KEY=", ""},
      {"KEY=\nOTHER=1", ""},
      {"KEY=   \n", ""},
      {"KEY=two words", "two words"},
      {"KEY=value # comment", "value"},
      {"KEY=value\t# comment", "value"},
      {"KEY=val#ue", "val#ue"},
      {"KEY=#value", "#value"},
      {"KEY= # comment", ""},
      {"KEY=a=b=c", "a=b=c"},
      {"KEY=it's", "it's"},
      {"KEY=a\"b", "a\"b"},
      {"KEY=$HOME/${x}", "$HOME/${x}"},
      {"KEY=back\\nslash", "back\\nslash"},
      {"KEY=''", ""},
      {"KEY='a # b'", "a # b"},
      {"KEY='a\\n$b\"c'", "a\\n$b\"c"},
      {"KEY='value'  # comment", "value"},
      {"KEY=\"\"", ""},
      {"KEY=\"a # b\"", "a # b"},
      {"KEY=\"a\\nb\\tc\\\"d\\\\e\\$f\"", "a\nb\tc\"d\\e$f"},
      {"KEY=\"a\\qb\"", "a\\qb"},
      {"KEY=\"it's\"", "it's"},
      {"KEY=\"first\nsecond\" # comment", "first\nsecond"},
      {"KEY=\"first\r\nsecond\"\r\n", "first\nsecond"},
      {"KEY=first\nKEY=second", "second"},
      {"# comment\n\n   \n\t# another\nKEY=value", "value"},
      {"KEY=p\xC3\xA4ss", "p\xC3\xA4ss"},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.text);
    dotenv read;
    ASSERT_NO_THROW(read = parse_dotenv(each.text));
    ASSERT_TRUE(read.contains("KEY"));
    EXPECT_EQ(read.at("KEY"), each.value);
  }
}

TEST(dotenv, an_empty_text_has_no_variables) {
  for (std::string_view text : {"", "\n", "\r\n", "# only a comment", "\xEF\xBB\xBF", "   "})
    EXPECT_TRUE(parse_dotenv(text).empty()) << text;
}

TEST(dotenv, a_variable_may_be_named_export) {
  EXPECT_EQ(parse_dotenv("export=1"), (dotenv{{"export", "1"}}));
  EXPECT_EQ(parse_dotenv("export =1"), (dotenv{{"export", "1"}}));
}

TEST(dotenv, what_follows_a_value_of_several_lines_is_read) {
  EXPECT_EQ(parse_dotenv("A=\"1\n2\"\nB=3"), (dotenv{{"A", "1\n2"}, {"B", "3"}}));
}

TEST(dotenv, a_syntax_error_names_its_line_and_not_its_text) {
  const struct {
    std::string_view text;
    std::string_view start;
  } cases[] = {
      {"s3cr3t", ".env:1: "},
      {"A=1\ns3cr3t\n", ".env:2: "},
      {"A=1\r\n\r\ns3cr3t VALUE=1", ".env:3: "},
      {"=s3cr3t", ".env:1: "},
      {"export s3cr3t", ".env:1: "},
      {"A='s3cr3t", ".env:1: "},
      {"A='s3cr3t\n'", ".env:1: "},
      {"\n\nA=\"s3cr3t\n\n", ".env:3: "},
      {"A=\"s3cr3t\\\"", ".env:1: "},
      {"A=\"s3cr3t\\", ".env:1: "},
      {"A='x's3cr3t", ".env:1: "},
      {"A=\"x\ny\" s3cr3t", ".env:2: "},
      {"A=\"SEC\"RET\"", ".env:1: "},
      {"s3cr3t: 1", ".env:1: "},
      {std::string_view("A=1\nB=s3cr3t\0x", 14), ".env:2: "},
  };
  for (const auto& each : cases) {
    SCOPED_TRACE(each.text);
    std::string text = complaint(each.text);
    EXPECT_TRUE(text.starts_with(each.start)) << text;
    EXPECT_EQ(text.find("s3cr3t"), std::string::npos) << text;
  }
}

TEST(dotenv, random_bytes_never_crash_and_errors_never_repeat_them) {
  std::mt19937 random(20240607);
  const std::string_view alphabet("AZ_=\"'\\\n\r #$\t\0\xEF\xBB\xBF\xFFx", 19);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = "KEY=\"ok\"\n";
    for (auto letters = random() % 24; letters > 0; --letters) text += alphabet[random() % alphabet.size()];
    text.insert(random() % (text.size() + 1), "s3cr3t");
    for (auto letters = random() % 6; letters > 0; --letters)
      text[random() % text.size()] = static_cast<char>(random() % 256);
    std::string message = complaint(text);
    EXPECT_EQ(message.find("s3cr3t"), std::string::npos) << message;
    EXPECT_TRUE(message.empty() || message.starts_with(".env:")) << message;
  }
}

TEST(dotenv, a_missing_file_or_a_folder_is_nothing) {
  folder here;
  EXPECT_TRUE(tidb::detail::read_dotenv(here.path / ".env").empty());
  EXPECT_TRUE(tidb::detail::read_dotenv(here.path / "nowhere" / ".env").empty());
  std::filesystem::create_directory(here.path / ".env");
  EXPECT_TRUE(tidb::detail::read_dotenv(here.path / ".env").empty());
}

TEST(dotenv, a_file_is_read) {
  folder here;
  std::ofstream(here.path / ".env", std::ios::binary) << "A=1\r\nB=\"x\"\r\n";
  EXPECT_EQ(tidb::detail::read_dotenv(here.path / ".env"), (dotenv{{"A", "1"}, {"B", "x"}}));
}

TEST(dotenv, a_file_that_cannot_be_read_is_an_error) {
  folder here;
  // A link to itself: unreadable for every user, root included.
  std::filesystem::create_symlink(".env", here.path / ".env");
  EXPECT_THROW(tidb::detail::read_dotenv(here.path / ".env"), tidb::usage_error);
}
