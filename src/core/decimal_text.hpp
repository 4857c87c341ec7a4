// A decimal's text, taken apart.
#pragma once

#include <optional>
#include <string_view>

namespace tidb::detail {

/// Lifetime: borrows from the text.
struct decimal_parts {
  bool negative{};
  std::string_view whole{};  ///< without zeros in front: empty below 1
  std::string_view fraction{};
};

/// None if the text is no decimal.
std::optional<decimal_parts> decimal_parts_of(std::string_view text) noexcept;

}  // namespace tidb::detail
