// Making and dropping an index on TiDB, where clients learn of it only after a while.
#pragma once

#include "search/index_catalog.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <source_location>
#include <string_view>

namespace tidb::detail {

/// The registry's table, unless there is one. Errors: of a user who may not make it, with what somebody else may run.
void make_server_registry(const executor& on, const call_context& context);
/// Errors: as create_vector_index and create_fulltext_index.
void create_on_server(const executor& on, const index_target& of, const index_form& form, if_exists existing,
                      const call_context& context);
/// What somebody has begun to make and not come to where it is listed. False: there is no such.
bool drop_unfinished(const executor& on, const index_target& of, const call_context& context);
void drop_on_server(const executor& on, const index_place& place, const call_context& context);
/// The same; what it was made with.
index_form take_from_server(const executor& on, const index_place& place, const call_context& context);
/// Runs `sql`, which drops the table, and drops its indexes.
void drop_with_indexes_on_server(const executor& on, std::string_view table, std::string_view sql,
                                 const call_context& context);
void empty_with_indexes_on_server(const executor& on, std::string_view table, std::string_view sql,
                                  const call_context& context);
/// A manifest in place of one that does not read. The index is not built then.
void renew_manifest(const executor& on, const index_place& place, const call_context& context);

}  // namespace tidb::detail
