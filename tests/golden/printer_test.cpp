// Each statement's text in both dialects.
#include <tidbxx/tidbxx.hpp>

#include <cmath>
#include <limits>
#include <string>

#include <gtest/gtest.h>

using tidb::c;
using tidb::sql::dialect;

struct other;

namespace {

struct player {
  std::int64_t id{};
  std::string name{};
  int coins{}, goods{};
};

constexpr auto tidb_schema(tidb::of<player>) {
  return tidb::mapping("players", tidb::column<&player::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&player::name>(tidb::varchar(32), tidb::unique), tidb::column<&player::coins>(),
                       tidb::column<&player::goods>());
}

struct doc {
  std::int64_t id{};
  tidb::vector<3> embedding{};
};

constexpr auto tidb_schema(tidb::of<doc>) {
  return tidb::mapping("docs", tidb::column<&doc::id>(tidb::primary_key), tidb::column<&doc::embedding>());
}

const std::string all = "SELECT `id`, `name`, `coins`, `goods` FROM `players`";

template <class Builder>
void expect(const Builder& built, const std::string& tidb, const std::string& sqlite) {
  EXPECT_EQ(tidb::sql::print(built.statement(), dialect::tidb).text, tidb);
  EXPECT_EQ(tidb::sql::print(built.statement(), dialect::sqlite).text, sqlite);
}

template <class Condition>
void expect_where(const Condition& condition, const std::string& tidb, const std::string& sqlite) {
  expect(tidb::select<player>().where(condition), all + " WHERE " + tidb, all + " WHERE " + sqlite);
}

template <class Condition>
void expect_where(const Condition& condition, const std::string& both) {
  expect_where(condition, both, both);
}

TEST(printer, a_select_names_its_columns) { expect(tidb::select<player>(), all, all); }

TEST(printer, comparisons_are_parameters) {
  expect_where(c<&player::coins> >= 100, "`coins` >= ?");
  expect_where(3 == c<&player::id>, "? = `id`");
  expect_where(c<&player::name> != "x", "`name` <> ?");
  expect_where(c<&player::id> < c<&player::coins>, "`id` < `coins`");
}

TEST(printer, logic_has_only_the_parentheses_it_needs) {
  expect_where(c<&player::id> == 1 && c<&player::id> == 2 && c<&player::id> == 3,
               "(`id` = ?) AND (`id` = ?) AND (`id` = ?)");
  expect_where(c<&player::id> == 1 || (c<&player::id> == 2 && c<&player::id> == 3),
               "(`id` = ?) OR ((`id` = ?) AND (`id` = ?))");
  expect_where(!(c<&player::id> == 1), "NOT (`id` = ?)");
}

TEST(printer, lists_ranges_and_nulls) {
  expect_where(c<&player::id>.in({1, 2, 3}), "`id` IN (?, ?, ?)");
  expect_where(c<&player::id>.not_in({1}), "`id` NOT IN (?)");
  expect_where(c<&player::id>.in(std::vector<int>{}), "1 = 0");
  expect_where(c<&player::id>.between(1, 2), "`id` BETWEEN ? AND ?");
  expect_where(c<&player::name>.is_null(), "`name` IS NULL");
  expect_where(c<&player::name>.is_not_null(), "`name` IS NOT NULL");
}

TEST(printer, like_is_tidbs_on_both_engines) {
  expect_where(c<&player::name>.like("a%"), "`name` LIKE ?", "TIDB_LIKE(`name`, ?)");
  expect_where(c<&player::name>.not_like("a%"), "`name` NOT LIKE ?", "NOT TIDB_LIKE(`name`, ?)");
}

TEST(printer, arithmetic) {
  expect_where(c<&player::coins> - 2 * c<&player::goods> > 0, "(`coins` - (? * `goods`)) > ?");
  expect_where(c<&player::coins> / 2 > 1, "(CAST(`coins` AS DOUBLE) / ?) > ?", "(CAST(`coins` AS REAL) / ?) > ?");
  expect_where(-c<&player::coins> % 2 == 1, "((-`coins`) % ?) = ?");
}

TEST(printer, order_and_page) {
  expect(tidb::select<player>().order_by(c<&player::id>, tidb::desc(c<&player::name>)).limit(3).offset(4),
         all + " ORDER BY `id`, `name` DESC LIMIT ? OFFSET ?", all + " ORDER BY `id`, `name` DESC LIMIT ? OFFSET ?");
  expect(tidb::select<player>().offset(4), all + " LIMIT 18446744073709551615 OFFSET ?", all + " LIMIT -1 OFFSET ?");
}

TEST(printer, locks_are_tidbs) { expect(tidb::select<player>().for_update(), all + " FOR UPDATE", all); }

TEST(printer, a_label_is_named_in_the_list_and_the_order_and_repeated_in_conditions) {
  const auto d = cosine_distance(c<&doc::embedding>, {1, 2, 3}).as("distance");
  const std::string text = "SELECT `id`, `embedding`, VEC_COSINE_DISTANCE(`embedding`, ?) AS `distance` FROM `docs` "
                           "WHERE VEC_COSINE_DISTANCE(`embedding`, ?) < ? ORDER BY `distance` LIMIT ?";
  expect(tidb::select<doc>(d).where(d < 0.2).order_by(d).limit(3), text, text);
  const std::string unlisted = "SELECT `id`, `embedding` FROM `docs` ORDER BY VEC_COSINE_DISTANCE(`embedding`, ?)";
  expect(tidb::select<doc>().order_by(d), unlisted, unlisted);
}

TEST(printer, an_alias_names_its_columns) {
  using second = tidb::alias<player, other>;
  const std::string text = "SELECT `other`.`id`, `other`.`name`, `other`.`coins`, `other`.`goods` FROM `players` AS "
                           "`other` WHERE `other`.`id` = ?";
  expect(tidb::select<second>().where(tidb::col<second, &player::id> == 1), text, text);
}

TEST(printer, writes) {
  const tidb::sql::insert insert{.table = "t", .columns = {"a", "b"}, .rows = 2};
  EXPECT_EQ(print(insert, dialect::tidb).text, "INSERT INTO `t` (`a`, `b`) VALUES (?, ?), (?, ?)");
  const tidb::sql::update update{.table = "t",
                                 .set = {{"a", tidb::sql::literal(tidb::value_view::of(std::int64_t{1}))}},
                                 .where = tidb::sql::column({}, "b")};
  EXPECT_EQ(print(update, dialect::tidb).text, "UPDATE `t` SET `a` = ? WHERE `b`");
  EXPECT_EQ(print(tidb::sql::erase{.table = "t"}, dialect::sqlite).text, "DELETE FROM `t`");
}

template <class T>
struct general {
  T id{};
};

TEST(printer, members_of_class_templates_have_their_own_names) {
  EXPECT_EQ((tidb::column<&general<std::int64_t>::id>().name), "id");
}

TEST(table_sql, a_column_called_primary_key_leaves_the_key_alone) {
  const tidb::table_definition table{.name = "t",
                                     .columns = {{"k", {tidb::type_kind::varchar, false, 8}},
                                                 {"a PRIMARY KEY b", {tidb::type_kind::integer, false, 0}, true}},
                                     .primary_key = {"k"}};
  EXPECT_NE(create_table_sql(table, tidb::engine_kind::embedded, false).find("PRIMARY KEY (`k`)"), std::string::npos);
}

TEST(printer, parameters_come_in_the_order_of_their_marks) {
  const auto made = tidb::sql::print(tidb::select<player>()
                                         .where(c<&player::id> == tidb::param<1> && c<&player::name> == "x")
                                         .limit(tidb::param<0>)
                                         .statement(),
                                     dialect::tidb);
  ASSERT_EQ(made.slots.size(), 3U);
  EXPECT_TRUE(made.slots[0].is_argument);
  EXPECT_EQ(made.slots[0].index, 1U);
  EXPECT_EQ(made.slots[1].literal.view().text(), "x");
  EXPECT_EQ(made.slots[2].index, 0U);
}

TEST(printer, names_are_quoted_and_checked) {
  EXPECT_EQ(tidb::sql::quote_identifier("a`b"), "`a``b`");
  EXPECT_THROW(tidb::sql::quote_identifier(""), tidb::usage_error);
  EXPECT_THROW(tidb::sql::quote_identifier(std::string(65, 'x')), tidb::usage_error);
  EXPECT_THROW(tidb::sql::quote_identifier(std::string("a\0b", 3)), tidb::usage_error);
  EXPECT_THROW(tidb::sql::quote_identifier("a\xbf`"), tidb::usage_error);
}

TEST(printer, texts_are_quoted_for_their_dialect) {
  EXPECT_EQ(tidb::sql::quote_text("it's \\", dialect::tidb), "'it''s \\\\'");
  EXPECT_EQ(tidb::sql::quote_text("it's \\", dialect::sqlite), "'it''s \\'");
}

TEST(printer, values_are_literals_of_their_dialect) {
  using tidb::value_view;
  using enum tidb::value_kind;
  const auto bytes_of = [](tidb::value_kind kind, std::string_view text) {
    return value_view::bytes(kind, text.data(), text.size());
  };
  const float floats[] = {1, 2.5F};
  struct row {
    value_view item;
    const char *tidb, *sqlite;
  };
  const row rows[] = {
      {value_view::null(), "NULL", "NULL"},
      {value_view::of(std::int64_t{-5}), "-5", "-5"},
      {value_view::of(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808", "-9223372036854775808"},
      {value_view::of(std::uint64_t{7}), "7", "7"},
      {value_view::of(2.0), "2e0", "2.0e+00"},
      {value_view::of(-0.25), "-0.25e0", "-2.5e-01"},
      {value_view::of(1e300), "1e+300", "1.00000000000000005e+300"},
      {value_view::of("it's"), "'it''s'", "'it''s'"},
      {value_view::of(std::string_view("a\0'\\", 4)), "'a\\0''\\\\'", "CAST(x'6100275c' AS TEXT)"},
      {bytes_of(blob, "\xff'"), "x'ff27'", "x'ff27'"},
      {bytes_of(blob, ""), "x''", "x''"},
      {bytes_of(decimal, "-12.50"), "-12.50", "'-12.50'"},
      {bytes_of(decimal, "3"), "3.0", "'3'"},
      {bytes_of(decimal, "-123456789012345678901"), "-123456789012345678901", "'-123456789012345678901'"},
      {bytes_of(json, R"({"a":"\"'"})"), R"('{"a":"\\"''"}')", R"('{"a":"\"''"}')"},
      {value_view::of(floats), "'[1,2.5]'", "x'0000803f00002040'"},
      {value_view::count(date, 0), "DATE '1970-01-01'", "'1970-01-01'"},
      {value_view::count(datetime, 1), "TIMESTAMP '1970-01-01 00:00:00.000001'", "'1970-01-01 00:00:00.000001'"},
      {value_view::count(time, -1), "TIME '-000:00:00.000001'", "'-000:00:00.000001'"}};
  for (const auto& [item, tidb, sqlite] : rows) {
    EXPECT_EQ(tidb::sql::quote_value(item, dialect::tidb), tidb);
    EXPECT_EQ(tidb::sql::quote_value(item, dialect::sqlite), sqlite);
  }
}

TEST(printer, what_no_column_holds_is_no_literal) {
  using tidb::value_view;
  const std::string_view code = "1; DROP TABLE t", broken = "a\xff";
  for (const auto& item : {value_view::of(std::numeric_limits<double>::quiet_NaN()), value_view::of(broken),
                           value_view::of(HUGE_VAL), value_view::count(tidb::value_kind::date, 1 << 30),
                           value_view::bytes(tidb::value_kind::decimal, code.data(), code.size())})
    for (const auto to : {dialect::tidb, dialect::sqlite})
      EXPECT_THROW((void)tidb::sql::quote_value(item, to), tidb::usage_error) << to_string(item);
  EXPECT_THROW((void)tidb::sql::quote_value(value_view::of(~std::uint64_t{0}), dialect::sqlite), tidb::unsupported);
  EXPECT_EQ(tidb::sql::quote_value(value_view::of(~std::uint64_t{0}), dialect::tidb), "18446744073709551615");
}

TEST(table_sql, tidb_and_embedded_say_the_same_table) {
  tidb::table_definition table{.name = "players",
                               .columns = {{"id", {tidb::type_kind::bigint, false, 0}, false, true},
                                           {"name", {tidb::type_kind::varchar, false, 32}, false, false, true},
                                           {"coins", {tidb::type_kind::integer, false, 0}, true}},
                               .primary_key = {"id"}};
  EXPECT_EQ(create_table_sql(table, tidb::engine_kind::tidb, false),
            "CREATE TABLE `players` (\n  `id` BIGINT NOT NULL AUTO_INCREMENT,\n  `name` VARCHAR(32) NOT NULL UNIQUE,\n"
            "  `coins` INT NULL,\n  PRIMARY KEY (`id`)\n)");
  EXPECT_EQ(create_table_sql(table, tidb::engine_kind::embedded, true),
            "CREATE TABLE IF NOT EXISTS `players` (\n  `id` INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,\n"
            "  `name` VARCHAR(32) NOT NULL UNIQUE CONSTRAINT `tidbxx:length:name:32 characters` CHECK "
            "(length(CAST(`name` AS BLOB)) <= 32 OR (length(`name`) <= 32 AND instr(`name`, char(0)) = 0)),\n"
            "  `coins` INT CONSTRAINT `tidbxx:range:coins:INT` CHECK (typeof(`coins`) IN ('integer', 'null') AND "
            "`coins` BETWEEN -2147483648 AND 2147483647)\n)");
}

}  // namespace
