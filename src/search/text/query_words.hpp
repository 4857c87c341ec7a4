// What one word or phrase of a query asks for.
#pragma once

#include "search/text/analyzer.hpp"
#include "search/text/query_lexer.hpp"
#include "search/text/synonyms.hpp"
#include "search/text/text_query.hpp"

#include <cstddef>
#include <string_view>

namespace tidb::detail {

/// A part of a query, and whether it may be left out for others.
struct query_part {
  text_query node{};
  bool is_stop_word{};
};

/// A phrase of more words than this is exact, whatever its slop: each place where it may begin costs their square.
inline constexpr std::size_t most_loose_words = 64;

class query_words {
public:
  query_words(const text_analyzer& analyzer, std::size_t most_terms) : analyzer_(analyzer), left_(most_terms) {}

  /// An any_of without parts if nothing of it is a term.
  query_part make(const lexeme& from, int column);
  bool ran_out() const noexcept { return ran_out_; }
  /// Whether a phrase had more than `most_loose_words`, and was taken as exact.
  bool dropped_slop() const noexcept { return dropped_slop_; }

private:
  bool is_indexed(const query_terms& found) const;
  phrase_words indexed_words(std::string_view text) const;
  text_query with_synonyms(const phrase_words& words, const lexeme& from);
  text_query prefix(const lexeme& from);
  text_query leaf(phrase_words words, std::uint32_t slop);
  bool take(std::size_t terms) noexcept;

  const text_analyzer& analyzer_;
  std::size_t left_;
  bool ran_out_{}, dropped_slop_{};
};

inline bool matches_nothing(const text_query& query) noexcept {
  return query.op == text_op::any_of && query.parts.empty();
}

}  // namespace tidb::detail
