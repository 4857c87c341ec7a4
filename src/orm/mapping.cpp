#include "tidbxx/orm/mapping.hpp"

namespace tidb::detail {

mapped_table map_table(std::string_view name, std::span<const column_facts> columns) {
  mapped_table table;
  table.definition.name = name;
  for (const auto& column : columns) {
    if (column.primary_key) {
      table.definition.primary_key.emplace_back(column.name);
      table.key.push_back(table.names.size());
    }
    table.names.emplace_back(column.name);
    table.definition.columns.push_back({.name = std::string(column.name),
                                        .type = column.type,
                                        .nullable = column.nullable,
                                        .auto_increment = column.auto_increment,
                                        .unique = column.unique,
                                        .labels = {column.labels.begin(), column.labels.end()}});
  }
  return table;
}

sql::select select_from(std::string_view table, std::string_view alias, std::span<const column_facts> columns) {
  sql::select statement;
  statement.table = table;
  statement.alias = alias;
  for (const auto& column : columns) statement.columns.add_column({alias.empty() ? table : alias}, {column.name});
  return statement;
}

sql::select with_shared_columns(const sql::select& lasting) {
  auto made = lasting;
  made.columns = sql::expression::sharing(lasting.columns);
  return made;
}

}  // namespace tidb::detail
