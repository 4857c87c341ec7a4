// Of which models the vectors of columns are: the table `_tidbxx_embedding`.
#pragma once

#include "tidbxx/orm/embedder.hpp"

#include <string>
#include <string_view>

namespace tidb::detail {

/// Notes the model of a column, if none is noted, or in place of that one with `replace`.
/// Errors: usage_error if another is noted; of a user who may not make the table, with what somebody else may run.
void register_model(const executor& on, const embedding_facts& of, const std::string& model, bool replace,
                    const call_context& context);

}  // namespace tidb::detail
