// A found text as a user sees it: what was found in marks, and the parts of a long one that show it.
#pragma once

#include <cstddef>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace tidb {

struct highlight_marks {
  std::string before{"<b>"};
  std::string after{"</b>"};
  bool escape_html{};  ///< & < > " ' of the text; the marks stay as they are
  std::string
      column{};  ///< the text is of this one, and what the query asks for in others is not marked; empty: all is
};

struct snippet_shape {
  std::size_t words{32};     ///< about so many in all; a character of a script without spaces counts as half a word
  std::size_t fragments{2};  ///< at most so many places of the text (and 10), if one does not show all that was found
  std::string ellipsis{"…"};
};

/// The words of a search, to be marked in the texts of its hits. Made by search(…).highlighter(). Copies share what
/// they are made of; safe to use from several threads at once.
class highlighter {
public:
  struct parts;
  explicit highlighter(std::shared_ptr<const parts> of) : of_(std::move(of)) {}

  /// The text with marks around what the search finds in it; a phrase is in one pair of marks. Bytes that are no UTF-8
  /// stay. Errors: usage_error for a column in `marks` that is none of the index's.
  std::string highlight(std::string_view text, const highlight_marks& marks = {},
                        std::source_location where = std::source_location::current()) const;
  /// The same of the best fragments only, from the beginning of a word to the end of one; of the text's beginning if
  /// nothing is found.
  std::string snippet(std::string_view text, const snippet_shape& shape = {}, const highlight_marks& marks = {},
                      std::source_location where = std::source_location::current()) const;

private:
  std::shared_ptr<const parts> of_;
};

}  // namespace tidb
