#include "tidbxx/orm/mapping.hpp"

#include <string>

#include <fmt/format.h>

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

void add_more(table_definition& to, std::size_t column, const column_more& more) {
  auto& made = to.columns[column];
  const auto& what = more.default_to;
  switch (what.kind) {
  case default_kind::none: break;
  case default_kind::integer: made.default_to = column_default{std::to_string(what.integer)}; break;
  case default_kind::real: made.default_to = column_default{fmt::format("{}", what.real)}; break;
  case default_kind::text: made.default_to = column_default{std::string(what.text)}; break;
  case default_kind::sql: made.default_to = column_default{std::string(what.text), true}; break;
  }
  made.comment = more.comment;
  made.collation = more.collation;
  if (more.auto_random_bits > 0) {
    made.auto_increment = false;
    made.auto_random = more.auto_random_bits;
  }
  if (more.indexed) to.indexes.push_back({.name = made.name, .parts = {{.column = made.name}}});
  if (more.references == nullptr) return;
  const auto [table, referenced] = more.references();
  to.foreign_keys.push_back({.columns = {made.name},
                             .table = std::string(table),
                             .referenced = {std::string(referenced)},
                             .on_delete = more.on_delete,
                             .on_update = more.on_update});
}

sql::expression columns_of(std::string_view source, std::span<const column_facts> columns) {
  sql::expression made(sql::op::row);
  for (const auto& column : columns) made.add_column({source}, {column.name});
  return made;
}

}  // namespace tidb::detail
