// Making the tables of a database what they shall be.
#pragma once

#include "tidbxx/client/client.hpp"
#include "tidbxx/schema/migration.hpp"

#include <source_location>
#include <vector>

namespace tidb {

/// What `migrate` would do to make the database's tables these; nothing is changed.
/// Errors: usage_error for what no plan does, naming the table, the column and the remedy: a type that is not made of
/// the other, a rename that cannot be, an SQLite table with more than a definition tells. Whether the rows fit is seen
/// to by `migrate`.
/// Cost: some queries of the catalogue, and one for each table that is wanted.
migration_plan schema_diff(const client& db, const std::vector<table_definition>& wanted,
                           const migration_options& options = {},
                           std::source_location where = std::source_location::current());
/// The same for the tables of structs.
template <detail::mapped... Ts>
  requires(sizeof...(Ts) > 0)
migration_plan schema_diff(const client& db, const migration_options& options = {},
                           std::source_location where = std::source_location::current()) {
  return schema_diff(db, std::vector<table_definition>{definition_of<Ts>()...}, options, where);
}

/// Makes the database's tables these and gives the plan that it ran: of the tables as they are once no other migration
/// is under way. Before the first step it counts the rows that a step would not take along; if there are any nothing
/// is changed. Each step is noted in `_tidbxx_migrations`.
/// On the embedded engine all steps are one transaction. On TiDB each statement commits by itself: after an error, or
/// in a process that was killed, a migration is finished by the same call.
/// Note: limits of the client, such as its statement_timeout, are for each statement, which may be long on large
/// tables. Note: on TiDB nothing may write to a table whose rows are copied; if something did, before the tables are
/// exchanged, that is an error and the old table stays. Errors: those of schema_diff; usage_error for a plan that loses
/// data without `lose_data`, and for one that is not `shown`; constraint_violation for rows that do not fit, with their
/// number; timeout if another migration does not end in time; errc::conflict for a table that was written to.
migration_plan migrate(const client& db, const std::vector<table_definition>& wanted,
                       const migration_options& options = {},
                       std::source_location where = std::source_location::current());
/// The same for the tables of structs.
template <detail::mapped... Ts>
  requires(sizeof...(Ts) > 0)
migration_plan migrate(const client& db, const migration_options& options = {},
                       std::source_location where = std::source_location::current()) {
  return migrate(db, std::vector<table_definition>{definition_of<Ts>()...}, options, where);
}

}  // namespace tidb
