#include "search/text/query_words.hpp"

#include <algorithm>
#include <utility>

namespace tidb::detail {

namespace {

void set_column(text_query& query, int column) {
  query.column = column;
  for (auto& part : query.parts) set_column(part, column);
}

text_query any_of(std::vector<text_query> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return {.op = text_op::any_of, .parts = std::move(parts)};
}

}  // namespace

bool query_words::take(std::size_t terms) noexcept {
  if (terms > left_) ran_out_ = true;
  const bool is_there = terms <= left_;
  left_ -= std::min(terms, left_);
  return is_there;
}

text_query query_words::leaf(phrase_words words, std::uint32_t slop) {
  if (words.size() > left_) {
    words.resize(left_);
    ran_out_ = true;
  }
  take(words.size());
  if (words.empty()) return {};
  if (words.size() == 1) return {.op = text_op::term, .term = std::move(words.front().term)};
  if (slop != 0 && words.size() > most_loose_words) {
    slop = 0;
    dropped_slop_ = true;
  }
  return {.op = text_op::phrase, .words = std::move(words), .slop = slop};
}

text_query query_words::with_synonyms(const phrase_words& words, const lexeme& from) {
  const auto& table = analyzer_.synonyms();
  auto widened = words;
  if (words.size() > 1) {
    // In a phrase, other words for one of its words stand at its place.
    for (const auto& word : words)
      for (const auto& other : table.of({{.term = word.term, .offset = 0}}))
        if (other.size() == 1) widened.push_back({.term = other.front().term, .offset = word.offset});
    std::ranges::stable_sort(widened, {}, &phrase_word::offset);
  }
  std::vector<text_query> parts;
  parts.push_back(leaf(std::move(widened), from.slop));
  for (const auto& other : table.of(words)) parts.push_back(leaf(other, 0));
  std::erase_if(parts, matches_nothing);
  return any_of(std::move(parts));
}

/// Dropped stop words are in no index.
bool query_words::is_indexed(const query_terms& found) const {
  return !found.words.empty() && !(found.only_stop_words && analyzer_.options().stop_words == stop_word_use::drop);
}

phrase_words query_words::indexed_words(std::string_view text) const {
  auto found = query_terms_of(analyzer_, text);
  return is_indexed(found) ? std::move(found.words) : phrase_words{};
}

text_query query_words::prefix(const lexeme& from) {
  const auto tokens = analyzer_.tokens(from.text, text_use::prefix);
  if (tokens.empty()) return {};
  const auto& last = tokens.back();
  // What an index has for these scripts finds any part of a word as it is.
  if (last.kind != word_kind::word) return leaf(indexed_words(from.text), 0);
  const std::string_view text = from.text;
  std::vector<text_query> ends;
  if (take(1)) ends.push_back({.op = text_op::prefix, .term = last.term});
  // "getName*" must find the parts "get" and "name", and "running*" what an index of stems has for "running".
  const auto stemmed = indexed_words(text.substr(last.begin));
  const bool is_found =
      analyzer_.options().unstemmed_words || stemmed.empty() || stemmed.front().term.starts_with(last.term);
  if (stemmed.size() > 1 || !is_found)
    if (auto stem = leaf(stemmed, 0); !matches_nothing(stem)) ends.push_back(std::move(stem));
  auto end = any_of(std::move(ends));
  if (last.position == 0 || matches_nothing(end)) return end;
  auto begin = leaf(indexed_words(text.substr(0, last.begin)), 0);
  if (matches_nothing(begin)) return end;
  text_query both{.op = text_op::all_of};
  both.parts.push_back(std::move(begin));
  both.parts.push_back(std::move(end));
  return both;
}

query_part query_words::make(const lexeme& from, int column) {
  query_part made;
  if (from.is_prefix) {
    made.node = prefix(from);
  } else {
    const auto found = query_terms_of(analyzer_, from.text);
    made.is_stop_word = found.only_stop_words && from.kind != lexeme_kind::phrase;
    if (is_indexed(found)) made.node = with_synonyms(found.words, from);
  }
  set_column(made.node, column);
  made.node.boost = from.boost;
  return made;
}

}  // namespace tidb::detail
