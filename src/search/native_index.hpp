// TiDB's own indexes in TiFlash, HNSW for vectors and native_text for texts: making, dropping, and what TiDB tells of
// them.
#pragma once

#include "search/index_catalog.hpp"
#include "tidbxx/search/fulltext_index.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// The column's, as the registry has it. Errors: as expect_one_text_index. Cost: on TiDB, reads the registry.
std::optional<index_place> find_native_index(const executor& on, const index_target& of, const call_context& context);
/// It is registered, and TiDB has it.
bool has_native_index(const executor& on, const index_target& of, const call_context& context);

/// Errors: as create_vector_index.
void create_native_index(const executor& on, const index_target& of, const vector_index_options& options,
                         const call_context& context);
/// Errors: as create_fulltext_index.
void create_native_index(const executor& on, const index_target& of, const fulltext_index_options& options,
                         const call_context& context);
/// The one that is to be dropped when one in tables is made, if there is one. Errors: where `existing` is not
/// overwrite, for a column has one index.
std::optional<index_place> replaced_native_index(const executor& on, const index_target& of, if_exists existing,
                                                 const call_context& context);
void drop_native_index(const executor& on, const index_place& place, const call_context& context);
void rebuild_native_index(const executor& on, const index_place& place, const call_context& context);
/// Has TiFlash take what was written since into its stable layer, where it is indexed.
void compact_native_index(const executor& on, const index_place& place, const call_context& context);
index_check check_native_index(const executor& on, const index_place& place, const call_context& context);
index_stats stats_of_native_index(const executor& on, const index_place& place, const call_context& context);
/// Of a table that was dropped.
void forget_native_indexes(const executor& on, std::string_view table, const call_context& context);
/// Drops in TiDB alone what it drops and empties no table with: its full-text indexes; which.
std::vector<index_place> take_native_texts(const executor& on, std::string_view table, const call_context& context);
void put_native_texts(const executor& on, const std::vector<index_place>& taken, const call_context& context);

/// Why a search in the form that TiDB can index goes without the index.
std::string why_index_is_unused(const executor& on, const index_place& place, const call_context& context);

}  // namespace tidb::detail
