// The vectors of texts that an UPDATE or an upsert sets.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/sql/statement.hpp"

#include <source_location>
#include <span>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// What is to be set as well: the vectors that the table's embedders make of the texts among `set`; none if there are
/// no such texts, or the vector is set, too. Of texts that the rows of an upsert have it is the vector of that row.
/// Errors: usage_error for texts that are not known here; as those of embedder::embed.
std::vector<sql::assignment> vectors_set_with(const executor& on, std::string_view table,
                                              std::span<const sql::assignment> set, std::source_location where);

}  // namespace tidb::detail
