// Reading back what made a table.
#pragma once

#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/sql/printer.hpp"

#include <string_view>

namespace tidb::detail {

/// What a CREATE TABLE says, as SHOW CREATE TABLE and sqlite_schema give it. Types that are none of ours are read as
/// the next larger one. Errors: usage_error for a text that makes no table.
table_definition read_table(std::string_view create, sql::dialect of);

/// Adds what a CREATE INDEX says.
void read_index(std::string_view create, sql::dialect of, table_definition& to);

}  // namespace tidb::detail
