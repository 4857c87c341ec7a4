// The registry of indexes on TiDB, and the life of an index there: each step waits until all clients know of it.
#pragma once

#include "search/search_index.hpp"
#include "tidbxx/search/vector_index.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// TiDB's "there is no such table".
bool is_missing_table(const error& failed) noexcept;

bool has_server_registry(const executor& on, const call_context& context);
/// All indexes of the database but those that are being made. None without a registry.
std::vector<index_place> read_server_places(const executor& on, const call_context& context);

/// False if another has brought it further. Errors: usage_error if it was dropped.
bool set_index_state(const executor& on, std::int64_t id, index_state from, index_state to,
                     const call_context& context);
/// Until no client believes what it read of the registry before.
void wait_until_all_know();
/// Waits for the transactions that have touched the table so far.
void wait_for_writers(const executor& on, std::string_view table, const call_context& context);

/// With the columns of the table's primary key, by which an index knows the rows. Errors: errc::statement if there is
/// no such table or column; errc::unsupported if there is no key or one of other types, or if a foreign key changes
/// rows.
indexed_column examine_on_server(const executor& on, const index_target& of, const std::vector<std::string>& columns,
                                 const call_context& context);
/// Errors: errc::statement without a table.
std::string table_id_on_server(const executor& on, std::string_view table, const call_context& context);

}  // namespace tidb::detail
