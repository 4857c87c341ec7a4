// The statements of a search by TiDB's own vector index.
#pragma once

#include "tidbxx/search/search.hpp"
#include "tidbxx/sql/statement.hpp"

#include <cstdint>
#include <string_view>

namespace tidb::detail {

/// The nearest `rows` of the table, in the one form for which TiDB takes its index: ORDER BY distance LIMIT, with the
/// vector as a literal, and no condition, so that rows without a distance may come first. Columns as search_statement.
sql::select native_statement(const search_request& request, std::uint64_t rows);
/// Of the nearest `proposed`, those that meet the request's conditions, nearest first and at most `rows`.
sql::select filtered_native_statement(const search_request& request, std::uint64_t rows, std::uint64_t proposed);

}  // namespace tidb::detail
