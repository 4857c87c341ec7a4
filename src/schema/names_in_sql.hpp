// The names of columns in pieces of SQL.
#pragma once

#include "tidbxx/sql/printer.hpp"

#include <string>
#include <string_view>

namespace tidb::detail {

/// Whether the SQL names the column. What cannot be read names all.
bool names_column(std::string_view sql, std::string_view column, sql::dialect of);
/// The SQL with another name for the column.
std::string with_column_renamed(std::string_view sql, std::string_view from, std::string_view to, sql::dialect of);

}  // namespace tidb::detail
