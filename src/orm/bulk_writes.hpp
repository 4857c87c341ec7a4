// The writes of many rows, within a transaction that the caller has.
#pragma once

#include "orm/all_or_none.hpp"
#include "tidbxx/orm/bulk.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <source_location>
#include <span>
#include <vector>

namespace tidb::detail {

/// Inserts rows by their numbers; the generated keys of those without one, in order.
std::vector<std::uint64_t> insert_rows_for_keys(all_or_none& writes, const mapped_table& table,
                                                std::span<const std::size_t> without_key,
                                                std::span<const std::size_t> with_key, row_encoder encode,
                                                std::source_location where);
/// Updates columns of the rows 0 to `rows` - 1 by their keys; the number that matched. With the place of a version,
/// only rows whose version is one less than the new row's.
std::uint64_t update_rows_by_key(all_or_none& writes, const mapped_table& table, std::span<const std::size_t> columns,
                                 std::size_t rows, row_encoder encode, std::optional<std::size_t> version,
                                 std::source_location where);
/// Deletes the rows whose `key` columns have the values of the rows 0 to `rows` - 1; the number that matched.
std::uint64_t erase_rows_by_key(all_or_none& writes, const mapped_table& table, std::span<const std::size_t> key,
                                std::size_t rows, row_encoder encode, std::source_location where);
/// `key` columns are those of one of the rows, whose cells are the arguments, row after row.
sql::expression key_among(const mapped_table& table, std::span<const std::size_t> key, std::size_t rows);

}  // namespace tidb::detail
