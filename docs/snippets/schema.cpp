// What docs/schema.md shows, as one program; it runs on the embedded engine in memory, or on the URL given, and checks
// what the page says.
#include <tidbxx/tidbxx.hpp>

#include <iostream>
#include <source_location>
#include <stdexcept>
#include <string>

namespace {

// clang-format off
// [struct]
struct customer {
  std::int64_t id{};
  std::string name{};
};
constexpr auto tidb_schema(tidb::of<customer>) {
  return tidb::mapping("schema_customers",
      tidb::column<&customer::id>(tidb::primary_key, tidb::auto_random(5)),   // keys that spread over a cluster
      tidb::column<&customer::name>(tidb::varchar(64), tidb::unique));
}

struct order {
  std::int64_t id{};
  std::int64_t customer{};
  int pieces{};
  tidb::decimal price{};
  tidb::time_point made{};
};
constexpr auto tidb_schema(tidb::of<order>) {
  return tidb::mapping("schema_orders",
      tidb::column<&order::id>(tidb::primary_key, tidb::auto_increment),
      tidb::column<&order::customer>(tidb::references<&customer::id>(tidb::reference_action::cascade)),
      tidb::column<&order::pieces>(tidb::default_value(1)),
      tidb::column<&order::price>(tidb::numeric(10, 2), tidb::comment("of a piece, in euros")),
      tidb::column<&order::made>(tidb::default_sql("CURRENT_TIMESTAMP(6)"), tidb::indexed))
    .with(tidb::index_on<&order::customer, &order::made>("by_customer"));
}
// [/struct]
// clang-format on

void expect(bool holds, std::source_location where = std::source_location::current()) {
  if (!holds) throw std::runtime_error("schema.cpp:" + std::to_string(where.line()) + ": this does not hold");
}

void migrate(const tidb::client& db) {
  db.execute("INSERT INTO schema_customers (name) VALUES ('Ann')");
  db.execute("ALTER TABLE schema_customers ADD COLUMN town VARCHAR(20)");
  // [migrate]
  const auto plan = tidb::schema_diff<customer, order>(db);
  std::cout << tidb::to_string(plan);  // what it does, by which SQL, and what it loses
  tidb::migrate<customer, order>(db, {.lose_data = plan.loses_data(), .shown = plan});
  // [/migrate]
  expect(plan.loses_data() && tidb::schema_diff<customer, order>(db).empty());
  // [rename]
  auto people = tidb::definition_of<customer>();
  people.name = "schema_people";
  people.columns[1].name = "full_name";
  const tidb::migration_options renames{.renamed_tables = {{"schema_customers", "schema_people"}},
                                        .renamed_columns = {{"schema_people", "name", "full_name"}}};
  auto orders = tidb::definition_of<order>();
  orders.foreign_keys[0].table = "schema_people";
  tidb::migrate(db, {people, orders}, renames);
  // [/rename]
  expect(db.query<std::string>("SELECT full_name FROM schema_people").value() == "Ann");
  tidb::migrate<customer, order>(db, {.renamed_tables = {{"schema_people", "schema_customers"}},
                                      .renamed_columns = {{"schema_customers", "full_name", "name"}}});
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
  // [open]
  for (const auto& row : db.open_table("schema_orders").where(R"({"pieces": {"$gt": 1}})").order_by("id").all())
    std::cout << row.get<std::int64_t>("id") << " " << row.get<int>("pieces") << "\n";
  // [/open]
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
  db.create_table<customer>();
  db.create_table<order>();
  expect(db.compare_table<order>().empty());
  migrate(db);
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
