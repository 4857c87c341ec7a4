// The column that an index is of, as the table is now.
#pragma once

#include "search/index_tables.hpp"
#include "tidbxx/engine/executor.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <source_location>
#include <string>
#include <string_view>

namespace tidb::detail {

struct error_entry;

/// "table.column", in quotes.
std::string name_of(const vector_column& of);
[[noreturn]] void refuse_index(const error_entry& entry, const std::string& name, std::string_view reason,
                               std::source_location where);

bool has_column(const executor& on, const vector_column& of, const call_context& context);
/// Errors: errc::statement if there is no such table or column; errc::unsupported if its rows have no number.
indexed_column examine(const executor& on, const vector_column& of, const call_context& context);

}  // namespace tidb::detail
