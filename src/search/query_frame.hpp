// A query as each partition sees it: from where its rows' distances are estimated, and how far that may be wrong.
#pragma once

#include "search/aligned.hpp"
#include "search/vector_model.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tidb::detail {

/// Distances here are squared; for inner products they are 2 N² − 2 q·x with the query scaled to N, the rows' typical
/// length, which is |q − x|² where the row has that length too.
class query_frame {
public:
  struct partition {
    float base{}, stretch{};  ///< see code_layout.hpp
    float apart{};            ///< what the codes' errors are in proportion to
    float score{};            ///< smaller is more promising
  };

  /// `prepared`: by vector_model::prepare.
  query_frame(const vector_model& model, aligned_vector<float> prepared);

  const float* prepared() const { return prepared_.data(); }
  const partition& at(std::uint32_t number) const { return partitions_[number]; }
  std::span<const partition> partitions() const { return partitions_; }
  /// Where a row of this vector would be.
  std::uint32_t home() const { return home_; }
  float least_score() const { return least_score_; }
  /// A partition beyond this score is left out when the best so far are within `distance`.
  float score_limit(float distance, float reach) const;
  /// In the metric's own terms.
  float to_metric(float distance) const;

private:
  metric by_;
  aligned_vector<float> prepared_;
  std::vector<partition> partitions_;
  std::uint32_t home_{};
  float least_score_{}, typical_{1}, length_{1};
};

}  // namespace tidb::detail
