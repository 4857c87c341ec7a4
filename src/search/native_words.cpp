#include "search/native_words.hpp"

#include "core/text.hpp"
#include "core/utf8.hpp"
#include "search/text/query_lexer.hpp"
#include "tidbxx/core/error.hpp"

#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

namespace tidb::detail {

namespace {

class word_collector {
public:
  explicit word_collector(const std::vector<lexeme>& from) : from_(from) {}

  native_words run(bool match_all) {
    for (at_ = 0; at_ < from_.size(); ++at_) take(from_[at_]);
    if (match_all && count_ > 1) note("that all words are there", from_.back().place);
    return std::move(made_);
  }

private:
  void note(std::string_view what, std::size_t place) {
    if (made_.beyond.empty()) made_.beyond = std::string(what) + " at byte " + std::to_string(place);
  }

  bool joins() const { return at_ > 0 && ends_operand(from_[at_ - 1].kind) && has_operand_next(); }
  bool has_operand_next() const { return at_ + 1 < from_.size() && begins_operand(from_[at_ + 1].kind); }

  void take(const lexeme& here) {
    switch (here.kind) {
    case lexeme_kind::word: return take_word(here);
    case lexeme_kind::phrase: note("a phrase", here.place); return add(here.text);
    case lexeme_kind::open:
      if (std::exchange(excludes_next_, false) && !excluded_from_) excluded_from_ = depth_;
      ++depth_;
      return;
    case lexeme_kind::close: return take_close(here);
    case lexeme_kind::plus: return note("a +", here.place);
    case lexeme_kind::minus: excludes_next_ = true; return note("a -", here.place);
    case lexeme_kind::column: return note("a column", here.place);
    case lexeme_kind::and_word:
      if (!joins()) return add(here.text);
      return note("AND", here.place);
    case lexeme_kind::or_word:
      if (!joins()) add(here.text);
      return;
    case lexeme_kind::not_word:
      if (!has_operand_next()) return add(here.text);
      excludes_next_ = true;
      return note("NOT", here.place);
    }
  }

  void take_word(const lexeme& here) {
    if (here.is_prefix) note("a *", here.place);
    if (here.boost != 1) note("a ^", here.place);
    add(here.text);
  }

  void take_close(const lexeme& here) {
    if (here.boost != 1) note("a ^", here.place);
    if (depth_ == 0) return;
    --depth_;
    if (excluded_from_ == depth_) excluded_from_.reset();
  }

  void add(std::string_view text) {
    if (std::exchange(excludes_next_, false) || excluded_from_) return;
    if (!made_.words.empty()) made_.words += ' ';
    made_.words += text;
    ++count_;
  }

  const std::vector<lexeme>& from_;
  std::size_t at_{}, depth_{}, count_{};
  bool excludes_next_{};                        // what comes next
  std::optional<std::size_t> excluded_from_{};  // how many parentheses are around the one that is excluded
  native_words made_{};
};

std::string with_only_utf8(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  while (!text.empty()) {
    const auto size = unit_size(text, text_unit::code_point);
    const auto unit = text.substr(0, size);
    if (code_point(unit) < 0)
      made += ' ';
    else
      made += unit;
    text.remove_prefix(size);
  }
  return made;
}

}  // namespace

native_words native_words_of(const words_request& asked, std::string_view column, std::source_location where) {
  const auto lexed = lex_query(asked.words, {lower(column)});
  if (asked.strict && lexed.first_fault)
    throw_usage("the full-text query has " + lexed.first_fault->what + " at byte " +
                    std::to_string(lexed.first_fault->place),
                where);
  auto made = word_collector(lexed.lexemes).run(asked.match_all);
  if (asked.strict && !made.beyond.empty())
    throw_usage("TiDB's own full-text index finds rows with any of the words, and the query asks for " + made.beyond +
                    ": leave that out, or make the index in tables, without .kind",
                where);
  made.words = with_only_utf8(made.words);
  if (made.words.find_first_not_of(' ') == std::string::npos) made.words.clear();
  return made;
}

}  // namespace tidb::detail
