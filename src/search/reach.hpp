// How far a search must reach for a recall: found on a sample, where the true neighbours are known.
#pragma once

#include <array>
#include <cstddef>

namespace tidb::detail {

/// Limits of a search, in standard deviations of what they estimate.
struct reach_limits {
  float partition{};  ///< a partition is left out if a row within the best distance so far would be rarer there
  float first{};      ///< a row's first code is trusted to be wrong by at most this
  float second{};     ///< the same of its second code
};

/// The limits for some recalls; those between are interpolated.
class search_reach {
public:
  static constexpr std::array<float, 9> recalls{0.5F, 0.8F, 0.9F, 0.95F, 0.98F, 0.99F, 0.995F, 0.999F, 0.9999F};

  search_reach();  ///< safe limits, without a sample
  explicit search_reach(const std::array<reach_limits, recalls.size()>& limits) : limits_(limits) {}

  reach_limits at(double recall) const;
  const std::array<reach_limits, recalls.size()>& limits() const { return limits_; }

private:
  std::array<reach_limits, recalls.size()> limits_;
};

}  // namespace tidb::detail
