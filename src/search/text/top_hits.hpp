// The best matches so far, and what a document must score to be one.
#pragma once

#include "search/text/text_search.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace tidb::detail {

class top_hits {
public:
  explicit top_hits(std::size_t wanted) : wanted_(wanted) {}

  void offer(std::int64_t key, double score) {
    const text_hit hit{key, score};
    if (heap_.size() == wanted_) {
      if (wanted_ == 0 || !is_better(hit, heap_.front())) return;
      std::ranges::pop_heap(heap_, is_better);
      heap_.back() = hit;
    } else {
      heap_.push_back(hit);
    }
    std::ranges::push_heap(heap_, is_better);
    if (heap_.size() == wanted_) limit_ = heap_.front().score * (1 - tolerance);
  }
  /// Who may not score more than something less than this need not be looked at. Bounds are sums in another order than
  /// scores, so it is a little below the score of the last; below 0 while there is room.
  double limit() const { return limit_; }
  std::vector<text_hit> take() {
    std::ranges::sort(heap_, is_better);
    return std::move(heap_);
  }

private:
  static constexpr double tolerance = 1e-9;
  static bool is_better(const text_hit& a, const text_hit& b) {
    return a.score != b.score ? a.score > b.score : a.key < b.key;
  }

  std::size_t wanted_;
  double limit_{-1};
  std::vector<text_hit> heap_;  // the worst in front
};

}  // namespace tidb::detail
