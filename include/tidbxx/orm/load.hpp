// CSV files into tables; see `statements::load_csv`.
#pragma once

#include "tidbxx/core/csv.hpp"
#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/mapping.hpp"

#include <cstdint>
#include <initializer_list>
#include <source_location>
#include <span>
#include <string>
#include <string_view>

namespace tidb::detail {

/// Inserts the file's rows, all or none; their number. `members`: the columns of its fields, or none.
std::uint64_t load_csv(const executor& on, const mapped_table& table, std::span<const column_facts> columns,
                       std::initializer_list<std::string_view> members, const std::string& file,
                       const csv_options& options, std::source_location where);

}  // namespace tidb::detail
