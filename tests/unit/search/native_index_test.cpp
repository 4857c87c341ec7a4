// TiDB's own vector index as far as it goes without a TiFlash: what is sent, and what becomes of recorded answers.
#include "scripted_server.hpp"
#include "search/native_ddl.hpp"
#include "support/engines.hpp"

#include <chrono>
#include <source_location>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using scripted::cells, scripted::number, scripted::real, scripted::text;
using tests::error_of;

constexpr tidb::detail::index_target place{"docs", "place", 3};
const auto here = std::source_location::current();

/// As TiDB 8.5.6 writes it.
std::string created(std::string_view index = "") {
  return "CREATE TABLE `docs` (\n  `id` bigint(20) NOT NULL AUTO_INCREMENT,\n  `VECTOR INDEX` int(11) DEFAULT NULL,\n  "
         "`place` vector(3) DEFAULT NULL,\n  PRIMARY KEY (`id`) /*T![clustered_index] CLUSTERED */" +
         std::string(index) + "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin AUTO_INCREMENT=30001";
}
const std::string with_index = ",\n  VECTOR INDEX `_tidbxx_hnsw_place`((VEC_COSINE_DISTANCE(`place`)))";
const std::string with_other = ",\n  VECTOR INDEX `theirs`((VEC_COSINE_DISTANCE(`place`)))";

constexpr const char* add_index =
    "ALTER TABLE `docs` ADD VECTOR INDEX `_tidbxx_hnsw_place` ((VEC_COSINE_DISTANCE(`place`))) USING HNSW";
constexpr const char* drop_index = "ALTER TABLE `docs` DROP INDEX `_tidbxx_hnsw_place`";
constexpr const char* set_replica = "ALTER TABLE `docs` SET TIFLASH REPLICA 1";
constexpr const char* registry = "CREATE TABLE IF NOT EXISTS `_tidbxx_index`";
constexpr const char* registered = "INSERT INTO `_tidbxx_index`";

class native_index : public testing::Test {
protected:
  native_index() {
    // a table, and no index of it
    server.says("SELECT CAST(tidb_table_id AS CHAR) FROM", {cells(text("112"))});
    server.says("SELECT COUNT(*) FROM information_schema.tables", {cells(number(1))});
    server.says("information_schema.cluster_info", {cells(number(1))});
  }
  void no_index() { server.says_nothing("FROM `_tidbxx_index` i", 10); }
  void has_index(std::string_view by = "cosine", std::string_view name = "_tidbxx_hnsw_place") {
    server.says("FROM `_tidbxx_index` i", {cells(number(7), text("docs"), text("place"), text(by), number(3),
                                                 text(name), text("native"), number(0), text("112"), text(""))});
  }
  void has_own_index() {
    server.says("FROM `_tidbxx_index` i", {cells(number(7), text("docs"), text("place"), text("cosine"), number(3),
                                                 text("id"), text("ready"), number(1), text("112"), text(""))});
  }
  void shows(const std::string& table) { server.says("SHOW CREATE TABLE", {cells(text("docs"), text(table))}); }
  void replica(std::int64_t wanted, bool available, double progress) {
    server.says("information_schema.tiflash_replica",
                {cells(number(wanted), number(available ? 1 : 0), real(progress))});
  }
  void no_replica() { server.says_nothing("information_schema.tiflash_replica", 3); }
  void create(tidb::vector_index_options options = {}) {
    options.kind = tidb::index_kind::server;
    tidb::detail::create_vector_index(server.on(), place, options, here);
  }
  /// The statements that change something, cut where the rest is of no interest.
  std::vector<std::string> changes() const {
    auto all = server.sent_of({"ALTER", "CREATE", "INSERT", "DELETE", "UPDATE", "DROP"});
    for (auto& each : all)
      for (const std::string_view start : {registry, registered})
        if (each.starts_with(start)) each = start;
    return all;
  }

  scripted::server server;
};

using changed = std::vector<std::string>;

TEST_F(native_index, is_made_once_the_replica_is_there) {
  no_index();
  shows(created());
  no_replica();
  replica(1, false, 0);
  replica(1, false, 0.5);
  replica(1, true, 1);
  create();
  EXPECT_EQ(changes(), (changed{set_replica, registry, add_index, registered}));
  EXPECT_EQ(server.count("information_schema.tiflash_replica"), 4U);
}

TEST_F(native_index, leaves_a_replica_that_is_there_as_it_is) {
  no_index();
  shows(created());
  replica(2, true, 1);
  create({.metric = tidb::metric::l2});
  EXPECT_EQ(changes(), (changed{registry,
                                "ALTER TABLE `docs` ADD VECTOR INDEX `_tidbxx_hnsw_place` "
                                "((VEC_L2_DISTANCE(`place`))) USING HNSW",
                                registered}));
}

TEST_F(native_index, says_why_the_replica_is_not_there_in_time) {
  no_index();
  shows(created());
  replica(2, false, 0.25);
  const auto few = error_of([&] { create({.replica_timeout = 1ms}); });
  EXPECT_EQ(few.code(), tidb::errc::timeout);
  EXPECT_NE(few.info().message.find("2 replicas in TiFlash, and only 1 of its stores are up"), std::string::npos)
      << few.what();
  EXPECT_EQ(changes(), changed{});
}

TEST_F(native_index, says_how_far_the_replica_is_to_a_user_who_may_not_see_the_cluster) {
  scripted::server strict;
  strict.says("SELECT CAST(tidb_table_id AS CHAR) FROM", {cells(text("112"))});
  strict.says("SELECT COUNT(*) FROM information_schema.tables", {cells(number(0))});
  strict.fails("information_schema.cluster_info", 1227, "Access denied; you need the PROCESS privilege");
  strict.says("SHOW CREATE TABLE", {cells(text("docs"), text(created()))});
  strict.says("information_schema.tiflash_replica", {cells(number(1), number(0), real(0.25))});
  const auto slow = error_of([&] {
    tidb::detail::create_vector_index(strict.on(), place, {.kind = tidb::index_kind::server, .replica_timeout = 1ms},
                                      here);
  });
  EXPECT_EQ(slow.code(), tidb::errc::timeout);
  EXPECT_NE(slow.info().message.find("25 % so far"), std::string::npos) << slow.what();
}

TEST_F(native_index, that_does_not_build_says_what_tiflash_says) {
  no_index();
  shows(created());
  replica(1, true, 1);
  server.fails(add_index, 9014, "TiFlash backfill index failed: stopped");
  server.says("DISTINCT ERROR_MESSAGE", {cells(text("DB::Exception: no space left on device"))});
  const auto failed = error_of([&] { create(); });
  EXPECT_EQ(failed.info().entry, "vector-index-failed");
  EXPECT_NE(failed.info().message.find("no space left on device"), std::string::npos) << failed.what();
  EXPECT_EQ(changes(), (changed{registry, add_index}));
}

TEST_F(native_index, without_tiflash_leaves_nothing_behind) {
  no_index();
  shows(created());
  no_replica();
  server.fails(set_replica, 1105, "the tiflash replica count: 1 should be less than the total tiflash server count: 0");
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "no-tiflash");
  EXPECT_EQ(changes(), changed{set_replica});
}

TEST_F(native_index, that_is_there_is_an_error_or_stays_or_is_made_anew) {
  has_index();
  shows(created(with_index));
  replica(1, true, 1);
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "index-exists");
  create({.existing = tidb::if_exists::skip});
  EXPECT_THROW(create({.metric = tidb::metric::l2, .existing = tidb::if_exists::skip}), tidb::usage_error);
  EXPECT_EQ(changes(), changed{});
  create({.existing = tidb::if_exists::overwrite});
  EXPECT_EQ(changes(), (changed{registry, drop_index, add_index, registered}));
}

TEST_F(native_index, of_another_tool_is_taken_over_by_skip) {
  no_index();
  shows(created(with_other));
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "index-exists");
  create({.existing = tidb::if_exists::skip});
  EXPECT_EQ(changes(), (changed{registry, registered}));
}

TEST_F(native_index, that_another_tool_has_dropped_is_made_again) {
  has_index();
  shows(created());
  replica(1, true, 1);
  create();
  EXPECT_EQ(changes(), (changed{registry, add_index, registered}));
}

TEST_F(native_index, takes_the_place_of_one_in_tables_only_by_overwrite) {
  has_own_index();
  shows(created());
  replica(1, true, 1);
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "index-exists");
  const auto other = error_of([&] { create({.existing = tidb::if_exists::skip}); });
  EXPECT_EQ(other.code(), tidb::errc::usage);
  EXPECT_NE(other.info().message.find("tidbxx's own, not the server's"), std::string::npos) << other.what();
  EXPECT_EQ(changes(), changed{});
}

TEST_F(native_index, without_tiflash_leaves_the_one_that_it_was_to_replace) {
  has_own_index();
  shows(created());
  no_replica();
  server.fails(set_replica, 1105, "the tiflash replica count: 1 should be less than the total tiflash server count: 0");
  EXPECT_EQ(error_of([&] { create({.existing = tidb::if_exists::overwrite}); }).info().entry, "no-tiflash");
  EXPECT_EQ(changes(), changed{set_replica});
}

TEST_F(native_index, is_not_replaced_by_one_in_tables_unasked) {
  has_index();
  shows(created(with_index));
  const auto own = [&](tidb::if_exists existing) {
    tidb::detail::create_vector_index(server.on(), place, {.existing = existing}, here);
  };
  EXPECT_EQ(error_of([&] { own(tidb::if_exists::raise); }).info().entry, "index-exists");
  EXPECT_EQ(error_of([&] { own(tidb::if_exists::skip); }).code(), tidb::errc::usage);
  EXPECT_EQ(changes(), changed{});
}

TEST_F(native_index, is_refused_for_metrics_that_it_has_not) {
  for (const auto by : {tidb::metric::l1, tidb::metric::negative_inner_product}) {
    const auto refused = error_of([&] { create({.metric = by}); });
    EXPECT_EQ(refused.info().entry, "server-index-unsupported") << refused.what();
  }
  EXPECT_TRUE(server.sent.empty());
}

TEST_F(native_index, is_seen_and_dropped) {
  has_index();
  shows(created(with_index));
  EXPECT_TRUE(tidb::detail::has_index(server.on(), place, here));
  tidb::detail::drop_index(server.on(), place, here);
  EXPECT_EQ(changes(), (changed{drop_index, "DELETE FROM `_tidbxx_index` WHERE id = ?"}));
}

TEST_F(native_index, that_is_gone_from_tidb_is_no_index_and_can_be_dropped) {
  has_index();
  shows(created());
  server.fails(drop_index, 1091, "index _tidbxx_hnsw_place doesn't exist");
  EXPECT_FALSE(tidb::detail::has_index(server.on(), place, here));
  tidb::detail::drop_index(server.on(), place, here);
  EXPECT_EQ(changes().back(), "DELETE FROM `_tidbxx_index` WHERE id = ?");
}

TEST_F(native_index, tells_what_tiflash_has_indexed_of_one_copy) {
  has_index();
  replica(2, true, 1);
  server.says("information_schema.tiflash_indexes",
              {cells(number(2000), number(40), number(600), text("DB::Exception: out of memory"))});
  const auto stats = tidb::detail::stats_of_index(server.on(), place, here);
  EXPECT_EQ(stats.kind, tidb::index_kind::server);
  EXPECT_EQ(stats.rows, 1000U);
  EXPECT_EQ(stats.delta, 20U);
  EXPECT_EQ(stats.not_indexed, 300U);
  EXPECT_EQ(stats.error, "DB::Exception: out of memory");
}

TEST_F(native_index, is_checked_by_what_tidb_tells) {
  has_index();
  shows(created(with_index));
  replica(1, true, 1);
  replica(1, true, 1);
  replica(1, false, 0.5);
  server.says("information_schema.tiflash_indexes", {cells(number(1000), number(20), number(300), text(""))});
  const auto sound = tidb::detail::check_index(server.on(), place, here);
  EXPECT_TRUE(sound.ok());
  EXPECT_EQ(sound.rows, 1320U);
  const auto gone = tidb::detail::check_index(server.on(), place, here);
  ASSERT_EQ(gone.problems.size(), 1U);
  EXPECT_NE(gone.problems[0].find("wait_for_tiflash"), std::string::npos) << gone.problems[0];
}

TEST_F(native_index, is_compacted_and_made_anew_in_tiflash) {
  has_index();
  replica(1, true, 1);
  tidb::detail::optimize_index(server.on(), place, here);
  tidb::detail::rebuild_index(server.on(), place, here);
  EXPECT_EQ(changes(), (changed{"ALTER TABLE `docs` COMPACT TIFLASH REPLICA", drop_index, add_index}));
}

TEST_F(native_index, goes_from_the_registry_with_its_table) {
  has_index();
  tidb::detail::drop_with_indexes(server.on(), "docs", "DROP TABLE `docs`", server.on().context(here));
  EXPECT_EQ(changes(), (changed{"DROP TABLE `docs`", "DELETE FROM `_tidbxx_index` WHERE id = ?"}));
}

TEST_F(native_index, is_told_of_no_writes) {
  has_index();
  const std::vector<std::string> columns{"id", "place"};
  const auto on = server.on();
  tidb::detail::follow_writes(*on.pool());
  const tidb::detail::write_target target{.kind = tidb::write_kind::insert, .table = "docs", .columns = columns};
  EXPECT_TRUE(tidb::detail::followed_key(on, target, on.context(here)).empty());
  EXPECT_EQ(server.count("FROM `_tidbxx_index` i"), 1U);
}

TEST_F(native_index, is_found_in_the_table_by_column_and_metric) {
  using tidb::detail::vector_index_in;
  const auto table =
      created(",\n  VECTOR KEY `one`((vec_l2_distance(`place`))),\n  VECTOR INDEX "
              "`two`((VEC_COSINE_DISTANCE(`Place`))),\n  VECTOR INDEX `three`((VEC_L2_DISTANCE(`other`)))");
  EXPECT_EQ(vector_index_in(table, "place", tidb::metric::l2), "one");
  EXPECT_EQ(vector_index_in(table, "place", tidb::metric::cosine), "two");
  EXPECT_EQ(vector_index_in(table, "other", tidb::metric::cosine), "");
  EXPECT_EQ(vector_index_in(created(), "place", tidb::metric::cosine), "");
}

}  // namespace
