// A table that is there and the one that it shall become.
#pragma once

#include "schema/table_parts.hpp"
#include "tidbxx/schema/table_definition.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

struct table_change {
  table_definition before{};                     ///< as it is when the migration begins
  table_definition now{};                        ///< as it is behind the steps that are planned so far
  table_definition wanted{};                     ///< with all names
  std::map<std::string, std::string> renamed{};  ///< new names in small letters: the names of `before`

  /// What `name`, a column that is wanted, is called in `in`, which is `before` or `now`; null if it is not there.
  const column_definition* source_of(std::string_view name, const table_definition& in) const;
  std::vector<part_difference> differences(sql::dialect by) const { return differences_of(wanted, now, by); }
};

bool same_text(std::string_view left, std::string_view right);
const column_definition* find_column(const table_definition& table, std::string_view name);
const column_definition& column_named(const table_definition& table, std::string_view name);
bool is_in_primary_key(const table_definition& table, std::string_view column);
/// SQLite's own number of the row is this key.
bool is_row_number(const table_definition& table);

/// What an engine keeps of its tables when a table or a column gets another name.
void rename_table(std::vector<table_definition*>& tables, std::string_view from, std::string_view to);
void rename_column(std::vector<table_definition*>& tables, std::string_view table, std::string_view from,
                   std::string_view to, sql::dialect by);

/// A wanted column in rows that are there already.
struct copied_column {
  std::string name{};
  std::string value{};  ///< SQL over `from`; empty if it is known only when the row is written
  bool written{};       ///< false: the table gives it by itself
};
/// The columns that are not computed, from `from`, which is `before` or `now`.
/// Errors: usage_error, naming the column, for values that nothing makes of those that are there.
std::vector<copied_column> copied_columns(const table_change& change, const table_definition& from, sql::dialect by);

}  // namespace tidb::detail
