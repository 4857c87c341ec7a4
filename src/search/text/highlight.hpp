// What tidbxx/search/highlight.hpp offers, over a query and its analyzer.
#pragma once

#include "search/text/analyzer.hpp"
#include "search/text/text_query.hpp"
#include "tidbxx/search/highlight.hpp"

#include <string>
#include <string_view>

namespace tidb::detail {

/// `column`: the number of the text's column, in place of its name; -1: all that is asked for is marked.
std::string highlight(std::string_view text, const text_analyzer& analyzer, const text_query& query,
                      const highlight_marks& marks = {}, int column = -1);

std::string snippet(std::string_view text, const text_analyzer& analyzer, const text_query& query,
                    const snippet_shape& shape = {}, const highlight_marks& marks = {}, int column = -1);

}  // namespace tidb::detail
