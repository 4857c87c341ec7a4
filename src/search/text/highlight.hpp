// A found text as a user sees it: what was found in marks, and the parts of a long one that show it.
#pragma once

#include "search/text/analyzer.hpp"
#include "search/text/text_query.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace tidb::detail {

struct highlight_marks {
  std::string before{"<b>"};
  std::string after{"</b>"};
  bool escape_html{};  ///< & < > " ' of the text; the marks stay as they are
  int column{-1};      ///< what the query asks for in others is not marked; -1: all is
};

struct snippet_shape {
  std::size_t words{32};     ///< about so many in all; a character of a script without spaces counts as half a word
  std::size_t fragments{2};  ///< at most so many places of the text (and 10), if one does not show all that was found
  std::string ellipsis{"…"};
};

/// The text with marks around what `query` finds in it; a phrase is in one pair of marks. Bytes that are no UTF-8 stay.
std::string highlight(std::string_view text, const text_analyzer& analyzer, const text_query& query,
                      const highlight_marks& marks = {});

/// The same of the best fragments only, from the beginning of a word to the end of one; of the text's beginning if
/// nothing is found.
std::string snippet(std::string_view text, const text_analyzer& analyzer, const text_query& query,
                    const snippet_shape& shape = {}, const highlight_marks& marks = {});

}  // namespace tidb::detail
