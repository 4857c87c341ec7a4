// Joins, groups, subqueries, unions, common tables and windows: the same rows on every engine.
#include "support/engines.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

using tidb::c;

namespace one_place {
struct rival;
template <class... Parts>
struct tag_of;
}  // namespace one_place
namespace other_place {
struct rival;
}

namespace {

struct player {
  std::int64_t id{};
  std::string name{};
  int coins{};
  friend bool operator==(const player&, const player&) = default;
};

constexpr auto tidb_schema(tidb::of<player>) {
  return tidb::mapping("players", tidb::column<&player::id>(tidb::primary_key),
                       tidb::column<&player::name>(tidb::varchar(32)), tidb::column<&player::coins>());
}

struct item {
  std::int64_t id{};
  std::int64_t owner{};
  std::string title{};
  std::optional<double> weight{};
  friend bool operator==(const item&, const item&) = default;
};

constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::id>(tidb::primary_key), tidb::column<&item::owner>(),
                       tidb::column<&item::title>(tidb::varchar(32)), tidb::column<&item::weight>());
}

struct step {
  std::int64_t n{};
  std::int64_t square{};
};
constexpr auto tidb_schema(tidb::of<step>) {
  return tidb::mapping("steps", tidb::column<&step::n>(), tidb::column<&step::square>());
}

using names = std::vector<std::string>;
using numbers = std::vector<std::int64_t>;
const auto owns = c<&item::owner> == c<&player::id>;

struct seat {
  std::string row{};
  int place{};
  int price{};
};
constexpr auto tidb_schema(tidb::of<seat>) {
  return tidb::mapping("seats", tidb::column<&seat::row>(tidb::primary_key, tidb::varchar(20)),
                       tidb::column<&seat::place>(tidb::primary_key), tidb::column<&seat::price>());
}

class selects : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<player>();
    db().create_table<item>();
    db().insert_many({player{1, "ann", 30}, player{2, "bob", 20}, player{3, "cid", 20}});
    db().insert_many(
        {item{1, 1, "axe", 2.5}, item{2, 1, "bow", 1.5}, item{3, 2, "axe", std::nullopt}, item{4, 9, "cup", 0.25}});
  }
};

TEST_P(selects, values_of_expressions_are_rows) {
  EXPECT_EQ(db().select(c<&player::name>).order_by(c<&player::name>).all(), (names{"ann", "bob", "cid"}));
  const auto pairs = db().select(c<&player::name>, c<&player::coins> * 2).where(c<&player::id> < 3).all();
  ASSERT_EQ(pairs.size(), 2U);
  EXPECT_EQ(pairs[0], std::tuple("ann", 60));
  EXPECT_EQ(db().select(tidb::count()).from<player>().value(), 3);
  struct named {
    std::string name;
    int coins;
  };
  EXPECT_EQ(db().select(c<&player::name>, c<&player::coins>).where(c<&player::id> == 2).as<named>().at(0).coins, 20);
}

TEST_P(selects, joins_give_rows_of_several_tables) {
  const auto both = db().select<player, item>().join<item>(owns).order_by(c<&item::id>).all();
  ASSERT_EQ(both.size(), 3U);
  EXPECT_EQ(std::get<0>(both[1]), (player{1, "ann", 30}));
  EXPECT_EQ(std::get<1>(both[1]), (item{2, 1, "bow", 1.5}));
  EXPECT_EQ(db().select<player>().join<item>(owns).count(), 3);
  EXPECT_EQ(db().select(c<&player::name>).cross_join<item>().all().size(), 12U);
}

TEST_P(selects, a_left_join_keeps_rows_that_meet_none) {
  const auto rows = db().select<player, item>().left_join<item>(owns).order_by(c<&player::id>, c<&item::id>).all();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(std::get<1>(rows[0])->title, "axe");
  EXPECT_EQ(std::get<0>(rows[3]).name, "cid");
  EXPECT_FALSE(std::get<1>(rows[3]));
  const auto without = db().select(c<&player::name>).left_join<item>(owns).where(c<&item::id>.is_null()).all();
  EXPECT_EQ(without, names{"cid"});
}

TEST_P(selects, a_table_joins_itself) {
  struct rival;
  using other = tidb::alias<player, rival>;
  const auto pairs = db().select(c<&player::name>, tidb::col<other, &player::name>)
                         .join<other>(tidb::col<other, &player::coins> == c<&player::coins> &&
                                      tidb::col<other, &player::id> > c<&player::id>)
                         .all();
  ASSERT_EQ(pairs.size(), 1U);
  EXPECT_EQ(pairs[0], std::tuple("bob", "cid"));
}

TEST_P(selects, aliases_are_told_apart_by_the_whole_names_of_their_tags) {
  struct rival;
  using local = tidb::alias<player, rival>;
  using first = tidb::alias<player, one_place::rival>;
  using second = tidb::alias<player, other_place::rival>;
  using third = tidb::alias<player, one_place::tag_of<rival, std::string, one_place::rival>>;
  using fourth = tidb::alias<player, one_place::tag_of<rival, std::string, other_place::rival>>;
  const auto found = db().select(tidb::col<first, &player::id>, tidb::col<second, &player::id>)
                         .from<local>()
                         .join<first>(tidb::col<first, &player::id> == tidb::col<local, &player::id>)
                         .join<second>(tidb::col<second, &player::id> == tidb::col<first, &player::id> + 1)
                         .join<third>(tidb::col<third, &player::id> == tidb::col<second, &player::id>)
                         .join<fourth>(tidb::col<fourth, &player::id> == tidb::col<third, &player::id>)
                         .order_by(tidb::col<first, &player::id>)
                         .all();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0], std::tuple(1, 2));
}

TEST_P(selects, groups_count_and_sum) {
  const auto groups = db().select(c<&player::coins>, tidb::count(), tidb::sum(c<&player::id>),
                                  tidb::avg(c<&player::id>), tidb::min(c<&player::name>), tidb::max(c<&player::name>))
                          .group_by(c<&player::coins>)
                          .order_by(c<&player::coins>)
                          .all();
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_EQ(groups[0], std::tuple(20, 2, 5, 2.5, "bob", "cid"));
  EXPECT_EQ(groups[1], std::tuple(30, 1, 1, 1.0, "ann", "ann"));
  EXPECT_EQ(db().select(c<&item::owner>).group_by(c<&item::owner>).having(tidb::count() > 1).all(), numbers{1});
  EXPECT_EQ(db().select(c<&player::coins>).group_by(c<&player::coins>).count(), 2);
  EXPECT_EQ(db().select(c<&item::title>).distinct().count(), 3);
  EXPECT_EQ(db().select(tidb::count_distinct(c<&item::title>), tidb::count(c<&item::weight>)).one(), std::tuple(3, 3));
}

TEST_P(selects, aggregates_of_no_row_are_null) {
  const auto none = c<&player::id> > 100;
  EXPECT_EQ(db().select(tidb::sum(c<&player::coins>)).where(none).value(), std::nullopt);
  EXPECT_EQ(db().select(tidb::max(c<&player::name>)).where(none).value(), std::nullopt);
  EXPECT_EQ(db().select(tidb::count(c<&player::coins>)).where(none).value(), 0);
}

TEST_P(selects, subqueries_are_values_lists_and_tests) {
  const auto theirs = tidb::select(tidb::count()).from<item>().correlate<player>().where(owns);
  EXPECT_EQ(db().select(scalar(theirs)).from<player>().order_by(c<&player::id>).all(),
            (std::vector<std::optional<std::int64_t>>{2, 1, 0}));
  const auto owning = tidb::select(c<&item::id>).correlate<player>().where(owns);
  EXPECT_EQ(db().select(c<&player::name>).where(!exists(owning)).all(), names{"cid"});
  const auto owners = tidb::select(c<&item::owner>).where(c<&item::title> == "axe");
  EXPECT_EQ(db().select(c<&player::id>).where(c<&player::id>.in(owners)).order_by(c<&player::id>).all(),
            (numbers{1, 2}));
  EXPECT_EQ(db().select(c<&player::id>).where(c<&player::id>.not_in(owners)).all(), numbers{3});
  const auto most = tidb::select(tidb::max(c<&player::coins>));
  EXPECT_EQ(db().select(c<&player::name>).where(c<&player::coins> == scalar(most)).all(), names{"ann"});
}

TEST_P(selects, queries_are_put_together) {
  auto ids = db().select(c<&player::id>);
  ids.union_with(tidb::select(c<&item::owner>)).order_by(c<&player::id>);
  EXPECT_EQ(ids.all(), (numbers{1, 2, 3, 9}));
  EXPECT_EQ(ids.count(), 4);
  auto every = db().select(c<&player::id>);
  every.union_all(tidb::select(c<&item::owner>)).order_by(desc(c<&player::id>)).limit(3);
  EXPECT_EQ(every.all(), (numbers{9, 3, 2}));
  auto common = db().select(c<&player::id>);
  common.intersect(tidb::select(c<&item::owner>)).order_by(c<&player::id>);
  EXPECT_EQ(common.all(), (numbers{1, 2}));
  auto rest = db().select(c<&player::id>);
  rest.except(tidb::select(c<&item::owner>));
  EXPECT_EQ(rest.all(), numbers{3});
  auto limited = db().select(c<&player::id>).order_by(desc(c<&player::id>)).limit(1);
  limited.union_all(tidb::select(c<&item::owner>).order_by(desc(c<&item::owner>)).limit(1));
  auto found = limited.all();  // in any order
  std::ranges::sort(found);
  EXPECT_EQ(found, (numbers{3, 9}));
}

TEST_P(selects, an_intersection_is_of_all_that_was_put_together_before) {
  auto made = db().select(c<&player::id>).where(c<&player::id> == 3);
  made.union_with(tidb::select(c<&player::id>).where(c<&player::id> == 1)).intersect(tidb::select(c<&item::owner>));
  EXPECT_EQ(made.all(), numbers{1});
}

TEST_P(selects, common_tables_may_look_at_themselves) {
  auto first = tidb::select(tidb::literal(std::int64_t{1}), tidb::literal(std::int64_t{1}));
  first.union_all(tidb::select(c<&step::n> + 1, (c<&step::n> + 1) * (c<&step::n> + 1)).where(c<&step::n> < 5));
  const auto steps = db().select<step>().with_recursive<step>(first).order_by(c<&step::n>).all();
  ASSERT_EQ(steps.size(), 5U);
  EXPECT_EQ(steps[4].square, 25);
}

TEST_P(selects, null_comes_where_it_is_asked_for) {
  const auto in_order = [&](const auto& term) { return db().select(c<&item::id>).order_by(term).all(); };
  EXPECT_EQ(in_order(asc(c<&item::weight>)), (numbers{3, 4, 2, 1}));
  EXPECT_EQ(in_order(asc(c<&item::weight>).nulls_last()), (numbers{4, 2, 1, 3}));
  EXPECT_EQ(in_order(desc(c<&item::weight>)), (numbers{1, 2, 4, 3}));
  EXPECT_EQ(in_order(desc(c<&item::weight>).nulls_first()), (numbers{3, 1, 2, 4}));
}

TEST_P(selects, cases_coalesce_and_casts) {
  const auto size = tidb::case_when(c<&item::weight> > 2, "heavy").when(c<&item::weight> > 1, "light");
  EXPECT_EQ(db().select(size.otherwise("none")).from<item>().order_by(c<&item::id>).all(),
            (names{"heavy", "light", "none", "none"}));
  EXPECT_EQ(db().select(size).from<item>().where(c<&item::id> == 3).value(), std::nullopt);
  EXPECT_EQ(db().select(tidb::coalesce(c<&item::weight>, 7.0)).where(c<&item::id> == 3).value(), 7.0);
  EXPECT_EQ(db().select(tidb::nullif(c<&item::owner>, 9)).where(c<&item::id> == 4).value(), std::nullopt);
  EXPECT_EQ(db().select(tidb::cast<std::string>(c<&item::owner>)).where(c<&item::id> == 4).value(), "9");
  EXPECT_EQ(db().select(tidb::cast<std::int64_t>(tidb::literal("42"))).value(), 42);
  EXPECT_EQ(db().select(tidb::concat(c<&item::title>, "-", c<&item::title>)).where(c<&item::id> == 1).value(),
            "axe-axe");
}

TEST_P(selects, null_equals_null_only_when_asked) {
  const auto ids = [&](const auto& condition) { return db().select(c<&item::id>).where(condition).all(); };
  EXPECT_EQ(ids(c<&item::weight>.is_not_distinct_from(std::optional<double>())), numbers{3});
  EXPECT_EQ(ids(c<&item::weight>.is_distinct_from(std::optional<double>())).size(), 3U);
  EXPECT_EQ(ids(c<&item::weight> == std::optional<double>()), numbers{});
}

TEST_P(selects, like_takes_another_escape) {
  db().insert(item{5, 1, "50%", 1.0});
  EXPECT_EQ(db().select(c<&item::id>).where(c<&item::title>.like("%|%", '|')).all(), numbers{5});
  EXPECT_EQ(db().select(c<&item::id>).where(c<&item::title>.not_like("%|%", '|')).count(), 4);
}

TEST_P(selects, windows_see_the_rows_around) {
  const auto by_owner = tidb::window().partition_by(c<&item::owner>).order_by(c<&item::id>);
  const auto rows =
      db().select(c<&item::id>, row_number(by_owner), lag(c<&item::title>, 1, by_owner)).order_by(c<&item::id>).all();
  ASSERT_EQ(rows.size(), 4U);
  EXPECT_EQ(rows[1], std::tuple(2, 2, "axe"));
  EXPECT_EQ(std::get<2>(rows[2]), std::nullopt);
  const auto sums =
      db().select(over(tidb::sum(c<&item::id>),
                       tidb::window().order_by(c<&item::id>).rows(tidb::preceding(1), tidb::current_row())))
          .order_by(c<&item::id>)
          .all();
  EXPECT_EQ(sums, (std::vector<std::optional<std::int64_t>>{1, 3, 5, 7}));
  const auto ranked = db().select(c<&player::id>, rank(tidb::window().order_by(desc(c<&player::coins>))),
                                  dense_rank(tidb::window().order_by(c<&player::coins>)))
                          .order_by(c<&player::id>)
                          .all();
  EXPECT_EQ(ranked[0], std::tuple(1, 1, 2));
  EXPECT_EQ(ranked[2], std::tuple(3, 2, 1));
}

TEST_P(selects, raw_fragments_and_functions_take_parameters) {
  EXPECT_EQ(db().select(c<&player::id>).where(tidb::raw<bool>("coins % ? = 0 AND name <> '?'", 15)).all(), numbers{1});
  EXPECT_EQ(db().select(tidb::func<std::int64_t>("ABS", -c<&player::coins>)).where(c<&player::id> == 1).value(), 30);
  EXPECT_EQ(db().select(tidb::greatest(c<&player::coins>, 25)).where(c<&player::id> == 2).value(), 25);
}

TEST_P(selects, raw_fragments_have_question_marks_in_comments_and_quotes) {
  const auto id = [&](std::string_view sql) {
    return db().select(tidb::raw<std::int64_t>(sql, 7)).from<player>().limit(1).value();
  };
  EXPECT_EQ(id("/* what? */ ?"), 7);
  EXPECT_EQ(id("? -- or?\n"), 7);
  EXPECT_EQ(id("CASE WHEN 'it''s ?' = `name` THEN 1 ELSE ? END"), 7);
  EXPECT_EQ(id(embedded() ? "CASE WHEN '\\' = '?' THEN 1 ELSE ? END" : "CASE WHEN 'it\\'s ?' = '?' THEN 1 ELSE ? END"),
            7);
  if (!embedded()) {
    EXPECT_EQ(id("? # or?\n"), 7);
    EXPECT_EQ(id("/*! ? */"), 7);
  }
}

TEST_P(selects, prepared_subqueries_take_arguments) {
  const auto owners = tidb::select(c<&item::owner>).where(c<&item::title> == tidb::param<0>);
  const auto by_title = db().prepare(tidb::select(c<&player::name>).where(c<&player::id>.in(owners)));
  EXPECT_EQ(by_title.all("bow"), names{"ann"});
  EXPECT_EQ(by_title.all("cup"), names{});
}

TEST_P(selects, pages_begin_behind_the_last_row_of_the_page_before) {
  auto page = db().select(c<&player::id>, c<&player::coins>).order_by(desc(c<&player::coins>), c<&player::id>).limit(2);
  const auto first = page.all();
  ASSERT_EQ(first.size(), 2U);
  EXPECT_EQ(std::get<0>(first[1]), 2);
  page.after(std::get<1>(first[1]), std::get<0>(first[1]));
  const auto second = page.all();
  ASSERT_EQ(second.size(), 1U);
  EXPECT_EQ(std::get<0>(second[0]), 3);
  EXPECT_THROW(db().select<player>().order_by(c<&player::id>).after(1, 2), tidb::usage_error);
  EXPECT_THROW(db().select<player>().order_by(c<&player::id>).after("z"), tidb::usage_error);
}

TEST_P(selects, a_query_that_stands_in_a_select_twice_is_not_taken_for_two) {
  const auto above = [](int coins) {
    return scalar(tidb::select(tidb::count()).from<player>().where(c<&player::coins> > coins));
  };
  const auto twice = above(0);
  EXPECT_EQ(db().select(twice, twice).one(), std::tuple(3, 3));
  EXPECT_EQ(db().select(above(0), above(20)).one(), std::tuple(3, 1));
  EXPECT_EQ(db().select(twice, twice).one(), std::tuple(3, 3));
}

TEST_P(selects, groups_by_a_query_are_told_apart_by_its_values) {
  const auto above = [](int coins) {
    return scalar(tidb::select(tidb::count()).from<player>().where(c<&player::coins> > coins)) + 5;
  };
  const auto grouped = db().select(above(0), above(20), tidb::count()).from<player>().group_by(above(20));
  EXPECT_NE(grouped.sql().find("GROUP BY 2"), std::string::npos) << grouped.sql();
}

TEST_P(selects, a_condition_that_was_moved_from_is_refused_and_does_not_choose_every_row) {
  auto gone = c<&player::id> == 2;
  const auto taken = std::move(gone);
  EXPECT_THROW(db().select<player>().where(gone), tidb::usage_error);
  EXPECT_THROW(db().erase<player>().where(gone), tidb::usage_error);
  EXPECT_THROW(db().update<player>().where(gone), tidb::usage_error);
  EXPECT_THROW((void)(gone && c<&player::id> == 1), tidb::usage_error);
  EXPECT_THROW((void)(c<&player::id> == 1 || gone), tidb::usage_error);
  EXPECT_THROW((void)!gone, tidb::usage_error);
  EXPECT_THROW(db().select<player>().join<item>(gone), tidb::usage_error);
  EXPECT_EQ(db().select<player>().count(), 3);
}

TEST_P(selects, a_union_of_pages_can_be_counted) {
  auto both = db().select(c<&player::id>, c<&player::name>).order_by(c<&player::id>).limit(2);
  both.union_all(tidb::select(c<&player::id>, c<&player::name>));
  EXPECT_EQ(both.all().size(), 5U);
  EXPECT_EQ(both.count(), 5);
}

TEST_P(selects, a_prepared_lock_is_checked_as_any_other) {
  EXPECT_THROW((void)db().prepare(tidb::select<player>().for_update()), tidb::usage_error);
  db().transaction(
      [](tidb::transaction& tx) { EXPECT_EQ(tx.prepare(tidb::select<player>().for_update()).all().size(), 3U); });
}

TEST_P(selects, the_engine_explains_its_plan) {
  const auto by_key = db().select<player>().where(c<&player::id> == 1);
  EXPECT_FALSE(by_key.explain().empty());
  if (embedded())
    EXPECT_EQ(tests::error_of([&] { (void)by_key.explain_analyze(); }).code(), tidb::errc::unsupported);
  else
    EXPECT_FALSE(by_key.explain_analyze().empty());
}

TEST_P(selects, rows_are_inserted_from_a_query) {
  EXPECT_EQ(
      db().insert_from<item>(tidb::select(c<&player::id> + 100, c<&player::id>, c<&player::name>, tidb::literal(1.0))),
      3U);
  EXPECT_EQ(db().select(c<&item::title>).where(c<&item::id> == 102).value(), "bob");
  const auto some = tidb::select(c<&item::id> + 200, c<&item::title>, c<&item::owner>).where(c<&item::id> == 1);
  EXPECT_EQ((db().insert_from<item, &item::id, &item::title, &item::owner>(some)), 1U);
  EXPECT_EQ(db().select<item>().where(c<&item::id> == 201).one(), (item{201, 1, "axe", std::nullopt}));
}

TEST_P(selects, rows_that_are_there_are_left_or_changed) {
  const std::vector<player> rows{{3, "new", 1}, {4, "dan", 5}};
  db().insert_missing(rows);
  EXPECT_EQ(db().select(c<&player::name>).order_by(c<&player::id>).all(), (names{"ann", "bob", "cid", "dan"}));
  db().upsert(rows).set(c<&player::coins> = c<&player::coins> + inserted(c<&player::coins>) + 100).run();
  EXPECT_EQ(db().select(c<&player::coins>).where(c<&player::id> >= 3).order_by(c<&player::id>).all(),
            (std::vector<int>{121, 110}));
  std::vector<player> many;
  for (std::int64_t id = 1; id <= 700; ++id) many.push_back({id, "p" + std::to_string(id), 1});
  db().upsert(many).set(c<&player::name> = inserted(c<&player::name>), c<&player::coins> = 7).run();
  EXPECT_EQ(db().select(tidb::count()).from<player>().where(c<&player::coins> == 7).value(), 4);
  EXPECT_EQ(db().select(c<&player::name>).where(c<&player::id> == 2).value(), "p2");
  EXPECT_EQ(db().count<player>(), 700);
  EXPECT_THROW(db().insert_missing(std::vector<player>{{901, std::string(40, 'x'), 1}}), tidb::error);
}

TEST_P(selects, writes_may_take_only_the_first_rows) {
  EXPECT_EQ(db().update<player>().set(c<&player::coins> = 0).order_by(desc(c<&player::id>)).limit(2).run(), 2U);
  EXPECT_EQ(db().select(c<&player::id>).where(c<&player::coins> == 0).order_by(c<&player::id>).all(), (numbers{2, 3}));
  EXPECT_EQ(db().erase<item>().where(c<&item::owner> > 0).order_by(c<&item::id>).limit(3).run(), 3U);
  EXPECT_EQ(db().select(c<&item::id>).all(), numbers{4});
}

TEST_P(selects, any_and_all_compare_with_each_row_of_a_query) {
  const auto ids = [&](const auto& condition) {
    return db().select(c<&player::id>).where(condition).order_by(c<&player::id>).all();
  };
  const auto coins = tidb::select(c<&player::coins>);
  const auto none = tidb::select(c<&player::coins>).where(c<&player::id> > 99);
  EXPECT_EQ(ids(c<&player::coins> > any_of(coins)), numbers{1});
  EXPECT_EQ(ids(c<&player::coins> >= all_of(coins)), numbers{1});
  EXPECT_EQ(ids(c<&player::coins> == any_of(coins)), (numbers{1, 2, 3}));
  EXPECT_EQ(ids(c<&player::coins> != all_of(coins)), numbers{});
  EXPECT_EQ(ids(c<&player::coins> != any_of(coins)), (numbers{1, 2, 3}));
  EXPECT_EQ(ids(c<&player::coins> == all_of(coins)), numbers{});
  EXPECT_EQ(ids(c<&player::coins> > any_of(none)), numbers{});
  EXPECT_EQ(ids(c<&player::coins> > all_of(none)), (numbers{1, 2, 3}));
  EXPECT_EQ(ids(!(c<&player::coins> > any_of(none))), (numbers{1, 2, 3}));
}

TEST_P(selects, any_and_all_of_rows_with_null_are_null_where_those_decide) {
  const auto ids = [&](const auto& condition) {
    return db().select(c<&item::id>).where(condition).order_by(c<&item::id>).all();
  };
  const auto weights = tidb::select(c<&item::weight>);
  EXPECT_EQ(ids(c<&item::weight> > any_of(weights)), (numbers{1, 2}));
  EXPECT_EQ(ids(!(c<&item::weight> > any_of(weights))), numbers{});
  EXPECT_EQ(ids(c<&item::weight> >= all_of(weights)), numbers{});
  EXPECT_EQ(ids(!(c<&item::weight> >= all_of(weights))), (numbers{2, 4}));
  using other = tidb::alias<item, struct another_item>;
  const auto of_owner =
      tidb::select(tidb::col<other, &item::weight>)
          .correlate<item>()
          .where(tidb::col<other, &item::owner> == c<&item::owner> && tidb::col<other, &item::id> != c<&item::id>);
  EXPECT_EQ(ids(c<&item::weight> > any_of(of_owner)), numbers{1});
  EXPECT_EQ(ids(c<&item::weight> > all_of(of_owner)), (numbers{1, 3, 4}));
}

TEST_P(selects, several_values_are_looked_for_together) {
  const auto ids = [&](const auto& condition) {
    return db().select(c<&item::id>).where(condition).order_by(c<&item::id>).all();
  };
  const auto owner_and_title = tuple_of(c<&item::owner>, c<&item::title>);
  EXPECT_EQ(ids(owner_and_title.in({{1, "bow"}, {2, "axe"}, {2, "bow"}})), (numbers{2, 3}));
  EXPECT_EQ(ids(owner_and_title.not_in({{1, "bow"}, {2, "axe"}})), (numbers{1, 4}));
  const std::vector<std::pair<std::int64_t, std::string>> pairs{{9, "cup"}};
  EXPECT_EQ(ids(owner_and_title.in(pairs)), numbers{4});
  EXPECT_EQ(ids(owner_and_title.in({})), numbers{});
  const auto axes = tidb::select(c<&item::owner>, c<&item::title>).where(c<&item::title> == "axe");
  EXPECT_EQ(ids(owner_and_title.in(axes)), (numbers{1, 3}));
  EXPECT_EQ(ids(owner_and_title.not_in(axes)), (numbers{2, 4}));
}

TEST_P(selects, writes_may_join_other_tables) {
  EXPECT_EQ(db().update<item>()
                .join<player>(owns)
                .set(c<&item::title> = tidb::concat(c<&player::name>, "'s ", c<&item::title>))
                .where(c<&player::coins> >= 20 && c<&item::id> != 2)
                .run(),
            2U);
  EXPECT_EQ(db().select(c<&item::title>).order_by(c<&item::id>).all(), (names{"ann's axe", "bow", "bob's axe", "cup"}));
  // a row that meets two is changed, and counted, once
  EXPECT_EQ(db().update<player>().join<item>(owns).set(c<&player::coins> = c<&player::coins> + 1).run(), 2U);
  EXPECT_EQ(db().select(c<&player::coins>).order_by(c<&player::id>).all(), (std::vector<int>{31, 21, 20}));
  EXPECT_EQ(db().erase<player>().join<item>(owns).where(c<&item::title> == "bow").run(), 1U);
  using other = tidb::alias<item, struct another_item>;
  EXPECT_EQ(db().erase<item>()
                .join<other>(tidb::col<other, &item::owner> == c<&item::owner>)
                .where(tidb::col<other, &item::id> < c<&item::id>)
                .run(),
            1U);
  EXPECT_EQ(db().select(c<&item::id>).order_by(c<&item::id>).all(), (numbers{1, 3, 4}));
  EXPECT_THROW(db().erase<item>().join<player>(owns).limit(1).run(), tidb::usage_error);
}

TEST_P(selects, locks_may_name_their_tables) {
  db().transaction([&](tidb::transaction& tx) {
    EXPECT_EQ((tx.select<player, item>().join<item>(owns).for_update<player>().all().size()), 3U);
    EXPECT_EQ(tx.select<player>().for_update<player>(tidb::lock_wait::nowait).all().size(), 3U);
    const auto skipping = tx.select<player>().for_update(tidb::lock_wait::skip_locked);
    if (embedded())
      EXPECT_EQ(skipping.all().size(), 3U);
    else
      EXPECT_THROW((void)skipping.all(), tidb::unsupported);
  });
}

TEST_P(selects, writes_may_run_in_batches) {
  std::vector<player> many;
  for (std::int64_t id = 10; id < 110; ++id) many.push_back({id, "it's \\ " + std::to_string(id), 1});
  db().insert_many(many);
  db().update<player>()
      .set(c<&player::coins> = c<&player::coins> + 4, c<&player::name> = "it's")
      .where(c<&player::id> >= 10 && c<&player::name>.like("it's %"))
      .run_in_batches(30);
  EXPECT_EQ(db().select<player>().where(c<&player::coins> == 5 && c<&player::name> == "it's").count(), 100);
  db().erase<player>().where(c<&player::coins> == 5).run_in_batches(7);
  EXPECT_EQ(db().count<player>(), 3);
  EXPECT_THROW(db().erase<player>().limit(3).run_in_batches(7), tidb::usage_error);
  EXPECT_THROW(db().erase<player>().run_in_batches(0), tidb::usage_error);
  EXPECT_THROW(db().update<player>().set(c<&player::coins> = tidb::param<0>).run_in_batches(7), tidb::usage_error);
  db().transaction(
      [&](tidb::transaction& tx) { EXPECT_THROW(tx.erase<player>().run_in_batches(7), tidb::usage_error); });
}

TEST_P(selects, writes_of_a_table_with_a_key_of_two_columns_may_run_in_batches) {
  db().create_table<seat>();
  std::vector<seat> many;
  for (int place = 0; place < 100; ++place) many.push_back({"row " + std::to_string(place % 7), place, 1});
  db().insert_many(many);
  db().update<seat>().set(c<&seat::price> = c<&seat::price> + 4).where(c<&seat::place> >= 50).run_in_batches(9);
  EXPECT_EQ(db().select<seat>().where(c<&seat::price> == 5).count(), 50);
  db().erase<seat>().where(c<&seat::price> == 5).run_in_batches(9);
  EXPECT_EQ(db().count<seat>(), 50);
}

RUN_ON_EACH_ENGINE(selects);

}  // namespace
