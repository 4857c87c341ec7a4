#include "search/text/query_lexer.hpp"

#include "core/text.hpp"
#include "search/text/characters.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tidb::detail {

namespace {

constexpr std::uint32_t most_slop = 1'000'000;

// Telephones type these for a quote.
constexpr std::array<std::string_view, 4> quotes{"\"", "\xE2\x80\x9C", "\xE2\x80\x9D", "\xE2\x80\x9E"};

std::size_t quote_size(std::string_view at) noexcept {
  for (const auto quote : quotes)
    if (at.starts_with(quote)) return quote.size();
  return 0;
}

std::size_t space_size(std::string_view at) noexcept {
  const auto next = first_character(at);
  return is_white_space(next.code) ? next.size : 0;
}

bool is_hebrew_letter(char32_t code) noexcept { return code >= 0x05D0 && code <= 0x05EA; }

/// The number at the start: digits, and with `may_have_fraction` a point and more digits; its size is 0 if there is
/// none.
std::size_t number_size(std::string_view text, bool may_have_fraction) noexcept {
  std::size_t size = 0;
  while (size < text.size() && is_ascii_digit(text[size])) ++size;
  if (size == 0 || !may_have_fraction || size + 1 >= text.size() || text[size] != '.' ||
      !is_ascii_digit(text[size + 1]))
    return size;
  for (++size; size < text.size() && is_ascii_digit(text[size]);) ++size;
  return size;
}

float boost_of(std::string_view digits) noexcept {
  float value = most_query_boost;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return std::min(value, most_query_boost);
}

std::uint32_t slop_of(std::string_view digits) noexcept {
  std::uint32_t value = most_slop;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return std::min(value, most_slop);
}

class lexer {
public:
  lexer(std::string_view query, const std::vector<std::string>& columns) : query_(query), columns_(columns) {}

  lexed_query run() {
    while (place_ < query_.size()) step();
    return std::move(made_);
  }

private:
  std::string_view rest() const noexcept { return query_.substr(place_); }
  void add(lexeme_kind kind, std::size_t place) { made_.lexemes.push_back({.kind = kind, .place = place}); }
  void fault(std::string what, std::size_t place) {
    if (!made_.first_fault) made_.first_fault = {std::move(what), place};
  }

  void step() {
    const char here = query_[place_];
    if (const auto size = space_size(rest())) {
      place_ += size;
    } else if (here == '(') {
      add(lexeme_kind::open, place_++);
    } else if (here == ')') {
      add(lexeme_kind::close, place_++);
      take_boost();
    } else if (quote_size(rest()) != 0) {
      take_phrase();
    } else if ((here == '+' || here == '-') && is_sign()) {
      add(here == '+' ? lexeme_kind::plus : lexeme_kind::minus, place_++);
    } else if (!take_column()) {
      take_word();
    }
  }

  /// A sign stands right before what it is about.
  bool is_sign() {
    const auto after = query_.substr(place_ + 1);
    if (!after.empty() && space_size(after) == 0 &&
        std::string_view("+-)").find(after.front()) == std::string_view::npos)
      return true;
    fault("a sign that is before nothing", place_);
    return false;
  }

  bool take_column() {
    auto end = place_;
    while (end < query_.size() &&
           (class_of(query_[end]) & (ascii_letter | ascii_digit | ascii_underscore | beyond_ascii)) != 0)
      ++end;
    if (end == place_ || end + 1 >= query_.size() || query_[end] != ':' || space_size(query_.substr(end + 1)) != 0)
      return false;
    const auto name = query_.substr(place_, end - place_);
    const auto found = std::ranges::find(columns_, lower(name));
    if (found == columns_.end()) {
      // No column, but a time of day
      if (!is_ascii_digit(name.front())) fault("no indexed column named \"" + std::string(name) + "\"", place_);
      return false;
    }
    add(lexeme_kind::column, place_);
    made_.lexemes.back().column = static_cast<int>(found - columns_.begin());
    place_ = end + 1;
    return true;
  }

  void take_phrase() {
    const auto begin = place_;
    place_ += quote_size(rest());
    if (no_more_quotes_) return fault("a quote that is not closed", begin);
    lexeme phrase{.kind = lexeme_kind::phrase, .place = begin};
    while (place_ < query_.size()) {
      if (const auto size = quote_size(rest()); size != 0 && !is_inside_hebrew()) {
        place_ += size;
        made_.lexemes.push_back(std::move(phrase));
        take_slop();
        take_boost();
        return;
      }
      take_character(phrase.text);
    }
    // Its words are words then.
    fault("a quote that is not closed", begin);
    no_more_quotes_ = true;
    place_ = begin + quote_size(query_.substr(begin));
  }

  void take_character(std::string& into) {
    if (query_[place_] == '\\' && place_ + 1 < query_.size()) ++place_;
    const auto size = first_character(rest()).size;
    into.append(query_, place_, size);
    place_ += size;
  }

  /// A quote between two Hebrew letters is a sign of abbreviation.
  bool is_inside_hebrew() const noexcept {
    return query_[place_] == '"' && place_ >= 2 && place_ + 1 < query_.size() &&
           is_hebrew_letter(first_character(query_.substr(place_ - 2)).code) &&
           is_hebrew_letter(first_character(query_.substr(place_ + 1)).code);
  }

  void take_word() {
    lexeme word{.kind = lexeme_kind::word, .place = place_};
    while (place_ < query_.size() && space_size(rest()) == 0 && query_[place_] != '(' && query_[place_] != ')' &&
           (quote_size(rest()) == 0 || is_inside_hebrew())) {
      if (take_suffix(word)) break;
      take_character(word.text);
    }
    const auto typed = query_.substr(word.place, place_ - word.place);
    if (typed == "AND") word.kind = lexeme_kind::and_word;
    if (typed == "OR") word.kind = lexeme_kind::or_word;
    if (typed == "NOT") word.kind = lexeme_kind::not_word;
    made_.lexemes.push_back(std::move(word));
  }

  bool ends_at(std::size_t place) const noexcept {
    if (place >= query_.size()) return true;
    const auto after = query_.substr(place);
    return after.front() == '(' || after.front() == ')' || space_size(after) != 0;
  }

  /// The star and the boost at a word's end, if that is where `place_` is.
  bool take_suffix(lexeme& word) {
    auto end = place_;
    if (query_[end] == '*') ++end;
    const auto digits = end < query_.size() && query_[end] == '^' ? number_size(query_.substr(end + 1), true) : 0;
    const bool is_prefix = end != place_;
    if (digits != 0) end += 1 + digits;
    if (end == place_ || !ends_at(end)) return false;
    word.is_prefix = is_prefix;
    if (digits != 0) word.boost = boost_of(query_.substr(end - digits, digits));
    place_ = end;
    return true;
  }

  void take_boost() {
    if (place_ >= query_.size() || query_[place_] != '^') return;
    const auto digits = number_size(query_.substr(place_ + 1), true);
    if (digits == 0) return fault("a boost without its number", place_);
    made_.lexemes.back().boost = boost_of(query_.substr(place_ + 1, digits));
    place_ += 1 + digits;
  }

  void take_slop() {
    if (place_ >= query_.size() || query_[place_] != '~') return;
    const auto digits = number_size(query_.substr(place_ + 1), false);
    if (digits == 0) return fault("a distance without its number", place_);
    made_.lexemes.back().slop = slop_of(query_.substr(place_ + 1, digits));
    place_ += 1 + digits;
  }

  std::string_view query_;
  const std::vector<std::string>& columns_;
  std::size_t place_{};
  bool no_more_quotes_{};
  lexed_query made_{};
};

}  // namespace

lexed_query lex_query(std::string_view query, const std::vector<std::string>& columns) {
  return lexer(query, columns).run();
}

}  // namespace tidb::detail
