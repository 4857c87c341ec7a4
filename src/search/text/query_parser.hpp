// What a user types into a search field, as a tree.
//
//   cats dogs            either; documents with both come first (with `match_all`: both)
//   "black cats"         side by side
//   "black cats"~3       with up to three places between where they are and where they should be
//   +cats -dogs          cats must be there, dogs must not
//   cats AND dogs, cats OR dogs, cats NOT dogs, ( … )
//                        NOT before AND before OR; in capitals
//   cat*                 all terms that begin so; of stems, if words are not also indexed unstemmed
//   title:cats           in one column; also before a phrase or a parenthesis
//   cats^2               counts twice as much
//   \+ \" \(             the sign itself
//
// A word that is several terms (`foo-bar`, 東京都) is a phrase. Stop words are left out where other words are left,
// phrases included. What only says what must not be there finds nothing.
#pragma once

#include "search/text/analyzer.hpp"
#include "search/text/text_query.hpp"

#include <cstddef>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// Terms in one query, those of phrases and synonyms included.
inline constexpr std::size_t most_query_terms = 1024;
/// Parentheses in each other.
inline constexpr std::size_t most_query_depth = 50;

struct query_syntax {
  std::vector<std::string> columns{};  ///< their numbers are their places; ASCII letters of any case
  bool match_all{};                    ///< between two words without an operator is an AND
  bool is_strict{};                    ///< what is not understood is an error
};

/// Without `is_strict` never an error, for any bytes: quotes and parentheses without their other half are nothing, lone
/// operators and unknown columns are words, terms beyond `most_query_terms` and parentheses beyond `most_query_depth`
/// are left out.
/// Errors: with `is_strict` usage_error, which tells the place in bytes.
text_query parse_text_query(std::string_view query, const text_analyzer& analyzer, const query_syntax& syntax = {},
                            std::source_location where = std::source_location::current());

}  // namespace tidb::detail
