// Joins, groups, subqueries, unions and window functions, in both dialects.
#include <tidbxx/tidbxx.hpp>

#include <string>

#include <gtest/gtest.h>

using tidb::c;
using tidb::sql::dialect;

namespace game {
struct rival;
}

namespace {

struct player {
  std::int64_t id{};
  std::string name{};
  int coins{};
};

constexpr auto tidb_schema(tidb::of<player>) {
  return tidb::mapping("players", tidb::column<&player::id>(tidb::primary_key),
                       tidb::column<&player::name>(tidb::varchar(32)), tidb::column<&player::coins>());
}

struct item {
  std::int64_t owner{};
  std::string title{};
  std::optional<double> weight{};
};

constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::owner>(), tidb::column<&item::title>(tidb::varchar(32)),
                       tidb::column<&item::weight>());
}

struct step {
  std::int64_t n{};
};
constexpr auto tidb_schema(tidb::of<step>) { return tidb::mapping("steps", tidb::column<&step::n>()); }

template <class Builder>
void expect(const Builder& built, const std::string& tidb, const std::string& sqlite) {
  EXPECT_EQ(tidb::sql::print(built.statement(), dialect::tidb).text, tidb);
  EXPECT_EQ(tidb::sql::print(built.statement(), dialect::sqlite).text, sqlite);
}

template <class Builder>
void expect(const Builder& built, const std::string& both) {
  expect(built, both, both);
}

const auto owns = c<&item::owner> == c<&player::id>;

TEST(select, of_values_is_from_the_table_of_the_first_column) {
  expect(tidb::select(c<&player::name>, c<&player::coins> + 1), "SELECT `name`, `coins` + ? FROM `players`");
  expect(tidb::select(tidb::count()).from<player>(), "SELECT COUNT(*) FROM `players`");
  expect(tidb::select(tidb::literal(1)), "SELECT ?");
}

TEST(select, joins_name_the_table_of_every_column) {
  expect(tidb::select<player>().join<item>(owns).where(c<&item::title> == "axe"),
         "SELECT `players`.`id`, `players`.`name`, `players`.`coins` FROM `players` JOIN `items` ON `items`.`owner` = "
         "`players`.`id` WHERE `items`.`title` = ?");
  expect(
      tidb::select(c<&player::name>, c<&item::title>).left_join<item>(owns),
      "SELECT `players`.`name`, `items`.`title` FROM `players` LEFT JOIN `items` ON `items`.`owner` = `players`.`id`");
  expect(tidb::select(c<&player::name>, c<&item::title>).cross_join<item>(),
         "SELECT `players`.`name`, `items`.`title` FROM `players` CROSS JOIN `items`");
}

TEST(select, a_table_joins_itself_by_an_alias) {
  using other = tidb::alias<player, game::rival>;
  expect(tidb::select(c<&player::name>, tidb::col<other, &player::name>)
             .join<other>(tidb::col<other, &player::coins> > c<&player::coins>),
         "SELECT `players`.`name`, `game::rival`.`name` FROM `players` JOIN `players` AS `game::rival` ON "
         "`game::rival`.`coins` > "
         "`players`.`coins`");
}

TEST(select, groups_and_their_conditions) {
  expect(tidb::select(c<&item::owner>, tidb::count(), tidb::sum(c<&item::weight>))
             .group_by(c<&item::owner>)
             .having(tidb::count() > 1)
             .order_by(tidb::desc(tidb::count())),
         "SELECT `owner`, COUNT(*), SUM(`weight`) FROM `items` GROUP BY `owner` HAVING COUNT(*) > ? ORDER BY COUNT(*) "
         "DESC");
  expect(tidb::select(c<&player::coins>).distinct(), "SELECT DISTINCT `coins` FROM `players`");
  expect(tidb::select(tidb::count_distinct(c<&item::owner>), tidb::avg(c<&item::owner>)),
         "SELECT COUNT(DISTINCT `owner`), AVG(CAST(`owner` AS DOUBLE)) FROM `items`",
         "SELECT COUNT(DISTINCT `owner`), AVG(CAST(`owner` AS REAL)) FROM `items`");
}

TEST(select, groups_by_what_has_values_in_it_are_named_by_their_place) {
  const auto parity = c<&player::coins> % 2;
  expect(tidb::select(tidb::count(), parity).group_by(parity).order_by(desc(parity)),
         "SELECT COUNT(*), `coins` % ? FROM `players` GROUP BY 2 ORDER BY 2 DESC");
  expect(tidb::select(parity.as("odd"), tidb::count()).group_by(parity.as("odd")),
         "SELECT `coins` % ? AS `odd`, COUNT(*) FROM `players` GROUP BY 1");
  expect(tidb::select(tidb::count()).from<player>().group_by(parity),
         "SELECT COUNT(*) FROM `players` GROUP BY `coins` % ?");
}

TEST(select, subqueries_see_the_tables_around_them_when_told) {
  const auto theirs = tidb::select(tidb::count()).from<item>().correlate<player>().where(owns);
  expect(tidb::select(c<&player::name>, scalar(theirs)),
         "SELECT `name`, (SELECT COUNT(*) FROM `items` WHERE `items`.`owner` = `players`.`id`) FROM `players`");
  expect(
      tidb::select<player>().where(exists(theirs)),
      "SELECT `id`, `name`, `coins` FROM `players` WHERE EXISTS (SELECT COUNT(*) FROM `items` WHERE `items`.`owner` = "
      "`players`.`id`)");
  expect(tidb::select(c<&player::name>).where(c<&player::id>.in(tidb::select(c<&item::owner>))),
         "SELECT `name` FROM `players` WHERE `id` IN (SELECT `items`.`owner` FROM `items`)");
  expect(tidb::select(c<&player::name>).where(!c<&player::id>.not_in(tidb::select(c<&item::owner>))),
         "SELECT `name` FROM `players` WHERE NOT (`id` NOT IN (SELECT `items`.`owner` FROM `items`))");
}

TEST(select, queries_are_put_together) {
  auto all = tidb::select(c<&player::id>);
  all.union_all(tidb::select(c<&item::owner>)).order_by(c<&player::id>).limit(2);
  expect(all, "SELECT `id` FROM `players` UNION ALL SELECT `owner` FROM `items` ORDER BY `id` LIMIT ?");
  auto first = tidb::select(c<&player::id>).limit(1);
  auto both = first;
  both.except(first);
  expect(both,
         "WITH `_tidbxx_first_0` AS (SELECT `players`.`id` FROM `players` LIMIT ?) SELECT * FROM `_tidbxx_first_0` "
         "EXCEPT SELECT * FROM (SELECT `players`.`id` FROM `players` LIMIT ?) AS `_tidbxx_part`");
}

TEST(select, common_tables_are_structs) {
  auto numbers = tidb::select(tidb::literal(std::int64_t{1}));
  numbers.union_all(tidb::select(c<&step::n> + 1).where(c<&step::n> < 5));
  expect(
      tidb::select<step>().with_recursive<step>(numbers),
      "WITH RECURSIVE `steps` (`n`) AS (SELECT ? UNION ALL SELECT `steps`.`n` + ? FROM `steps` WHERE `steps`.`n` < ?) "
      "SELECT `n` FROM `steps`");
}

TEST(select, null_can_come_first_or_last) {
  expect(tidb::select(c<&item::title>).order_by(tidb::asc(c<&item::weight>).nulls_last(), desc(c<&item::title>)),
         "SELECT `title` FROM `items` ORDER BY `weight` IS NULL, `weight`, `title` DESC");
  expect(tidb::select(c<&item::title>).order_by(tidb::desc(c<&item::weight>).nulls_first()),
         "SELECT `title` FROM `items` ORDER BY `weight` IS NOT NULL, `weight` DESC");
}

TEST(select, conditions_beyond_comparison) {
  const auto where = [](const auto& condition) { return tidb::select(c<&item::title>).where(condition); };
  const std::string from = "SELECT `title` FROM `items` WHERE ";
  expect(where(c<&item::weight>.is_not_distinct_from(1.5)), from + "`weight` <=> ?", from + "`weight` IS ?");
  expect(where(c<&item::owner>.not_between(1, 2)), from + "`owner` NOT BETWEEN ? AND ?");
  expect(where(c<&item::title>.like("a|%", '|')), from + "`title` LIKE ? ESCAPE '|'",
         from + "TIDB_LIKE(`title`, ?, ?)");
  expect(where(tidb::case_when(c<&item::owner> > 1, "x").when(c<&item::owner> > 0, "y").otherwise("z") == "x"),
         from + "(CASE WHEN `owner` > ? THEN ? WHEN `owner` > ? THEN ? ELSE ? END) = ?");
  expect(where(tidb::coalesce(c<&item::weight>, 0.0) > 1), from + "COALESCE(`weight`, ?) > ?");
  expect(where(tidb::concat(c<&item::title>, "s") == "axes"), from + "(CONCAT(`title`, ?)) = ?",
         from + "(`title` || ?) = ?");
  expect(where(tidb::cast<std::string>(c<&item::owner>) == "1"), from + "CAST(`owner` AS CHAR) = ?",
         from + "TIDBXX_TEXT(`owner`) = ?");
  expect(where(tidb::raw<bool>("`owner` % ? = '?'", 2)), from + "`owner` % ? = '?'");
  expect(where(tidb::func<std::int64_t>("ABS", c<&item::owner>) == 1), from + "ABS(`owner`) = ?",
         from + "TIDB_ABS(`owner`) = ?");
}

TEST(select, raw_and_func_refuse_what_they_cannot_send) {
  EXPECT_THROW(tidb::func<int>("a; b"), tidb::usage_error);
  EXPECT_THROW(tidb::func<int>(""), tidb::usage_error);
  const auto too_few = tidb::select(tidb::raw<int>("? + ?", 1));
  EXPECT_THROW((void)tidb::sql::print(too_few.statement(), dialect::tidb), tidb::usage_error);
  const auto too_many = tidb::select(tidb::raw<int>("1", 1));
  EXPECT_THROW((void)tidb::sql::print(too_many.statement(), dialect::tidb), tidb::usage_error);
  const auto hinted = tidb::select<player>().hint("X() */ SELECT 1 -- ");
  EXPECT_THROW((void)tidb::sql::print(hinted.statement(), dialect::tidb), tidb::usage_error);
}

TEST(select, windows) {
  const auto by_owner = tidb::window().partition_by(c<&item::owner>).order_by(desc(c<&item::weight>));
  expect(tidb::select(c<&item::title>, row_number(by_owner), lag(c<&item::title>, 1, by_owner)),
         "SELECT `title`, ROW_NUMBER() OVER (PARTITION BY `owner` ORDER BY `weight` DESC), LAG(`title`, 1) OVER "
         "(PARTITION BY `owner` ORDER BY `weight` DESC) FROM `items`");
  expect(tidb::select(over(tidb::sum(c<&item::owner>),
                           tidb::window().order_by(c<&item::title>).rows(tidb::preceding(2), tidb::current_row()))),
         "SELECT SUM(`owner`) OVER (ORDER BY `title` ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) FROM `items`");
  expect(tidb::select(over(tidb::count(), tidb::window())).from<item>(), "SELECT COUNT(*) OVER () FROM `items`");
}

TEST(select, locks_hints_and_earlier_states_are_tidbs) {
  expect(tidb::select(c<&player::id>).for_update(tidb::lock_wait::nowait).hint("USE_INDEX(players, PRIMARY)"),
         "SELECT /*+ USE_INDEX(players, PRIMARY) */ `id` FROM `players` FOR UPDATE NOWAIT",
         "SELECT `id` FROM `players`");
  const auto then = tidb::select(c<&player::id>).as_of("2026-01-31 12:00:00");
  EXPECT_EQ(print(then.statement(), dialect::tidb).text,
            "SELECT `id` FROM `players` AS OF TIMESTAMP '2026-01-31 12:00:00'");
  EXPECT_THROW((void)print(then.statement(), dialect::sqlite), tidb::usage_error);
}

}  // namespace
