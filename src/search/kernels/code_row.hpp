// Makes the two codes of a row from what its partition's centre leaves of it.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidb::detail {

/// Sums over the dimensions; r is the row less the centre c, s the sign of r, b its byte.
struct row_sums {
  float square{};        ///< r · r
  float absolute{};      ///< |r|
  float with_centre{};   ///< r · c
  float signs_centre{};  ///< s · c
  float bytes{};         ///< r · b
  float bytes_centre{};  ///< b · c
};

/// `signs`: padded / 8 bytes, a bit set for r >= 0. `second`: padded bytes, the largest of r being 127.
row_sums code_row(const float* row, const float* centre, std::size_t padded, std::uint8_t* signs, std::int8_t* second);

}  // namespace tidb::detail
