// What a full-text search asks for, after its words were analysed: one tree for every engine and every syntax.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tidb::detail {

enum class text_op : std::uint8_t {
  term,     ///< documents with this term
  prefix,   ///< with a term that begins like this
  phrase,   ///< with all terms, each at its place; `slop` places apart in all
  all_of,   ///< every part matches; scores add up
  any_of,   ///< one part at least; scores add up
  but_not,  ///< the first part, and none of the others
};

/// One word of a phrase. Words at the same offset are alternatives (bigrams beside single characters, synonyms).
struct phrase_word {
  std::string term{};
  std::uint32_t offset{};  ///< from the phrase's beginning, in positions

  bool operator==(const phrase_word&) const = default;
};

struct text_query {
  text_op op{text_op::any_of};       ///< an any_of without parts matches nothing
  std::string term{};                ///< of a term, or the beginning of a prefix's terms; analysed
  std::vector<phrase_word> words{};  ///< of a phrase
  std::uint32_t slop{};              ///< of a phrase: 0 is exactly as written
  std::vector<text_query> parts{};   ///< of all_of, any_of, but_not
  int column{-1};                    ///< of a term, prefix or phrase: the indexed column by its number; -1: any of them
  float boost{1};                    ///< what its score is multiplied by
  bool is_required{};                ///< a part of any_of that must match all the same (`+word`)

  bool operator==(const text_query&) const = default;
};

}  // namespace tidb::detail
