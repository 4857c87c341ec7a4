// Cells as one text, for finding equal ones.
#pragma once

#include "tidbxx/core/value.hpp"

#include <span>
#include <string>

namespace tidb::detail {

/// The same for the same values, of whichever integer type, and for others another.
inline std::string cells_text(std::span<const value_view> cells) {
  std::string text;
  for (const auto& cell : cells) {
    const auto one = to_string(cell);
    text += std::to_string(one.size()) + ":" + one;
  }
  return text;
}

}  // namespace tidb::detail
