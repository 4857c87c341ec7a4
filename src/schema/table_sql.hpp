// Parts of a table's SQL, and what is wrong with a definition.
#pragma once

#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/sql/printer.hpp"

#include <span>
#include <string>
#include <string_view>

namespace tidb::detail {

bool is_integer(type_kind kind);
/// Errors: usage_error for what no engine makes; create_table_sql says what.
void check_definition_of(const table_definition& table);
[[noreturn]] void refuse(const table_definition& table, const std::string& why);
[[noreturn]] void refuse(const table_definition& table, const column_definition& column, const std::string& why);
/// With names, as TiDB gives them, for the indexes, foreign keys and checks that have none.
table_definition with_names(table_definition table);

// As TiDB reads them.
std::string tidb_column(const table_definition& table, const column_definition& column);
std::string foreign_key_sql(const foreign_key_definition& key);
std::string check_sql(const check_definition& check);
/// The value of a default, which is no SQL, as the column's own kind.
std::string default_literal(const table_definition& table, const column_definition& column, sql::dialect to);
/// CURRENT_TIMESTAMP and its like.
bool is_now(const column_default& what);
/// SQLite's names may be of any length.
std::string quoted_at_any_length(std::string_view name);
/// (`a`, `b`)
std::string name_list(std::span<const std::string> names);
std::string part_list(const index_definition& index, sql::dialect to);

}  // namespace tidb::detail
