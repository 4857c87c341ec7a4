#include "search/text/synonyms.hpp"

#include "search/text/analyzer.hpp"

#include <algorithm>

namespace tidb::detail {

namespace {

/// The same for the same words at the same distances. No term has a NUL, which separates words.
std::string key_of(const phrase_words& words) {
  std::string key;
  for (const auto& word : words) {
    key += word.term;
    key += '\0';
    key += std::to_string(word.offset);
    key += '\0';
  }
  return key;
}

}  // namespace

query_terms query_terms_of(const text_analyzer& analyzer, std::string_view text) {
  query_terms made;
  analyzer.each_token(text, text_use::query, [&](const token_view& each) {
    if (each.is_stop_word && !made.only_stop_words) return;
    if (!each.is_stop_word && made.only_stop_words) {
      made.words.clear();
      made.only_stop_words = false;
    }
    made.words.push_back({.term = std::string(each.term), .offset = each.position});
  });
  if (!made.words.empty())
    for (const auto first = made.words.front().offset; auto& word : made.words) word.offset -= first;
  return made;
}

synonym_table::synonym_table(const text_analyzer& analyzer) {
  for (const auto& rule : analyzer.options().synonyms) {
    const auto& targets = rule.to.empty() ? rule.from : rule.to;
    for (const auto& from : rule.from)
      for (const auto& to : targets) add(query_terms_of(analyzer, from).words, query_terms_of(analyzer, to).words);
  }
}

void synonym_table::add(const phrase_words& from, const phrase_words& to) {
  if (from.empty() || to.empty() || from == to) return;
  auto& known = others_[key_of(from)];
  if (std::ranges::find(known, to) == known.end()) known.push_back(to);
}

const std::vector<phrase_words>& synonym_table::of(const phrase_words& words) const {
  static const std::vector<phrase_words> none;
  if (others_.empty()) return none;
  const auto found = others_.find(key_of(words));
  return found == others_.end() ? none : found->second;
}

}  // namespace tidb::detail
