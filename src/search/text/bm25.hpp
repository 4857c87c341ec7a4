// What a document scores for a term.
// Source: Robertson & Zaragoza, "The probabilistic relevance framework: BM25 and beyond", 2009.
#pragma once

#include <cmath>
#include <cstdint>

namespace tidb::detail {

/// How rare it is: of so many documents so many have it.
inline double inverse_document_frequency(double counted, double having) {
  return std::log(1 + (counted - having + 0.5) / (having + 0.5));
}

/// Of one term in one column, with everything that is the same for all documents worked out.
class bm25 {
public:
  static constexpr double k1 = 1.2, b = 0.75;

  bm25() = default;
  /// `weight`: boosts times how rare the term is. `average`: length of the documents in this column.
  bm25(double weight, double average)
      : weight_(weight * (k1 + 1)), base_(k1 * (1 - b)), slope_(average > 0 ? k1 * b / average : 0) {}

  /// Grows with the frequency, and shrinks with the length.
  double operator()(double frequency, std::uint32_t length) const {
    return weight_ * frequency / (frequency + base_ + slope_ * length);
  }

private:
  double weight_{}, base_{}, slope_{};
};

}  // namespace tidb::detail
