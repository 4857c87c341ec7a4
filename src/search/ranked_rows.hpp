// Rows that a search by words has found by their keys, best first: read from the table, where the conditions decide.
#pragma once

#include "search/row_filter.hpp"

#include <cstdint>
#include <limits>
#include <span>
#include <string>

namespace tidb::detail {

inline constexpr double no_distance = std::numeric_limits<double>::quiet_NaN();  ///< of a row that words found

/// A row as an index knows it, and what it was found with.
struct found_key {
  std::int64_t number{};
  std::string name{};
  found_hit hit{};
};

using key_taker = function_ref<void(const open_rows&, const found_key&)>;

/// Hands out those of the rows that are there and meet the conditions, in any order; how many. `whole`: with the
/// columns that were asked for, else there are none but those of the key.
std::uint64_t read_ranked(const executor& on, const search_request& request, const indexed_column& of,
                          std::span<const found_key> keys, bool whole, key_taker take, search_plan& plan,
                          const call_context& context);

}  // namespace tidb::detail
