// The tokens of a statement that makes a table, as each engine keeps it.
#pragma once

#include "tidbxx/sql/printer.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

enum class token_kind : std::uint8_t { end, word, name, text, number, sign };

struct token {
  token_kind kind{};
  std::string text{};    ///< of a quoted name and text what it stands for; of a sign the sign
  std::size_t group{};   ///< which `/*T! … */` it is in, from 1; 0: none
  std::size_t begin{};   ///< where it is in the statement
  std::size_t finish{};  ///< where it ends
};

/// Walks over tokens. Words are compared without their case.
class token_reader {
public:
  /// Errors: usage_error for a text that does not end.
  token_reader(std::string_view sql, sql::dialect of);

  const token& peek(std::size_t ahead = 0) const noexcept;
  token next();
  bool is_over() const noexcept { return peek().kind == token_kind::end; }
  bool is(std::string_view word_or_sign) const noexcept { return is_at(0, word_or_sign); }
  bool is_at(std::size_t ahead, std::string_view word_or_sign) const noexcept;
  /// Takes these words or signs if they come next, all or none.
  bool take(std::string_view first, std::string_view second = {}, std::string_view third = {});
  /// Errors: usage_error if something else comes.
  void expect(std::string_view word_or_sign);
  /// A name, quoted or not.
  std::string name();
  /// The statement's text from a parenthesis, which comes next, to the one that closes it, without both.
  std::string in_parentheses();
  /// As it is written, from the next token on, for as long as `more` says so of the one that comes; that is passed.
  template <class More>
  std::string source_while(More&& more) {
    const auto begin = peek().begin;
    auto end = begin;
    while (!is_over() && more()) {
      const auto before = at_;
      skip();
      end = tokens_[at_ > before ? at_ - 1 : before].finish;
      if (at_ == before) break;
    }
    return std::string(sql_.substr(begin, end - begin));
  }
  /// Passes over what comes next: a whole parenthesis or one token.
  void skip();

private:
  [[noreturn]] void refuse(std::string_view wanted) const;

  std::string_view sql_;
  std::vector<token> tokens_;
  std::size_t at_{};
};

}  // namespace tidb::detail
