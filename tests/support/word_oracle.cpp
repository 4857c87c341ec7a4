#include "support/word_oracle.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>
#include <span>
#include <utility>

namespace tests {

namespace {

using positions = std::set<std::uint32_t>;
constexpr auto not_asked_for = static_cast<std::size_t>(-1);

}  // namespace

/// One search: the terms that it asks for have numbers from 0 of their own.
class word_oracle::search {
public:
  search(const word_oracle& in, const asked_words& asked)
      : in_(in), slots_(in.terms_.size(), not_asked_for), any_(leaves(asked.any)), must_(leaves(asked.must)),
        must_not_(leaves(asked.must_not)) {}

  std::vector<scored_text> run() {
    for (const auto& one : in_.documents_) look_at(one);
    average_ /= static_cast<double>(in_.documents_.size());
    std::vector<scored_text> found;
    for (const auto& [document, places] : candidates_)
      if (const auto sum = score(places, document->length)) found.push_back({document->id, *sum});
    std::ranges::sort(found, {}, &scored_text::id);
    std::ranges::stable_sort(found, std::greater(), &scored_text::score);
    return found;
  }

private:
  /// A term of a phrase, by its place from the phrase's beginning; of a prefix and of a word all are at 0.
  struct place {
    std::size_t slot{};
    std::uint32_t offset{};
  };
  struct leaf {
    std::vector<place> places{};
    bool is_prefix{};
  };
  using places_by_slot = std::map<std::size_t, positions>;

  std::size_t slot_of(std::size_t term) {
    if (slots_[term] == not_asked_for) {
      slots_[term] = having_.size();
      having_.push_back(0);
    }
    return slots_[term];
  }
  std::vector<leaf> leaves(const std::vector<word_leaf>& given) {
    std::vector<leaf> made;
    for (const auto& one : given) {
      auto& into = made.emplace_back(leaf{.is_prefix = one.is_prefix});
      if (one.is_prefix) {
        for (const auto term : in_.terms_beginning(one.text)) into.places.push_back({slot_of(term), 0});
        continue;
      }
      const auto tokens = tidb::analyze(one.text, {}, tidb::text_use::query);
      for (const auto& token : tokens)
        into.places.push_back({slot_of(in_.terms_.at(token.term)), token.position - tokens.front().position});
    }
    return made;
  }
  /// Every document counts; those that are there and have a term are candidates.
  void look_at(const document& one) {
    average_ += one.length;
    places_by_slot places;
    for (const auto& token : one.tokens)
      if (const auto slot = slots_[token.term]; slot != not_asked_for) places[slot].insert(token.position);
    for (const auto& [slot, unused] : places) having_[slot] += 1;
    if (one.is_there && !places.empty()) candidates_.emplace_back(&one, std::move(places));
  }

  double rarity(std::size_t slot) const {
    const auto counted = static_cast<double>(in_.documents_.size());
    return std::log(1 + (counted - having_[slot] + 0.5) / (having_[slot] + 0.5));
  }
  double saturated(double frequency, double length) const {
    constexpr double k1 = 1.2, b = 0.75;
    return frequency * (k1 + 1) / (frequency + k1 * (1 - b + b * length / average_));
  }
  /// How often all terms are at their places.
  static double occurrences(const leaf& of, const places_by_slot& places) {
    const auto first = places.find(of.places.front().slot);
    if (first == places.end()) return 0;
    return static_cast<double>(std::ranges::count_if(first->second, [&](std::uint32_t begin) {
      return std::ranges::all_of(of.places, [&](const place& one) {
        const auto at = places.find(one.slot);
        return at != places.end() && at->second.contains(begin + one.offset);
      });
    }));
  }
  std::optional<double> score(const leaf& of, const places_by_slot& places, double length) const {
    double sum = 0;
    if (of.is_prefix) {
      for (const auto& one : of.places)
        if (const auto at = places.find(one.slot); at != places.end())
          sum += rarity(one.slot) * saturated(static_cast<double>(at->second.size()), length);
      return sum > 0 ? std::optional(sum) : std::nullopt;
    }
    const auto frequency = occurrences(of, places);
    if (frequency == 0) return std::nullopt;
    for (const auto& one : of.places) sum += rarity(one.slot);
    return sum * saturated(frequency, length);
  }
  std::optional<double> score(const places_by_slot& places, double length) const {
    for (const auto& one : must_not_)
      if (score(one, places, length)) return std::nullopt;
    double sum = 0;
    bool matches = !must_.empty();
    for (const auto& one : must_) {
      const auto more = score(one, places, length);
      if (!more) return std::nullopt;
      sum += *more;
    }
    for (const auto& one : any_)
      if (const auto more = score(one, places, length)) {
        matches = true;
        sum += *more;
      }
    return matches ? std::optional(sum) : std::nullopt;
  }

  const word_oracle& in_;
  std::vector<std::size_t> slots_;  // by term
  std::vector<double> having_;      // documents, by slot
  double average_{};
  std::vector<leaf> any_, must_, must_not_;
  std::vector<std::pair<const document*, places_by_slot>> candidates_;
};

void word_oracle::put(std::int64_t id, std::string_view text) {
  remove(id);
  places_[id] = documents_.size();
  auto& made = documents_.emplace_back(document{.id = id});
  positions seen;
  for (const auto& found : tidb::analyze(text)) {
    made.tokens.push_back({terms_.emplace(found.term, terms_.size()).first->second, found.position});
    seen.insert(found.position);
  }
  made.length = static_cast<double>(seen.size());
}

void word_oracle::remove(std::int64_t id) {
  if (const auto at = places_.find(id); at != places_.end()) {
    documents_[at->second].is_there = false;
    places_.erase(at);
  }
}

void word_oracle::forget_removed() {
  std::erase_if(documents_, [](const document& one) { return !one.is_there; });
  for (std::size_t i = 0; i < documents_.size(); ++i) places_[documents_[i].id] = i;
}

std::vector<std::size_t> word_oracle::terms_beginning(const std::string& beginning) const {
  const auto tokens = tidb::analyze(beginning, {}, tidb::text_use::prefix);
  std::vector<std::size_t> found;
  if (tokens.size() != 1) return found;
  for (auto at = terms_.lower_bound(tokens.front().term);
       at != terms_.end() && at->first.starts_with(tokens.front().term); ++at)
    found.push_back(at->second);
  // and what it is as a whole word, whose stem may be shorter: "running*" finds "run"
  for (const auto& word : tidb::analyze(beginning, {}, tidb::text_use::query))
    if (const auto at = terms_.find(word.term); at != terms_.end() && !word.term.starts_with(tokens.front().term))
      found.push_back(at->second);
  return found;
}

std::size_t word_oracle::terms_of_prefix(const std::string& beginning) const {
  return terms_beginning(beginning).size();
}

std::vector<scored_text> word_oracle::find(const asked_words& asked) const { return search(*this, asked).run(); }

}  // namespace tests
