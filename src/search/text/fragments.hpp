// Which parts of a long text show best what was found in it.
#pragma once

#include "search/text/text_matches.hpp"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace tidb::detail {

/// At most `most` parts of a text of `size` bytes, in its order, with a gap between two and about `words` words in all:
/// those in which most of the query's words and phrases are found, and most often. Fewer parts, and so longer ones, if
/// they show as many.
/// Cost: a pass over the matches for each part.
std::vector<text_span> best_fragments(const matched_text& found, std::uint32_t size, std::size_t words,
                                      std::size_t most);

}  // namespace tidb::detail
