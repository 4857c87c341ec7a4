#include "search/text/query_parser.hpp"

#include "core/text.hpp"
#include "search/text/query_lexer.hpp"
#include "search/text/query_words.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace tidb::detail {

namespace {

enum class sign : std::uint8_t { none, required, excluded };

struct clause {
  query_part part{};
  sign how{};
  bool joined{};  ///< by AND to the one before
};

/// What is within one pair of parentheses.
struct group {
  std::vector<clause> clauses{};
  sign how{};  ///< of the group itself
  bool joined{};
  int column{-1};
};

/// Parts side by side under one operator; stop words only if there is nothing else.
query_part under(text_op op, std::vector<query_part> parts) {
  const auto is_stop_word = [](const query_part& part) { return part.is_stop_word && !part.node.is_required; };
  const bool only_stop_words = std::ranges::all_of(parts, is_stop_word);
  if (!only_stop_words) std::erase_if(parts, is_stop_word);
  if (op == text_op::any_of && parts.size() > 1 &&
      std::ranges::all_of(parts, [](const query_part& part) { return part.node.is_required; }))
    op = text_op::all_of;
  query_part made{.node = {.op = op}, .is_stop_word = only_stop_words};
  for (auto& part : parts) {
    if (op == text_op::all_of || parts.size() == 1) part.node.is_required = false;
    made.node.parts.push_back(std::move(part.node));
  }
  if (made.node.parts.size() == 1) made.node = text_query(std::move(made.node.parts.front()));
  return made;
}

query_part without(query_part found, std::vector<text_query> excluded) {
  if (excluded.empty() || matches_nothing(found.node)) return found;
  text_query made{.op = text_op::but_not, .is_required = std::exchange(found.node.is_required, false)};
  made.parts.push_back(std::move(found.node));
  std::ranges::move(excluded, std::back_inserter(made.parts));
  return {.node = std::move(made), .is_stop_word = found.is_stop_word};
}

/// What AND joins; what it excludes is put to `excluded` if nothing else is joined.
query_part joined(std::vector<clause>::iterator first, std::vector<clause>::iterator last,
                  std::vector<text_query>& excluded) {
  std::vector<query_part> parts;
  std::vector<text_query> own_excluded;
  bool is_required = false;
  for (; first != last; ++first) {
    if (first->how == sign::excluded) {
      own_excluded.push_back(std::move(first->part.node));
      continue;
    }
    // Within an AND, too, an asked-for stop word stays.
    first->part.node.is_required = first->how == sign::required;
    is_required = is_required || first->part.node.is_required;
    parts.push_back(std::move(first->part));
  }
  if (parts.empty()) {
    std::ranges::move(own_excluded, std::back_inserter(excluded));
    return {};
  }
  auto made = without(under(text_op::all_of, std::move(parts)), std::move(own_excluded));
  made.node.is_required = is_required;
  return made;
}

/// What has only exclusions matches nothing; they stay in `excluded`.
query_part close(group&& closed, std::vector<text_query>& excluded) {
  std::vector<query_part> parts;
  for (auto first = closed.clauses.begin(); first != closed.clauses.end();) {
    const auto last = std::find_if(first + 1, closed.clauses.end(), [](const clause& each) { return !each.joined; });
    if (auto part = joined(first, last, excluded); !matches_nothing(part.node)) parts.push_back(std::move(part));
    first = last;
  }
  if (parts.empty()) return {};
  return without(under(text_op::any_of, std::move(parts)), std::exchange(excluded, {}));
}

class parser {
public:
  parser(const text_analyzer& analyzer, const query_syntax& syntax, std::source_location where)
      : syntax_(syntax), where_(where), words_(analyzer, most_query_terms) {}

  text_query run(std::string_view query) {
    std::vector<std::string> columns;
    std::ranges::transform(syntax_.columns, std::back_inserter(columns), lower);
    auto lexed = lex_query(query, columns);
    if (lexed.first_fault) fault(lexed.first_fault->what, lexed.first_fault->place);
    open_.emplace_back();
    for (std::size_t i = 0; i < lexed.lexemes.size() && !words_.ran_out(); ++i) take(lexed.lexemes, i);
    if (open_.size() > 1) fault("a parenthesis that is not closed", query.size());
    while (open_.size() > 1) close_group(1);
    std::vector<text_query> excluded;
    return close(std::move(open_.front()), excluded).node;
  }

private:
  void fault(const std::string& what, std::size_t place) const {
    if (syntax_.is_strict) throw_usage("the full-text query has " + what + " at byte " + std::to_string(place), where_);
  }

  void take(std::vector<lexeme>& all, std::size_t i) {
    auto& here = all[i];
    const bool has_next = i + 1 < all.size() && begins_operand(all[i + 1].kind);
    switch (here.kind) {
    case lexeme_kind::word:
    case lexeme_kind::phrase: return take_operand(here);
    case lexeme_kind::open: return open_group(here);
    case lexeme_kind::close: return take_close(here);
    case lexeme_kind::plus: how_ = sign::required; return;
    case lexeme_kind::minus: how_ = sign::excluded; return;
    case lexeme_kind::column: column_ = here.column; return;
    case lexeme_kind::and_word:
    case lexeme_kind::or_word: {
      const bool joins = has_next && i > 0 && ends_operand(all[i - 1].kind);
      if (!joins) return take_lone_operator(here);
      operator_ = here.kind;
      return;
    }
    case lexeme_kind::not_word:
      if (!has_next || all[i + 1].kind == lexeme_kind::not_word) return take_lone_operator(here);
      how_ = sign::excluded;
      return;
    }
  }

  void take_lone_operator(lexeme& here) {
    fault(here.text + " without something on either side", here.place);
    // What comes next must see it as the word that it is.
    here.kind = lexeme_kind::word;
    take_operand(here);
  }

  void take_operand(const lexeme& here) {
    auto part = words_.make(here, column_ >= 0 ? column_ : open_.back().column);
    if (words_.ran_out()) fault("more than " + std::to_string(most_query_terms) + " terms", here.place);
    if (words_.dropped_slop())
      fault("a ~ behind a phrase of more than " + std::to_string(most_loose_words) + " words", here.place);
    add(std::move(part));
  }

  bool is_joined() const noexcept {
    if (open_.back().clauses.empty()) return false;
    return operator_ == lexeme_kind::and_word || (operator_ != lexeme_kind::or_word && syntax_.match_all);
  }

  void add(query_part part) {
    if (!matches_nothing(part.node))
      open_.back().clauses.push_back({.part = std::move(part), .how = how_, .joined = is_joined()});
    forget();
  }

  void forget() {
    how_ = sign::none;
    column_ = -1;
    operator_ = lexeme_kind::word;
  }

  void open_group(const lexeme& here) {
    if (open_.size() > most_query_depth) {
      fault("more than " + std::to_string(most_query_depth) + " parentheses in each other", here.place);
      ++too_deep_;
      return;
    }
    group opened{.how = how_, .joined = is_joined(), .column = column_ >= 0 ? column_ : open_.back().column};
    open_.push_back(std::move(opened));
    forget();
  }

  void take_close(const lexeme& here) {
    if (too_deep_ > 0) {
      --too_deep_;
    } else if (open_.size() == 1) {
      fault("a parenthesis that was not opened", here.place);
      forget();
    } else {
      close_group(here.boost);
    }
  }

  void close_group(float boost) {
    auto closed = std::move(open_.back());
    open_.pop_back();
    const auto how = closed.how;
    const bool is_joined = closed.joined;
    std::vector<text_query> excluded;
    auto made = close(std::move(closed), excluded);
    made.node.boost = std::min(made.node.boost * boost, most_query_boost);
    auto& clauses = open_.back().clauses;
    if (!matches_nothing(made.node)) clauses.push_back({.part = std::move(made), .how = how, .joined = is_joined});
    // cats AND (NOT dogs)
    if (how != sign::excluded)
      for (auto& each : excluded) clauses.push_back({{std::move(each)}, sign::excluded, is_joined});
    forget();
  }

  const query_syntax& syntax_;
  std::source_location where_;
  query_words words_;
  std::vector<group> open_{};
  std::size_t too_deep_{};
  // What was said before the next word, phrase or parenthesis
  sign how_{};
  int column_{-1};
  lexeme_kind operator_{lexeme_kind::word};
};

}  // namespace

text_query parse_text_query(std::string_view query, const text_analyzer& analyzer, const query_syntax& syntax,
                            std::source_location where) {
  return parser(analyzer, syntax, where).run(query);
}

}  // namespace tidb::detail
