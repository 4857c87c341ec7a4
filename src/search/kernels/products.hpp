// Inner products of vectors with many centres.
#pragma once

#include <cstddef>

namespace tidb::detail {

/// Centres side by side: numbers 0 of 32 centres, then their numbers 1, and so on.
inline constexpr std::size_t panel_width = 32;

/// out[row · 32 · panels + centre]. Every product is added up in the same order, whatever the machine's vectors are and
/// however many rows are asked at once.
void panel_products(const float* rows, std::size_t count, std::size_t dimensions, const float* panels,
                    std::size_t panel_count, float* out);

}  // namespace tidb::detail
