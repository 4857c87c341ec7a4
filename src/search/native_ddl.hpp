// The statements that make TiDB's own indexes, and whether TiDB has them.
#pragma once

#include "search/search_index.hpp"

#include <chrono>
#include <source_location>
#include <string>
#include <string_view>

namespace tidb::detail {

[[noreturn]] void refuse_native(const index_target& of, std::string_view reason, std::source_location where);

/// The name that TiDB has for such an index of the column; empty if it has none.
std::string native_name_of(const executor& on, const index_place& place, const call_context& context);
/// The name of the column's vector index for this metric in what SHOW CREATE TABLE gives; empty if there is none.
std::string vector_index_in(std::string_view create_table, std::string_view column, metric by);

/// What an index takes before it can be made: a copy of the table in TiFlash, or a server with full-text search.
/// Errors: timeout, with the reason; unsupported.
void prepare_native(const executor& on, const index_place& place, std::chrono::milliseconds limit,
                    const call_context& context);
/// Under its native_name. An index of texts that does not answer is not left behind. Errors: what TiFlash says if it
/// does not build; unsupported for a server that only seems to make it.
void add_to_tidb(const executor& on, const index_place& place, std::chrono::milliseconds limit,
                 const call_context& context);
/// Nothing if it is gone already.
void drop_in_tidb(const executor& on, std::string_view table, std::string_view name, const call_context& context);

}  // namespace tidb::detail
