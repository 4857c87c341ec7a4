#include "schema/sql_tokens.hpp"

#include "core/text.hpp"
#include "sql/skipping.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <cctype>

namespace tidb::detail {

namespace {

bool is_word_letter(char letter) noexcept {
  const auto byte = static_cast<unsigned char>(letter);
  return std::isalnum(byte) != 0 || letter == '_' || letter == '$' || letter == '@' || byte >= 0x80;
}

bool is_digit(char letter) noexcept { return letter >= '0' && letter <= '9'; }

/// Cuts a statement's text into tokens.
class tokenizer {
public:
  tokenizer(std::string_view sql, sql::dialect of) : sql_(sql), of_(of) {}

  std::vector<token> all() {
    std::vector<token> made;
    while (pass_blanks()) made.push_back(one());
    made.push_back({.begin = sql_.size(), .finish = sql_.size()});
    return made;
  }

private:
  bool starts(std::string_view with) const noexcept { return sql_.substr(at_).starts_with(with); }

  /// Passes blanks and comments; false at the end.
  bool pass_blanks() {
    while (at_ < sql_.size()) {
      if (std::isspace(static_cast<unsigned char>(sql_[at_])) != 0) {
        ++at_;
      } else if (starts("/*T!") || (of_ == sql::dialect::tidb && starts("/*!"))) {
        at_ += starts("/*!") ? 3 : 4;
        if (starts("[")) at_ = std::min(sql_.find(']', at_), sql_.size() - 1) + 1;  // the feature's name
        while (at_ < sql_.size() && is_digit(sql_[at_])) ++at_;                     // or a version of MySQL
        inside_ = true;
        ++group_;
      } else if (inside_ && starts("*/")) {
        at_ += 2;
        inside_ = false;
      } else if (const auto comment = sql::comment_size(sql_.substr(at_), of_); comment > 0) {
        at_ += comment;
      } else {
        return true;
      }
    }
    return false;
  }

  token one() {
    token made{.group = inside_ ? group_ : 0, .begin = at_};
    const char first = sql_[at_];
    if (first == '\'' || (first == '"' && of_ == sql::dialect::tidb)) {
      made.kind = token_kind::text;
      made.text = quoted(first);
    } else if (first == '`' || first == '"' || (first == '[' && of_ == sql::dialect::sqlite)) {
      made.kind = token_kind::name;
      made.text = quoted(first == '[' ? ']' : first);
    } else if (is_digit(first) || (first == '.' && at_ + 1 < sql_.size() && is_digit(sql_[at_ + 1]))) {
      made.kind = token_kind::number;
      made.text = number();
    } else if (is_word_letter(first)) {
      made.kind = token_kind::word;
      const auto begin = at_;
      while (at_ < sql_.size() && is_word_letter(sql_[at_])) ++at_;
      made.text = sql_.substr(begin, at_ - begin);
    } else {
      made.kind = token_kind::sign;
      made.text = sign();
    }
    made.finish = at_;
    return made;
  }

  std::string quoted(char end) {
    std::string text;
    const bool escapes = of_ == sql::dialect::tidb && end != '`';
    for (++at_; at_ < sql_.size(); ++at_) {
      char letter = sql_[at_];
      if (letter == end) {
        if (end == ']' || at_ + 1 >= sql_.size() || sql_[at_ + 1] != end) {
          ++at_;
          return text;
        }
        ++at_;
      } else if (escapes && letter == '\\' && at_ + 1 < sql_.size()) {
        letter = unescaped(sql_[++at_]);
      }
      text += letter;
    }
    throw_usage("the statement of a table does not end: " + std::string(1, end));
  }

  static char unescaped(char letter) noexcept {
    switch (letter) {
    case '0': return '\0';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case 'b': return '\b';
    case 'Z': return '\x1A';
    default: return letter;
    }
  }

  std::string number() {
    const auto begin = at_;
    while (at_ < sql_.size() && (is_word_letter(sql_[at_]) || sql_[at_] == '.' || is_exponent_sign())) ++at_;
    return std::string(sql_.substr(begin, at_ - begin));
  }
  bool is_exponent_sign() const noexcept {
    return (sql_[at_] == '-' || sql_[at_] == '+') && (sql_[at_ - 1] == 'e' || sql_[at_ - 1] == 'E');
  }

  std::string sign() {
    constexpr std::string_view several[] = {"<=>", "->>", "<=", ">=", "<>", "!=", "||", "&&", "<<", ">>", "->", ":="};
    for (const auto each : several)
      if (starts(each)) {
        at_ += each.size();
        return std::string(each);
      }
    return std::string(1, sql_[at_++]);
  }

  std::string_view sql_;
  sql::dialect of_;
  std::size_t at_{};
  std::size_t group_{};
  bool inside_{};
};

}  // namespace

token_reader::token_reader(std::string_view sql, sql::dialect of) : sql_(sql), tokens_(tokenizer(sql, of).all()) {}

const token& token_reader::peek(std::size_t ahead) const noexcept {
  return tokens_[std::min(at_ + ahead, tokens_.size() - 1)];
}

token token_reader::next() {
  auto taken = peek();
  if (at_ + 1 < tokens_.size()) ++at_;
  return taken;
}

bool token_reader::is_at(std::size_t ahead, std::string_view word_or_sign) const noexcept {
  const auto& found = peek(ahead);
  return (found.kind == token_kind::word || found.kind == token_kind::sign) && lower(found.text) == lower(word_or_sign);
}

bool token_reader::take(std::string_view first, std::string_view second, std::string_view third) {
  const std::string_view wanted[] = {first, second, third};
  std::size_t count = 0;
  for (; count < 3 && !wanted[count].empty(); ++count)
    if (!is_at(count, wanted[count])) return false;
  for (; count > 0; --count) next();
  return true;
}

void token_reader::expect(std::string_view word_or_sign) {
  if (!take(word_or_sign)) refuse(word_or_sign);
}

std::string token_reader::name() {
  if (peek().kind != token_kind::name && peek().kind != token_kind::word && peek().kind != token_kind::text)
    refuse("a name");
  return next().text;
}

std::string token_reader::in_parentheses() {
  if (!is("(")) refuse("(");
  const auto begin = peek().finish;
  std::size_t depth = 0;
  for (;;) {
    if (is_over()) refuse(")");
    const auto here = next();
    if (here.kind != token_kind::sign) continue;
    if (here.text == "(") ++depth;
    if (here.text == ")" && --depth == 0)
      return std::string(trimmed(sql_.substr(begin, here.begin - begin), " \t\r\n"));
  }
}

void token_reader::skip() {
  if (is("("))
    (void)in_parentheses();
  else
    next();
}

void token_reader::refuse(std::string_view wanted) const {
  throw_usage("the statement of a table cannot be read: " + std::string(wanted) + " is missing before \"" +
              std::string(sql_.substr(peek().begin, 40)) + "\"");
}

}  // namespace tidb::detail
