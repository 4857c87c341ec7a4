// Tables that become others, with their rows.
#include "support/engines.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace {

using tidb::column_default;
using tidb::column_definition;
using tidb::table_definition;
using tidb::type_kind;

std::string text_of(const tidb::migration_plan& plan) { return tidb::to_string(plan); }

class migrations : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure() || embedded()) return;
    db().execute("SET GLOBAL tidb_enable_check_constraint = ON");
  }
  static table_definition players() {
    return {.name = "players",
            .columns = {{.name = "id", .type = {type_kind::bigint}, .auto_increment = true},
                        {.name = "name", .type = {type_kind::varchar, false, 20}},
                        {.name = "coins", .type = {type_kind::integer}, .nullable = true}},
            .primary_key = {"id"}};
  }
  void make_players() {
    db().create_table(players());
    db().execute("INSERT INTO players (id, name, coins) VALUES (1, 'Ann', 5), (2, 'Bob', 70000), (3, 'Cid', NULL)");
  }
  /// Migrates, and looks whether the tables are what they shall be.
  tidb::migration_plan expect_migrated(const std::vector<table_definition>& wanted,
                                       const tidb::migration_options& options = {}) {
    auto plan = tidb::migrate(db(), wanted, options);
    EXPECT_EQ(text_of(tidb::schema_diff(db(), wanted, options)), "") << text_of(plan);
    for (const auto& table : wanted)
      EXPECT_TRUE(tidb::compare_tables(table, db().reflect_table(table.name), db().engine()).empty()) << table.name;
    return plan;
  }
  tidb::error error_of_migrating(const std::vector<table_definition>& wanted,
                                 const tidb::migration_options& options = {}) {
    return tests::error_of([&] { tidb::migrate(db(), wanted, options); });
  }
  template <class... Cells>
  auto rows(const std::string& sql) {
    return db().template query<Cells...>(sql).all();
  }
};

#define EXPECT_SAYS(error, words)                                                                                      \
  EXPECT_NE(std::string((error).what()).find(words), std::string::npos) << (error).what()

TEST_P(migrations, a_table_that_is_not_there_is_made) {
  const auto plan = expect_migrated({players()});
  ASSERT_EQ(plan.steps.size(), 1U);
  EXPECT_EQ(plan.steps[0].what, "create the table `players`");
  EXPECT_TRUE(tidb::migrate(db(), {players()}).empty());
}

TEST_P(migrations, columns_come_change_and_go_with_their_rows) {
  make_players();
  auto wanted = players();
  wanted.columns[1].type.length = 40;
  wanted.columns[2].type = {type_kind::bigint};
  wanted.columns.push_back({.name = "goods", .type = {type_kind::integer}});
  wanted.columns.push_back(
      {.name = "town", .type = {type_kind::varchar, false, 9}, .default_to = column_default{"Bonn"}});
  wanted.indexes = {{.name = "by_coins", .parts = {{.column = "coins"}, {.column = "town"}}}};
  wanted.checks = {{.name = "enough", .condition = "goods >= 0"}};
  wanted.comment = "all of them";
  EXPECT_NE(text_of(tidb::schema_diff(db(), {wanted})).find("with 0 in rows that are there"), std::string::npos);
  expect_migrated({wanted});
  const auto found = rows<std::int64_t, std::string, std::optional<std::int64_t>, int, std::string>(
      "SELECT id, name, coins, goods, town FROM players ORDER BY id");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1], std::tuple(2, "Bob", 70000, 0, "Bonn"));
  EXPECT_EQ(std::get<2>(found[2]), std::nullopt);
  EXPECT_THROW(db().execute("INSERT INTO players (name, goods) VALUES ('x', -1)"), tidb::constraint_violation);

  auto less = wanted;
  less.columns.erase(less.columns.begin() + 2);
  less.indexes.clear();
  EXPECT_SAYS(error_of_migrating({less}), "would lose the column `coins` of `players` and its values");
  expect_migrated({less}, {.lose_data = true});
  EXPECT_EQ(db().query<int>("SELECT COUNT(*) FROM players").value(), 3);
}

TEST_P(migrations, names_change_without_a_loss) {
  make_players();
  auto wanted = players();
  wanted.name = "people";
  wanted.columns[2].name = "gold";
  wanted.checks = {{.condition = "gold < 100000"}};
  const tidb::migration_options options{.renamed_tables = {{"players", "people"}},
                                        .renamed_columns = {{"people", "coins", "gold"}}};
  const auto plan = expect_migrated({wanted}, options);
  EXPECT_FALSE(plan.loses_data());
  EXPECT_FALSE(db().has_table("players"));
  EXPECT_EQ(db().query<int>("SELECT gold FROM people WHERE name = 'Ann'").value(), 5);
}

TEST_P(migrations, a_primary_key_becomes_another_one) {
  make_players();
  auto wanted = players();
  wanted.columns[0].auto_increment = false;
  wanted.primary_key = {"name"};
  wanted.columns.push_back(
      {.name = "twice", .type = {type_kind::bigint}, .nullable = true, .generated = "coins * 2", .stored = true});
  expect_migrated({wanted});
  EXPECT_EQ(db().query<int>("SELECT twice FROM players WHERE name = 'Bob'").value(), 140000);
  expect_migrated({players()});
  EXPECT_EQ(db().query<int>("SELECT coins FROM players WHERE id = 2").value(), 70000);
}

TEST_P(migrations, rows_that_do_not_fit_are_counted_and_nothing_is_changed) {
  make_players();
  const auto refused = [&](auto&& change, const std::string& words) {
    auto wanted = players();
    wanted.columns.push_back({.name = "more", .type = {type_kind::integer}});
    change(wanted);
    const auto error = error_of_migrating({wanted});
    EXPECT_EQ(error.code(), tidb::errc::constraint) << error.what();
    EXPECT_SAYS(error, words);
    EXPECT_SAYS(error, "nothing was changed");
    EXPECT_TRUE(tidb::compare_tables(players(), db().reflect_table("players"), db().engine()).empty());
  };
  refused([](auto& wanted) { wanted.columns[2].type = {type_kind::smallint}; },
          "the column \"coins\" of \"players\" has values that a SMALLINT does not hold (rows: 1)");
  refused([](auto& wanted) { wanted.columns[2].nullable = false; },
          "the column \"coins\" of \"players\" shall be NOT NULL, and has NULL (rows: 1): fill it first");
  refused([](auto& wanted) { wanted.columns[1].type = {type_kind::integer}; }, "that a INT does not hold (rows: 3)");
  refused([](auto& wanted) { wanted.columns[1].type.length = 2; }, "that a VARCHAR(2) does not hold");
  refused([](auto& wanted) { wanted.columns.push_back({.name = "born", .type = {type_kind::date}}); },
          "the column \"born\" of \"players\" is new and NOT NULL");
  refused([](auto& wanted) { wanted.checks = {{.name = "few", .condition = "coins < 100"}}; },
          "the check \"few\" of \"players\" is not met (rows: 1)");
  db().execute("UPDATE players SET coins = 5");
  refused([](auto& wanted) { wanted.columns[2].unique = true; }, "unique index \"coins\"");
}

TEST_P(migrations, null_becomes_the_default_of_a_column_that_may_not_be_null) {
  make_players();
  auto wanted = players();
  wanted.columns[2] = {.name = "coins", .type = {type_kind::bigint}, .default_to = column_default{"9"}};
  expect_migrated({wanted});
  EXPECT_EQ(db().query<int>("SELECT coins FROM players WHERE id = 3").value(), 9);
}

TEST_P(migrations, types_that_are_not_made_of_each_other_are_refused_by_name) {
  make_players();
  auto wanted = players();
  wanted.columns[1].type = {type_kind::json};
  const auto error = error_of_migrating({wanted});
  EXPECT_EQ(error.code(), tidb::errc::usage);
  EXPECT_SAYS(error, "the column \"name\" of \"players\" is a VARCHAR(20), of which no JSON is made");
}

TEST_P(migrations, foreign_keys_come_and_go_around_what_they_stand_on) {
  auto teams = players();
  teams.name = "teams";
  auto members = players();
  members.name = "members";
  members.columns.push_back({.name = "team", .type = {type_kind::bigint}});
  members.foreign_keys = {{.name = "fk_team",
                           .columns = {"team"},
                           .table = "teams",
                           .referenced = {"id"},
                           .on_delete = tidb::reference_action::cascade}};
  expect_migrated({members, teams});
  db().execute("INSERT INTO teams (id, name) VALUES (1, 'red')");
  db().execute("INSERT INTO members (id, name, team) VALUES (7, 'Ann', 1)");
  // the parent is made anew
  teams.columns[0].type = {type_kind::integer};
  members.columns[3].type = {type_kind::integer};
  expect_migrated({members, teams});
  EXPECT_EQ(db().query<int>("SELECT team FROM members").value(), 1);
  EXPECT_THROW(db().execute("INSERT INTO members (name, team) VALUES ('Bob', 2)"), tidb::constraint_violation);
  // to a column that gets another name, in a table that gets another one
  teams.name = "clubs";
  teams.columns[0].name = "number";
  teams.primary_key = {"number"};
  members.foreign_keys[0].table = "clubs";
  members.foreign_keys[0].referenced = {"number"};
  expect_migrated({members, teams},
                  {.renamed_tables = {{"teams", "clubs"}}, .renamed_columns = {{"clubs", "id", "number"}}});
  db().execute("DELETE FROM clubs");
  EXPECT_EQ(db().query<int>("SELECT COUNT(*) FROM members").value(), 0);
  // one for which a row is missing
  members.foreign_keys.clear();
  expect_migrated({members, teams});
  db().execute("INSERT INTO members (name, team) VALUES ('Bob', 2)");
  members.foreign_keys = {{.name = "fk_team", .columns = {"team"}, .table = "clubs", .referenced = {"number"}}};
  EXPECT_SAYS(error_of_migrating({members, teams}),
              "the foreign key \"fk_team\" of \"members\" refers to no row of \"clubs\" (rows: 1)");
}

TEST_P(migrations, tables_that_are_not_wanted_go_only_when_that_is_said) {
  make_players();
  auto other = players();
  other.name = "other";
  db().create_table(other);
  EXPECT_TRUE(tidb::schema_diff(db(), {players()}).empty());
  EXPECT_SAYS(error_of_migrating({players()}, {.drop_others = true}), "would lose the table `other` and its rows");
  expect_migrated({players()}, {.drop_others = true, .lose_data = true});
  EXPECT_FALSE(db().has_table("other"));
  EXPECT_EQ(db().list_tables(), std::vector<std::string>{"players"});
}

TEST_P(migrations, labels_keep_their_rows_wherever_they_stand) {
  auto table = players();
  table.columns.push_back({.name = "colour", .type = {type_kind::enumeration}, .labels = {"red", "green", "blue"}});
  table.columns.push_back({.name = "tags", .type = {type_kind::set}, .labels = {"a", "b", "c"}});
  db().create_table(table);
  db().execute(embedded() ? "INSERT INTO players (id, name, colour, tags) VALUES (1, 'x', 2, 5), (2, 'y', 3, 0)"
                          : "INSERT INTO players (id, name, colour, tags) VALUES (1, 'x', 'green', 'a,c'), (2, 'y', "
                            "'blue', '')");
  table.columns[3].labels = {"blue", "green", "pink"};
  table.columns[4].labels = {"c", "x", "a"};
  expect_migrated({table});
  table.columns[3] = {.name = "colour", .type = {type_kind::varchar, false, 5}};
  table.columns.pop_back();
  expect_migrated({table}, {.lose_data = true});
  EXPECT_EQ(rows<std::string>("SELECT colour FROM players ORDER BY id"), (std::vector<std::string>{"green", "blue"}));
  table.columns[3] = {.name = "colour", .type = {type_kind::enumeration}, .labels = {"red", "green"}};
  EXPECT_SAYS(error_of_migrating({table}),
              "the column \"colour\" of \"players\" has values that a ENUM does not hold (rows: 1)");
}

TEST_P(migrations, what_was_done_is_noted) {
  make_players();
  auto wanted = players();
  wanted.columns.push_back({.name = "goods", .type = {type_kind::integer}});
  const auto plan = expect_migrated({wanted});
  const auto noted =
      rows<std::string, std::string, std::string>("SELECT state, what, statements FROM _tidbxx_migrations ORDER BY id");
  ASSERT_EQ(noted.size(), plan.steps.size());
  EXPECT_EQ(std::get<0>(noted[0]), "done");
  EXPECT_EQ(std::get<1>(noted[0]), plan.steps[0].what);
  EXPECT_NE(std::get<2>(noted[0]).find(plan.steps[0].sql[0]), std::string::npos);
}

TEST_P(migrations, a_plan_that_was_shown_is_the_one_that_runs) {
  make_players();
  auto wanted = players();
  wanted.columns.push_back({.name = "goods", .type = {type_kind::integer}});
  const auto shown = tidb::schema_diff(db(), {wanted});
  db().execute("ALTER TABLE players ADD COLUMN more INT");
  EXPECT_SAYS(error_of_migrating({wanted}, {.lose_data = true, .shown = shown}),
              "the tables have changed since the plan was shown");
  db().execute("ALTER TABLE players DROP COLUMN more");
  expect_migrated({wanted}, {.shown = shown});
}

TEST_P(migrations, a_table_that_is_left_alone_keeps_what_it_refers_to) {
  auto parent = players();
  auto child = players();
  child.name = "children";
  child.columns.push_back({.name = "of", .type = {type_kind::bigint}});
  child.foreign_keys = {{.name = "fk_of", .columns = {"of"}, .table = "players", .referenced = {"id"}}};
  expect_migrated({parent, child});
  parent.columns.push_back({.name = "more", .type = {type_kind::integer}});
  expect_migrated({parent});  // that is no matter
  parent.columns[0].auto_increment = false;
  if (embedded()) {
    expect_migrated({parent});
  } else {
    EXPECT_SAYS(error_of_migrating({parent}), "the table \"children\" refers to columns of \"players\" that change");
    expect_migrated({parent, child});
  }
  EXPECT_EQ(db().reflect_table("children").foreign_keys.size(), 1U);
}

TEST_P(migrations, tables_that_refer_to_each_other_are_made_and_go) {
  auto one = players(), other = players();
  other.name = "others";
  for (auto* table : {&one, &other})
    table->columns.push_back({.name = "of", .type = {type_kind::bigint}, .nullable = true});
  one.foreign_keys = {{.name = "fk_one", .columns = {"of"}, .table = "others", .referenced = {"id"}}};
  other.foreign_keys = {{.name = "fk_other", .columns = {"of"}, .table = "players", .referenced = {"id"}}};
  expect_migrated({one, other});
  expect_migrated({}, {.drop_others = true, .lose_data = true});
  EXPECT_TRUE(db().list_tables().empty());
}

TEST_P(migrations, what_only_the_whole_table_has_changes_with_its_rows) {
  auto table = players();
  table.columns.push_back({.name = "made", .type = {type_kind::datetime}, .nullable = true});
  table.columns[0].auto_increment = false;
  db().create_table(table);
  db().execute("INSERT INTO players (id, name) VALUES (5, 'Ann'), (15, 'Bob')");
  table.options = {"PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))"};
  expect_migrated({table});
  table.options = {"TTL = made + INTERVAL 3000 DAY"};
  expect_migrated({table});
  table.options.clear();
  table.collation = "utf8mb4_general_ci";
  table.auto_id_cache = 100;
  expect_migrated({table});
  EXPECT_EQ(db().query<std::string>("SELECT name FROM players WHERE id = 15").value(), "Bob");
}

TEST_P(migrations, keys_that_count_by_themselves_go_on_counting) {
  auto table = players();
  table.columns[0].auto_increment = false;
  table.primary_key.clear();
  db().create_table(table);
  db().execute("INSERT INTO players (id, name) VALUES (3, 'Ann'), (9, 'Bob')");
  expect_migrated({players()});
  db().execute("INSERT INTO players (name) VALUES ('Cid')");
  EXPECT_GT(db().query<int>("SELECT id FROM players WHERE name = 'Cid'").value(), 9);
  // of rows that have none
  auto keyless = players();
  keyless.name = "keyless";
  keyless.columns.erase(keyless.columns.begin());
  keyless.primary_key.clear();
  db().create_table(keyless);
  db().execute("INSERT INTO keyless (name) VALUES ('Ann'), ('Bob')");
  keyless.columns.insert(keyless.columns.begin(), players().columns[0]);
  keyless.primary_key = {"id"};
  expect_migrated({keyless});
  EXPECT_EQ(db().query<int>("SELECT COUNT(DISTINCT id) FROM keyless WHERE id > 0").value(), 2);
}

TEST_P(migrations, a_table_that_is_written_to_while_it_is_copied_stays_as_it_was) {
  if (embedded()) GTEST_SKIP() << "nobody writes to the file meanwhile";
  make_players();
  auto wanted = players();
  wanted.columns[0].auto_increment = false;
  wanted.primary_key = {"name"};
  const auto other = tidb::connect(url());
  bool wrote = false;
  const auto watched = tidb::connect(url());
  watched.on_statement([&](const tidb::statement_event& event) {
    if (event.sql.starts_with("BATCH") && !std::exchange(wrote, true))
      other.execute("INSERT INTO players (name, coins) VALUES ('Dan', 1)");
  });
  const auto error = tests::error_of([&] { (void)tidb::migrate(watched, {wanted}); });
  EXPECT_TRUE(wrote);
  EXPECT_EQ(error.code(), tidb::errc::conflict) << error.what();
  EXPECT_SAYS(error, "was written to while its rows were copied");
  EXPECT_TRUE(tidb::compare_tables(players(), db().reflect_table("players"), db().engine()).empty());
  expect_migrated({wanted});
  EXPECT_EQ(db().query<int>("SELECT COUNT(*) FROM players").value(), 4);
  EXPECT_EQ(db().query<int>("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                            "table_name LIKE '\\_tidbxx\\_new%'")
                .value(),
            0);
}

TEST_P(migrations, renames_that_cannot_be_are_refused_by_name) {
  make_players();
  auto wanted = players();
  wanted.columns[2].name = "gold";
  EXPECT_SAYS(error_of_migrating({wanted}, {.renamed_columns = {{"players", "silver", "lead"}}}),
              "the column \"silver\" of \"players\" cannot be renamed to \"lead\": that one is not wanted");
  EXPECT_SAYS(error_of_migrating({wanted}, {.renamed_columns = {{"players", "silver", "gold"}}}),
              "there is none of either name");
  EXPECT_SAYS(error_of_migrating({wanted}, {.renamed_tables = {{"players", "people"}}}),
              "the table \"people\", a new name, is not among those that are wanted");
  EXPECT_SAYS(error_of_migrating({players(), players()}), "two tables that are wanted are named \"players\"");
}

RUN_ON_EACH_ENGINE(migrations);

}  // namespace
