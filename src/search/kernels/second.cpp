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

float to_whole_numbers(const float* query, size_t padded, int16_t* out) {
  const hn::CappedTag<float, 16> d;
  auto most = hn::Zero(d);
  for (size_t i = 0; i < padded; i += hn::Lanes(d)) most = hn::Max(most, hn::Abs(hn::LoadU(d, query + i)));
  // 127 · limit · padded stays below 2^31
  const float limit = std::min(32767.F, std::floor(16'900'000.F / static_cast<float>(padded)));
  const float largest = hn::GetLane(hn::MaxOfLanes(d, most)), inverse = limit / largest;
  if (!std::isfinite(inverse) || inverse == 0) {
    std::fill_n(out, padded, int16_t{0});
    return 0;
  }
  const hn::Rebind<int16_t, decltype(d)> d16;
  const auto by = hn::Set(d, inverse);
  for (size_t i = 0; i < padded; i += hn::Lanes(d))
    hn::StoreU(hn::DemoteTo(d16, hn::NearestInt(hn::Mul(hn::LoadU(d, query + i), by))), d16, out + i);
  return largest / limit;
}

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

HWY_EXPORT(to_whole_numbers);
float to_whole_numbers(const float* query, std::size_t padded, std::int16_t* out) {
  return HWY_DYNAMIC_DISPATCH(to_whole_numbers)(query, padded, out);
}

HWY_EXPORT(second_products);
void second_products(const std::int16_t* query, const std::int8_t* const* codes, std::size_t count, std::size_t padded,
                     float* out) {
  HWY_DYNAMIC_DISPATCH(second_products)(query, codes, count, padded, out);
}

}  // namespace tidb::detail
#endif
