// What statements of a mapped table have in common.
#pragma once

#include "tidbxx/engine/write_observer.hpp"
#include "tidbxx/orm/prepared.hpp"
#include "tidbxx/sql/printer.hpp"

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace tidb::detail {

inline sql::insert insert_of(const mapped_table& table) {
  sql::insert made;
  made.table = table.definition.name;
  made.columns = table.names;
  return made;
}

inline statement_text insert_text(const executor& on, sql::insert form, std::size_t rows) {
  form.rows = rows;
  return statement_text(sql::print(form, dialect_of(on)).text);
}

inline write_target target_of(const mapped_table& table, write_kind kind) {
  return {.kind = kind, .table = table.definition.name, .columns = table.names, .key = table.key};
}

inline std::vector<std::string> names_at(const mapped_table& table, std::span<const std::size_t> places) {
  std::vector<std::string> names;
  for (const auto place : places) names.push_back(table.names[place]);
  return names;
}

/// Lifetime: borrows from what was printed.
inline std::vector<value_view> views_of(const sql::printed& made, const call_context& context) {
  return literals(made.slots, context);
}

}  // namespace tidb::detail
