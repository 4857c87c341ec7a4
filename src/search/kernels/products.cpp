#include "search/kernels/products.hpp"

#include "search/kernels/which_targets.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "search/kernels/products.cpp"
// clang-format off
#include <hwy/foreach_target.h>
#include <hwy/highway.h>
// clang-format on

HWY_BEFORE_NAMESPACE();
namespace tidb::detail::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using std::size_t;

#if HWY_TARGET == HWY_SCALAR

template <size_t Rows, size_t Panels>
void tile(const float* rows, size_t dimensions, const float* panels, size_t stride, float* out) {
  for (size_t r = 0; r < Rows; ++r) {
    for (size_t p = 0; p < Panels; ++p) {
      float sums[panel_width] = {};
      for (size_t i = 0; i < dimensions; ++i)
        for (size_t c = 0; c < panel_width; ++c)
          sums[c] += rows[r * dimensions + i] * panels[(p * dimensions + i) * panel_width + c];
      for (size_t c = 0; c < panel_width; ++c) out[r * stride + p * panel_width + c] = sums[c];
    }
  }
}
constexpr size_t tile_rows = 1, tile_panels = 1;

#else

using tag = hn::CappedTag<float, 16>;
// Sixteen sums stay in registers: rows × vectors of a panel, or panels of one row.
constexpr size_t lanes = HWY_MIN(size_t{16}, HWY_LANES(float));
constexpr size_t vectors = panel_width / lanes;
constexpr size_t tile_rows = vectors == 2 ? 8 : vectors == 4 ? 3 : 1;
constexpr size_t tile_panels = vectors == 2 ? 4 : vectors == 4 ? 2 : 1;

template <size_t Rows, size_t Panels>
void tile(const float* rows, size_t dimensions, const float* panels, size_t stride, float* out) {
  const tag d;
  // The compiler must unroll these, or the sums live in memory.
  hn::Vec<tag> sums[Rows * Panels * vectors];
#pragma GCC unroll 16
  for (size_t s = 0; s < Rows * Panels * vectors; ++s) sums[s] = hn::Zero(d);
  for (size_t i = 0; i < dimensions; ++i) {
#pragma GCC unroll 16
    for (size_t v = 0; v < Panels * vectors; ++v) {
      const auto centre = hn::Load(d, panels + (v / vectors * dimensions + i) * panel_width + v % vectors * lanes);
#pragma GCC unroll 16
      for (size_t r = 0; r < Rows; ++r) {
        auto& sum = sums[r * Panels * vectors + v];
        sum = hn::MulAdd(hn::Set(d, rows[r * dimensions + i]), centre, sum);
      }
    }
  }
#pragma GCC unroll 16
  for (size_t s = 0; s < Rows * Panels * vectors; ++s) {
    const size_t r = s / (Panels * vectors), v = s % (Panels * vectors);
    hn::StoreU(sums[s], d, out + r * stride + v * lanes);
  }
}

#endif

void panel_products(const float* rows, size_t count, size_t dimensions, const float* panels, size_t panel_count,
                    float* out) {
  const size_t stride = panel_count * panel_width, panel = dimensions * panel_width;
  size_t row = 0;
  // The tile's rows stay in the cache while all panels pass.
  for (; row + tile_rows <= count; row += tile_rows)
    for (size_t p = 0; p < panel_count; ++p)
      tile<tile_rows, 1>(rows + row * dimensions, dimensions, panels + p * panel, stride,
                         out + row * stride + p * panel_width);
  for (; row < count; ++row) {
    size_t p = 0;
    for (; p + tile_panels <= panel_count; p += tile_panels)
      tile<1, tile_panels>(rows + row * dimensions, dimensions, panels + p * panel, stride,
                           out + row * stride + p * panel_width);
    for (; p < panel_count; ++p)
      tile<1, 1>(rows + row * dimensions, dimensions, panels + p * panel, stride, out + row * stride + p * panel_width);
  }
}

}  // namespace tidb::detail::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tidb::detail {

HWY_EXPORT(panel_products);
void panel_products(const float* rows, std::size_t count, std::size_t dimensions, const float* panels,
                    std::size_t panel_count, float* out) {
  HWY_DYNAMIC_DISPATCH(panel_products)(rows, count, dimensions, panels, panel_count, out);
}

}  // namespace tidb::detail
#endif
