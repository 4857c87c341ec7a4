#include "client/dotenv.hpp"

#include "tidbxx/core/error.hpp"

#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

bool is_blank(char letter) { return letter == ' ' || letter == '\t' || letter == '\r'; }

bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '_' || letter == '.' || letter == '-';
}

[[noreturn]] void fail(std::size_t line, std::string_view why) { throw_usage(fmt::format(".env:{}: {}", line, why)); }

class dotenv_reader {
public:
  explicit dotenv_reader(std::string_view text) : text_(text) {}

  dotenv read() {
    while (!at_end()) {
      skip_blanks();
      if (!at_line_end() && peek() != '#') read_assignment();
      skip_line();
    }
    return std::move(variables_);
  }

private:
  bool at_end() const { return at_ == text_.size(); }
  bool at_line_end() const { return at_end() || text_[at_] == '\n'; }
  /// The current letter; a line feed at the end of the text.
  char peek() const { return at_end() ? '\n' : text_[at_]; }

  char take() {
    char letter = text_[at_++];
    if (letter == '\n') ++line_;
    return letter;
  }

  void skip_blanks() {
    while (!at_end() && is_blank(peek())) ++at_;
  }

  void skip_line() {
    while (!at_line_end()) ++at_;
    if (!at_end()) take();
  }

  std::string_view read_name() {
    std::size_t start = at_;
    while (!at_end() && is_name_letter(peek())) ++at_;
    return text_.substr(start, at_ - start);
  }

  void read_assignment() {
    std::string_view name = read_name();
    if (name == "export" && is_blank(peek())) {
      skip_blanks();
      if (peek() != '=') name = read_name();
    }
    skip_blanks();
    if (name.empty() || peek() != '=') fail(line_, "expected NAME=VALUE, a # comment or an empty line");
    ++at_;
    std::string value;
    std::size_t start = at_;
    skip_blanks();
    switch (peek()) {
    case '\'': value = read_single_quoted(); break;
    case '"': value = read_double_quoted(); break;
    default: value = read_plain(start);
    }
    variables_.insert_or_assign(std::string(name), std::move(value));
  }

  /// From behind the `=`, so that a # right after it is seen to have no blank before it.
  std::string read_plain(std::size_t start) {
    at_ = start;
    while (!at_line_end() && !(peek() == '#' && at_ > start && is_blank(text_[at_ - 1]))) ++at_;
    std::string_view value = text_.substr(start, at_ - start);
    while (!value.empty() && is_blank(value.front())) value.remove_prefix(1);
    while (!value.empty() && is_blank(value.back())) value.remove_suffix(1);
    return std::string(value);
  }

  std::string read_single_quoted() {
    std::size_t start = ++at_;
    while (!at_line_end() && peek() != '\'') ++at_;
    if (at_line_end()) fail(line_, "a ' is opened and not closed on this line; only \" may span lines");
    std::string value(text_.substr(start, at_++ - start));
    check_rest();
    return value;
  }

  std::string read_double_quoted() {
    std::size_t opened = line_;
    ++at_;
    std::string value;
    while (!at_end() && peek() != '"') {
      char letter = take();
      if (letter == '\\' && !at_end())
        append_escape(value);
      else
        value += letter;
    }
    if (at_end()) fail(opened, "a \" is opened here and never closed");
    ++at_;
    check_rest();
    return value;
  }

  void append_escape(std::string& value) {
    switch (char letter = take()) {
    case 'n': value += '\n'; break;
    case 't': value += '\t'; break;
    case '"':
    case '\\':
    case '$': value += letter; break;
    default: value.append(1, '\\').append(1, letter);
    }
  }

  void check_rest() {
    skip_blanks();
    if (!at_line_end() && peek() != '#')
      fail(line_, "only a # comment may follow a closing quote; inside \" write \\\"");
  }

  std::string_view text_;
  std::size_t at_{};
  std::size_t line_{1};
  dotenv variables_;
};

/// Without the byte order mark and the carriage returns that editors on Windows leave.
std::string normalised(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::string plain;
  plain.reserve(text.size());
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\n') ++line;
    // Everything behind it would be lost on its way through the C interfaces.
    if (text[at] == '\0') fail(line, "a zero byte; a .env file is text in UTF-8");
    if (text[at] == '\r' && at + 1 < text.size() && text[at + 1] == '\n') continue;
    plain += text[at];
  }
  return plain;
}

}  // namespace

dotenv parse_dotenv(std::string_view text) {
  std::string plain = normalised(text);
  return dotenv_reader(plain).read();
}

dotenv read_dotenv(const std::filesystem::path& file) {
  std::error_code problem;
  auto kind = std::filesystem::status(file, problem).type();
  if (kind == std::filesystem::file_type::not_found || kind == std::filesystem::file_type::directory) return {};
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string text;
  if (stream) text.assign(std::istreambuf_iterator<char>(stream), {});
  if (!stream || stream.bad()) {
    std::string reason = std::generic_category().message(errno != 0 ? errno : EIO);
    throw_usage(fmt::format(".env: the file is there and cannot be read ({}): make it readable or remove it", reason));
  }
  return parse_dotenv(text);
}

}  // namespace tidb::detail
