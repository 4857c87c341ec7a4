// Two searches become one.
#pragma once

#include "search/ranked_rows.hpp"

#include <span>
#include <variant>
#include <vector>

namespace tidb::detail {

/// All rows that one of them found, best first; with the ranks and scores of both, and numbered in their new order.
std::vector<found_key> fused(std::span<const found_key> text, std::span<const found_key> vector,
                             const std::variant<rrf, weighted>& by);

}  // namespace tidb::detail
