#include "search/text/fragments.hpp"

#include <algorithm>
#include <deque>
#include <set>
#include <unordered_map>

namespace tidb::detail {

namespace {

// Of a word; a character of a script without spaces costs one.
constexpr std::uint64_t word_cost = 2;

constexpr std::size_t most_fragments = 10;

/// Places from `first` to before `last`.
struct place_range {
  std::size_t first{}, last{};
};

struct placed_match {
  place_range at{};
  std::size_t leaf{};
};

struct choice {
  std::vector<place_range> ranges{};
  std::set<std::size_t> leaves{};
};

class chooser {
public:
  explicit chooser(const matched_text& found) {
    costs_.push_back(0);
    for (const auto& place : found.places) costs_.push_back(costs_.back() + (place.is_character ? 1 : word_cost));
    const auto place_before = [&](std::uint32_t byte) {
      const auto after = std::ranges::upper_bound(found.places, byte, {}, &text_place::begin);
      return static_cast<std::size_t>(after - found.places.begin() - (after == found.places.begin() ? 0 : 1));
    };
    for (const auto& match : found.matches)
      matches_.push_back({{place_before(match.begin), place_before(match.end - 1) + 1}, match.leaf});
  }

  std::uint64_t cost_of_all() const noexcept { return costs_.back(); }
  std::size_t places() const noexcept { return costs_.size() - 1; }

  /// So many parts that share what may be shown.
  choice choose(std::size_t parts, std::uint64_t budget) const {
    choice made;
    for (std::size_t i = 0; i < parts; ++i) {
      const auto next = best(made, budget / parts);
      if (next.value == 0) break;
      made.ranges.push_back(next.at);
      std::ranges::sort(made.ranges, {}, &place_range::first);
      for (const auto& match : matches_)
        if (match.at.first >= next.at.first && match.at.last <= next.at.last) made.leaves.insert(match.leaf);
    }
    return made;
  }

  /// The range that a budget reaches on both sides of `at`, within `room`.
  place_range widened(place_range at, place_range room, std::uint64_t budget) const {
    const auto own = cost(at);
    const auto half = budget > own ? (budget - own) / 2 : 0;
    while (at.first > room.first && costs_[at.last] - costs_[at.first - 1] <= own + half) --at.first;
    while (at.last < room.last && costs_[at.last + 1] - costs_[at.first] <= budget) ++at.last;
    while (at.first > room.first && costs_[at.last] - costs_[at.first - 1] <= budget) --at.first;
    return at;
  }

private:
  struct rated {
    place_range at{};
    std::size_t value{};
  };

  std::uint64_t cost(place_range at) const { return costs_[at.last] - costs_[at.first]; }

  rated best(const choice& so_far, std::uint64_t budget) const {
    rated found;
    std::size_t from = 0;
    for (std::size_t i = 0; i <= so_far.ranges.size(); ++i) {
      const place_range room{from, i < so_far.ranges.size() ? so_far.ranges[i].first : places()};
      if (const auto here = best_in(room, so_far.leaves, budget); here.value > found.value)
        found = {widened(here.at, room, budget), here.value};
      if (i < so_far.ranges.size()) from = so_far.ranges[i].last;
    }
    return found;
  }

  /// The most valuable matches that lie within one budget of each other.
  rated best_in(place_range room, const std::set<std::size_t>& shown, std::uint64_t budget) const {
    rated found;
    std::unordered_map<std::size_t, std::size_t> inside;
    std::deque<const placed_match*> window;
    std::size_t fresh = 0;
    for (const auto& match : matches_) {
      if (match.at.first < room.first || match.at.last > room.last) continue;
      while (!window.empty() && cost({window.front()->at.first, match.at.last}) > budget) {
        if (--inside[window.front()->leaf] == 0 && !shown.contains(window.front()->leaf)) --fresh;
        window.pop_front();
      }
      window.push_back(&match);
      if (inside[match.leaf]++ == 0 && !shown.contains(match.leaf)) ++fresh;
      // A word that was not shown yet is worth more than any number of the others.
      if (const auto value = fresh * (matches_.size() + 1) + window.size(); fresh > 0 && value > found.value)
        found = {{window.front()->at.first, match.at.last}, value};
    }
    return found;
  }

  std::vector<std::uint64_t> costs_{};  // of all places before one
  std::vector<placed_match> matches_{};
};

std::vector<text_span> spans_of(const std::vector<place_range>& ranges, const std::vector<text_place>& places,
                                std::uint32_t size) {
  std::vector<text_span> made;
  std::size_t end = 0;
  for (const auto& range : ranges) {
    const text_span span{range.first == 0 ? 0 : places[range.first].begin,
                         range.last == places.size() ? size : places[range.last - 1].end};
    if (!made.empty() && range.first == end) {
      made.back().end = span.end;
    } else {
      made.push_back(span);
    }
    end = range.last;
  }
  return made;
}

}  // namespace

std::vector<text_span> best_fragments(const matched_text& found, std::uint32_t size, std::size_t words,
                                      std::size_t most) {
  const chooser by(found);
  const auto budget = word_cost * std::max<std::uint64_t>(words, 1);
  if (by.cost_of_all() <= budget) return {{0, size}};
  choice best;
  for (std::size_t parts = 1; parts <= std::clamp<std::size_t>(most, 1, most_fragments); ++parts) {
    auto next = by.choose(parts, budget);
    if (parts == 1 || next.leaves.size() > best.leaves.size()) best = std::move(next);
  }
  if (best.ranges.empty()) best.ranges.push_back(by.widened({0, 0}, {0, by.places()}, budget));
  return spans_of(best.ranges, found.places, size);
}

}  // namespace tidb::detail
