// The second stage: inner products of a query of 16-bit numbers with codes of a byte a dimension.
#pragma once

#include <cstddef>
#include <cstdint>

namespace tidb::detail {

/// The query in whole numbers, small enough that no product with codes overflows 32 bits. Returns what one of them
/// stands for.
float to_whole_numbers(const float* query, std::size_t padded, std::int16_t* out);

/// out[i]: the product with codes[i].
void second_products(const std::int16_t* query, const std::int8_t* const* codes, std::size_t count, std::size_t padded,
                     float* out);

}  // namespace tidb::detail
