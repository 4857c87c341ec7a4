// Plans, without a database.
#include "schema/conversion.hpp"
#include "schema/migration_state.hpp"
#include "schema/names_in_sql.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using tidb::engine_kind;
using tidb::table_definition;
using tidb::type_kind;
using tidb::detail::database_state;

table_definition players() {
  return {.name = "players",
          .columns = {{.name = "id", .type = {type_kind::bigint}},
                      {.name = "team", .type = {type_kind::bigint}, .nullable = true},
                      {.name = "coins", .type = {type_kind::integer}}},
          .primary_key = {"id"},
          .indexes = {{.name = "by_coins", .parts = {{.column = "coins"}}}},
          .foreign_keys = {{.name = "fk", .columns = {"team"}, .table = "teams", .referenced = {"id"}}},
          .checks = {{.name = "enough", .condition = "coins >= 0"}}};
}
table_definition teams() {
  return {.name = "teams", .columns = {{.name = "id", .type = {type_kind::bigint}}}, .primary_key = {"id"}};
}

database_state state_of(engine_kind engine, std::vector<table_definition> tables) {
  database_state made{.engine = engine};
  for (const auto& table : tables) made.names.push_back(table.name);
  made.tables = std::move(tables);
  made.indexes = {{"players", {"PRIMARY", "by_coins", "fk"}}, {"teams", {"PRIMARY"}}};
  return made;
}

std::vector<std::string> sql_of(const database_state& now, const std::vector<table_definition>& wanted,
                                const tidb::migration_options& options = {}) {
  std::vector<std::string> all;
  for (const auto& step : tidb::detail::plan_migration(now, wanted, options).steps)
    for (const auto& sql : step.shown.sql) all.push_back(sql.substr(0, sql.find(" (\n")));
  return all;
}

using texts = std::vector<std::string>;

TEST(migration_plan, is_empty_for_tables_that_are_as_they_shall_be) {
  for (const auto engine : {engine_kind::embedded, engine_kind::tidb})
    EXPECT_EQ(sql_of(state_of(engine, {players(), teams()}), {teams(), players()}), texts{});
}

TEST(migration_plan, makes_what_is_referred_to_first_and_drops_it_last) {
  EXPECT_EQ(sql_of(state_of(engine_kind::tidb, {}), {players(), teams()}),
            (texts{"CREATE TABLE `teams`", "CREATE TABLE `players`"}));
  EXPECT_EQ(sql_of(state_of(engine_kind::embedded, {teams(), players()}), {}, {.drop_others = true}),
            (texts{"DROP TABLE `players`", "DROP TABLE `teams`"}));
}

TEST(migration_plan, on_tidb_goes_from_names_to_keys_to_columns_and_back) {
  auto wanted = players();
  wanted.columns[2] = {.name = "gold", .type = {type_kind::bigint}};
  wanted.columns.push_back({.name = "town", .type = {type_kind::varchar, false, 9}});
  wanted.indexes[0] = {.name = "by_coins", .parts = {{.column = "gold"}, {.column = "town"}}};
  wanted.checks[0].condition = "gold >= 0";
  wanted.foreign_keys.clear();
  EXPECT_EQ(
      sql_of(state_of(engine_kind::tidb, {players(), teams()}), {wanted},
             {.renamed_columns = {{"players", "coins", "gold"}}}),
      (texts{"ALTER TABLE `players` DROP CONSTRAINT `enough`", "ALTER TABLE `players` RENAME COLUMN `coins` TO `gold`",
             "ALTER TABLE `players` DROP FOREIGN KEY `fk`", "ALTER TABLE `players` DROP INDEX `by_coins`",
             "ALTER TABLE `players` DROP INDEX `fk`", "ALTER TABLE `players` MODIFY COLUMN `gold` BIGINT NOT NULL",
             "ALTER TABLE `players` ADD COLUMN `town` VARCHAR(9) NOT NULL",
             "ALTER TABLE `players` ADD INDEX `by_coins` (`gold`, `town`)",
             "ALTER TABLE `players` ADD CONSTRAINT `enough` CHECK (gold >= 0)"}));
}

TEST(migration_plan, on_tidb_keeps_the_index_of_a_foreign_key_that_comes_again) {
  auto parent = teams();
  parent.columns[0].type.is_unsigned = true;
  auto child = players();
  child.columns[1].type.is_unsigned = true;
  const auto all = sql_of(state_of(engine_kind::tidb, {players(), teams()}), {child, parent});
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all.front(), "ALTER TABLE `players` DROP FOREIGN KEY `fk`");
  EXPECT_EQ(all.back(), "ALTER TABLE `players` ADD CONSTRAINT `fk` FOREIGN KEY (`team`) REFERENCES `teams` (`id`)");
  EXPECT_EQ(std::ranges::count(all, "ALTER TABLE `players` DROP INDEX `fk`"), 0);
}

TEST(migration_plan, on_tidb_begins_anew_what_was_half_copied) {
  auto wanted = players();
  wanted.primary_key = {"coins"};
  auto now = state_of(engine_kind::tidb, {players(), teams()});
  now.left_over = {"_tidbxx_new_players"};
  const auto all = sql_of(now, {wanted});
  ASSERT_GT(all.size(), 5U);
  EXPECT_EQ(all[0], "DROP TABLE `_tidbxx_new_players`");
  EXPECT_EQ(all[2], "CREATE TABLE `_tidbxx_new_players`");
  EXPECT_EQ(all[4], "RENAME TABLE `players` TO `_tidbxx_old_players`, `_tidbxx_new_players` TO `players`");
}

TEST(migration_plan, names_of_tables_may_go_round) {
  auto a = teams(), b = teams();
  a.name = "b";
  b.name = "c";
  auto before = std::vector{teams(), teams()};
  before[0].name = "a";
  before[1].name = "b";
  EXPECT_EQ(sql_of(state_of(engine_kind::tidb, before), {a, b}, {.renamed_tables = {{"a", "b"}, {"b", "c"}}}),
            (texts{"ALTER TABLE `b` RENAME TO `c`", "ALTER TABLE `a` RENAME TO `b`"}));
}

TEST(migration_plan, names_do_not_change_places) {
  const auto now = state_of(engine_kind::tidb, {players(), teams()});
  const auto plan = [&](const tidb::migration_options& options) { (void)sql_of(now, {players(), teams()}, options); };
  EXPECT_THROW(plan({.renamed_tables = {{"players", "teams"}, {"teams", "players"}}}), tidb::usage_error);
  EXPECT_THROW(plan({.renamed_columns = {{"players", "id", "team"}, {"players", "Team", "ID"}}}), tidb::usage_error);
}

TEST(migration_plan, names_of_helper_tables_are_as_long_as_names_may_be) {
  const std::string name(63, 'x');
  EXPECT_LE(tidb::detail::helper_name(name).size(), 64U);
  EXPECT_NE(tidb::detail::helper_name(name), tidb::detail::helper_name(name + "y"));
  EXPECT_TRUE(tidb::detail::is_helper_name(tidb::detail::helper_name(name)));
  EXPECT_FALSE(tidb::detail::is_helper_name(tidb::detail::history_table));
}

TEST(migration_plan, is_told_with_its_sql_and_what_it_loses) {
  auto wanted = players();
  wanted.columns.pop_back();
  wanted.indexes.clear();
  wanted.checks.clear();
  const auto now = state_of(engine_kind::tidb, {players(), teams()});
  tidb::migration_plan plan;
  for (const auto& step : tidb::detail::plan_migration(now, std::vector{wanted}, {}).steps)
    plan.steps.push_back(step.shown);
  EXPECT_TRUE(plan.loses_data());
  const auto text = tidb::to_string(plan);
  EXPECT_NE(
      text.find("3. drop the column `coins` of `players`\n   LOSES the column `coins` of `players` and its values\n"
                "   ALTER TABLE `players` DROP COLUMN `coins`;\n"),
      std::string::npos)
      << text;
}

TEST(read_tables, takes_what_makes_tables_and_nothing_else) {
  const auto all = tidb::read_tables("-- all\nCREATE TABLE a (id BIGINT PRIMARY KEY, c VARCHAR(9) DEFAULT 'x;y'); ;\n"
                                     "CREATE TABLE IF NOT EXISTS `b` (id INT);\n"
                                     "CREATE INDEX i ON a (c, id);\nCREATE UNIQUE INDEX j ON `B` (id)");
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].columns[1].default_to, tidb::column_default{"x;y"});
  ASSERT_EQ(all[0].indexes.size(), 1U);
  EXPECT_EQ(all[0].indexes[0].parts.size(), 2U);
  ASSERT_EQ(all[1].indexes.size(), 1U);
  EXPECT_TRUE(all[1].indexes[0].unique);
  EXPECT_TRUE(tidb::read_tables(" -- nothing\n").empty());
  for (const auto* wrong :
       {"CREATE INDEX i ON a (c)", "INSERT INTO a VALUES (1)", "CREATE TABLE a (id INT); DROP TABLE a",
        "CREATE TABLE a (id INT", "CREATE VIEW v AS SELECT 1", "CREATE TABLE a (c TEXT DEFAULT 'x)"})
    EXPECT_THROW(tidb::read_tables(wrong), tidb::usage_error) << wrong;
}

TEST(conversion, is_of_types_that_are_made_of_each_other) {
  const auto of = [](tidb::column_type from, tidb::column_type to) {
    return tidb::detail::conversion_of({.name = "c", .type = from}, {.name = "c", .type = to},
                                       tidb::sql::dialect::tidb);
  };
  EXPECT_EQ(of({type_kind::integer}, {type_kind::bigint}).value().keeps, "");
  EXPECT_EQ(of({type_kind::integer}, {type_kind::smallint}).value().keeps, "`c` BETWEEN -32768 AND 32767");
  EXPECT_EQ(of({type_kind::integer}, {type_kind::bigint, true}).value().keeps,
            "`c` BETWEEN 0 AND 18446744073709551615");
  EXPECT_EQ(of({type_kind::varchar, false, 9}, {type_kind::text}).value().keeps, "");
  EXPECT_EQ(of({type_kind::varchar, false, 9}, {type_kind::varchar, false, 8}).value().keeps, "CHAR_LENGTH(`c`) <= 8");
  for (const auto kind : {type_kind::json, type_kind::date, type_kind::vector, type_kind::longblob})
    EXPECT_FALSE(of({type_kind::varchar, false, 9}, {kind})) << static_cast<int>(kind);
  EXPECT_FALSE(of({type_kind::float64}, {type_kind::float32}));
  EXPECT_FALSE(of({type_kind::json}, {type_kind::longtext}));
}

TEST(names_in_sql, are_those_of_columns_only) {
  using tidb::detail::names_column;
  using tidb::detail::with_column_renamed;
  constexpr auto tidb = tidb::sql::dialect::tidb;
  EXPECT_TRUE(names_column("a + `Length` > 0", "length", tidb));
  EXPECT_FALSE(names_column("length(a) > 'length'", "length", tidb));
  EXPECT_EQ(with_column_renamed("a+b = 'a' and A(b)", "a", "c`d", tidb), "`c``d`+b = 'a' and A(b)");
}

}  // namespace
