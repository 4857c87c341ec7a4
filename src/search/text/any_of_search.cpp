#include "search/text/any_of_search.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tidb::detail {

namespace {

// With more than these, the windows that end with a block would have few documents, and bounds would rule out little.
constexpr std::size_t few_lists = 16;

}  // namespace

void any_of_search::add(posting_cursor postings, bm25 score) {
  auto& list = lists_.emplace_back(scored_list{std::move(postings), score});
  for (std::size_t block = 0; block < list.postings.blocks(); ++block)
    list.most =
        std::max(list.most, score(list.postings.largest_frequency(block), list.postings.shortest_length(block)));
}

/// What was added up in this window, which is forgotten.
template <class Body>
void any_of_search::each_found(text_slot from, const Body& body) {
  const auto words = (end_ - from + 63) / 64;
  for (std::size_t word = 0; word < words; ++word)
    for (auto bits = std::exchange(found_[word], 0); bits != 0; bits &= bits - 1) {
      const auto at = word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
      body(from + static_cast<text_slot>(at), std::exchange(sums_[at], 0));
    }
}

void any_of_search::run() {
  if (lists_.size() > few_lists) return run_many();
  for (auto& list : lists_) by_most_.push_back(&list);
  std::ranges::stable_sort(by_most_, {}, &scored_list::most);
  for (text_slot from = 0; from < documents() && !by_most_.empty(); from = end_) {
    if (!plan_window(from)) continue;
    if (looked_up_ + 1 == window_.size())
      read_one(*window_.back().list, from);
    else
      read_several(from);
  }
}

/// All lists, a window after the other: their sums are scores already.
void any_of_search::run_many() {
  for (text_slot from = 0; from < documents(); from = end_) {
    end_ = std::min(documents(), static_cast<text_slot>(from + buffered));
    double most = 0;
    for (auto& list : lists_) most += most_in_window(list, from);
    if (most < top_.limit()) continue;
    for (auto& list : lists_) add_scores(list, from);
    each_found(from, [&](text_slot slot, double score) {
      if (score >= top_.limit() && filter_.passes(slot)) top_.offer(part_.segment->keys()[slot], score);
    });
  }
}

/// Where the window ends, and which lists are read in it. False if nothing in it can be among the best.
bool any_of_search::plan_window(text_slot from) {
  window_.clear();
  double rest = 0;
  std::size_t first = 0;
  for (; first < by_most_.size() && rest + by_most_[first]->most < top_.limit(); ++first) {
    rest += by_most_[first]->most;
    window_.push_back({by_most_[first], by_most_[first]->most, rest});
  }
  looked_up_ = first;
  end_ = documents();
  if (first == by_most_.size()) return false;
  // with the first block that ends, so that what a list has in the window is in one block
  for (auto i = first; i < by_most_.size(); ++i)
    if (by_most_[i]->postings.seek_block(from))
      end_ = std::min(end_, by_most_[i]->postings.last(by_most_[i]->postings.block()) + 1);
  if (by_most_.size() - first > 1) end_ = std::min(end_, static_cast<text_slot>(from + buffered));
  for (auto i = first; i < by_most_.size(); ++i)
    window_.push_back({by_most_[i], most_in_window(*by_most_[i], from), 0});
  std::sort(window_.begin() + static_cast<std::ptrdiff_t>(first), window_.end(),
            [](const entry& a, const entry& b) { return a.most < b.most; });
  for (auto i = first; i < window_.size(); ++i) {
    rest += window_[i].most;
    window_[i].up_to = rest;
    if (rest < top_.limit()) looked_up_ = i + 1;
  }
  return looked_up_ < window_.size();
}

double any_of_search::most_in_window(scored_list& list, text_slot from) const {
  auto& postings = list.postings;
  if (!postings.seek_block(from)) return 0;
  auto most = list.most_in_block();
  for (auto block = postings.block(); postings.last(block) + 1 < end_ && ++block < postings.blocks();)
    most = std::max(most, list.score(postings.largest_frequency(block), postings.shortest_length(block)));
  return most;
}

void any_of_search::read_one(scored_list& list, text_slot from) {
  auto& postings = list.postings;
  const auto lengths = postings.lengths();
  const auto rest = looked_up_ == 0 ? 0 : window_[looked_up_ - 1].up_to;
  while (from < end_ && postings.seek_block(from)) {
    const auto slots = postings.slots();
    const auto* frequencies = postings.frequencies();
    auto i = static_cast<std::size_t>(std::ranges::lower_bound(slots, from) - slots.begin());
    for (; i < slots.size() && slots[i] < end_; ++i) {
      const auto score = list.score(frequencies[i], lengths[slots[i]]);
      if (score + rest >= top_.limit()) consider(slots[i], score);
    }
    from = slots.back() + 1;
  }
}

void any_of_search::read_several(text_slot from) {
  for (auto i = looked_up_; i < window_.size(); ++i) add_scores(*window_[i].list, from);
  const auto rest = looked_up_ == 0 ? 0 : window_[looked_up_ - 1].up_to;
  each_found(from, [&](text_slot slot, double sum) {
    if (sum + rest >= top_.limit()) consider(slot, sum);
  });
}

void any_of_search::add_scores(scored_list& list, text_slot from) {
  auto& postings = list.postings;
  const auto lengths = postings.lengths();
  for (auto next = from; next < end_ && postings.seek_block(next);) {
    const auto slots = postings.slots();
    const auto* frequencies = postings.frequencies();
    auto i = static_cast<std::size_t>(std::ranges::lower_bound(slots, next) - slots.begin());
    for (; i < slots.size() && slots[i] < end_; ++i) {
      const auto at = slots[i] - from;
      sums_[at] += list.score(frequencies[i], lengths[slots[i]]);
      found_[at / 64] |= std::uint64_t{1} << at % 64;
    }
    next = slots.back() + 1;
  }
}

/// `sum`: of the lists that were read.
void any_of_search::consider(text_slot slot, double sum) {
  if (!filter_.passes(slot)) return;
  for (auto i = looked_up_; i-- > 0;) {
    if (sum + window_[i].up_to < top_.limit()) return;
    auto& list = *window_[i].list;
    if (!list.postings.seek_block(slot)) continue;
    const auto others = i == 0 ? 0 : window_[i - 1].up_to;
    if (sum + list.most_in_block() + others < top_.limit()) return;
    if (list.postings.advance(slot) == slot) sum += list.at();
  }
  if (sum < top_.limit()) return;
  double exact = 0;
  for (auto& list : lists_)
    if (list.postings.advance(slot) == slot) exact += list.at();
  top_.offer(part_.segment->keys()[slot], exact);
}

}  // namespace tidb::detail
