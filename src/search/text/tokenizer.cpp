#include "search/text/tokenizer.hpp"

#include "search/text/characters.hpp"
#include "search/text/identifiers.hpp"

#include <algorithm>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::string_view curly_apostrophe = "\xE2\x80\x99";

/// By the rules that ICU has for ASCII: what holds two letters together, and what two digits.
bool joins(char before, char joiner, char after) noexcept {
  if (is_ascii_digit(before) && is_ascii_digit(after))
    return joiner == '.' || joiner == ',' || joiner == ';' || joiner == '\'';
  return (joiner == '.' || joiner == '\'') && is_ascii_letter(before) && is_ascii_letter(after);
}

/// Marks alone are no word.
bool has_letter_or_digit(std::string_view word) noexcept {
  while (!word.empty()) {
    const auto next = first_character(word);
    if (is_letter_or_digit(next.code) && !extends(next.code)) return true;
    word.remove_prefix(next.size);
  }
  return false;
}

bool has_only_letters_and_digits(std::string_view word) noexcept {
  return std::ranges::all_of(word, [](char each) { return (class_of(each) & (ascii_letter | ascii_digit)) != 0; });
}

std::string_view without_outer_underscores(std::string_view word) noexcept {
  while (word.starts_with('_')) word.remove_prefix(1);
  while (word.ends_with('_')) word.remove_suffix(1);
  return word;
}

/// A character of a script without spaces that is in its normal form, as nearly all are.
bool is_plain(char32_t code) noexcept {
  return (code >= 0x4E00 && code <= 0x9FFF) || (code >= 0x3041 && code <= 0x3096) ||
         (code >= 0x30A1 && code <= 0x30FC) || (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0x0E01 && code <= 0x0E30);
}

/// How many bytes the character at the start and what extends it have.
std::size_t cluster_size(std::string_view text) noexcept {
  std::size_t size = first_character(text).size;
  while (size < text.size()) {
    const auto next = first_character(text.substr(size));
    if (!extends(next.code)) break;
    size += next.size;
  }
  return size;
}

}  // namespace

/// A character of a script without spaces, in its normal form.
struct tokenizer::unit {
  std::string text{};
  std::size_t begin{}, end{};
};

tokenizer::tokenizer(std::string_view text, const token_rules& rules, const word_rules& words, analysis_tools& tools,
                     const token_sink& take)
    : text_(text), rules_(rules), words_(words), tools_(tools), take_(take) {}

std::uint32_t tokenizer::run() {
  const auto size = text_.size();
  for (std::size_t i = 0; i < size;) {
    while (i < size && class_of(text_[i]) == 0) ++i;
    const auto begin = i;
    unsigned classes = 0;
    for (; i < size && class_of(text_[i]) != 0; ++i) classes |= class_of(text_[i]);
    take_run(begin, i, classes);
  }
  return position_;
}

void tokenizer::take_run(std::size_t begin, std::size_t end, unsigned classes) {
  if ((classes & beyond_ascii) != 0 || (rules_.by_icu && classes != 0)) {
    take_mixed_run(begin, end);
  } else if ((classes & (ascii_letter | ascii_digit)) == 0) {
    return;
  } else if ((classes & (ascii_underscore | ascii_joiner)) == 0) {
    take_word(text_.substr(begin, end - begin));
  } else {
    take_ascii_run(begin, end);
  }
}

void tokenizer::take_ascii_run(std::size_t begin, std::size_t end) {
  for (auto i = begin; i < end;) {
    if (class_of(text_[i]) == ascii_joiner) {
      ++i;
      continue;
    }
    const auto first = i;
    unsigned classes = class_of(text_[i++]);
    for (; i < end; ++i) {
      const auto here = class_of(text_[i]);
      if (here == ascii_joiner && (i + 1 == end || !joins(text_[i - 1], text_[i], text_[i + 1]))) break;
      classes |= here;
    }
    if ((classes & (ascii_letter | ascii_digit)) != 0) take_word(text_.substr(first, i - first));
  }
}

void tokenizer::take_mixed_run(std::size_t begin, std::size_t end) {
  auto spaced = begin;
  for (auto i = begin; i < end;) {
    const auto next = first_character(text_.substr(i, end - i));
    if (!is_unspaced(next.code)) {
      i += next.size;
      continue;
    }
    take_spaced(spaced, i);
    spaced = i = take_unspaced(i, end);
  }
  take_spaced(spaced, end);
}

void tokenizer::take_spaced(std::size_t begin, std::size_t end) {
  if (begin == end) return;
  const auto text = text_.substr(begin, end - begin);
  tools_.breaker.start(text);
  for (std::uint32_t first = 0, last = 0; tools_.breaker.next(last); first = last) {
    const auto word = text.substr(first, last - first);
    if (has_letter_or_digit(word)) {
      take_word(word);
    } else if (is_pictograph(first_character(word).code)) {
      take_whole(word);
    }
  }
}

std::size_t tokenizer::take_unspaced(std::size_t begin, std::size_t end) {
  const auto first = position_;
  unit last, next;
  auto i = begin;
  while (i < end) {
    const auto text = text_.substr(i, end - i);
    const auto head = first_character(text);
    if (!is_unspaced(head.code)) break;
    const auto size = cluster_size(text);
    next.begin = i, next.end = i += size;
    if (size == head.size && is_plain(head.code)) {
      next.text = text.substr(0, size);
      take_unit(last, next);
      continue;
    }
    // One sign may stand for several characters: ㌔ is キロ.
    const auto normal = words_.fold.normalized(text.substr(0, size));
    for (std::string_view rest = normal; !rest.empty();) {
      const auto part = cluster_size(rest);
      next.text = cut_to(rest.substr(0, part), longest_term / 2);
      if (is_unspaced(first_character(rest).code)) take_unit(last, next);
      rest.remove_prefix(part);
    }
  }
  finish_units(last, first);
  return i;
}

void tokenizer::take_unit(unit& last, unit& next) {
  if (last.end != 0) {
    if (rules_.use == text_use::document) give(last.text, last.begin, last.end, word_kind::character);
    pair_.assign(last.text).append(next.text);
    give(pair_, last.begin, next.end, word_kind::pair);
    ++position_;
  }
  std::swap(last, next);
  next.begin = last.begin, next.end = last.end;
}

void tokenizer::finish_units(const unit& last, std::uint32_t first) {
  if (last.end == 0) return;
  if (rules_.use == text_use::document || position_ == first)
    give(last.text, last.begin, last.end, word_kind::character);
  ++position_;
}

void tokenizer::take_word(std::string_view word) {
  if (rules_.splits_identifiers) {
    if (rules_.use == text_use::prefix) return take_whole(without_outer_underscores(word));
    split(word);
    return take_identifier();
  }
  if (has_only_letters_and_digits(word)) return take_piece(word, true);
  split(word);
  for (const auto piece : tools_.pieces) take_piece(piece, true);
}

void tokenizer::split(std::string_view word) {
  tools_.pieces.clear();
  std::size_t begin = 0;
  for (std::size_t i = 0; i < word.size();) {
    const auto separator = separator_size(word.substr(i));
    if (separator != 0) {
      add_piece(word.substr(begin, i - begin));
      begin = i + separator;
    }
    i += separator != 0 ? separator : 1;
  }
  add_piece(word.substr(begin));
}

std::size_t tokenizer::separator_size(std::string_view at) const noexcept {
  switch (at.front()) {
  case ';':
  case ':': return 1;
  // Two letters or two digits are on its sides, never one of each.
  case '.': return at.size() > 1 && is_digit(first_character(at.substr(1)).code) ? 0 : 1;
  case '\'': return rules_.elides ? 1 : 0;
  default: return rules_.elides && at.starts_with(curly_apostrophe) ? curly_apostrophe.size() : 0;
  }
}

void tokenizer::add_piece(std::string_view piece) {
  piece = without_outer_underscores(piece);
  if (!piece.empty()) tools_.pieces.push_back(piece);
}

void tokenizer::take_identifier() {
  // The parts are at positions of their own, so that the words in "user name" find userName side by side; what they are
  // parts of is at the position of the first.
  auto& pieces = tools_.pieces;
  const bool is_document = rules_.use == text_use::document, is_path = pieces.size() > 1;
  if (is_path && is_document) {
    const std::string_view path(pieces.front().data(), pieces.back().data() + pieces.back().size());
    if (const auto term = tools_.terms.find_unstemmed(path); !term.empty()) give_word(term, path);
  }
  for (const auto piece : pieces) {
    tools_.parts.clear();
    split_identifier(piece, tools_.parts);
    const bool has_parts = tools_.parts.size() > 1;
    // Stemmed, for who types "getusername" asks for the stem of that.
    if (has_parts && is_document) give_all(tools_.terms.find(piece), piece);
    for (const auto part : tools_.parts) take_piece(part, !has_parts && !is_path);
  }
}

void tokenizer::take_piece(std::string_view piece, bool may_be_stop_word) {
  if (rules_.use == text_use::prefix) return take_whole(piece);
  const auto found = tools_.terms.find(piece);
  if (found.term.empty()) return;
  const bool is_stop_word = found.is_stop_word && may_be_stop_word;
  if (rules_.use == text_use::query) {
    give_word(found.term, piece, is_stop_word);
  } else if (!is_stop_word || !rules_.leaves_gaps) {
    give_all(found, piece);
  }
  ++position_;
}

void tokenizer::take_whole(std::string_view word) {
  const auto term = tools_.terms.find_unstemmed(word);
  if (term.empty()) return;
  give_word(term, word);
  ++position_;
}

void tokenizer::give_all(const word_term& found, std::string_view word) const {
  for (const auto term : {found.term, found.other, found.unstemmed})
    if (!term.empty()) give_word(term, word);
}

void tokenizer::give_word(std::string_view term, std::string_view word, bool is_stop_word) const {
  const auto begin = static_cast<std::size_t>(word.data() - text_.data());
  give(term, begin, begin + word.size(), word_kind::word, is_stop_word);
}

void tokenizer::give(std::string_view term, std::size_t begin, std::size_t end, word_kind kind,
                     bool is_stop_word) const {
  take_({.term = term,
         .position = position_,
         .begin = static_cast<std::uint32_t>(begin),
         .end = static_cast<std::uint32_t>(end),
         .kind = kind,
         .is_stop_word = is_stop_word});
}

}  // namespace tidb::detail
