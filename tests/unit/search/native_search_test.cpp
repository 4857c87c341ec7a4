// Searches by TiDB's own vector index: the SQL that is sent, and what becomes of recorded answers.
#include "scripted_server.hpp"
#include "support/engines.hpp"
#include <tidbxx/tidbxx.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using scripted::cells, scripted::number, scripted::real, scripted::text;
using tidb::c;

struct doc {
  std::int64_t id{};
  std::string name{};
  int year{};
  tidb::vector<3> place{};
};
constexpr auto tidb_schema(tidb::of<doc>) {
  return tidb::mapping("docs", tidb::column<&doc::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&doc::name>(tidb::varchar(40)), tidb::column<&doc::year>(),
                       tidb::column<&doc::place>());
}

constexpr const char* distance = "VEC_COSINE_DISTANCE(`place`, '[1,2,3]') AS `_tidbxx_distance`";
const std::string by_index =
    "SELECT `id`, `name`, " + std::string(distance) + " FROM `docs` ORDER BY `_tidbxx_distance` LIMIT ?";
const std::string among_nearest = "WITH `_tidbxx_nearest` AS (SELECT *, " + std::string(distance) +
                                  " FROM `docs` ORDER BY `_tidbxx_distance` LIMIT ?) ";
const std::string filtered = among_nearest +
                             "SELECT `docs`.`id`, `docs`.`name`, `_tidbxx_distance` FROM `_tidbxx_nearest` AS `docs` "
                             "WHERE `docs`.`year` > ? ORDER BY `_tidbxx_distance` LIMIT ?";
/// Of an exact search.
constexpr const char* by_scan = "`place` IS NOT NULL";

/// Of TiDB 8.5.6 over its mock of TiFlash.
std::vector<scripted::row> plan_with_index() {
  return {cells(text("Projection_6"), text("10.00"), text("root"), text(""),
                text("docs.id, vec_cosine_distance(docs.place, [1,2,3])->Column#5")),
          cells(text("                └─TableFullScan_22"), text("10.00"), text("mpp[tiflash]"),
                text("table:docs, index:_tidbxx_hnsw_place(place)"),
                text("keep order:false, annIndex:COSINE(place..[1,2,3], limit:10)"))};
}
std::vector<scripted::row> plan_without_index() {
  return {cells(text("Projection_8"), text("10.00"), text("root"), text(""), text("docs.id")),
          cells(text("    └─TableFullScan_14"), text("2048.00"), text("cop[tikv]"), text("table:docs"),
                text("keep order:false"))};
}

class native_search : public testing::Test {
protected:
  native_search() {
    server.says("SELECT COUNT(*) FROM information_schema.tables", {cells(number(1))});
    server.says("FROM `_tidbxx_index` i",
                {cells(number(7), text("docs"), text("place"), text("cosine"), number(3), text("_tidbxx_hnsw_place"),
                       text("native"), number(0), text("112"), text(""))});
  }
  /// What EXPLAIN says of a select by the conditions alone.
  void conditions_are_found_by(std::string_view step) {
    server.says("EXPLAIN SELECT `place` FROM `docs` WHERE `year` > ?", {cells(text(step), text("3.00"))});
  }
  /// Searches read id and name.
  auto search() {
    return tidb::table<doc>(tidb::statements(server.on())).search({1, 2, 3}).columns<&doc::id, &doc::name>();
  }
  static std::vector<scripted::row> rows(std::int64_t count, std::int64_t first = 1) {
    std::vector<scripted::row> made;
    for (auto id = first; id < first + count; ++id)
      made.push_back(cells(number(id), text("doc"), real(static_cast<double>(id) / 100)));
    return made;
  }
  std::vector<std::string> searches() const { return server.sent_of({"SELECT `id`", "WITH"}); }

  scripted::server server;
};

using sent = std::vector<std::string>;

TEST_F(native_search, without_conditions_has_the_one_form_that_tidb_can_index) {
  server.says(by_index, rows(3));
  const auto hits = search().limit(3).all();
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(std::get<0>(hits[2].row), 3);
  EXPECT_DOUBLE_EQ(hits[2].distance, 0.03);
  EXPECT_EQ(searches(), sent{by_index});
  EXPECT_EQ(server.count("EXPLAIN"), 0U);
}

TEST_F(native_search, tells_that_it_goes_by_the_index) {
  server.says("EXPLAIN", plan_with_index());
  server.says(by_index, rows(10));
  const auto plan = search().explain();
  EXPECT_EQ(plan.way, "server index");
  EXPECT_EQ(plan.warning, "");
  EXPECT_EQ(plan.sql, by_index);
  EXPECT_EQ(plan.rows, 10U);
  EXPECT_EQ(server.sent_of({"EXPLAIN"}), sent{"EXPLAIN " + by_index});
}

TEST_F(native_search, warns_where_tidb_does_not_take_its_index_and_says_why) {
  server.says("EXPLAIN", plan_without_index());
  server.says(by_index, rows(10));
  server.says("SHOW CREATE TABLE",
              {cells(text("docs"), text("CREATE TABLE `docs` (`place` vector(3), VECTOR INDEX "
                                        "`_tidbxx_hnsw_place`((VEC_COSINE_DISTANCE(`place`))))"))});
  server.says("SHOW CREATE TABLE", {cells(text("docs"), text("CREATE TABLE `docs` (`place` vector(3))"))});
  server.says("information_schema.tiflash_replica", {cells(number(1), number(0), real(0.5))});
  EXPECT_NE(search().explain().warning.find("copy of the table in TiFlash"), std::string::npos);
  const auto plan = search().explain();
  EXPECT_EQ(plan.way, "server index");
  EXPECT_NE(plan.warning.find("rebuild_index"), std::string::npos) << plan.warning;
}

TEST_F(native_search, is_exact_where_rows_without_a_distance_come_first) {
  auto with_null = rows(2);
  with_null.insert(with_null.begin(), cells(number(9), text("none"), tidb::value_view::null()));
  server.says(by_index, with_null);
  server.says(by_scan, rows(3));
  const auto hits = search().limit(3).all();
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(std::get<0>(hits[0].row), 1);
  EXPECT_EQ(searches().size(), 2U);
}

TEST_F(native_search, asks_the_conditions_of_more_and_more_of_the_nearest) {
  conditions_are_found_by("  └─TableFullScan_5");
  server.says_nothing(filtered, 3);
  server.says(filtered, rows(3));
  server.says(filtered, rows(5));
  const auto hits = search().where(c<&doc::year> > 2020).limit(5).all();
  EXPECT_EQ(hits.size(), 5U);
  EXPECT_EQ(searches(), (sent{filtered, filtered, filtered}));
  std::vector<std::int64_t> proposed;
  for (std::size_t i = 0; i < server.sent.size(); ++i)
    if (server.sent[i] == filtered) proposed.push_back(server.parameters[i].at(0).view().integer);
  EXPECT_EQ(proposed, (std::vector<std::int64_t>{34, 272, 680}));
}

TEST_F(native_search, is_exact_where_too_few_of_the_nearest_meet_the_conditions) {
  conditions_are_found_by("  └─TableFullScan_5");
  server.says("EXPLAIN", plan_without_index());
  server.says("SHOW CREATE TABLE", {cells(text("docs"), text("CREATE TABLE `docs` (`place` vector(3))"))});
  server.says_nothing(filtered, 3);
  server.says(by_scan, rows(2));
  const auto plan = search().where(c<&doc::year> > 2020).limit(5).explain();
  EXPECT_EQ(plan.way, "exact");
  EXPECT_EQ(plan.warning, "");
  EXPECT_EQ(plan.rows, 2U);
  EXPECT_EQ(server.count(by_scan), 1U);
}

TEST_F(native_search, tells_that_the_conditions_come_afterwards) {
  conditions_are_found_by("  └─TableFullScan_5");
  server.says("EXPLAIN", plan_with_index());
  server.says(filtered, rows(5));
  EXPECT_EQ(search().where(c<&doc::year> > 2020).limit(5).explain().way, "server index, postfilter");
}

TEST_F(native_search, is_exact_where_an_ordinary_index_finds_the_few_rows_that_meet_the_conditions) {
  conditions_are_found_by("├─IndexRangeScan_5(Build)");
  server.says(by_scan, rows(5));
  const auto plan = search().where(c<&doc::year> > 2020).limit(5).explain();
  EXPECT_EQ(plan.way, "exact");
  EXPECT_EQ(plan.reason, "an index of the table finds the rows that meet the conditions");
}

TEST_F(native_search, with_a_postfilter_does_not_ask_for_an_ordinary_index) {
  server.says(filtered, rows(5));
  EXPECT_EQ(search().where(c<&doc::year> > 2020).filter(tidb::filtering::postfilter).limit(5).all().size(), 5U);
  EXPECT_EQ(server.count("EXPLAIN"), 0U);
}

TEST_F(native_search, with_a_prefilter_is_exact) {
  server.says(by_scan, rows(5));
  const auto plan = search().where(c<&doc::year> > 2020).filter(tidb::filtering::prefilter).limit(5).explain();
  EXPECT_EQ(plan.way, "exact");
  EXPECT_EQ(searches().size(), 1U);
}

TEST_F(native_search, within_a_distance_ends_at_the_first_row_beyond) {
  server.says(by_index, rows(3));
  const auto hits = search().distance_threshold(0.025).limit(3).all();
  EXPECT_EQ(hits.size(), 2U);
  EXPECT_EQ(searches(), sent{by_index});
}

TEST_F(native_search, proposes_as_many_rows_as_are_asked_for) {
  server.says(among_nearest, rows(2));
  EXPECT_EQ(search().num_candidates(100).limit(2).all().size(), 2U);
  EXPECT_EQ(searches(),
            sent{among_nearest +
                 "SELECT `docs`.`id`, `docs`.`name`, `_tidbxx_distance` FROM `_tidbxx_nearest` AS `docs` ORDER BY "
                 "`_tidbxx_distance` LIMIT ?"});
}

TEST_F(native_search, is_exact_where_the_index_gives_too_few_rows) {
  server.says(by_index, rows(2));
  server.says(by_scan, rows(3));
  EXPECT_EQ(search().limit(3).all().size(), 3U);
}

TEST_F(native_search, leaves_the_first_rows_out_by_itself) {
  server.says(by_index, rows(5));
  const auto hits = search().offset(2).limit(3).all();
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(std::get<0>(hits[0].row), 3);
}

TEST_F(native_search, by_another_metric_or_with_a_recall_of_one_is_exact) {
  server.says(by_scan, rows(10));
  EXPECT_EQ(search().metric(tidb::metric::l2).explain().reason, "the index is for another metric");
  EXPECT_EQ(search().recall(1).explain().way, "exact");
  EXPECT_EQ(search().distance_range(0.1, 0.9).explain().way, "exact");
}

TEST_F(native_search, for_groups_reads_more_until_there_are_enough) {
  const auto grouped = [](std::int64_t count, int groups) {
    std::vector<scripted::row> made;
    for (std::int64_t id = 1; id <= count; ++id)
      made.push_back(cells(number(id), text("doc"), real(static_cast<double>(id) / 100), number(2000 + id % groups)));
    return made;
  };
  server.says("SELECT DISTINCT `year`", {cells(number(2000)), cells(number(2001))});
  server.says("SELECT `id`, `name`, VEC_COSINE", grouped(24, 1));
  server.says("SELECT `id`, `name`, VEC_COSINE", grouped(96, 2));
  const auto hits = search().group_by<&doc::year>().limit(2).all();
  ASSERT_EQ(hits.size(), 2U);
  EXPECT_NE(std::get<0>(hits[0].row) % 2, std::get<0>(hits[1].row) % 2);
}

TEST_F(native_search, prints_the_vector_so_that_it_is_read_back_to_the_last_bit) {
  server.says("VEC_COSINE_DISTANCE(`place`, '[0.1,-2.0000002,16777215]')", rows(1));
  tidb::table<doc>(tidb::statements(server.on()))
      .search({0.1, -2.0000002, 16777215})
      .columns<&doc::id, &doc::name>()
      .limit(1)
      .all();
  EXPECT_EQ(server.sent_of({"SELECT `id`"}).size(), 1U);
}

}  // namespace
