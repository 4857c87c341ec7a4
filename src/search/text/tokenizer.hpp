// One text's way to its tokens.
#pragma once

#include "search/text/analyzer.hpp"
#include "search/text/word_breaker.hpp"
#include "search/text/word_terms.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// What one thread at a time needs.
struct analysis_tools {
  explicit analysis_tools(const word_rules& rules) : terms(rules) {}

  word_breaker breaker{};
  word_terms terms;
  std::vector<std::string_view> pieces{};
  std::vector<std::string_view> parts{};
};

/// What a text is analysed for, and by which rules.
struct token_rules {
  text_use use{};
  bool leaves_gaps{};  ///< stop words are not given
  bool splits_identifiers{};
  bool elides{};
  bool by_icu{};  ///< also what is ASCII
};

class tokenizer {
public:
  tokenizer(std::string_view text, const token_rules& rules, const word_rules& words, analysis_tools& tools,
            const token_sink& take);

  /// Gives the number of positions.
  std::uint32_t run();

private:
  struct unit;

  // A run has no byte that always separates words.
  void take_run(std::size_t begin, std::size_t end, unsigned classes);
  void take_ascii_run(std::size_t begin, std::size_t end);
  void take_mixed_run(std::size_t begin, std::size_t end);
  void take_spaced(std::size_t begin, std::size_t end);
  std::size_t take_unspaced(std::size_t begin, std::size_t end);
  void take_unit(unit& last, unit& next);
  void finish_units(const unit& last, std::uint32_t first);

  // A word is what ICU takes for one; pieces are what remains of it.
  void take_word(std::string_view word);
  void take_identifier();
  void split(std::string_view word);
  std::size_t separator_size(std::string_view at) const noexcept;
  void add_piece(std::string_view piece);
  void take_piece(std::string_view piece, bool may_be_stop_word);
  void take_whole(std::string_view word);
  void give_all(const word_term& found, std::string_view word) const;
  void give_word(std::string_view term, std::string_view word, bool is_stop_word = false) const;
  void give(std::string_view term, std::size_t begin, std::size_t end, word_kind kind, bool is_stop_word = false) const;

  std::string_view text_;
  token_rules rules_;
  const word_rules& words_;
  analysis_tools& tools_;
  const token_sink& take_;
  std::uint32_t position_{};
  std::string pair_{};
};

}  // namespace tidb::detail
