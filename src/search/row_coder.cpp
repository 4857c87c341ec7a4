#include "search/row_coder.hpp"

#include "search/kernels/code_row.hpp"

#include <cmath>

namespace tidb::detail {

namespace {

/// 0 instead of what a row that is its centre, or one beyond float32, would give.
float ratio(float a, float b) {
  const float made = b > 0 ? a / b : 0;
  return std::isfinite(made) ? made : 0;
}

}  // namespace

// With r the row less its centre c, s its signs, and f = r·r / Σ|r|, the inner product of r with any w is estimated by
// f · (w·s), which is right on average over the rotations (RaBitQ, theorem 3.2), and errs in proportion to |w|. So w is
// the query less the centre, which needs only c·s of the row besides what the query's own tables give.
row_codes code_of(const vector_model& model, const float* prepared, std::uint32_t partition, std::uint8_t* signs,
                  std::int8_t* second) {
  const auto sums = code_row(prepared, model.table().centre(partition), model.padded(), signs, second);
  const float slope = ratio(sums.square, sums.absolute), step = ratio(sums.square, sums.bytes);
  row_codes codes{.signs = signs, .second = second};
  codes.slope = 2 * slope;
  codes.second_slope = 2 * step;
  if (model.by() == metric::negative_inner_product) {
    // −2 q·x: the query less `stretch` centres, whatever stretch makes that shortest
    codes.offset = 2 * (slope * sums.signs_centre - sums.with_centre);
    codes.second_offset = 2 * (step * sums.bytes_centre - sums.with_centre);
  } else {
    // |q − x|² = |q − c|² + r·r − 2 (q − c)·r
    codes.offset = sums.square + 2 * slope * sums.signs_centre;
    codes.second_offset = sums.square + 2 * step * sums.bytes_centre;
  }
  return codes;
}

}  // namespace tidb::detail
