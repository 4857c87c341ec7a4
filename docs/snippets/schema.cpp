// What docs/schema.md shows, as one program; it runs on the embedded engine in memory, or on the URL given, and checks
// what the page says.
#include <tidbxx/tidbxx.hpp>

#include <iostream>
#include <source_location>
#include <stdexcept>
#include <string>

namespace {

void expect(bool holds, std::source_location where = std::source_location::current()) {
  if (!holds) throw std::runtime_error("schema.cpp:" + std::to_string(where.line()) + ": this does not hold");
}

void run(const tidb::client& db) {
  for (const auto* name : {"schema_orders", "schema_customers"})
    if (db.has_table(name)) db.drop_table(name);
  // [define]
  using tidb::type_kind;
  db.create_table({.name = "schema_customers",
                   .columns = {{.name = "id", .type = {type_kind::bigint}, .auto_increment = true},
                               {.name = "name", .type = {type_kind::varchar, false, 64}, .unique = true}},
                   .primary_key = {"id"}});
  const tidb::table_definition orders{
      .name = "schema_orders",
      .columns = {{.name = "id", .type = {type_kind::bigint}, .auto_increment = true},
                  {.name = "customer", .type = {type_kind::bigint}},
                  {.name = "pieces", .type = {type_kind::integer}, .default_to = tidb::column_default{"1"}},
                  {.name = "cents", .type = {type_kind::bigint}, .comment = "of a piece"},
                  {.name = "total", .type = {type_kind::bigint}, .nullable = true, .generated = "pieces * cents"}},
      .primary_key = {"id"},
      .indexes = {{.name = "by_customer", .parts = {{.column = "customer"}, {.column = "pieces"}}}},
      .foreign_keys = {{.columns = {"customer"},
                        .table = "schema_customers",
                        .referenced = {"id"},
                        .on_delete = tidb::reference_action::cascade}}};
  db.create_table(orders);
  // [/define]
  // [reflect]
  const auto found = db.reflect_table("schema_orders");
  for (const auto& column : found.columns) std::cout << column.name << " " << tidb::to_string(column.type) << "\n";
  // [/reflect]
  expect(found.columns.size() == 5 && found.indexes.size() == 1 && found.foreign_keys.size() == 1);
  // [compare]
  auto wanted = orders;
  wanted.columns[2].type = {type_kind::bigint};
  for (const auto& each : tidb::compare_tables(wanted, found, db.engine()))
    std::cout << each.what << ": wanted " << each.wanted << ", found " << each.found << "\n";
  // [/compare]
  expect(tidb::compare_tables(orders, found, db.engine()).empty());
  expect(tidb::compare_tables(wanted, found, db.engine()).size() == 1);
  db.drop_table("schema_orders");
  db.drop_table("schema_customers");
}

}  // namespace

int main(int argc, char** argv) {
  try {
    run(tidb::connect(argc > 1 ? argv[1] : "sqlite::memory:"));
  } catch (const std::exception& problem) {
    std::cerr << problem.what() << "\n";
    return 1;
  }
}
