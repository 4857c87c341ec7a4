#include "search/index_manifest.hpp"
#include "search/own_sql.hpp"
#include "search/search_index.hpp"
#include <tidbxx/tidbxx.hpp>

#include <gtest/gtest.h>

using namespace tidb::detail;

namespace {

class index_storage : public testing::Test {
protected:
  void SetUp() override {
    for (const auto& statement : tables_.create()) run_own_ddl(on(), context_, statement);
  }
  const executor& on() const { return db_.on(); }
  index_manifest sample() const {
    return {.version = 1,
            .by = tidb::metric::l2,
            .of = {.table = "t", .columns = {"v"}, .key = "id", .key_is_stable = true, .dimensions = 3},
            .nonce = "abc",
            .seed = 18'000'000'000'000'000'000U,
            .model = {"m1", "m2"},
            .trained_rows = 7,
            .segments = {{.upto = 5, .rows = 7, .gone_keys = 1, .gone = {"g"}, .rows_in = {"r1", "r2"}}},
            .seconds = 0.5,
            .built_because = "it was created"};
  }

  tidb::client db_ = tidb::connect("sqlite::memory:");
  index_tables tables_{7, tidb::engine_kind::embedded};
  tidb::call_context context_{};
};

TEST_F(index_storage, manifest_comes_back_as_it_was_written) {
  auto written = sample();
  insert_manifest(on(), tables_, written, context_);
  const auto read = read_manifest(on(), tables_, context_);
  EXPECT_EQ(read.body(), written.body());
  EXPECT_EQ(read.version, 1);
  EXPECT_EQ(read.blocks(), (std::vector<std::string>{"m1", "m2", "g", "r1", "r2"}));
}

TEST_F(index_storage, manifest_has_what_the_server_tells_only_where_it_does) {
  auto written = sample();
  EXPECT_EQ(written.body().find("tracked"), std::string::npos);
  EXPECT_EQ(written.body().find("counted"), std::string::npos);
  written.counted = {.changes = 3, .counted_rows = 4, .analyzed = 5, .rows = 6, .told = 7};
  written.tracked_by = {.column = "at", .is_timestamp = true, .is_fine = true};
  written.tracked_from = 8;
  written.tracked_rows = 9;
  written.tracked = {"p1", "p2"};
  insert_manifest(on(), tables_, written, context_);
  const auto read = read_manifest(on(), tables_, context_);
  EXPECT_EQ(read.body(), written.body());
  EXPECT_EQ(read.tracked_by.column, "at");
  EXPECT_EQ(read.blocks(), (std::vector<std::string>{"m1", "m2", "g", "r1", "r2", "p1", "p2"}));
}

TEST_F(index_storage, manifest_is_replaced_only_by_who_knows_the_newest) {
  auto first = sample();
  insert_manifest(on(), tables_, first, context_);
  auto second = first;
  EXPECT_TRUE(replace_manifest(on(), tables_, second, context_));
  EXPECT_EQ(second.version, 2);
  EXPECT_FALSE(replace_manifest(on(), tables_, first, context_));
  EXPECT_EQ(read_manifest(on(), tables_, context_).version, 2);
}

TEST_F(index_storage, manifest_of_a_later_version_is_told_from_a_damaged_one) {
  auto newer = sample();
  newer.format = tidb::index_tables_version + 1;
  insert_manifest(on(), tables_, newer, context_);
  EXPECT_THROW((void)read_manifest(on(), tables_, context_), newer_index);
  db_.execute("UPDATE _tidbxx_7_manifest SET body = replace(body, '\"rows\":7', '\"rows\":8')");
  EXPECT_THROW((void)read_manifest(on(), tables_, context_), damaged_index);
  db_.execute("DELETE FROM _tidbxx_7_manifest");
  EXPECT_THROW((void)read_manifest(on(), tables_, context_), damaged_index);
}

TEST_F(index_storage, blocks_are_read_back_or_known_to_be_damaged) {
  index_blocks blocks(on(), tables_, context_);
  const auto one = blocks.write(std::string(1000, 'a')), two = blocks.write("");
  EXPECT_NE(one, two);
  const auto read = [&](const std::string& name) {
    std::string found;
    blocks.read(name, [&](std::string_view payload) { found = payload; });
    return found;
  };
  EXPECT_EQ(read(one), std::string(1000, 'a'));
  EXPECT_EQ(read(two), "");
  // under another's name it is as wrong as changed
  db_.execute("UPDATE _tidbxx_7_block SET (checksum, payload) = (SELECT checksum, payload FROM _tidbxx_7_block WHERE "
              "id = ?) WHERE id = ?",
              one, two);
  EXPECT_THROW((void)read(two), damaged_index);
  blocks.remove_all_but(std::vector<std::string>{one});
  EXPECT_EQ(db_.query<std::int64_t>("SELECT COUNT(*) FROM _tidbxx_7_block").value(), 1);
  EXPECT_THROW((void)read(two), damaged_index);
}

TEST_F(index_storage, delta_gives_each_key_once_and_the_last_number) {
  for (const int key : {5, 3, 5, 9}) db_.execute("INSERT INTO _tidbxx_7_delta (key) VALUES (?)", key);
  std::int64_t last = 0;
  EXPECT_EQ(read_delta(on(), tables_, 0, -1, last, context_), (std::vector<std::int64_t>{3, 5, 9}));
  EXPECT_EQ(last, 4);
  EXPECT_EQ(read_delta(on(), tables_, 1, 2, last, context_), (std::vector<std::int64_t>{3, 5}));
  EXPECT_EQ(last, 3);
  EXPECT_TRUE(read_delta(on(), tables_, 4, -1, last, context_).empty());
  EXPECT_EQ(newest_delta(on(), tables_, context_), 4);
}

}  // namespace
