// How deep a statement's parts may lie in one another: each level takes some of the stack.
#pragma once

#include <cstddef>

namespace tidb::sql {

inline constexpr std::size_t deepest = 1000;
inline constexpr std::size_t levels_of_query = 10;
inline constexpr std::size_t deepest_queries = deepest / levels_of_query;

}  // namespace tidb::sql
