#include "search/query_frame.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tidb::detail {

namespace {

float square_of(std::span<const float> vector) {
  float sum = 0;
  for (const float number : vector) sum += number * number;
  return sum;
}

}  // namespace

query_frame::query_frame(const vector_model& model, aligned_vector<float> prepared)
    : by_(model.by()), prepared_(std::move(prepared)), partitions_(model.partitions()),
      typical_(model.typical_length()) {
  const auto& table = model.table();
  aligned_vector<float> products(table.padded_count());
  table.products(prepared_.data(), 1, products.data());
  home_ = table.nearest(products.data());
  float square = square_of(prepared_);
  const bool inner = by_ == metric::negative_inner_product;
  length_ = std::sqrt(square);
  const float factor = inner && length_ > 0 ? typical_ / length_ : 1;
  if (inner) {
    for (float& number : prepared_) number *= factor;
    square = typical_ * typical_;
  }
  least_score_ = std::numeric_limits<float>::infinity();
  for (std::uint32_t p = 0; p < partitions_.size(); ++p) {
    auto& made = partitions_[p];
    const float product = products[p] * factor, centre = table.square(p);
    if (inner) {
      made.base = 2 * square - 2 * product;
      made.stretch = centre > 0 ? product / centre : 0;
      made.apart = std::sqrt(std::max(square - product * made.stretch, 0.F));
      // Rows longer than their centre reach farther: they are, by as much as they are spread.
      made.score = made.base - table.spread(p);
    } else {
      made.base = std::max(square + centre - 2 * product, 0.F);
      made.stretch = 1;
      made.apart = std::sqrt(made.base);
      made.score = made.base;
    }
    least_score_ = std::min(least_score_, made.score);
  }
}

float query_frame::score_limit(float distance, float reach) const {
  return least_score_ + reach * std::sqrt(std::max(distance, 0.F));
}

float query_frame::to_metric(float distance) const {
  switch (by_) {
  case metric::cosine: return distance / 2;
  case metric::negative_inner_product: return (distance / 2 - typical_ * typical_) * length_ / typical_;
  default: return std::sqrt(std::max(distance, 0.F));
  }
}

}  // namespace tidb::detail
