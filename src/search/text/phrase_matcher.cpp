#include "search/text/matcher.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace tidb::detail {

namespace {

using position = std::int64_t;

/// The terms that may stand at one place.
class place_matcher {
public:
  place_matcher(std::uint32_t offset, std::vector<posting_cursor> terms) : offset_(offset), terms_(std::move(terms)) {}

  std::uint32_t offset() const { return offset_; }
  text_slot advance(text_slot slot) {
    at_ = no_slot;
    for (auto& term : terms_) at_ = std::min(at_, term.advance(slot));
    return at_;
  }
  /// Where they stand in the document that it is at; ascending, each once.
  const std::vector<position>& positions() {
    positions_.clear();
    for (auto& term : terms_) {
      if (term.at() != at_) continue;
      const auto middle = static_cast<std::ptrdiff_t>(positions_.size());
      for (const auto one : term.positions()) positions_.push_back(one);
      std::inplace_merge(positions_.begin(), positions_.begin() + middle, positions_.end());
    }
    positions_.erase(std::unique(positions_.begin(), positions_.end()), positions_.end());
    return positions_;
  }
  std::uint64_t cost() const {
    std::uint64_t sum = 0;
    for (const auto& term : terms_) sum += term.documents();
    return sum;
  }
  /// What the blocks from `slot` on say, up to the first that ends.
  struct bounds {
    std::uint64_t frequency{};                                        ///< at most
    std::uint32_t length{std::numeric_limits<std::uint32_t>::max()};  ///< at least
    text_slot last{no_slot};
  };
  bounds bound(text_slot slot) {
    bounds made;
    for (auto& term : terms_) {
      if (!term.seek_block(slot)) continue;
      made.frequency += term.largest_frequency(term.block());
      made.length = std::min(made.length, term.shortest_length(term.block()));
      made.last = std::min(made.last, term.last(term.block()));
    }
    return made;
  }

private:
  std::uint32_t offset_;
  std::vector<posting_cursor> terms_;
  text_slot at_{};
  std::vector<position> positions_;
};

/// How often a phrase occurs exactly: where it may begin is narrowed down place by place.
class exact_occurrences {
public:
  double count(std::span<place_matcher> places) {
    begins_.clear();
    for (auto& place : places) {
      const position offset = place.offset();
      const auto& at = place.positions();
      if (&place == &places.front()) {
        for (const auto one : at) begins_.push_back(one - offset);
        continue;
      }
      auto next = at.begin();
      std::erase_if(begins_, [&](position begin) {
        next = std::lower_bound(next, at.end(), begin + offset);
        return next == at.end() || *next != begin + offset;
      });
      if (begins_.empty()) return 0;
    }
    return static_cast<double>(begins_.size());
  }

private:
  std::vector<position> begins_;
};

/// Occurrences with their words apart: a word's shift is its position less its place in the phrase, and the largest
/// shift less the smallest is how far apart they are in all. From each smallest shift on, every word in the order of
/// the phrase takes the first position that no other took; that occurrence counts 1 / (1 + places apart).
class loose_occurrences {
public:
  explicit loose_occurrences(std::uint32_t slop) : slop_(slop) {}

  double count(std::span<place_matcher> places) {
    begins_.clear();
    positions_.clear();
    for (auto& place : places) {
      positions_.push_back(&place.positions());
      for (const auto one : *positions_.back()) begins_.push_back(one - place.offset());
    }
    std::ranges::sort(begins_);
    begins_.erase(std::unique(begins_.begin(), begins_.end()), begins_.end());
    double sum = 0;
    for (const auto begin : begins_) sum += weight(places, begin);
    return sum;
  }

private:
  double weight(std::span<place_matcher> places, position begin) {
    taken_.clear();
    position smallest = std::numeric_limits<position>::max(), largest = begin;
    for (std::size_t i = 0; i < places.size(); ++i) {
      const position offset = places[i].offset();
      auto at = std::ranges::lower_bound(*positions_[i], begin + offset);
      while (at != positions_[i]->end() && std::ranges::find(taken_, *at) != taken_.end()) ++at;
      if (at == positions_[i]->end() || *at - offset > begin + slop_) return 0;
      taken_.push_back(*at);
      smallest = std::min(smallest, *at - offset);
      largest = std::max(largest, *at - offset);
    }
    return smallest == begin ? 1 / (1 + static_cast<double>(largest - smallest)) : 0;
  }

  position slop_;
  std::vector<position> begins_, taken_;
  std::vector<const std::vector<position>*> positions_;
};

class phrase_matcher : public matcher {
public:
  phrase_matcher(const plan_node& node, const planned_phrase& phrase, std::vector<place_matcher> places,
                 std::span<const std::uint32_t> lengths)
      : node_(node), phrase_(phrase), places_(std::move(places)), lengths_(lengths), loose_(node.slop) {
    for (auto& place : places_) by_cost_.push_back(&place);
    std::ranges::stable_sort(by_cost_, {}, [](const place_matcher* one) { return one->cost(); });
  }

  text_slot advance(text_slot slot) override {
    if (is_begun_ && slot <= at_) return at_;
    is_begun_ = true;
    for (at_ = with_all(slot); at_ != no_slot; at_ = with_all(at_ + 1)) {
      frequency_ = node_.slop == 0 ? exact_.count(places_) : loose_.count(places_);
      if (frequency_ > 0) break;
    }
    return at_;
  }
  void score(score_sum& sum) override {
    const auto score = phrase_.score(frequency_, lengths_[at_]);
    sum.add(score);
    if (sum.parts() != nullptr)
      sum.parts()->push_back({.term = node_.text,
                              .column = phrase_.column,
                              .documents = phrase_.documents,
                              .frequency = frequency_,
                              .length = lengths_[at_],
                              .score = score});
  }
  score_bound bound(text_slot slot) override {
    // exactly, no more often than its rarest place; loosely, it may begin at every word
    std::uint64_t rarest = std::numeric_limits<std::uint64_t>::max(), sum = 0;
    std::uint32_t shortest = 0;
    text_slot last = no_slot;
    for (auto& place : places_) {
      const auto in = place.bound(slot);
      rarest = std::min(rarest, in.frequency);
      sum += in.frequency;
      shortest = std::max(shortest, in.length);
      last = std::min(last, in.last);
    }
    if (rarest == 0) return {0, last};
    return {phrase_.score(static_cast<double>(node_.slop == 0 ? rarest : sum), shortest), last};
  }
  std::uint64_t cost() const override { return by_cost_.front()->cost(); }

private:
  /// The first document that has all places, in whatever order.
  text_slot with_all(text_slot slot) {
    auto& lead = *by_cost_.front();
    auto found = lead.advance(slot);
    for (std::size_t i = 1; i < by_cost_.size() && found != no_slot;) {
      const auto other = by_cost_[i]->advance(found);
      if (other == found) {
        ++i;
      } else {
        found = other == no_slot ? no_slot : lead.advance(other);
        i = 1;
      }
    }
    return found;
  }

  const plan_node& node_;
  const planned_phrase& phrase_;
  std::vector<place_matcher> places_;    // by offset
  std::vector<place_matcher*> by_cost_;  // the rarest first
  std::span<const std::uint32_t> lengths_;
  exact_occurrences exact_;
  loose_occurrences loose_;
  bool is_begun_{};
  double frequency_{};
};

}  // namespace

matcher_ptr make_phrase_matcher(const query_plan& plan, const plan_node& node, const planned_phrase& phrase,
                                std::size_t part, search_postings& postings) {
  std::vector<place_matcher> places;
  for (const auto& place : node.places) {
    std::vector<posting_cursor> terms;
    for (const auto term : place.terms)
      if (const auto* in = plan.place(part, term, phrase.column)) terms.push_back(postings.list(*in, true));
    places.emplace_back(place.offset, std::move(terms));
  }
  return std::make_unique<phrase_matcher>(node, phrase, std::move(places), postings.segment().lengths(phrase.column));
}

}  // namespace tidb::detail
