#include "search/kernels/rotate.hpp"

#include "search/kernels/which_targets.hpp"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "search/kernels/rotate.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace tidb::detail::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using std::size_t;

#if HWY_TARGET == HWY_SCALAR

void short_steps(float* data, size_t count) {
  for (size_t half = 1; half < 16; half *= 2) {
    for (size_t from = 0; from < count; from += 2 * half) {
      for (size_t i = from; i < from + half; ++i) {
        const float a = data[i], b = data[i + half];
        data[i] = a + b;
        data[i + half] = a - b;
      }
    }
  }
}

#else

/// Steps 1, 2, 4 and 8 apart, within 16 numbers.
void short_steps(float* data, size_t count) {
  const hn::CappedTag<float, 4> d;
  alignas(16) constexpr float by_one[4] = {1, -1, 1, -1}, by_two[4] = {1, 1, -1, -1};
  const auto one = hn::Load(d, by_one), two = hn::Load(d, by_two);
  const auto within = [&](auto v) HWY_ATTR {
    v = hn::MulAdd(v, one, hn::Shuffle2301(v));
    return hn::MulAdd(v, two, hn::Shuffle1032(v));
  };
  for (size_t i = 0; i < count; i += 16) {
    const auto v0 = within(hn::LoadU(d, data + i)), v1 = within(hn::LoadU(d, data + i + 4));
    const auto v2 = within(hn::LoadU(d, data + i + 8)), v3 = within(hn::LoadU(d, data + i + 12));
    const auto s0 = hn::Add(v0, v1), s1 = hn::Sub(v0, v1), s2 = hn::Add(v2, v3), s3 = hn::Sub(v2, v3);
    hn::StoreU(hn::Add(s0, s2), d, data + i);
    hn::StoreU(hn::Add(s1, s3), d, data + i + 4);
    hn::StoreU(hn::Sub(s0, s2), d, data + i + 8);
    hn::StoreU(hn::Sub(s1, s3), d, data + i + 12);
  }
}

#endif

/// (a, b) to (a + b, a − b) over two equally long rows, times `factor`.
void mix(float* a, float* b, size_t count, float factor) {
  const hn::ScalableTag<float> d;
  const auto by = hn::Set(d, factor);
  for (size_t i = 0; i < count; i += hn::Lanes(d)) {
    const auto x = hn::Mul(hn::LoadU(d, a + i), by), y = hn::Mul(hn::LoadU(d, b + i), by);
    hn::StoreU(hn::Add(x, y), d, a + i);
    hn::StoreU(hn::Sub(x, y), d, b + i);
  }
}

void multiply(float* data, const float* by, size_t count) {
  const hn::ScalableTag<float> d;
  for (size_t i = 0; i < count; i += hn::Lanes(d))
    hn::StoreU(hn::Mul(hn::LoadU(d, data + i), hn::LoadU(d, by + i)), d, data + i);
}

/// The length grows by sqrt(count); the last step takes that back.
void hadamard(float* data, size_t count) {
  short_steps(data, count);
  const float shrink = 1 / std::sqrt(static_cast<float>(count));
  for (size_t half = 16; half < count; half *= 2)
    for (size_t from = 0; from < count; from += 2 * half)
      mix(data + from, data + from + half, half, 2 * half == count ? shrink : 1);
}

void rotate(float* vector, const float* signs, size_t padded, size_t power, size_t rounds) {
  const float shrink = std::sqrt(0.5F);
  for (size_t round = 0; round < rounds; ++round) {
    multiply(vector, signs + round * padded, padded);
    hadamard(round % 2 == 0 ? vector : vector + (padded - power), power);
    if (power != padded) mix(vector, vector + padded / 2, padded / 2, shrink);
  }
}

}  // namespace tidb::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tidb::detail {

HWY_EXPORT(rotate);
void rotate(float* vector, const float* signs, std::size_t padded, std::size_t power, std::size_t rounds) {
  HWY_DYNAMIC_DISPATCH(rotate)(vector, signs, padded, power, rounds);
}

}  // namespace tidb::detail
#endif
