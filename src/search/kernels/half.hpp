// float16 and bfloat16: to the nearest, ties to even; what is too large becomes infinity, NaN stays NaN.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidb::detail {

void to_float16(const float* from, std::size_t count, std::uint16_t* to);
void from_float16(const std::uint16_t* from, std::size_t count, float* to);
void to_bfloat16(const float* from, std::size_t count, std::uint16_t* to);
void from_bfloat16(const std::uint16_t* from, std::size_t count, float* to);

}  // namespace tidb::detail
