// A vector index when something is not as it was left, and searches at the edges of what an index can answer.
#include "support/vector_index.hpp"

#include <set>

using tests::indexed_doc;
using tidb::c;

namespace {

struct aside {
  std::int64_t id{};
  tests::embedding place{};
};
constexpr auto tidb_schema(tidb::of<aside>) {
  return tidb::mapping("asides", tidb::column<&aside::id>(tidb::primary_key), tidb::column<&aside::place>());
}

class index_in_doubt : public tests::vector_index {
protected:
  tests::embedding query(unsigned seed = 5) { return tests::clustered_vectors(seed).next(); }
  std::vector<std::int64_t> found(std::size_t limit = 10) {
    std::vector<std::int64_t> ids;
    for (const auto& hit : docs().search(query()).limit(limit).all()) ids.push_back(hit.row.id);
    return ids;
  }
  /// In the index's tables, whatever its number.
  std::string own(const std::string& table) {
    return "_tidbxx_" + std::to_string(number("SELECT MAX(id) FROM _tidbxx_index")) + "_" + table;
  }
  /// A client that has nothing in memory.
  void connect_anew() { db_.emplace(tidb::connect(url())); }
};

TEST_F(index_in_doubt, offset_group_columns_and_batches_go_by_the_index) {
  fill();
  const auto all = docs().search(query()).limit(40).recall(0.999).all();
  const auto later = docs().search(query()).limit(5).offset(10).recall(0.999).all();
  EXPECT_EQ(docs().search(query()).limit(5).offset(10).explain().way, "index");
  ASSERT_EQ(later.size(), 5U);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(later[i].row.id, all[10 + i].row.id);
  const auto shelves = docs().search(query()).group_by<&indexed_doc::shelf>().limit(4).offset(2).recall(0.999).all();
  ASSERT_EQ(shelves.size(), 4U);
  std::vector<std::int64_t> first_of_each;
  std::set<std::int64_t> seen;
  for (const auto& hit : all)
    if (seen.insert(hit.row.shelf).second) first_of_each.push_back(hit.row.id);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(shelves[i].row.id, first_of_each[2 + i]);
  const auto batch = docs().search(query()).limit(3).recall(0.999).all_for(std::vector{query(), query(6)});
  EXPECT_EQ(batch[0].at(2).row.id, all[2].row.id);
  EXPECT_EQ(docs().search(query()).columns<&indexed_doc::id>().limit(1).all().at(0).row, all[0].row.id);
}

TEST_F(index_in_doubt, groups_fewer_than_asked_for_are_all_given) {
  fill();
  const auto few = [&] {
    return docs().search(query()).where(c<&indexed_doc::shelf> < 5).group_by<&indexed_doc::shelf>();
  };
  EXPECT_EQ(docs().search(query()).group_by<&indexed_doc::shelf>().limit(1000).all().size(), 100U);
  EXPECT_EQ(few().limit(1000).all().size(), 5U);
  EXPECT_EQ(few().limit(std::uint64_t{1} << 62).all().size(), 5U);
}

TEST_F(index_in_doubt, a_search_by_key_leaves_out_its_row_and_no_other_under_every_filter) {
  fill();
  db().execute("CREATE INDEX by_shelf ON indexed_docs (shelf)");
  for (const auto when : {tidb::filtering::automatic, tidb::filtering::prefilter, tidb::filtering::postfilter})
    for (const std::int64_t key : {1, 77, 500}) {
      const auto hits = docs().search_by_key(key).where(c<&indexed_doc::shelf> < 10).filter(when).limit(50).all();
      EXPECT_EQ(hits.size(), 50U);
      for (const auto& hit : hits) EXPECT_NE(hit.row.id, key);
    }
  const auto plain = docs().search_by_key(77).limit(20).all();
  EXPECT_EQ(plain.size(), 20U);
  for (const auto& hit : plain) EXPECT_NE(hit.row.id, 77);
}

TEST_F(index_in_doubt, very_many_equal_vectors_are_no_trouble) {
  std::vector<indexed_doc> rows;
  for (std::int64_t id = 1; id <= 40'000; ++id) rows.push_back({id, "same", id % 10, query()});
  db().insert_many(rows);
  docs().create_vector_index<&indexed_doc::place>();
  EXPECT_EQ(found().size(), 10U);
  EXPECT_EQ(docs().search(query()).limit(8192).where(c<&indexed_doc::shelf> < 9).all().size(), 8192U);
}

TEST_F(index_in_doubt, numbers_near_the_end_of_float32_are_found) {
  auto rows = tests::indexed_docs(1, 2000);
  for (std::size_t i = 0; i < rows.size(); i += 3)
    for (auto& number : *rows[i].place) number *= 1e25F;
  db().insert_many(rows);
  docs().create_vector_index<&indexed_doc::place>({.metric = tidb::metric::l2});
  connect_anew();
  EXPECT_EQ(docs().search(query()).metric(tidb::metric::l2).limit(10).all().size(), 10U);
  EXPECT_TRUE(docs().check_index<&indexed_doc::place>().ok());
}

TEST_F(index_in_doubt, a_zero_query_under_cosine_has_no_neighbours) {
  fill();
  const auto plan = docs().search(tests::embedding{}).explain();
  EXPECT_EQ(plan.rows, 0U);
  EXPECT_NE(plan.reason.find("zero"), std::string::npos);
}

TEST_F(index_in_doubt, is_built_anew_when_its_canary_is_missing) {
  fill();
  const auto before = found();
  raw("DELETE FROM " + own("canary"));
  connect_anew();
  EXPECT_EQ(found(), before);
  EXPECT_EQ(docs().search(query()).explain().way, "index");
  expect_sound();
}

TEST_F(index_in_doubt, rows_that_left_unseen_hide_no_others) {
  fill();
  raw("CREATE UNIQUE INDEX texts ON indexed_docs (text)");
  const auto near = docs().search(query()).recall(1).limit(40).all();
  const auto limit = near[39].distance;
  for (std::size_t i = 0; i < 15; ++i)  // REPLACE deletes the row with the same text, and tells no trigger
    raw("REPLACE INTO indexed_docs (id, text, shelf, place) VALUES (" + std::to_string(9000 + i) + ", '" +
        near[i].row.text + "', 0, NULL)");
  EXPECT_EQ(docs().search(query()).distance_threshold(limit).limit(10).all().size(), 10U);
  EXPECT_EQ(found().size(), 10U);
  EXPECT_FALSE(docs().check_index<&indexed_doc::place>().ok());
  docs().rebuild_index<&indexed_doc::place>();
  expect_sound();
}

TEST_F(index_in_doubt, a_backup_restored_beneath_a_client_is_seen) {
  fill();
  ASSERT_EQ(found().size(), 10U);
  const auto copy = file() + ".backup";
  raw("VACUUM INTO '" + copy + "'");
  for (std::int64_t id = 5000; id < 5010; ++id)
    db().insert(indexed_doc{id, "lost", 0, query(static_cast<unsigned>(id))});
  ASSERT_EQ(found().size(), 10U);
  sqlite3 *from = nullptr, *to = nullptr;
  ASSERT_EQ(sqlite3_open(copy.c_str(), &from), SQLITE_OK);
  ASSERT_EQ(sqlite3_open(file().c_str(), &to), SQLITE_OK);
  auto* backup = sqlite3_backup_init(to, "main", from, "main");
  ASSERT_NE(backup, nullptr);
  EXPECT_EQ(sqlite3_backup_step(backup, -1), SQLITE_DONE);
  sqlite3_backup_finish(backup);
  sqlite3_close(from);
  sqlite3_close(to);
  for (std::int64_t id = 6000; id < 6010; ++id)
    db().insert(indexed_doc{id, "new", 0, query(static_cast<unsigned>(id))});
  for (std::int64_t id = 6000; id < 6010; ++id)
    EXPECT_EQ(docs().search(query(static_cast<unsigned>(id))).limit(1).all().at(0).row.id, id);
  expect_sound();
}

TEST_F(index_in_doubt, a_column_that_took_the_name_of_the_indexed_one_is_indexed_itself) {
  fill();
  raw("ALTER TABLE indexed_docs RENAME COLUMN place TO was; ALTER TABLE indexed_docs ADD COLUMN place BLOB;"
      "UPDATE indexed_docs SET place = was WHERE id <= 1000");
  const auto hits = docs().search(query()).limit(10).all();
  EXPECT_EQ(hits.size(), 10U);
  for (const auto& hit : hits) EXPECT_LE(hit.row.id, 1000);
  expect_sound();
}

TEST_F(index_in_doubt, follows_a_table_that_was_renamed_and_leaves_its_name_to_another) {
  fill();
  raw("ALTER TABLE indexed_docs RENAME TO old_docs");
  db().create_table<indexed_doc>();
  db().insert_many(tests::indexed_docs(1, 500));
  docs().create_vector_index<&indexed_doc::place>();
  EXPECT_EQ(docs().search(query()).explain().way, "index");
  expect_sound();
}

TEST_F(index_in_doubt, goes_with_its_column_when_another_index_is_made) {
  fill();
  raw("ALTER TABLE indexed_docs RENAME COLUMN place TO was; ALTER TABLE indexed_docs ADD COLUMN place BLOB;");
  raw("ALTER TABLE indexed_docs RENAME COLUMN place TO empty; ALTER TABLE indexed_docs RENAME COLUMN was TO place");
  docs().create_vector_index<&indexed_doc::place>({.existing = tidb::if_exists::overwrite});
  EXPECT_EQ(number("SELECT COUNT(*) FROM _tidbxx_index"), 1);
  expect_sound();
}

TEST_F(index_in_doubt, a_damaged_one_is_built_anew_and_keeps_no_other_from_being_merged) {
  fill();
  db().create_table<aside>();
  db().table<aside>().create_vector_index<&aside::place>();
  raw("DELETE FROM _tidbxx_1_block");
  connect_anew();
  std::vector<aside> rows;
  for (std::int64_t id = 1; id <= 4000; ++id) rows.push_back({id, query(static_cast<unsigned>(id))});
  db().insert_many(rows);
  EXPECT_LE(number("SELECT COUNT(*) FROM _tidbxx_2_delta"), 2000);
  db().insert_many(tests::indexed_docs(10'001, 2500));
  expect_sound();
}

TEST_F(index_in_doubt, is_not_searched_between_being_doubted_and_being_built) {
  fill();
  for (const auto& name : db().query<std::string>("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all())
    raw("DROP TRIGGER `" + name + "`");
  raw("DELETE FROM indexed_docs WHERE id > 400");
  raw("CREATE TRIGGER full BEFORE INSERT ON " + own("block") + " BEGIN SELECT RAISE(ABORT, 'no room'); END");
  connect_anew();
  for (int turn = 0; turn < 3; ++turn) {
    const auto near = docs().search(query());
    EXPECT_EQ(near.explain().way, "exact");
    EXPECT_EQ(near.all().size(), 10U);
  }
  raw("DROP TRIGGER full");
  docs().rebuild_index<&indexed_doc::place>();
  EXPECT_EQ(docs().search(query()).explain().way, "index");
  expect_sound();
}

TEST_F(index_in_doubt, is_merged_by_writers_that_write_little_each) {
  fill();
  for (std::int64_t client = 0; client < 6; ++client) {
    connect_anew();
    db().insert_many(tests::indexed_docs(10'001 + client * 700, 700));
  }
  EXPECT_LE(number("SELECT COUNT(*) FROM " + own("delta")), 2700);
}

TEST_F(index_in_doubt, rows_that_were_merged_leave_the_delta) {
  fill();
  db().insert_many(tests::indexed_docs(10'001, 1500));
  EXPECT_EQ(number("SELECT COUNT(*) FROM " + own("delta")), 1500);
  docs().optimize<&indexed_doc::place>();
  EXPECT_EQ(number("SELECT COUNT(*) FROM " + own("delta")), 0);
  EXPECT_EQ(stats().rows, 4500U);
}

TEST_F(index_in_doubt, is_trained_anew_when_the_table_has_grown) {
  fill(1500);
  db().insert_many(tests::indexed_docs(10'001, 9000));
  docs().optimize<&indexed_doc::place>();
  EXPECT_EQ(stats().built_because, "the table has grown");
  EXPECT_GT(stats().partitions, 1U);
  expect_sound();
}

TEST_F(index_in_doubt, a_truncated_table_has_a_sound_index_even_if_it_was_damaged) {
  fill();
  raw("UPDATE " + own("manifest") + " SET body = '{}'");
  db().truncate_table<indexed_doc>();
  EXPECT_TRUE(found().empty());
  db().insert_many(tests::indexed_docs(1, 3000));
  docs().optimize<&indexed_doc::place>();
  EXPECT_EQ(docs().search(query()).explain().way, "index");
  expect_sound();
}

TEST_F(index_in_doubt, says_what_is_wrong_with_a_search) {
  fill();
  EXPECT_THROW((void)docs().search(query()).distance_range(1, 0).all(), tidb::usage_error);
  EXPECT_THROW((void)docs().search(query()).offset(~std::uint64_t{0}).all(), tidb::usage_error);
  EXPECT_THROW((void)docs().search(query()).group_by<&indexed_doc::shelf>().sql(), tidb::usage_error);
  EXPECT_THROW(
      docs().create_vector_index<&indexed_doc::place>({.metric = tidb::metric::l2, .existing = tidb::if_exists::skip}),
      tidb::usage_error);
}

}  // namespace
