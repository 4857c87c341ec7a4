#include "search/reach.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tidb::detail {

namespace {

constexpr float everything = std::numeric_limits<float>::infinity();

float between(float low, float high, double share) {
  if (std::isinf(low) || std::isinf(high)) return std::max(low, high);
  return std::max(low + static_cast<float>(share) * (high - low), 0.F);
}

reach_limits between(const reach_limits& low, const reach_limits& high, double share) {
  return {between(low.partition, high.partition, share), between(low.first, high.first, share),
          between(low.second, high.second, share)};
}

/// Of one rank.
reach_limits at_recall(const search_reach::limits_of_recalls& limits, double recall) {
  constexpr auto& recalls = search_reach::recalls;
  if (!(recall < 1)) return {everything, limits.back().first * 1.5F, limits.back().second * 1.5F};
  if (recall <= recalls.front()) return limits.front();
  if (recall >= recalls.back()) return limits.back();
  std::size_t next = 1;
  while (recalls[next] < recall) ++next;
  // what is lost halves at about even steps of the limits
  const auto lost = [](double found) { return -std::log(1 - found); };
  const double low = lost(recalls[next - 1]), high = lost(recalls[next]);
  return between(limits[next - 1], limits[next], (lost(recall) - low) / (high - low));
}

}  // namespace

// A first code errs by about 0.6 of the distance to the centre, a byte's rounding by 0.3 of a step: four times that.
search_reach::search_reach() {
  limits_of_recalls safe;
  safe.fill({everything, 2.4F, 1.2F});
  table_.limits.fill(safe);
}

reach_limits search_reach::at(double recall, double share) const {
  // Limits grow evenly with the rank's logarithm: a little beyond the largest that was tried is a guess worth making;
  // below the smallest its own limits are safe.
  const double wanted = std::max(share * double{table_.rows}, double{ranks.front()});
  const double step = std::min(std::log(wanted / ranks.front()) / std::log(double{ranks[1]} / ranks.front()), 4.0);
  const auto low = std::min(static_cast<std::size_t>(step), ranks.size() - 2);
  return between(at_recall(table_.limits[low], recall), at_recall(table_.limits[low + 1], recall),
                 step - static_cast<double>(low));
}

}  // namespace tidb::detail
