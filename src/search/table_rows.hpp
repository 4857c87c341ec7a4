// Rows of a table as its indexes take them: with their keys, and the columns that the index is of.
#pragma once

#include "search/index_manifest.hpp"
#include "tidbxx/engine/executor.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tidb::detail {

struct index_place;

/// Rows that have a vector, as float32, row after row.
struct table_rows {
  row_keys keys{};
  std::vector<float> vectors{};
};

/// The number of a row, the name of its key where that is another, and its vector.
using row_taker = function_ref<void(std::int64_t, std::string_view, std::span<const float>)>;
/// The same with the cells of the columns that the index is of.
using cells_taker = function_ref<void(std::int64_t, std::string_view, std::span<const value_view>)>;

/// Calls it for each row of the table that has a value in one of the columns.
void each_row_cells(const executor& on, const index_manifest& of, const index_place& place, cells_taker f,
                    const call_context& context);
/// For each row with one of these keys. A row may come twice.
void each_row_with(const executor& on, const index_manifest& of, const index_place& place, const row_keys& keys,
                   cells_taker f, const call_context& context);

/// For each row of the table that has a vector of so many dimensions.
void each_row(const executor& on, const index_manifest& of, const index_place& place, row_taker f,
              const call_context& context);
/// The rows with these keys that have one.
table_rows read_rows(const executor& on, const index_manifest& of, const index_place& place, const row_keys& keys,
                     const call_context& context);

}  // namespace tidb::detail
