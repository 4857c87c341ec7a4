#include "search/reach.hpp"

#include <cmath>
#include <limits>

namespace tidb::detail {

namespace {

constexpr float everything = std::numeric_limits<float>::infinity();

float between(float low, float high, float share) { return std::isinf(high) ? high : low + share * (high - low); }

}  // namespace

// A first code errs by about 0.6 of the distance to the centre, a byte's rounding by 0.3 of a step: four times that.
search_reach::search_reach() { limits_.fill({everything, 2.4F, 1.2F}); }

reach_limits search_reach::at(double recall) const {
  if (!(recall < 1)) return {everything, limits_.back().first * 1.5F, limits_.back().second * 1.5F};
  if (recall <= recalls.front()) return limits_.front();
  if (recall >= recalls.back()) return limits_.back();
  std::size_t next = 1;
  while (recalls[next] < recall) ++next;
  // what is lost halves at about even steps of the limits
  const auto lost = [](double found) { return -std::log(1 - found); };
  const double low = lost(recalls[next - 1]), high = lost(recalls[next]);
  const auto share = static_cast<float>((lost(recall) - low) / (high - low));
  const auto &a = limits_[next - 1], &b = limits_[next];
  return {between(a.partition, b.partition, share), between(a.first, b.first, share),
          between(a.second, b.second, share)};
}

}  // namespace tidb::detail
