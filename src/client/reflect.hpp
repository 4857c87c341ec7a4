// Reading tables back from a live database.
#pragma once

#include "schema/migration_state.hpp"
#include "tidbxx/orm/statements.hpp"
#include "tidbxx/schema/table_definition.hpp"

#include <source_location>
#include <span>
#include <string_view>

namespace tidb::detail {

/// Errors: errc::statement if there is no such table, or it is a view; usage_error for a virtual table.
table_definition reflect_table(const statements& on, std::string_view name, std::source_location where);

/// Errors: unsupported where TiDB takes checks without a word and forgets them.
void expect_checks(const statements& on, std::source_location where);

/// What a migration to these tables has to know. Cost: a round trip each for the tables that are in it.
database_state read_state(const statements& on, std::span<const table_definition> wanted,
                          const migration_options& options, std::source_location where);

}  // namespace tidb::detail
