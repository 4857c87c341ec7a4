// The pieces of a query as it was typed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

enum class lexeme_kind : std::uint8_t {
  word,      ///< anything up to a space, quote or parenthesis
  phrase,    ///< in quotes
  open,      ///< (
  close,     ///< )
  plus,      ///< + right before a word, phrase or parenthesis
  minus,     ///< - likewise
  and_word,  ///< AND, which is a word where it joins nothing
  or_word,   ///< OR
  not_word,  ///< NOT
  column,    ///< a known column's name and a colon
};

constexpr bool begins_operand(lexeme_kind kind) noexcept {
  return kind != lexeme_kind::close && kind != lexeme_kind::and_word && kind != lexeme_kind::or_word;
}
constexpr bool ends_operand(lexeme_kind kind) noexcept {
  return kind == lexeme_kind::word || kind == lexeme_kind::phrase || kind == lexeme_kind::close;
}

struct lexeme {
  lexeme_kind kind{};
  std::string text{};    ///< of a word or phrase, without what follows here and without escapes
  std::size_t place{};   ///< in bytes, of the query
  bool is_prefix{};      ///< word*
  float boost{1};        ///< ^2 after a word, phrase or closing parenthesis
  std::uint32_t slop{};  ///< ~5 after a phrase
  int column{-1};
};

/// The most that anything counts more than another.
inline constexpr float most_query_boost = 1000;

/// What is wrong with a query, for who asks for strictness.
struct query_fault {
  std::string what{};
  std::size_t place{};
};

struct lexed_query {
  std::vector<lexeme> lexemes{};
  std::optional<query_fault> first_fault{};
};

/// Of any bytes. `columns` in small letters.
lexed_query lex_query(std::string_view query, const std::vector<std::string>& columns);

}  // namespace tidb::detail
