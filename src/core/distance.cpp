#include "tidbxx/core/distance.hpp"

#include <bit>
#include <cfloat>
#include <cmath>
#include <cstring>

// The results must be TiDB's to the last bit, whatever machine the library is compiled for. A fused multiply-add rounds
// once where TiDB's amd64 builds round twice; the baseline of x86-64 has none, but -march=native and arm64 do.
#if defined(__FAST_MATH__)
#error "distance.cpp must be compiled without -ffast-math: its sums keep their order"
#endif
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif
static_assert(FLT_EVAL_METHOD == 0, "float32 arithmetic must be done in float32 (on 32-bit x86: -mfpmath=sse)");
static_assert(std::endian::native == std::endian::little, "vectors are stored as little-endian float32");

namespace tidb::detail {
namespace {

inline float at(const void* data, std::size_t index) noexcept {
  float value{};
  std::memcpy(&value, static_cast<const char*>(data) + index * sizeof(float), sizeof value);
  return value;
}

}  // namespace

double cosine_distance(packed_floats left, packed_floats right) noexcept {
  float product = 0;
  float left_square = 0;
  float right_square = 0;
  for (std::size_t i = 0; i < left.size; ++i) {
    const float a = at(left.data, i);
    const float b = at(right.data, i);
    product += a * b;
    left_square += a * a;
    right_square += b * b;
  }
  const double scale = std::sqrt(static_cast<double>(left_square) * static_cast<double>(right_square));
  const double similarity = static_cast<double>(product) / scale;
  if (similarity > 1.0) return 0.0;
  if (similarity < -1.0) return 2.0;
  return 1.0 - similarity;  // NaN stays NaN
}

double l2_distance(packed_floats left, packed_floats right) noexcept {
  float sum = 0;
  for (std::size_t i = 0; i < left.size; ++i) {
    const float difference = at(left.data, i) - at(right.data, i);
    sum += difference * difference;
  }
  return std::sqrt(static_cast<double>(sum));
}

double l1_distance(packed_floats left, packed_floats right) noexcept {
  float sum = 0;
  for (std::size_t i = 0; i < left.size; ++i) sum += std::fabs(at(left.data, i) - at(right.data, i));
  return static_cast<double>(sum);
}

double negative_inner_product(packed_floats left, packed_floats right) noexcept {
  float sum = 0;
  for (std::size_t i = 0; i < left.size; ++i) sum += at(left.data, i) * at(right.data, i);
  return static_cast<double>(sum) * -1.0;
}

double l2_norm(packed_floats values) noexcept {
  double sum = 0;
  for (std::size_t i = 0; i < values.size; ++i) {
    const double value = static_cast<double>(at(values.data, i));
    sum += value * value;
  }
  return std::sqrt(sum);
}

}  // namespace tidb::detail
