// Reading a column's type as each engine writes it.
#pragma once

#include "schema/sql_tokens.hpp"
#include "tidbxx/schema/table_definition.hpp"

#include <string>
#include <vector>

namespace tidb::detail {

/// Reads the type that comes next into a column's type and labels. What a type of ours does not say goes to `not_told`.
/// Errors: usage_error for a parenthesis that does not end.
void read_type(token_reader& in, sql::dialect of, column_definition& into, std::vector<std::string>& not_told);

}  // namespace tidb::detail
