// Tables that TiDB's ALTER TABLE cannot change, whose rows are copied.
#pragma once

#include "schema/migration_planner.hpp"

#include <string>

namespace tidb::detail {

/// Why the table's rows have to be copied; empty if ALTER TABLE does it all.
std::string why_copied(const table_change& change);
/// A new table beside the old one, its rows, and both names at once.
planned_step copy_step(const table_change& change, const std::string& why);
/// What makes a statement that writes many rows several transactions.
std::string in_batches(const table_definition& table);

}  // namespace tidb::detail
