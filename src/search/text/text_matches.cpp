#include "search/text/text_matches.hpp"

#include "search/text/word_terms.hpp"

#include <algorithm>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>

namespace tidb::detail {

namespace {

/// One of a query's terms: of a leaf that is a term, or of a phrase's words.
struct wanted {
  std::size_t leaf{};
  std::uint32_t offset{};
};

/// A word of a phrase in the text. `start` is where its phrase would begin.
struct occurrence {
  std::int64_t start{};
  std::uint32_t offset{};
  text_span where{};
};

class match_finder {
public:
  explicit match_finder(int column) : column_(column) {}

  void collect(const text_query& query) {
    switch (query.op) {
    case text_op::all_of:
    case text_op::any_of:
      for (const auto& part : query.parts) collect(part);
      return;
    case text_op::but_not:
      if (!query.parts.empty()) collect(query.parts.front());
      return;
    case text_op::term:
    case text_op::prefix:
    case text_op::phrase:
      if (column_ < 0 || query.column < 0 || query.column == column_) collect_leaf(query);
      return;
    }
  }

  void take(const token_view& token) {
    const text_span where{token.begin, token.end};
    for (const auto& [prefix, leaf] : prefixes_)
      if (token.term.starts_with(prefix)) found_.push_back({where, leaf});
    const auto wanting = terms_.find(token.term);
    if (wanting == terms_.end()) return;
    for (const auto& [leaf, offset] : wanting->second) {
      if (leaves_[leaf]->op == text_op::term) {
        found_.push_back({where, leaf});
      } else {
        words_[leaf].push_back({std::int64_t{token.position} - offset, offset, where});
      }
    }
  }

  std::vector<text_match> matches() {
    for (auto& [leaf, words] : words_) find_phrases(leaf, words);
    std::ranges::sort(found_, {}, [](const text_match& match) { return std::pair(match.begin, match.end); });
    return std::move(found_);
  }

private:
  void collect_leaf(const text_query& query) {
    const auto leaf = leaves_.size();
    leaves_.push_back(&query);
    if (query.op == text_op::prefix) {
      prefixes_.emplace_back(query.term, leaf);
    } else if (query.op == text_op::term) {
      terms_[query.term].push_back({.leaf = leaf});
    } else {
      for (const auto& word : query.words) terms_[word.term].push_back({.leaf = leaf, .offset = word.offset});
    }
  }

  /// A phrase is where all of its words are and the places at which it would begin differ by no more than its slop.
  void find_phrases(std::size_t leaf, std::vector<occurrence>& words) {
    const auto slop = leaves_[leaf]->slop;
    std::unordered_map<std::uint32_t, std::size_t> inside;  // how often a word of the phrase is, by its offset
    std::unordered_map<std::uint32_t, std::size_t> taken;   // how often a word of the text, by where it begins
    for (const auto& word : leaves_[leaf]->words) inside[word.offset] = 0;
    std::ranges::stable_sort(words, {}, &occurrence::start);
    std::size_t missing = inside.size(), first = 0, added = 0;
    const auto leave = [&](const occurrence& word) {
      if (--inside[word.offset] == 0) ++missing;
      if (const auto at = taken.find(word.where.begin); --at->second == 0) taken.erase(at);
    };
    for (std::size_t last = 0; last < words.size(); ++last) {
      if (inside[words[last].offset]++ == 0) --missing;
      ++taken[words[last].where.begin];
      while (first < last && (words[last].start - words[first].start > slop || inside[words[first].offset] > 1))
        leave(words[first++]);
      if (missing != 0) continue;
      if (slop == 0) {
        add_whole(leaf, {words.begin() + static_cast<std::ptrdiff_t>(first),
                         words.begin() + static_cast<std::ptrdiff_t>(last) + 1});
      } else if (taken.size() >= inside.size()) {  // one word of the text is not two of the phrase
        for (added = std::max(added, first); added <= last; ++added) found_.push_back({words[added].where, leaf});
      }
    }
  }

  void add_whole(std::size_t leaf, std::span<const occurrence> words) {
    auto whole = words.front().where;
    for (const auto& word : words)
      whole = {std::min(whole.begin, word.where.begin), std::max(whole.end, word.where.end)};
    found_.push_back({whole, leaf});
  }

  int column_;
  std::vector<const text_query*> leaves_{};
  std::vector<std::pair<std::string_view, std::size_t>> prefixes_{};
  std::unordered_map<std::string, std::vector<wanted>, string_hash, std::equal_to<>> terms_{};
  std::unordered_map<std::size_t, std::vector<occurrence>> words_{};
  std::vector<text_match> found_{};
};

/// Of several terms at one place, or within another word, only the first is one.
void add_place(std::vector<text_place>& places, const token_view& token) {
  if (token.kind == word_kind::pair || (!places.empty() && token.begin < places.back().end)) return;
  places.push_back({{token.begin, token.end}, token.kind == word_kind::character});
}

}  // namespace

matched_text find_matches(std::string_view text, const text_analyzer& analyzer, const text_query& query, int column,
                          bool with_places) {
  match_finder finder(column);
  finder.collect(query);
  matched_text made;
  analyzer.each_token(text, text_use::document, [&](const token_view& token) {
    finder.take(token);
    if (with_places) add_place(made.places, token);
  });
  made.matches = finder.matches();
  return made;
}

}  // namespace tidb::detail
