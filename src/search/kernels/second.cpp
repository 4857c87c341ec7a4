#include "search/kernels/second.hpp"

#include "search/kernels/which_targets.hpp"

#include <algorithm>
#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "search/kernels/second.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace tidb::detail::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using std::int16_t;
using std::int32_t;
using std::int8_t;
using std::size_t;

#if HWY_TARGET == HWY_SCALAR

float product(const int16_t* query, const int8_t* code, size_t padded) {
  int32_t sum = 0;
  for (size_t i = 0; i < padded; ++i) sum += int32_t{query[i]} * code[i];
  return static_cast<float>(sum);
}

#else

float product(const int16_t* query, const int8_t* code, size_t padded) {
  const hn::CappedTag<int16_t, 32> d16;
  const hn::Rebind<int8_t, decltype(d16)> d8;
  const hn::Repartition<int32_t, decltype(d16)> d32;
  // Four sums: additions to one would wait for each other.
  auto a = hn::Zero(d32), b = a, c = a, d = a;
  const size_t step = hn::Lanes(d16);
  for (size_t i = 0; i < padded; i += 2 * step) {
    a = hn::ReorderWidenMulAccumulate(d32, hn::Load(d16, query + i), hn::PromoteTo(d16, hn::Load(d8, code + i)), a, b);
    c = hn::ReorderWidenMulAccumulate(d32, hn::Load(d16, query + i + step),
                                      hn::PromoteTo(d16, hn::Load(d8, code + i + step)), c, d);
  }
  const auto sum = hn::Add(hn::Add(a, b), hn::Add(c, d));
  return static_cast<float>(hn::GetLane(hn::SumOfLanes(d32, sum)));
}

#endif

void second_products(const int16_t* query, const int8_t* const* codes, size_t count, size_t padded, float* out) {
  for (size_t i = 0; i < count; ++i) out[i] = product(query, codes[i], padded);
}

}  // namespace tidb::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tidb::detail {

float to_whole_numbers(const float* query, std::size_t padded, std::int16_t* out) {
  float largest = 0;
  for (std::size_t i = 0; i < padded; ++i) largest = std::max(largest, std::abs(query[i]));
  // 127 · limit · padded stays below 2^31
  const float limit = std::min(32767.F, std::floor(16'900'000.F / static_cast<float>(padded)));
  const float scale = largest / limit;
  const float inverse = scale > 0 && std::isfinite(scale) ? 1 / scale : 0;
  for (std::size_t i = 0; i < padded; ++i)
    out[i] = static_cast<std::int16_t>(std::lrint(inverse > 0 && std::isfinite(inverse) ? query[i] * inverse : 0.F));
  return inverse > 0 && std::isfinite(inverse) ? scale : 0;
}

HWY_EXPORT(second_products);
void second_products(const std::int16_t* query, const std::int8_t* const* codes, std::size_t count, std::size_t padded,
                     float* out) {
  HWY_DYNAMIC_DISPATCH(second_products)(query, codes, count, padded, out);
}

}  // namespace tidb::detail
#endif
