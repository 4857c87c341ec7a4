// TiDB's own vector index, HNSW in TiFlash: making, dropping, and what TiDB tells of it.
#pragma once

#include "search/index_catalog.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace tidb::detail {

/// The column's, as the registry has it. Cost: on TiDB, reads the registry.
std::optional<index_place> find_native_index(const executor& on, const index_target& of, const call_context& context);
/// It is registered, and TiDB has it.
bool has_native_index(const executor& on, const index_target& of, const call_context& context);

/// Errors: as create_vector_index.
void create_native_index(const executor& on, const index_target& of, const vector_index_options& options,
                         const call_context& context);
/// The one that is to be dropped when one in tables is made, if there is one. Errors: where `options` do not say
/// overwrite, for a column has one index.
std::optional<index_place> replaced_native_index(const executor& on, const index_target& of,
                                                 const vector_index_options& options, const call_context& context);
void drop_native_index(const executor& on, const index_place& place, const call_context& context);
void rebuild_native_index(const executor& on, const index_place& place, const call_context& context);
/// Has TiFlash take what was written since into its stable layer, where it is indexed.
void compact_native_index(const executor& on, const index_place& place, const call_context& context);
index_check check_native_index(const executor& on, const index_place& place, const call_context& context);
index_stats stats_of_native_index(const executor& on, const index_place& place, const call_context& context);
/// Of a table that was dropped.
void forget_native_indexes(const executor& on, std::string_view table, const call_context& context);

/// Why a search in the form that TiDB can index goes without the index.
std::string why_index_is_unused(const executor& on, const index_place& place, const call_context& context);

/// The name of the column's vector index for this metric in what SHOW CREATE TABLE gives; empty if there is none.
std::string vector_index_in(std::string_view create_table, std::string_view column, metric by);

}  // namespace tidb::detail
