// How far a search must reach for a recall: found on a sample, where the true neighbours are known.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace tidb::detail {

class vector_model;

/// Limits of a search. What they are multiplied by is in query_frame.hpp.
struct reach_limits {
  float partition{};  ///< how much farther than the nearest a partition may be
  float first{};      ///< by how much a first code's estimate may be wrong
  float second{};     ///< the same of a second code's
};

/// The limits for some recalls and for some numbers of nearest rows, of those they were found with; others are
/// interpolated. A filter, or many wanted rows, makes neighbours farther, and those lie in more partitions.
class search_reach {
public:
  static constexpr std::array<float, 9> recalls{0.5F, 0.8F, 0.9F, 0.95F, 0.98F, 0.99F, 0.995F, 0.999F, 0.9999F};
  static constexpr std::array<std::size_t, 4> ranks{4, 20, 100, 500};
  using limits_of_recalls = std::array<reach_limits, recalls.size()>;
  struct table {
    std::array<limits_of_recalls, ranks.size()> limits{};
    float rows{};  ///< of the calibration
  };

  search_reach();  ///< safe limits, without a sample
  explicit search_reach(const table& found) : table_(found) {}

  /// `share`: of all rows, those among which the wanted ones are.
  reach_limits at(double recall, double share) const;
  const table& all() const { return table_; }

private:
  table table_;
};

/// `rows`, `queries`: as vector_model::prepare makes them; queries may be among the rows.
search_reach calibrate(const vector_model& model, std::span<const float> rows, std::span<const float> queries,
                       unsigned threads);

}  // namespace tidb::detail
