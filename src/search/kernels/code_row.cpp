#include "search/kernels/code_row.hpp"

#include "search/kernels/which_targets.hpp"

#include <cmath>
#include <cstring>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "search/kernels/code_row.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace tidb::detail::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using std::int32_t;
using std::int8_t;
using std::size_t;
using std::uint8_t;

constexpr float largest_byte = 127;

/// How many bytes' steps the largest number is; 0 for a row that is its centre.
float inverse_step(float largest) {
  const float inverse = largest > 0 ? largest_byte / largest : 0;
  return std::isfinite(inverse) ? inverse : 0;
}

#if HWY_TARGET == HWY_SCALAR

row_sums code_row(const float* row, const float* centre, size_t padded, uint8_t* signs, int8_t* second) {
  row_sums sums;
  float largest = 0;
  std::memset(signs, 0, padded / 8);
  for (size_t i = 0; i < padded; ++i) {
    const float r = row[i] - centre[i];
    sums.square += r * r;
    sums.absolute += std::abs(r);
    sums.with_centre += r * centre[i];
    sums.signs_centre += r >= 0 ? centre[i] : -centre[i];
    largest = HWY_MAX(largest, std::abs(r));
    if (r >= 0) signs[i / 8] = static_cast<uint8_t>(signs[i / 8] | 1U << (i % 8));
  }
  const float inverse = inverse_step(largest);
  for (size_t i = 0; i < padded; ++i) {
    const float r = row[i] - centre[i];
    const auto byte = inverse > 0 ? std::lrint(HWY_MAX(-largest_byte, HWY_MIN(r * inverse, largest_byte))) : 0;
    second[i] = static_cast<int8_t>(byte);
    sums.bytes += r * static_cast<float>(byte);
    sums.bytes_centre += centre[i] * static_cast<float>(byte);
  }
  return sums;
}

#else

using tag = hn::CappedTag<float, 16>;

/// The lanes' signs, a bit each.
template <class M>
HWY_INLINE size_t bits_of(tag d, M mask) {
  uint8_t bits[8] = {};
  hn::StoreMaskBits(d, mask, bits);
  size_t word = 0;
  std::memcpy(&word, bits, sizeof(bits));
  return word;
}

void make_bytes(const float* row, const float* centre, size_t padded, float inverse, int8_t* second, row_sums& sums) {
  const tag d;
  const hn::Rebind<int8_t, tag> d8;
  const auto by = hn::Set(d, inverse), most = hn::Set(d, largest_byte), least = hn::Neg(most);
  auto bytes = hn::Zero(d), bytes_centre = bytes;
  for (size_t i = 0; i < padded; i += hn::Lanes(d)) {
    const auto c = hn::LoadU(d, centre + i), r = hn::Sub(hn::LoadU(d, row + i), c);
    const auto byte = hn::NearestInt(hn::Clamp(hn::Mul(r, by), least, most));
    hn::StoreU(hn::DemoteTo(d8, byte), d8, second + i);
    const auto whole = hn::ConvertTo(d, byte);
    bytes = hn::MulAdd(r, whole, bytes);
    bytes_centre = hn::MulAdd(c, whole, bytes_centre);
  }
  sums.bytes = hn::GetLane(hn::SumOfLanes(d, bytes));
  sums.bytes_centre = hn::GetLane(hn::SumOfLanes(d, bytes_centre));
}

row_sums code_row(const float* row, const float* centre, size_t padded, uint8_t* signs, int8_t* second) {
  const tag d;
  const size_t lanes = hn::Lanes(d);
  auto square = hn::Zero(d), absolute = square, with_centre = square, signs_centre = square, largest = square;
  for (size_t word = 0; word < padded; word += 64) {
    std::uint64_t bits = 0;
    for (size_t i = word; i < word + 64; i += lanes) {
      const auto c = hn::LoadU(d, centre + i), r = hn::Sub(hn::LoadU(d, row + i), c);
      const auto positive = hn::Ge(r, hn::Zero(d));
      square = hn::MulAdd(r, r, square);
      absolute = hn::Add(absolute, hn::Abs(r));
      with_centre = hn::MulAdd(r, c, with_centre);
      signs_centre = hn::Add(signs_centre, hn::IfThenElse(positive, c, hn::Neg(c)));
      largest = hn::Max(largest, hn::Abs(r));
      bits |= std::uint64_t{bits_of(d, positive)} << (i - word);
    }
    std::memcpy(signs + word / 8, &bits, sizeof(bits));
  }
  row_sums sums;
  sums.square = hn::GetLane(hn::SumOfLanes(d, square));
  sums.absolute = hn::GetLane(hn::SumOfLanes(d, absolute));
  sums.with_centre = hn::GetLane(hn::SumOfLanes(d, with_centre));
  sums.signs_centre = hn::GetLane(hn::SumOfLanes(d, signs_centre));
  make_bytes(row, centre, padded, inverse_step(hn::GetLane(hn::MaxOfLanes(d, largest))), second, sums);
  return sums;
}

#endif

}  // namespace tidb::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tidb::detail {

HWY_EXPORT(code_row);
row_sums code_row(const float* row, const float* centre, std::size_t padded, std::uint8_t* signs, std::int8_t* second) {
  return HWY_DYNAMIC_DISPATCH(code_row)(row, centre, padded, signs, second);
}

}  // namespace tidb::detail
#endif
