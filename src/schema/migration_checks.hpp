// Rows that a plan cannot take along.
#pragma once

#include "schema/migration_state.hpp"
#include "schema/table_change.hpp"

#include <span>
#include <vector>

namespace tidb::detail {

/// SQL that counts them, over the tables as they are before the first step. `created`: tables that are not there yet.
std::vector<row_check> row_checks_of(std::span<const table_change> changes, std::span<const table_definition> created,
                                     sql::dialect by);

}  // namespace tidb::detail
