// Tables as plain values: made, read back, and compared.
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

std::string text_of(const std::vector<tidb::table_difference>& all) {
  std::string text;
  for (const auto& each : all) text += each.what + ": wanted " + each.wanted + "; found " + each.found + "\n";
  return text;
}

struct team {
  std::int64_t id{};
  std::string name{};
};
constexpr auto tidb_schema(tidb::of<team>) {
  return tidb::mapping("teams", tidb::column<&team::id>(tidb::primary_key, tidb::auto_random(4)),
                       tidb::column<&team::name>(tidb::varchar(20), tidb::comment("its name")));
}

struct player {
  std::int64_t id{};
  std::int64_t team{};
  std::optional<std::int64_t> chief{};
  int coins{};
  std::string town{};
  double share{};
  tidb::time_point made{};
};
constexpr auto tidb_schema(tidb::of<player>) {
  using tidb::column;
  return tidb::mapping("players", column<&player::id>(tidb::primary_key, tidb::auto_increment),
                       column<&player::team>(tidb::references<&team::id>(tidb::reference_action::cascade)),
                       column<&player::chief>(tidb::references<&player::id>(tidb::reference_action::set_null)),
                       column<&player::coins>(tidb::default_value(5), tidb::indexed),
                       column<&player::town>(tidb::varchar(10), "town_name", tidb::default_value("Bonn")),
                       column<&player::share>(tidb::default_value(0.5)),
                       column<&player::made>(tidb::default_sql("CURRENT_TIMESTAMP(6)")))
      .with(tidb::index_on<&player::town, &player::coins>("by_town"),
            tidb::unique_on<&player::team, &player::town, &player::share>("place"),
            tidb::check_that("enough", "coins >= 0"), tidb::comment("all of them"));
}

class schemas : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure() || embedded()) return;
    db().execute("SET GLOBAL tidb_enable_check_constraint = ON");
  }
  /// Makes it and reads it back.
  void expect_round_trip(const table_definition& table) {
    db().create_table(table);
    const auto found = db().reflect_table(table.name);
    EXPECT_EQ(text_of(tidb::compare_tables(table, found, db().engine())), "") << table.name;
    EXPECT_EQ(found.columns.size(), table.columns.size());
    // what was read makes the same table again
    db().drop_table(table.name);
    db().create_table(found);
    EXPECT_EQ(text_of(tidb::compare_tables(table, db().reflect_table(table.name), db().engine())), "") << table.name;
    db().drop_table(table.name);
  }
  static table_definition with_key(std::string name) {
    return {.name = std::move(name),
            .columns = {{.name = "id", .type = {type_kind::bigint}, .auto_increment = true}},
            .primary_key = {"id"}};
  }
};

TEST_P(schemas, every_type_of_column_is_read_back) {
  auto table = with_key("types");
  const auto add = [&](tidb::column_type type, std::vector<std::string> labels = {}) {
    const auto name = "c" + std::to_string(table.columns.size());
    table.columns.push_back({.name = name, .type = type, .nullable = table.columns.size() % 2 == 0, .labels = labels});
  };
  for (const auto kind : {type_kind::tinyint, type_kind::smallint, type_kind::integer, type_kind::bigint})
    for (const bool is_unsigned : {false, true}) add({kind, is_unsigned});
  for (const auto kind :
       {type_kind::boolean, type_kind::float32, type_kind::float64, type_kind::tinytext, type_kind::text,
        type_kind::mediumtext, type_kind::longtext, type_kind::tinyblob, type_kind::blob, type_kind::mediumblob,
        type_kind::longblob, type_kind::date, type_kind::year, type_kind::json, type_kind::vector})
    add({kind});
  for (const auto kind : {type_kind::varchar, type_kind::char_, type_kind::varbinary, type_kind::binary})
    add({kind, false, 12});
  for (const auto digits : {std::uint8_t{0}, std::uint8_t{3}, std::uint8_t{6}})
    for (const auto kind : {type_kind::datetime, type_kind::timestamp, type_kind::time}) {
      add({kind, false, 0, digits});
      table.columns.back().nullable = true;  // of a TIMESTAMP that may not be NULL TiDB asks for a default
    }
  add({type_kind::decimal, false, 12, 4});
  add({type_kind::bit, false, 12});
  add({type_kind::vector, false, 3});
  add({type_kind::enumeration}, {"a", "it's", "*/ b"});
  add({type_kind::set}, {"x", "y"});
  expect_round_trip(table);
}

TEST_P(schemas, keys_indexes_and_checks_are_read_back) {
  expect_round_trip(
      {.name = "pairs",
       .columns = {{.name = "a", .type = {type_kind::integer}}, {.name = "b", .type = {type_kind::varchar, false, 8}}},
       .primary_key = {"b", "a"}});
  expect_round_trip({.name = "keyless", .columns = {{.name = "a", .type = {type_kind::integer}, .unique = true}}});
  auto parent = with_key("parents");
  db().create_table(parent);
  auto table = with_key("things");
  table.columns.push_back({.name = "name", .type = {type_kind::varchar, false, 64}, .unique = true});
  table.columns.push_back({.name = "coins", .type = {type_kind::integer}, .default_to = column_default{"5"}});
  table.columns.push_back({.name = "parent", .type = {type_kind::bigint}, .nullable = true});
  table.columns.push_back({.name = "other", .type = {type_kind::bigint}, .nullable = true});
  table.indexes = {{.name = "by_coins", .parts = {{.column = "coins", .descending = true}, {.column = "id"}}},
                   {.name = "by_start", .parts = {{.column = "name", .prefix = 3}}},
                   {.name = "by_sum", .parts = {{.expression = "coins + 1"}}},
                   {.name = "pair", .parts = {{.column = "coins"}, {.column = "parent"}}, .unique = true}};
  if (!embedded()) table.indexes[0].parts[0].descending = false;  // TiDB reads DESC and forgets it
  table.foreign_keys = {{.name = "fk_parent",
                         .columns = {"parent"},
                         .table = "parents",
                         .referenced = {"id"},
                         .on_delete = tidb::reference_action::cascade},
                        {.columns = {"other"},
                         .table = "parents",
                         .referenced = {"id"},
                         .on_delete = tidb::reference_action::set_null,
                         .on_update = tidb::reference_action::cascade}};
  table.checks = {{.name = "enough", .condition = "coins >= 0 AND (coins + 1) * 2 < 1000"},
                  {.condition = "name <> 'it''s'"}};
  expect_round_trip(table);
}

TEST_P(schemas, defaults_computed_columns_and_comments_are_read_back) {
  auto table = with_key("defaults");
  const auto add = [&](const char* name, tidb::column_type type, std::optional<column_default> value) -> auto& {
    return table.columns.emplace_back(
        tidb::column_definition{.name = name, .type = type, .nullable = true, .default_to = std::move(value)});
  };
  add("number", {type_kind::integer}, column_default{"-7"});
  add("flag", {type_kind::boolean}, column_default{"1"});
  add("real", {type_kind::float64}, column_default{"2.5"});
  add("exact", {type_kind::decimal, false, 8, 2}, column_default{"1.5"});
  add("word", {type_kind::varchar, false, 20}, column_default{"it's \\ new"});
  add("none", {type_kind::varchar, false, 20}, column_default{""});
  add("at", {type_kind::datetime, false, 0, 6}, column_default{"2026-01-31 12:00:00.000000"});
  add("made", {type_kind::datetime, false, 0, 6}, column_default{"CURRENT_TIMESTAMP(6)", true});
  add("made_at", {type_kind::datetime}, column_default{"CURRENT_TIMESTAMP", true});
  add("day", {type_kind::date}, column_default{"2026-01-31"});
  add("colour", {type_kind::enumeration}, column_default{"red"}).labels = {"green", "red"};
  add("colours", {type_kind::set}, column_default{"green,red"}).labels = {"green", "red"};
  auto& sum = add("sum", {type_kind::integer}, std::nullopt);
  sum.generated = "number * 2 + 1";
  sum.stored = true;
  auto& length = add("size", {type_kind::integer}, std::nullopt);
  length.generated = "length(word)";
  table.columns[1].comment = "it's */ a number";
  table.comment = "a table's \"comment\"";
  expect_round_trip(table);

  db().create_table(table);
  db().execute("INSERT INTO defaults (id) VALUES (1)");
  const auto row = db().query("SELECT * FROM defaults").one();
  EXPECT_EQ(row.get<int>("number"), -7);
  EXPECT_EQ(row.get<int>("sum"), -13);
  EXPECT_EQ(row.get<std::string>("word"), "it's \\ new");
  EXPECT_EQ(row.get<tidb::decimal>("exact"), tidb::decimal("1.50"));
  EXPECT_GT(row.get<tidb::time_point>("made"),
            tidb::time_point(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)));
  EXPECT_GT(row.get<tidb::time_point>("made_at"),
            tidb::time_point(std::chrono::sys_days(std::chrono::year(2026) / 1 / 1)));
}

TEST_P(schemas, what_only_tidb_has_is_kept_by_the_embedded_engine_too) {
  auto table = with_key("options");
  table.columns[0].auto_increment = false;
  table.columns[0].auto_random = 4;
  table.columns.push_back({.name = "made", .type = {type_kind::datetime}});
  table.columns.push_back({.name = "name", .type = {type_kind::varchar, false, 9}, .collation = "utf8mb4_general_ci"});
  table.options = {"TTL = made + INTERVAL 3 DAY"};
  table.auto_id_cache = 100;
  expect_round_trip(table);
  expect_round_trip({.name = "sharded",
                     .columns = {{.name = "a", .type = {type_kind::bigint}}},
                     .primary_key = {"a"},
                     .clustered = false,
                     .shard_row_id_bits = 3});
}

TEST_P(schemas, a_struct_says_keys_defaults_and_checks) {
  db().create_table<team>();
  db().create_table<player>();
  EXPECT_EQ(text_of(db().compare_table<player>()), "");
  EXPECT_EQ(text_of(db().compare_table<team>()), "");
  const auto made = db().reflect_table("players");
  EXPECT_EQ(made.indexes.size(), 3U);
  ASSERT_EQ(made.foreign_keys.size(), 2U);
  EXPECT_EQ(made.foreign_keys[0].table, "teams");
  EXPECT_EQ(made.foreign_keys[0].on_delete, tidb::reference_action::cascade);

  const auto red = db().insert(team{.name = "red"});
  EXPECT_NE(red.id, 0);
  db().execute("INSERT INTO players (team) VALUES (?)", red.id);
  const auto row = db().select<player>().one();
  EXPECT_EQ(row.coins, 5);
  EXPECT_EQ(row.town, "Bonn");
  EXPECT_EQ(row.share, 0.5);
  EXPECT_THROW(db().insert(player{.team = red.id, .coins = -1}), tidb::constraint_violation);
  EXPECT_THROW(db().insert(player{.team = red.id + 1}), tidb::constraint_violation);
  db().erase<team>().run();
  EXPECT_EQ(db().count<player>(), 0);
}

TEST_P(schemas, keys_of_auto_random_come_back) {
  db().create_table<team>();
  std::vector<team> teams(300);
  for (std::size_t i = 0; i < teams.size(); ++i) teams[i].name = "team " + std::to_string(i);
  for (const auto& each : db().insert(teams))
    EXPECT_EQ(db().select<team>().where(tidb::c<&team::id> == each.id).one().name, each.name);
}

TEST_P(schemas, a_struct_that_no_longer_matches_its_table_is_told) {
  db().create_table<team>();
  db().execute("ALTER TABLE teams ADD COLUMN motto VARCHAR(9)");
  EXPECT_EQ(text_of(db().compare_table<team>()), "column `motto`: wanted ; found `motto` VARCHAR(9) NULL\n");
}

TEST_P(schemas, what_differs_is_told_part_by_part) {
  auto table = with_key("things");
  table.columns.push_back({.name = "coins", .type = {type_kind::integer}});
  table.indexes = {{.name = "by_coins", .parts = {{.column = "coins"}}}};
  db().create_table(table);
  auto wanted = table;
  wanted.columns[1].type = {type_kind::bigint};
  wanted.columns.push_back({.name = "goods", .type = {type_kind::integer}});
  wanted.indexes.clear();
  wanted.comment = "new";
  const auto all = tidb::compare_tables(wanted, db().reflect_table("things"), db().engine());
  EXPECT_EQ(text_of(all), "column `coins`: wanted `coins` BIGINT NOT NULL; found `coins` INT NOT NULL\n"
                          "index `by_coins`: wanted ; found (`coins`)\n"
                          "column `goods`: wanted `goods` INT NOT NULL; found \n"
                          "comment: wanted 'new'; found \n");
}

TEST_P(schemas, expressions_that_mean_the_same_are_the_same) {
  const auto same = [&](const std::string& one, const std::string& other) {
    auto left = with_key("t"), right = left;
    left.checks = {{.name = "c", .condition = one}};
    right.checks = {{.name = "c", .condition = other}};
    return tidb::compare_tables(left, right, db().engine()).empty();
  };
  EXPECT_TRUE(same("a>0 and b in (1,2)", "((`a` > 0)) AND `B` IN (1, 2)"));
  EXPECT_TRUE(same("a + b * c", "(a + (b * c))"));
  EXPECT_TRUE(same("not a between 1 and 2", "(NOT (a BETWEEN 1 AND 2))"));
  EXPECT_TRUE(same("name like 'x%' or name is not null", "((`name` LIKE 'x%') OR (name IS NOT NULL))"));
  EXPECT_FALSE(same("(a + b) * c", "a + b * c"));
  EXPECT_FALSE(same("a - (b - c)", "a - b - c"));
  EXPECT_FALSE(same("name = 'a'", "name = 'A'"));
  EXPECT_FALSE(same("a > 0", "a >= 0"));
  EXPECT_FALSE(same("name LIKE 'A' ESCAPE '!'", "name LIKE 'a' ESCAPE '!'"));
  EXPECT_FALSE(same("made > INTERVAL 'A' DAY", "made > INTERVAL 'a' DAY"));
  EXPECT_FALSE(same("a XOR b AND c", "(a XOR b) AND c"));
  EXPECT_TRUE(same("a || b = 'x'", embedded() ? "(a || b) = 'x'" : "a || (b = 'x')"));
}

TEST_P(schemas, tables_of_other_tools_are_read) {
  if (embedded()) {
    db().execute(
        "CREATE TABLE \"old one\" (a, b INTEGER PRIMARY KEY, c text default 'x' collate nocase, [d] REAL UNIQUE, "
        "e NUMERIC(5,2) CHECK (e > 0), f, UNIQUE (a, c), FOREIGN KEY (a) REFERENCES other (x) ON DELETE CASCADE)");
  } else {
    db().execute("CREATE TABLE other (x BIGINT PRIMARY KEY)");
    db().execute(
        "CREATE TABLE `old one` (a BIGINT, b BIGINT PRIMARY KEY AUTO_INCREMENT, c VARCHAR(9) DEFAULT 'x', d DOUBLE "
        "UNIQUE, e DECIMAL(5,2) CHECK (e > 0), f MEDIUMINT ZEROFILL, UNIQUE (a, c), FOREIGN KEY (a) REFERENCES "
        "other (x) ON DELETE CASCADE) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 AUTO_INCREMENT=77");
  }
  const auto found = db().reflect_table("old one");
  EXPECT_EQ(found.columns.size(), 6U);
  EXPECT_EQ(found.primary_key, std::vector<std::string>{"b"});
  EXPECT_EQ(found.columns[2].default_to, column_default{"x"});
  EXPECT_TRUE(found.columns[3].unique);
  EXPECT_EQ(found.columns[4].type, (tidb::column_type{type_kind::decimal, false, 5, 2}));
  ASSERT_EQ(found.foreign_keys.size(), 1U);
  EXPECT_EQ(found.foreign_keys[0].table, "other");
  EXPECT_EQ(found.foreign_keys[0].on_delete, tidb::reference_action::cascade);
  ASSERT_EQ(found.checks.size(), 1U);
  EXPECT_EQ(found.checks[0].condition.find("e"), found.checks[0].condition.front() == '`'   ? 1U
                                                 : found.checks[0].condition.front() == '(' ? 2U
                                                                                            : 0U);
}

TEST_P(schemas, a_table_that_is_not_there_or_cannot_be_made_is_named) {
  EXPECT_NE(std::string(tests::error_of([&] { (void)db().reflect_table("nothing"); }).what()).find("nothing"),
            std::string::npos);
  const auto refused = [&](auto&& change) {
    auto table = with_key("wrong");
    table.columns.push_back({.name = "coins", .type = {type_kind::integer}});
    change(table);
    EXPECT_THROW(db().create_table(table), tidb::usage_error);
    EXPECT_FALSE(db().has_table("wrong"));
  };
  refused([](auto& table) { table.indexes = {{.name = "i", .parts = {{.column = "nowhere"}}}}; });
  refused([](auto& table) { table.indexes = {{.name = "i"}}; });
  refused([](auto& table) { table.foreign_keys = {{.columns = {"coins"}, .table = "other", .referenced = {}}}; });
  refused([](auto& table) { table.columns[1].auto_random = 5; });
  refused([](auto& table) {
    table.columns[1].generated = "id";
    table.columns[1].default_to = column_default{"1"};
  });
}

TEST_P(schemas, an_index_that_cannot_be_made_leaves_no_table) {
  auto table = with_key("half");
  table.indexes = {{.name = "broken", .parts = {{.expression = "no_such_function(id)"}}}};
  EXPECT_THROW(db().create_table(table), tidb::error);
  EXPECT_FALSE(db().has_table("half"));
  if (!embedded()) return;  // TiDB's DDL commits by itself
  db().create_table(with_key("half"));
  db().execute("INSERT INTO half VALUES (7)");
  EXPECT_THROW(db().create_table(table, tidb::if_exists::overwrite), tidb::error);
  EXPECT_EQ(db().query<int>("SELECT id FROM half").value(), 7);
  table.indexes.clear();
  table.checks = {{.name = "broken", .condition = "no_such_column > 0"}};
  EXPECT_THROW(db().create_table(table, tidb::if_exists::overwrite), tidb::error);
  EXPECT_EQ(db().query<int>("SELECT id FROM half").value(), 7);
}

TEST_P(schemas, defaults_are_values_that_their_columns_hold) {
  auto table = with_key("held");
  const auto add = [&](const char* name, tidb::column_type type, std::string text, bool sql = false) {
    table.columns.push_back(
        {.name = name, .type = type, .nullable = true, .default_to = column_default{std::move(text), sql}});
  };
  add("at", {type_kind::datetime, false, 0, 6}, "2026-01-31 12:00:00");
  add("day_at", {type_kind::datetime}, "2026-01-31");
  add("length", {type_kind::time}, "12:00:00");
  add("bytes", {type_kind::varbinary, false, 5}, "abc");
  add("flags", {type_kind::bit, false, 4}, "5");
  if (embedded())  // TiDB tells bytes that are no text as others
    add("raw", {type_kind::varbinary, false, 5}, std::string("\0\xFF'A", 4));
  add("number", {type_kind::integer}, "007");
  add("set_at", {type_kind::datetime, false, 0, 2}, "CURRENT_TIMESTAMP(2)", true);
  expect_round_trip(table);
  db().create_table(table);
  db().execute("INSERT INTO held (id) VALUES (1)");
  const auto row = db().query("SELECT * FROM held").one();
  EXPECT_EQ(row.get<tidb::time_point>("at"),
            tidb::time_point(std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::hours(12)));
  EXPECT_EQ(row.get<std::chrono::microseconds>("length"), std::chrono::hours(12));
  EXPECT_EQ(row.get<int>("number"), 7);
  const auto refused = [&](tidb::column_type type, const char* text) {
    auto wrong = with_key("wrong");
    wrong.columns.push_back({.name = "c", .type = type, .default_to = column_default{text}});
    EXPECT_THROW(db().create_table(wrong), tidb::usage_error) << text;
  };
  refused({type_kind::integer}, "1-1");
  refused({type_kind::datetime}, "soon");
  refused({type_kind::decimal, false, 5, 2}, "x");
  refused({type_kind::vector, false, 2}, "[1,2]");
}

TEST_P(schemas, partitions_and_when_rows_end_are_read_back) {
  auto table = with_key("parted");
  table.columns[0].auto_increment = false;
  table.options = {"PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))"};
  expect_round_trip(table);
  auto other = table;
  other.options = {"PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (15), PARTITION p1 VALUES LESS THAN (20))"};
  EXPECT_EQ(tidb::compare_tables(table, other, db().engine()).size(), 1U);
  auto ending = with_key("ending");
  ending.columns.push_back({.name = "made", .type = {type_kind::datetime}});
  ending.options = {"TTL = made + INTERVAL 3 DAY", "TTL_ENABLE = 'OFF'"};
  expect_round_trip(ending);
}

TEST_P(schemas, texts_that_would_end_a_comment_are_refused_or_kept) {
  if (!embedded()) GTEST_SKIP() << "only the embedded engine keeps them in comments";
  auto table = with_key("hostile");
  table.columns.push_back(
      {.name = "c", .type = {type_kind::varchar, false, 9}, .nullable = true, .comment = "*/ CHECK (0) /*"});
  expect_round_trip(table);
  for (const auto* text : {"a*/ CHECK (0) /*", "x' -- y"}) {
    auto wrong = table;
    wrong.columns[1].collation = text;
    if (std::string(text).find("*/") != std::string::npos) {
      EXPECT_THROW(db().create_table(wrong), tidb::usage_error);
    }
    wrong = table;
    wrong.options = {text};
    EXPECT_THROW(db().create_table(wrong), tidb::usage_error);
    EXPECT_FALSE(db().has_table("hostile"));
  }
}

TEST_P(schemas, a_file_of_other_tools_is_read_or_says_what_it_has_more) {
  if (!embedded()) GTEST_SKIP() << "these are SQLite's";
  const auto read = [&](const char* sql) {
    db().execute(sql);
    return db().reflect_table("t");
  };
  const auto drop = [&] { db().execute("DROP TABLE t"); };
  EXPECT_EQ(read("CREATE TABLE t (key TEXT PRIMARY KEY, [index] INT, \"check\" VARCHAR)").columns.size(), 3U);
  drop();
  EXPECT_TRUE(
      read("CREATE TABLE t (\"id\" INTEGER, name TEXT, PRIMARY KEY(\"ID\" AUTOINCREMENT))").columns[0].auto_increment);
  db().execute("CREATE UNIQUE INDEX some ON t (name) WHERE name IS NOT NULL");
  db().execute("CREATE INDEX low ON t (lower(name), id DESC)");
  auto found = db().reflect_table("t");
  ASSERT_EQ(found.indexes.size(), 1U);
  EXPECT_EQ(found.indexes[0].parts[0].expression, "lower(name)");
  EXPECT_TRUE(found.indexes[0].parts[1].descending);
  ASSERT_EQ(found.not_told.size(), 1U);
  EXPECT_NE(found.not_told[0].find("name IS NOT NULL"), std::string::npos) << found.not_told[0];
  EXPECT_THROW(db().create_table(found, tidb::if_exists::overwrite), tidb::usage_error);
  drop();
  EXPECT_EQ(
      read("CREATE TABLE t (a DECIMAL(10,-2) DEFAULT \"x\" REFERENCES p NOT DEFERRABLE, b TEXT COLLATE NOCASE NOT "
           "NULL)")
          .columns.size(),
      2U);
  drop();
  db().execute("CREATE TABLE t (a INTEGER /*T!COMMENT 'x' */\n /*T!TABLE COMMENT 'all' */)");
  db().execute("ALTER TABLE t ADD COLUMN b TEXT NOT NULL DEFAULT 'y'");
  found = db().reflect_table("t");
  EXPECT_EQ(found.columns.size(), 2U);
  EXPECT_EQ(found.comment, "all");
  db().execute("CREATE VIRTUAL TABLE v USING fts5(x)");
  EXPECT_THROW((void)db().reflect_table("v"), tidb::usage_error);
}

TEST_P(schemas, databases_are_made_listed_used_and_dropped) {
  const auto own = db().current_database();
  const auto other = "other_" + own;
  EXPECT_TRUE(db().has_database(own));
  EXPECT_FALSE(db().has_database(other));
  db().create_database(other);
  db().create_database(other, tidb::if_exists::skip);
  EXPECT_EQ(tests::error_of([&] { db().create_database(other); }).code(), tidb::errc::statement);
  const auto all = db().list_databases();
  EXPECT_NE(std::ranges::find(all, own), all.end());
  EXPECT_NE(std::ranges::find(all, other), all.end());
  EXPECT_EQ(std::ranges::find(all, "mysql"), all.end());

  const auto there = db().use_database(other);
  EXPECT_EQ(there.current_database(), other);
  there.create_table<team>();
  EXPECT_FALSE(db().has_table("teams"));
  EXPECT_TRUE(there.has_table("teams"));
  EXPECT_THROW(there.drop_database(other), tidb::usage_error);
  db().create_database(other, tidb::if_exists::overwrite);
  EXPECT_FALSE(db().use_database(other).has_table("teams"));
  db().drop_database(other);
  EXPECT_FALSE(db().has_database(other));
  EXPECT_THROW(db().drop_database(other), tidb::error);
  EXPECT_THROW((void)db().use_database(other), tidb::error);
  EXPECT_THROW(db().create_database(""), tidb::error);
  for (const auto* name : {"../x", "a/b", ".x", "shop-wal"})
    if (embedded()) {
      EXPECT_THROW(db().create_database(name), tidb::usage_error) << name;
    }
}

TEST(databases, one_in_memory_has_none_beside_it) {
  const auto db = tidb::connect("sqlite::memory:");
  EXPECT_THROW((void)db.list_databases(), tidb::usage_error);
  EXPECT_THROW(db.create_database("other"), tidb::usage_error);
}

TEST_P(schemas, a_table_without_a_struct_gives_rows_that_know_their_columns) {
  const column_definition size{
      .name = "size", .type = {type_kind::enumeration}, .nullable = true, .labels = {"small", "large"}};
  db().create_table({.name = "things",
                     .columns = {{.name = "id", .type = {type_kind::bigint}},
                                 {.name = "name", .type = {type_kind::varchar, false, 20}},
                                 size},
                     .primary_key = {"id"}});
  const std::string small = embedded() ? "1" : "'small'", large = embedded() ? "2" : "'large'";  // raw SQL's own
  db().execute("INSERT INTO things VALUES (1, 'ant', " + small + "), (2, 'bear', " + large + "), (3, 'cat', NULL)");
  auto things = db().open_table("things");
  EXPECT_EQ(things.definition().columns.size(), 3U);
  EXPECT_EQ(things.count(), 3);
  const auto rows = things.where(R"({"id": {"$lte": 2}})").order_by("name", true).limit(5).all();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_EQ(rows[0].get<std::string>("name"), "bear");
  EXPECT_EQ(rows[1].get<std::int64_t>("id"), 1);
  EXPECT_EQ(rows[1].get<std::string>("size"), "small");
  EXPECT_EQ(db().open_table("things").where(R"({"size": null})").one().get<std::string>("name"), "cat");
  EXPECT_FALSE(db().open_table("things").where(R"({"id": 9})").one_or_none());
  EXPECT_EQ(db().open_table("things").where(R"({"id": 1})").csv(), "id,name,size\n1,ant,small\n");
  EXPECT_THROW(db().open_table("things").order_by("nothing"), tidb::usage_error);
  EXPECT_THROW(db().open_table("things").where(R"({"nothing": 1})"), tidb::usage_error);
  EXPECT_THROW(db().open_table("nothing"), tidb::error);
}

TEST_P(schemas, tiflash_replicas_are_refused_where_there_is_no_tiflash) {
  db().create_table(
      {.name = "things", .columns = {{.name = "id", .type = {type_kind::bigint}}}, .primary_key = {"id"}});
  if (embedded()) {
    EXPECT_THROW(db().set_tiflash_replicas("things", 1), tidb::unsupported);
    EXPECT_THROW(db().wait_for_tiflash("things"), tidb::unsupported);
    return;
  }
  try {
    db().set_tiflash_replicas("things", 1);
    FAIL() << "there is a TiFlash";
  } catch (const tidb::error& problem) {
    EXPECT_EQ(problem.info().entry, "no-tiflash") << problem.what();
  }
  EXPECT_THROW(db().set_tiflash_replicas("things", -1), tidb::usage_error);
  EXPECT_THROW(db().wait_for_tiflash("things"), tidb::usage_error);
}

RUN_ON_EACH_ENGINE(schemas);

}  // namespace
