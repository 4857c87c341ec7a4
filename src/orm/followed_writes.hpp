// Updates and deletes of a table whose changed rows somebody follows: a search index.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/sql/statement.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tidb::detail {

/// The names of the columns of a primary key.
using key_columns = std::vector<std::string>;

/// Locks the rows that the statement is of, then changes them by their keys, so that the follower learns of each.
/// `key`: what `followed_key` told.
std::uint64_t change_followed(const executor& on, const sql::update& statement, const key_columns& key,
                              const call_context& context);
std::uint64_t change_followed(const executor& on, const sql::erase& statement, const key_columns& key,
                              const call_context& context);
/// So many at a time, each time in a transaction of its own.
void change_followed_in_batches(const executor& on, const sql::update& statement, const key_columns& key,
                                std::uint64_t rows, const call_context& context);
void change_followed_in_batches(const executor& on, const sql::erase& statement, const key_columns& key,
                                std::uint64_t rows, const call_context& context);

}  // namespace tidb::detail
