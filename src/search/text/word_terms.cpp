#include "search/text/word_terms.hpp"

#include "search/text/characters.hpp"
#include "search/text/stop_words.hpp"

#include <algorithm>
#include <cstring>

#include <xxhash.h>

namespace tidb::detail {

namespace {

/// "1,000" and "1'000'000.5" without what parts their thousands; "1,5" and "1,2,3" are left alone.
bool has_grouped_thousands(std::string_view word) noexcept {
  std::size_t digits = 0, groups = 0, i = 0;
  for (; i < word.size() && word[i] != '.'; ++i) {
    if (is_ascii_digit(word[i])) {
      ++digits;
    } else if ((word[i] == ',' || word[i] == '\'') && digits > 0 && (groups == 0 ? digits <= 3 : digits == 3)) {
      ++groups, digits = 0;
    } else {
      return false;
    }
  }
  return groups > 0 && digits == 3 && word.find_first_of(",'", i) == std::string_view::npos;
}

void remove_group_separators(std::string& word) {
  if (!word.empty() && is_ascii_digit(word.front()) && has_grouped_thousands(word))
    std::erase_if(word, [](char each) { return each == ',' || each == '\''; });
}

std::string lowered(std::string_view word) {
  std::string made(word);
  std::ranges::transform(made, made.begin(), ascii_lower);
  return made;
}

void insert_words(string_set& into, const folding& fold, std::string_view list) {
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    into.insert(fold.normalized(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
}

}  // namespace

word_rules::word_rules(const analyzer_options& options)
    : fold(options), language(options.language), unstemmed_words(options.unstemmed_words) {
  if (options.stop_words == stop_word_use::keep) return;
  for (const auto& word : options.own_stop_words) stop_words.insert(fold.normalized(word));
  if (stop_words.empty()) insert_words(stop_words, fold, stop_words_of(language));
}

word_terms::word_terms(const word_rules& rules) : rules_(&rules), stemmer_(rules.language), cache_(entries) {}

word_term word_terms::in(const entry& found) const noexcept {
  std::string_view text(found.text.data(), found.text.size());
  text.remove_prefix(found.word);
  const auto next = [&](std::size_t size) {
    const auto taken = text.substr(0, size);
    text.remove_prefix(size);
    return taken;
  };
  // In this order
  return {.term = next(found.term),
          .other = next(found.other),
          .unstemmed = next(found.unstemmed),
          .is_stop_word = found.is_stop_word != 0};
}

word_term word_terms::find(std::string_view word) {
  std::array<char, entry_text / 2> small{};
  if (word.size() > small.size() || (rules_->fold.has_dotless_i() && word.find('I') != std::string_view::npos))
    return make(word);
  // Words that differ in the case of ASCII letters share an entry.
  std::ranges::transform(word, small.begin(), ascii_lower);
  const std::string_view key(small.data(), word.size());
  auto& place = cache_[XXH3_64bits(key.data(), key.size()) % entries];
  if (place.word == key.size() && std::memcmp(place.text.data(), key.data(), key.size()) == 0) return in(place);
  const auto made = make(word);
  keep(place, key, made);
  return made;
}

void word_terms::keep(entry& into, std::string_view word, const word_term& made) const {
  if (word.size() + made.term.size() + made.other.size() + made.unstemmed.size() > entry_text) return;
  into.word = static_cast<std::uint8_t>(word.size());
  into.term = static_cast<std::uint8_t>(made.term.size());
  into.other = static_cast<std::uint8_t>(made.other.size());
  into.unstemmed = static_cast<std::uint8_t>(made.unstemmed.size());
  into.is_stop_word = made.is_stop_word ? 1 : 0;
  auto* at = std::ranges::copy(word, into.text.begin()).out;
  at = std::ranges::copy(made.term, at).out;
  at = std::ranges::copy(made.other, at).out;
  std::ranges::copy(made.unstemmed, at);
}

std::string word_terms::fold_and_cut(std::string_view stemmed) const {
  auto made = is_ascii(stemmed) ? std::string(stemmed) : rules_->fold.without_accents(stemmed);
  made.resize(cut_to(made, longest_term).size());
  return made;
}

bool word_terms::is_simple(std::string_view word) const noexcept {
  return is_ascii(word) && !(rules_->fold.has_dotless_i() && word.find('I') != std::string_view::npos);
}

word_term word_terms::make(std::string_view word) {
  auto normal = is_simple(word) ? lowered(word) : rules_->fold.normalized(word);
  remove_group_separators(normal);
  normal.resize(cut_to(normal, longest_term).size());
  const bool is_stop_word = rules_->stop_words.contains(normal);
  // A word with digits is a name or a number, of which a stemmer knows nothing.
  if (stemmer_.is_none() || std::ranges::any_of(normal, is_ascii_digit)) {
    term_ = fold_and_cut(normal);
    return {.term = term_, .is_stop_word = is_stop_word};
  }
  term_ = fold_and_cut(stemmer_.stem(normal));
  other_.clear();
  // Stemmers know endings by their accents: "información" and "informacion" have different stems.
  if (!is_ascii(normal) && rules_->fold.accents())
    if (const auto bare = rules_->fold.without_accents(normal); bare != normal)
      if (other_ = fold_and_cut(stemmer_.stem(bare)); other_ == term_) other_.clear();
  unstemmed_.clear();
  if (rules_->unstemmed_words)
    if (unstemmed_ = fold_and_cut(normal); unstemmed_ == term_ || unstemmed_ == other_) unstemmed_.clear();
  return {.term = term_, .other = other_, .unstemmed = unstemmed_, .is_stop_word = is_stop_word};
}

std::string_view word_terms::find_unstemmed(std::string_view word) {
  auto normal = rules_->fold.normalized(word);
  remove_group_separators(normal);
  return term_ = fold_and_cut(normal);
}

}  // namespace tidb::detail
