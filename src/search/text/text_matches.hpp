// Where in a text a query's words and phrases are.
#pragma once

#include "search/text/analyzer.hpp"
#include "search/text/text_query.hpp"

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace tidb::detail {

struct text_span {
  std::uint32_t begin{}, end{};  ///< in bytes

  bool operator==(const text_span&) const = default;
};

struct text_match : text_span {
  std::size_t leaf{};  ///< which word or phrase of the query it is
};

/// What a snippet is counted in: a word, or a character of a script without spaces.
struct text_place : text_span {
  bool is_character{};
};

struct matched_text {
  std::vector<text_match> matches{};  ///< by their beginnings
  std::vector<text_place> places{};   ///< only if asked for
};

/// The matches of the words, beginnings and phrases that `query` asks for in the column (-1: any), not of those that
/// must not be there, whether the whole of the query matches or not.
matched_text find_matches(std::string_view text, const text_analyzer& analyzer, const text_query& query, int column,
                          bool with_places);

}  // namespace tidb::detail
