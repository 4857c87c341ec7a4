// Tokens and queries as short texts, so that a test reads as what it says.
#pragma once

#include "search/text/analyzer.hpp"
#include "search/text/text_query.hpp"

#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

/// For messages of failed tests.
inline void PrintTo(const text_token& token, std::ostream* out) {
  *out << token.term << '@' << token.position << '[' << token.begin << ',' << token.end << ')';
}

}  // namespace tidb

namespace tests {

/// The terms by their positions, a space between two, what shares a position joined by |, a gap as an underscore.
inline std::string terms(const std::vector<tidb::text_token>& tokens) {
  std::string out;
  std::uint32_t next = 0;
  for (const auto& token : tokens) {
    if (token.position + 1 == next) {
      out += '|';
    } else {
      for (; next < token.position; ++next) out += next == 0 ? "_" : " _";
      if (next++ != 0) out += ' ';
    }
    out += token.term;
  }
  return out;
}

inline std::string terms(const tidb::detail::text_analyzer& analyzer, std::string_view text,
                         tidb::text_use use = tidb::text_use::document) {
  return terms(analyzer.tokens(text, use));
}

/// As it would be typed, with all parentheses: a, a*, "a b"~2, (a b), (a AND b), (a -b), 0:a, a^2, +a.
inline std::string shown(const tidb::detail::text_query& query) {
  using tidb::detail::text_op;
  const auto parts = [&](std::string_view between) {
    std::string out = "(";
    for (const auto& part : query.parts) out.append(out.size() > 1 ? between : "").append(shown(part));
    return out + ")";
  };
  std::string out;
  switch (query.op) {
  case text_op::term: out = query.term; break;
  case text_op::prefix: out = query.term + "*"; break;
  case text_op::all_of: out = parts(" AND "); break;
  case text_op::any_of: out = parts(" "); break;
  case text_op::but_not: out = parts(" -"); break;
  case text_op::phrase: {
    std::vector<tidb::text_token> words;
    for (const auto& word : query.words) words.push_back({.term = word.term, .position = word.offset});
    out = '"' + terms(words) + '"';
    if (query.slop != 0) out += '~' + std::to_string(query.slop);
  }
  }
  if (query.column >= 0 && query.parts.empty()) out.insert(0, std::to_string(query.column) + ":");
  if (query.boost != 1) out += '^' + std::to_string(query.boost).substr(0, 3);
  return query.is_required ? "+" + out : out;
}

}  // namespace tests
