// The codes of one row: signs and bytes of what its partition's centre leaves, with their factors.
#pragma once

#include "search/code_layout.hpp"
#include "search/vector_model.hpp"

#include <cstdint>

namespace tidb::detail {

/// `prepared`: as vector_model::prepare makes it. `signs`: padded / 8 bytes, `second`: padded bytes; the result points
/// to them.
row_codes code_of(const vector_model& model, const float* prepared, std::uint32_t partition, std::uint8_t* signs,
                  std::int8_t* second);

}  // namespace tidb::detail
