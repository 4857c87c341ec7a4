// The columns that an index is of, as the table is now.
#pragma once

#include "search/index_tables.hpp"
#include "tidbxx/engine/executor.hpp"
#include "tidbxx/search/index.hpp"

#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

struct error_entry;

/// "table.column", in quotes; "table" without a column.
std::string name_of(const index_target& of);
[[noreturn]] void refuse_index(const error_entry& entry, const std::string& name, std::string_view reason,
                               std::source_location where);

/// Errors: usage_error if the index that is there is not made as is asked for.
void expect_same_form(const index_target& of, const index_form& there, const index_form& asked,
                      const call_context& context);

/// Who writes the columns that it is computed of does not know that it changes.
[[noreturn]] void refuse_computed_column(const index_target& of, const call_context& context);

/// All of these; of an index, those that it is of.
bool has_columns(const executor& on, std::string_view table, const std::vector<std::string>& columns,
                 const call_context& context);
/// Errors: errc::statement if there is no such table or column; errc::unsupported if its rows have no number.
indexed_column examine(const executor& on, const index_target& of, const std::vector<std::string>& columns,
                       const call_context& context);

}  // namespace tidb::detail
