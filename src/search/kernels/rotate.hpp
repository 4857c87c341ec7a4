// The rotation's inner loops.
#pragma once

#include <cstddef>

namespace tidb::detail {

/// In place, `rounds` times: signs, Hadamard of `power` numbers at the front or, in odd rounds, at the end, and, where
/// power is less than padded, one step that mixes the two halves. Keeps lengths.
/// `signs`: rounds × padded numbers. `padded`: a multiple of 64; `power`: a power of two, at least 64.
void rotate(float* vector, const float* signs, std::size_t padded, std::size_t power, std::size_t rounds);

}  // namespace tidb::detail
