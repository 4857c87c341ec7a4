// The four distances on float32, one query against many rows: for exact scans in memory and for calibrating.
#pragma once

#include "tidbxx/search/distance.hpp"

#include <cstddef>

namespace tidb::detail {

/// `rows`: row-major. Cosine gives NaN where a vector is zero. Rounds as the machine's vectors add up; SQL's own
/// functions, which add in order, are in core/distance.hpp.
void distances(metric by, const float* query, const float* rows, std::size_t count, std::size_t dimensions, float* out);

}  // namespace tidb::detail
