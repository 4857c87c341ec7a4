// From a word as it is written to the term that an index has for it.
#pragma once

#include "search/text/analyzer_options.hpp"
#include "search/text/folding.hpp"
#include "search/text/stemmer.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace tidb::detail {

/// Terms are cut to this many bytes, between two characters.
inline constexpr std::size_t longest_term = 255;

struct string_hash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
};
using string_set = std::unordered_set<std::string, string_hash, std::equal_to<>>;

struct word_term {
  std::string_view term{};       ///< empty: nothing of the word is left
  std::string_view other{};      ///< what the word's stem is to who leaves its accents out; empty: the same
  std::string_view unstemmed{};  ///< empty: not wanted, or the same as one of these
  bool is_stop_word{};
};

/// What is common to all words of one analyzer. Immutable.
struct word_rules {
  explicit word_rules(const analyzer_options& options);

  folding fold;
  string_set stop_words{};
  std::string language;
  bool unstemmed_words{};
};

/// Finds words' terms, and remembers the most recent of them: a text repeats its words. Not to be used by two threads
/// at once; `rules` must outlive it.
class word_terms {
public:
  explicit word_terms(const word_rules& rules);

  /// Valid until the next call.
  word_term find(std::string_view word);
  /// Without stemming: the beginning of words, or an identifier as a whole.
  std::string_view find_unstemmed(std::string_view word);

private:
  static constexpr std::size_t entries = 8192;
  static constexpr std::size_t entry_text = 59;
  /// A cache line: the word and its terms, one after the other.
  struct alignas(64) entry {
    std::uint8_t word{}, term{}, other{}, unstemmed{}, is_stop_word{};
    std::array<char, entry_text> text{};
  };

  word_term in(const entry& found) const noexcept;
  word_term make(std::string_view word);
  bool is_simple(std::string_view word) const noexcept;
  void keep(entry& into, std::string_view word, const word_term& made) const;
  std::string fold_and_cut(std::string_view stemmed) const;

  const word_rules* rules_;
  stemmer stemmer_;
  std::vector<entry> cache_;
  std::string term_;
  std::string other_;
  std::string unstemmed_;
};

}  // namespace tidb::detail
