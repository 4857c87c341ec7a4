#include "search/kernels/half.hpp"

#include "search/kernels/which_targets.hpp"

#include <bit>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "search/kernels/half.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

// These machines convert by themselves and round as is promised; Highway's other ways cut off.
#undef TIDBXX_CONVERTS_FLOAT16
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3 || HWY_TARGET == HWY_AVX3_DL
#define TIDBXX_CONVERTS_FLOAT16 1
#else
#define TIDBXX_CONVERTS_FLOAT16 0
#endif

HWY_BEFORE_NAMESPACE();
namespace tidb::detail::HWY_NAMESPACE {

#if TIDBXX_CONVERTS_FLOAT16
namespace hn = hwy::HWY_NAMESPACE;
#endif
using std::size_t;
using std::uint16_t;
using std::uint32_t;

uint16_t to_float16(float number) {
  const auto bits = std::bit_cast<uint32_t>(number);
  const uint32_t sign = bits >> 16 & 0x8000U, size = bits & 0x7FFFFFFFU;
  uint32_t made = 0;
  if (size > 0x7F800000U) {
    made = 0x7E00U | (size >> 13 & 0x1FFU);
  } else if (size >= 0x477FF000U) {
    made = 0x7C00U;  // from halfway between the largest and what would come next
  } else if (size >= 0x38800000U) {
    const uint32_t moved = size - 0x38000000U;
    made = (moved + 0xFFFU + (moved >> 13 & 1U)) >> 13;
  } else {
    // Below the smallest normal one: adding 0.5 lines the bits up and rounds.
    made = std::bit_cast<uint32_t>(std::bit_cast<float>(size) + 0.5F) - 0x3F000000U;
  }
  return static_cast<uint16_t>(sign | made);
}

float from_float16(uint16_t half) {
  const uint32_t sign = (half & 0x8000U) << 16, exponent = half >> 10 & 0x1FU, rest = half & 0x3FFU;
  if (exponent == 0x1F) return std::bit_cast<float>(sign | 0x7F800000U | rest << 13 | (rest != 0 ? 0x400000U : 0U));
  if (exponent != 0) return std::bit_cast<float>(sign | ((exponent + 112) << 23 | rest << 13));
  const float tiny = static_cast<float>(rest) * 0x1p-24F;
  return sign != 0 ? -tiny : tiny;
}

void all_to_float16(const float* from, size_t count, uint16_t* to) {
  size_t i = 0;
#if TIDBXX_CONVERTS_FLOAT16
  const hn::ScalableTag<float> d;
  const hn::Rebind<hwy::float16_t, decltype(d)> half;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d))
    hn::StoreU(hn::DemoteTo(half, hn::LoadU(d, from + i)), half, reinterpret_cast<hwy::float16_t*>(to + i));
#endif
  for (; i < count; ++i) to[i] = to_float16(from[i]);
}

void all_from_float16(const uint16_t* from, size_t count, float* to) {
  size_t i = 0;
#if TIDBXX_CONVERTS_FLOAT16
  const hn::ScalableTag<float> d;
  const hn::Rebind<hwy::float16_t, decltype(d)> half;
  for (; i + hn::Lanes(d) <= count; i += hn::Lanes(d))
    hn::StoreU(hn::PromoteTo(d, hn::LoadU(half, reinterpret_cast<const hwy::float16_t*>(from + i))), d, to + i);
#endif
  for (; i < count; ++i) to[i] = from_float16(from[i]);
}

void all_to_bfloat16(const float* from, size_t count, uint16_t* to) {
  for (size_t i = 0; i < count; ++i) {
    const auto bits = std::bit_cast<uint32_t>(from[i]);
    const bool number = (bits & 0x7FFFFFFFU) <= 0x7F800000U;
    to[i] = static_cast<uint16_t>(number ? (bits + 0x7FFFU + (bits >> 16 & 1U)) >> 16 : bits >> 16 | 0x40U);
  }
}

void all_from_bfloat16(const uint16_t* from, size_t count, float* to) {
  for (size_t i = 0; i < count; ++i) to[i] = std::bit_cast<float>(uint32_t{from[i]} << 16);
}

}  // namespace tidb::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tidb::detail {

HWY_EXPORT(all_to_float16);
HWY_EXPORT(all_from_float16);
HWY_EXPORT(all_to_bfloat16);
HWY_EXPORT(all_from_bfloat16);

void to_float16(const float* from, std::size_t count, std::uint16_t* to) {
  HWY_DYNAMIC_DISPATCH(all_to_float16)(from, count, to);
}
void from_float16(const std::uint16_t* from, std::size_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(all_from_float16)(from, count, to);
}
void to_bfloat16(const float* from, std::size_t count, std::uint16_t* to) {
  HWY_DYNAMIC_DISPATCH(all_to_bfloat16)(from, count, to);
}
void from_bfloat16(const std::uint16_t* from, std::size_t count, float* to) {
  HWY_DYNAMIC_DISPATCH(all_from_bfloat16)(from, count, to);
}

}  // namespace tidb::detail
#endif
