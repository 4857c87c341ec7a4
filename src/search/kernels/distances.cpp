#include "search/kernels/distances.hpp"

#include "search/kernels/which_targets.hpp"

#include <cmath>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "search/kernels/distances.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace tidb::detail::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using std::size_t;

/// Adds up step(a, b, sum) over both vectors: four sums at once, then one, then number by number.
template <class Step>
HWY_INLINE float add_up(const float* a, const float* b, size_t count, const Step& step) {
  const hn::ScalableTag<float> d;
  const size_t lanes = hn::Lanes(d);
  auto s0 = hn::Zero(d), s1 = s0, s2 = s0, s3 = s0;
  size_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    s0 = step(hn::LoadU(d, a + i), hn::LoadU(d, b + i), s0);
    s1 = step(hn::LoadU(d, a + i + lanes), hn::LoadU(d, b + i + lanes), s1);
    s2 = step(hn::LoadU(d, a + i + 2 * lanes), hn::LoadU(d, b + i + 2 * lanes), s2);
    s3 = step(hn::LoadU(d, a + i + 3 * lanes), hn::LoadU(d, b + i + 3 * lanes), s3);
  }
  for (; i + lanes <= count; i += lanes) s0 = step(hn::LoadU(d, a + i), hn::LoadU(d, b + i), s0);
  const hn::CappedTag<float, 1> one;
  auto rest = hn::Zero(one);
  for (; i < count; ++i) rest = step(hn::LoadU(one, a + i), hn::LoadU(one, b + i), rest);
  return hn::GetLane(hn::SumOfLanes(d, hn::Add(hn::Add(s0, s1), hn::Add(s2, s3)))) + hn::GetLane(rest);
}

struct product_step {
  template <class V>
  HWY_INLINE V operator()(V a, V b, V sum) const {
    return hn::MulAdd(a, b, sum);
  }
};
struct square_step {
  template <class V>
  HWY_INLINE V operator()(V a, V b, V sum) const {
    const auto apart = hn::Sub(a, b);
    return hn::MulAdd(apart, apart, sum);
  }
};
struct absolute_step {
  template <class V>
  HWY_INLINE V operator()(V a, V b, V sum) const {
    return hn::Add(sum, hn::Abs(hn::Sub(a, b)));
  }
};

void distances(metric by, const float* query, const float* rows, size_t count, size_t dimensions, float* out) {
  const float length = by == metric::cosine ? std::sqrt(add_up(query, query, dimensions, product_step{})) : 0;
  for (size_t i = 0; i < count; ++i) {
    const float* row = rows + i * dimensions;
    switch (by) {
    case metric::cosine: {
      const float both = length * std::sqrt(add_up(row, row, dimensions, product_step{}));
      out[i] = both > 0 ? 1 - add_up(query, row, dimensions, product_step{}) / both
                        : std::numeric_limits<float>::quiet_NaN();
      break;
    }
    case metric::l2: out[i] = std::sqrt(add_up(query, row, dimensions, square_step{})); break;
    case metric::l1: out[i] = add_up(query, row, dimensions, absolute_step{}); break;
    case metric::negative_inner_product: out[i] = -add_up(query, row, dimensions, product_step{}); break;
    }
  }
}

}  // namespace tidb::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tidb::detail {

HWY_EXPORT(distances);
void distances(metric by, const float* query, const float* rows, std::size_t count, std::size_t dimensions,
               float* out) {
  HWY_DYNAMIC_DISPATCH(distances)(by, query, rows, count, dimensions, out);
}

}  // namespace tidb::detail
#endif
