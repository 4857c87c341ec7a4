// Rows that are looked for by the values of several columns together.
#pragma once

#include "tidbxx/core/value.hpp"
#include "tidbxx/sql/expression.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// A list of values, one for each column.
using key_values = std::vector<value_view>;

/// These columns have one of the lists of values, of which there is one at least. Each number of lists is a statement
/// of its own to the server: there are only powers of two.
sql::expression columns_among(std::string_view table, std::span<const std::string> columns,
                              std::span<const key_values> keys);

}  // namespace tidb::detail
