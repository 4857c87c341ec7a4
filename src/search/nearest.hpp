// What a search has found so far, and how near a row must be to count.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <vector>

namespace tidb::detail {

inline constexpr float unlimited = std::numeric_limits<float>::infinity();

/// The nearest so many distances seen.
class nearest {
public:
  explicit nearest(std::size_t wanted) : wanted_(wanted) { heap_.reserve(wanted); }

  void offer(float distance) {
    if (heap_.size() < wanted_) {
      heap_.push_back(distance);
      std::ranges::push_heap(heap_);
    } else if (distance < heap_.front()) {
      std::ranges::pop_heap(heap_);
      heap_.back() = distance;
      std::ranges::push_heap(heap_);
    }
  }
  /// What a row must be within to count.
  float limit() const {
    if (heap_.size() < wanted_) return unlimited;
    return heap_.front();
  }

private:
  std::size_t wanted_;
  std::vector<float> heap_;
};

}  // namespace tidb::detail
