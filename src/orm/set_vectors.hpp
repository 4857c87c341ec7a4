// The vectors of texts that an UPDATE or an upsert sets.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/sql/statement.hpp"

#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// What is to be set as well: the vectors that the table's embedders make of the texts among `set`; none if there are
/// no such texts, or the vector is set, too. Of texts that the rows of an upsert have it is the vector of that row.
/// `row_columns`: those of an upsert's rows.
/// Errors: usage_error for texts that are not known here, and rows without the vector; as those of embedder::embed.
std::vector<sql::assignment> vectors_set_with(const executor& on, std::string_view table,
                                              std::span<const sql::assignment> set,
                                              std::span<const std::string> row_columns, std::source_location where);

}  // namespace tidb::detail
