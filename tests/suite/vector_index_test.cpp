// A vector index: what it promises to searches and to writers.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"
#include "support/vector_index.hpp"

#include <atomic>
#include <set>
#include <thread>

#include <sqlite3.h>

using tests::indexed_doc;
using tidb::c;

namespace {

struct page {
  std::string name{};
  tests::embedding place{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::name>(tidb::varchar(40), tidb::primary_key),
                       tidb::column<&page::place>());
}

struct note {
  std::string name{};
  tests::embedding place{};
};
constexpr auto tidb_schema(tidb::of<note>) {
  return tidb::mapping("notes", tidb::column<&note::name>(), tidb::column<&note::place>());
}

struct loose {
  std::int64_t id{};
  tidb::vector<> place{};
};
constexpr auto tidb_schema(tidb::of<loose>) {
  return tidb::mapping("loose", tidb::column<&loose::id>(tidb::primary_key), tidb::column<&loose::place>());
}

struct pair {
  std::int64_t id{};
  tests::embedding title{};
  tests::embedding body{};
};
constexpr auto tidb_schema(tidb::of<pair>) {
  return tidb::mapping("pairs", tidb::column<&pair::id>(tidb::primary_key), tidb::column<&pair::title>(),
                       tidb::column<&pair::body>());
}

/// Searches give the same rows on each engine, with an index where the engine has one.
class searches : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<indexed_doc>();
    db().insert_many(tests::indexed_docs(1, 3000));
    docs().create_vector_index<&indexed_doc::place>();
  }
  tidb::table<indexed_doc> docs() { return db().table<indexed_doc>(); }
  tests::embedding query(unsigned seed = 5) { return tests::clustered_vectors(seed).next(); }

private:
  tests::indexes_are_known_soon soon_;
};

TEST_P(searches, find_nearly_all_of_the_nearest) { EXPECT_GE(tests::recall_of(db()), 0.97); }

TEST_P(searches, give_as_many_rows_as_match_under_every_filter) {
  for (const auto when : {tidb::filtering::automatic, tidb::filtering::prefilter, tidb::filtering::postfilter})
    for (const std::int64_t shelves : {1, 10, 50}) {
      const auto change = [&](auto& search) { search.where(c<&indexed_doc::shelf> < shelves).filter(when); };
      EXPECT_GE(tests::recall_of(db(), change, 10), 0.97) << shelves;
      auto search = docs().search(query());
      change(search);
      const auto hits = search.limit(25).all();
      EXPECT_EQ(hits.size(), 25U);
      for (const auto& hit : hits) EXPECT_LT(hit.row.shelf, shelves);
    }
  EXPECT_EQ(docs().search(query()).where(c<&indexed_doc::id> == 77).all().size(), 1U);
  EXPECT_TRUE(docs().search(query()).where(c<&indexed_doc::id> == -1).all().empty());
}

TEST_P(searches, are_in_order_of_distance_and_start_at_the_offset) {
  const auto all = docs().search(query()).recall(1).limit(20).all();
  ASSERT_EQ(all.size(), 20U);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LE(all[i - 1].distance, all[i].distance);
  const auto later = docs().search(query()).recall(1).limit(5).offset(10).all();
  ASSERT_EQ(later.size(), 5U);
  EXPECT_EQ(later[0].row.id, all[10].row.id);
  EXPECT_TRUE(docs().search(query()).recall(1).limit(5).offset(3000).all().empty());
}

TEST_P(searches, may_ask_for_nothing_and_for_more_than_there_is) {
  EXPECT_TRUE(docs().search(query()).limit(0).all().empty());
  EXPECT_EQ(docs().search(query()).limit(5000).all().size(), 3000U);
  EXPECT_EQ(docs().search(query()).limit(~std::uint64_t{0}).offset(2999).all().size(), 1U);
}

TEST_P(searches, keep_to_a_threshold_that_some_or_none_meet) {
  const auto nearest = docs().search(query()).recall(1).limit(30).all();
  const auto limit = nearest[12].distance;
  EXPECT_EQ(docs().search(query()).recall(1).distance_threshold(limit).limit(100).all().size(), 13U);
  EXPECT_TRUE(docs().search(query()).distance_threshold(-1).all().empty());
  EXPECT_EQ(docs().search(query()).distance_range(limit, 2).limit(1).all().at(0).row.id, nearest[12].row.id);
}

TEST_P(searches, read_only_the_columns_asked_for) {
  const auto whole = docs().search(query()).recall(1).limit(3).all();
  const auto parts = docs().search(query()).recall(1).limit(3).columns<&indexed_doc::id, &indexed_doc::text>().all();
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(std::get<0>(parts[2].row), whole[2].row.id);
  EXPECT_EQ(std::get<1>(parts[2].row), whole[2].row.text);
  const auto names = docs().search(query()).recall(1).limit(1).columns<&indexed_doc::text>().all();
  EXPECT_EQ(names.at(0).row, whole[0].row.text);
}

TEST_P(searches, give_the_best_row_of_each_group) {
  const auto hits = docs().search(query()).recall(1).group_by<&indexed_doc::shelf>().limit(8).all();
  ASSERT_EQ(hits.size(), 8U);
  std::set<std::int64_t> shelves;
  for (const auto& hit : hits) EXPECT_TRUE(shelves.insert(hit.row.shelf).second);
  EXPECT_EQ(hits[0].row.id, docs().search(query()).recall(1).limit(1).all().at(0).row.id);
  const auto later = docs().search(query()).recall(1).group_by<&indexed_doc::shelf>().limit(2).offset(6).all();
  EXPECT_EQ(later.at(0).row.id, hits[6].row.id);
  EXPECT_EQ(docs().search(query()).recall(1).group_by<&indexed_doc::shelf>().limit(500).all().size(), 100U);
}

TEST_P(searches, take_a_batch_of_queries) {
  const std::vector<tests::embedding> queries{query(1), query(2), query(3)};
  const auto found = docs().search(query(9)).recall(1).limit(4).all_for(queries);
  ASSERT_EQ(found.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    ASSERT_EQ(found[i].size(), 4U);
    EXPECT_EQ(found[i][0].row.id, docs().search(queries[i]).recall(1).limit(1).all().at(0).row.id);
  }
  EXPECT_TRUE(docs().search(query()).all_for(std::vector<tests::embedding>{}).empty());
}

TEST_P(searches, find_the_neighbours_of_a_row) {
  const auto row = db().select<indexed_doc>().where(c<&indexed_doc::id> == 42).one();
  const auto expected = docs().search(*row.place).recall(1).limit(6).all();
  const auto found = docs().search_by_key(42).recall(1).limit(5).all();
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(expected[0].row.id, 42);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(found[i].row.id, expected[i + 1].row.id);
  EXPECT_EQ(tests::error_of([&] { (void)docs().search_by_key(-5).all(); }).code(), tidb::errc::no_row);
  db().insert(indexed_doc{9000, "none", 0, std::nullopt});
  EXPECT_THROW((void)docs().search_by_key(9000).all(), tidb::usage_error);
  EXPECT_THROW((void)docs().search_by_key(1, 2).all(), tidb::usage_error);
}

TEST_P(searches, refuse_what_is_no_recall) {
  for (const double share : {0.2, 1.5, std::numeric_limits<double>::quiet_NaN()})
    EXPECT_THROW((void)docs().search(query()).recall(share).all(), tidb::usage_error);
}

TEST_P(searches, tell_how_they_went) {
  const auto plan = docs().search(query()).explain();
  EXPECT_EQ(plan.rows, 10U);
  EXPECT_EQ(plan.way, "index") << plan.reason;
  EXPECT_FALSE(plan.reason.empty());
  EXPECT_NE(plan.sql.find("VEC_COSINE_DISTANCE"), std::string::npos) << plan.sql;
  EXPECT_GE(plan.candidates, 10U);
  EXPECT_LT(plan.candidates, 500U);
  EXPECT_EQ(docs().search(query()).metric(tidb::metric::l2).explain().way, "exact");
  EXPECT_EQ(docs().search(query()).where(c<&indexed_doc::shelf> < 50).explain().way, "index, postfilter");
  EXPECT_EQ(docs().search(query()).where(c<&indexed_doc::id> == 3).explain().way, "index, prefilter");
}

TEST_P(searches, see_what_their_own_transaction_wrote) {
  const auto far = query(77);
  db().transaction([&](tidb::transaction& tx) {
    const tidb::table<indexed_doc> inside(tx);
    tx.insert(indexed_doc{5000, "new", 1, far});
    EXPECT_EQ(inside.search(far).limit(1).all().at(0).row.id, 5000);
    tx.erase<indexed_doc>().where(c<&indexed_doc::id> == 5000).run();
    tx.insert(indexed_doc{5001, "newer", 1, far});
    EXPECT_EQ(inside.search(far).limit(1).all().at(0).row.id, 5001);
  });
  EXPECT_EQ(docs().search(far).limit(1).all().at(0).row.id, 5001);
  struct undone {};
  EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
    tx.erase<indexed_doc>().where(c<&indexed_doc::id> == 5001).run();
    EXPECT_NE(tidb::table<indexed_doc>(tx).search(far).limit(1).all().at(0).row.id, 5001);
    throw undone{};
  }),
               undone);
  EXPECT_EQ(docs().search(far).limit(1).all().at(0).row.id, 5001);
}

RUN_ON_EACH_ENGINE(searches);

using tests::vector_index;

TEST_F(vector_index, is_made_once_and_dropped_with_all_its_tables) {
  fill();
  EXPECT_TRUE(docs().has_vector_index<&indexed_doc::place>());
  const auto twice = tests::error_of([&] { docs().create_vector_index<&indexed_doc::place>(); });
  EXPECT_EQ(twice.code(), tidb::errc::statement);
  EXPECT_NE(twice.info().message.find("indexed_docs.place"), std::string::npos);
  docs().create_vector_index<&indexed_doc::place>({.existing = tidb::if_exists::skip});
  docs().create_vector_index<&indexed_doc::place>({.metric = tidb::metric::l2, .existing = tidb::if_exists::overwrite});
  EXPECT_EQ(docs().search(tests::embedding{1}).metric(tidb::metric::l2).explain().way, "index");
  EXPECT_EQ(db().list_tables(), std::vector<std::string>{"indexed_docs"});
  docs().drop_vector_index<&indexed_doc::place>();
  EXPECT_FALSE(docs().has_vector_index<&indexed_doc::place>());
  EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE '\\_tidbxx\\_%' ESCAPE '\\'"),
            1);  // the registry
  EXPECT_EQ(tests::error_of([&] { docs().drop_vector_index<&indexed_doc::place>(); }).code(), tidb::errc::statement);
  EXPECT_EQ(docs().search(tests::embedding{1}).explain().way, "exact");
}

TEST_F(vector_index, refuses_what_it_cannot_be_of) {
  db().create_table<loose>();
  EXPECT_THROW(db().table<loose>().create_vector_index<&loose::place>(), tidb::usage_error);
  EXPECT_EQ(
      tests::error_of([&] { docs().create_vector_index<&indexed_doc::place>({.metric = tidb::metric::l1}); }).code(),
      tidb::errc::unsupported);
  EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
    tidb::table<indexed_doc>(tx).create_vector_index<&indexed_doc::place>();
  }),
               tidb::usage_error);
  db().drop_table<indexed_doc>();
  EXPECT_EQ(tests::error_of([&] { docs().create_vector_index<&indexed_doc::place>(); }).code(), tidb::errc::statement);
  EXPECT_EQ(db().list_tables(), std::vector<std::string>{"loose"});
}

TEST_F(vector_index, is_exact_about_what_was_just_written) {
  fill();
  tests::clustered_vectors vectors(31);
  for (std::int64_t id = 10'000; id < 10'050; ++id) {
    const auto place = vectors.next();
    db().insert(indexed_doc{id, "new", 1, place});
    ASSERT_EQ(docs().search(place).limit(1).all().at(0).row.id, id);
    const auto moved = vectors.next();
    db().update<indexed_doc>()
        .set(c<&indexed_doc::place> = std::optional(moved))
        .where(c<&indexed_doc::id> == id)
        .run();
    ASSERT_EQ(docs().search(moved).limit(1).all().at(0).row.id, id);
    ASSERT_NE(docs().search(place).limit(1).all().at(0).row.id, id);
    if (id % 2 == 0) {
      db().erase<indexed_doc>().where(c<&indexed_doc::id> == id).run();
      ASSERT_NE(docs().search(moved).limit(1).all().at(0).row.id, id);
    }
  }
  EXPECT_EQ(docs().search(tests::embedding{1}).explain().way, "index");
  expect_sound();
}

TEST_F(vector_index, follows_writes_of_any_other_tool) {
  fill();
  (void)docs().search(tests::embedding{1}).all();
  raw("INSERT INTO indexed_docs (id, text, shelf, place) SELECT 20000, 'twin', 0, place FROM indexed_docs WHERE id = 5;"
      "DELETE FROM indexed_docs WHERE id = 5; UPDATE indexed_docs SET id = 30000 WHERE id = 6;"
      "REPLACE INTO indexed_docs (id, text, shelf, place) SELECT 7, 'replaced', 0, place FROM indexed_docs WHERE id = "
      "8;"
      "UPDATE indexed_docs SET place = NULL WHERE id = 9");
  expect_every_row_is_found();
  expect_sound();
  EXPECT_EQ(docs().search(tests::embedding{1}).explain().way, "index");
}

TEST_F(vector_index, merges_what_was_written_and_gives_space_back) {
  fill();
  for (int round = 0; round < 6; ++round) {
    db().insert_many(tests::indexed_docs(10'000 + round * 1000, 1000, static_cast<unsigned>(round + 50)));
    db().erase<indexed_doc>().where(c<&indexed_doc::id> >= 10'000 + round * 1000 && c<&indexed_doc::shelf> < 60).run();
  }
  EXPECT_LE(stats().delta, 3000U);
  docs().optimize<&indexed_doc::place>();
  EXPECT_EQ(stats().delta, 0U);
  EXPECT_EQ(stats().rows, static_cast<std::uint64_t>(number("SELECT COUNT(*) FROM indexed_docs")));
  expect_sound();
  db().erase<indexed_doc>().where(c<&indexed_doc::id> > 100).run();
  docs().optimize<&indexed_doc::place>();
  EXPECT_EQ(stats().rows, 100U);
  docs().rebuild_index<&indexed_doc::place>();
  EXPECT_LT(stats().bytes_stored, 50'000U);
  expect_sound();
}

TEST_F(vector_index, grows_from_an_empty_table) {
  fill(0);
  EXPECT_TRUE(docs().search(tests::embedding{1}).all().empty());
  for (int part = 0; part < 5; ++part)
    db().insert_many(tests::indexed_docs(1 + part * 2500, 2500, static_cast<unsigned>(part)));
  EXPECT_GE(tests::recall_of(db()), 0.97);
  EXPECT_EQ(docs().search(tests::embedding{1}).explain().way, "index");
  docs().optimize<&indexed_doc::place>();
  expect_sound();
}

TEST_F(vector_index, goes_with_its_table_through_truncate_rename_and_overwrite) {
  fill();
  db().truncate_table<indexed_doc>();
  EXPECT_TRUE(docs().search(tests::embedding{1}).all().empty());
  expect_sound();
  db().insert_many(tests::indexed_docs(1, 1000));
  expect_every_row_is_found();
  raw("ALTER TABLE indexed_docs RENAME TO moved; ALTER TABLE moved RENAME TO indexed_docs");
  db().insert_many(tests::indexed_docs(5001, 10, 8));
  expect_every_row_is_found();
  EXPECT_EQ(docs().search(tests::embedding{1}).explain().way, "index");
  db().create_table<indexed_doc>(tidb::if_exists::overwrite);
  EXPECT_FALSE(docs().has_vector_index<&indexed_doc::place>());
  docs().create_vector_index<&indexed_doc::place>();
  db().drop_table<indexed_doc>();
  EXPECT_TRUE(db().list_tables().empty());
  EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE '\\_tidbxx\\_%' ESCAPE '\\'"), 1);
}

TEST_F(vector_index, is_mended_when_another_tool_makes_the_table_anew) {
  fill();
  (void)docs().search(tests::embedding{1}).all();
  const auto made = db().query<std::string>("SELECT sql FROM sqlite_schema WHERE name = 'indexed_docs'").value();
  raw("CREATE TABLE kept AS SELECT * FROM indexed_docs WHERE id > 1000; DROP TABLE indexed_docs; " + made +
      "; INSERT INTO indexed_docs SELECT * FROM kept; DROP TABLE kept");
  EXPECT_FALSE(docs().check_index<&indexed_doc::place>().ok());
  expect_every_row_is_found();
  EXPECT_EQ(docs().search(tests::embedding{1}).explain().way, "index");
  EXPECT_NE(stats().built_because.find("another tool"), std::string::npos);
  expect_sound();
}

TEST_F(vector_index, is_mended_when_a_block_or_the_manifest_is_cut_or_changed) {
  fill();
  struct damage {
    std::string before, after;  ///< around the index's number, which is another once the manifest was made anew
  };
  for (const auto& [before, after] : {
           damage{"UPDATE _tidbxx_", "_block SET payload = substr(payload, 1, length(payload) - 3)"},
           damage{"UPDATE _tidbxx_", "_block SET payload = CAST(x'00' || substr(payload, 2) AS BLOB)"},
           damage{"DELETE FROM _tidbxx_", "_block"},
           damage{"UPDATE _tidbxx_", "_manifest SET body = replace(body, 'cosine', 'cosin0')"},
           damage{"UPDATE _tidbxx_", "_manifest SET body = replace(body, '\"upto\":', '\"upto\":1')"},
           damage{"DELETE FROM _tidbxx_", "_manifest"},
       }) {
    const auto sql = before + std::to_string(number("SELECT id FROM _tidbxx_index")) + after;
    raw(sql);
    db_.emplace(tidb::connect(url()));  // one that has nothing in memory
    EXPECT_FALSE(docs().check_index<&indexed_doc::place>().ok()) << sql;
    EXPECT_EQ(docs().search(tests::embedding{1}).explain().way, "index") << sql;
    EXPECT_NE(stats().built_because, "it was created") << sql;
    expect_sound();
  }
}

template <class T>
class rows_without_a_number : public vector_index {
protected:
  void check() {
    db().template create_table<T>();
    std::vector<T> rows;
    for (const auto& row : tests::indexed_docs(1, 1200)) rows.push_back({row.text, *row.place});
    db().insert_many(rows);
    const auto table = db().template table<T>();
    table.template create_vector_index<&T::place>();
    db().template erase<T>().where(c<&T::name> < "doc 5").run();
    expect_found();
    raw("VACUUM");
    db().insert(T{"late", tests::embedding{3}});
    EXPECT_EQ(table.search(tests::embedding{3}).limit(1).all().at(0).row.name, "late");
    EXPECT_EQ(table.search(tests::embedding{3}).explain().way, "index");
    expect_found();
    EXPECT_TRUE(table.template check_index<&T::place>().ok());
  }
  void expect_found() {
    for (const auto& row : db().template select<T>().all())
      ASSERT_EQ(db().template table<T>().search(row.place).limit(1).all().at(0).row.name, row.name);
  }
};
using vector_index_of_pages = rows_without_a_number<page>;
using vector_index_of_notes = rows_without_a_number<note>;

TEST_F(vector_index_of_pages, survives_vacuum) { check(); }
TEST_F(vector_index_of_notes, survives_vacuum) { check(); }

TEST_F(vector_index, leaves_out_rows_without_a_vector_or_a_distance) {
  fill(1000);
  db().insert(indexed_doc{5000, "null", 0, std::nullopt});
  db().insert(indexed_doc{5001, "zero", 0, tests::embedding{}});
  EXPECT_EQ(docs().search(tests::embedding{1}).limit(2000).all().size(), 1000U);
  EXPECT_TRUE(docs().search(tests::embedding{}).all().empty());
  EXPECT_EQ(docs().search(tests::embedding{1}).limit(20).all().size(), 20U);
}

TEST_F(vector_index, takes_about_what_was_estimated) {
  db().insert_many(tests::indexed_docs(1, 12'000));
  const auto expected = docs().estimate_vector_index<&indexed_doc::place>();
  EXPECT_EQ(expected.rows, 12'000U);
  docs().create_vector_index<&indexed_doc::place>();
  const auto made = stats();
  EXPECT_GT(expected.bytes_in_memory * 2, made.bytes_in_memory);
  EXPECT_LT(expected.bytes_in_memory, made.bytes_in_memory * 2);
  EXPECT_GT(expected.bytes_stored * 2, made.bytes_stored);
  EXPECT_LT(expected.bytes_stored, made.bytes_stored * 2);
}

TEST_F(vector_index, is_found_by_clients_that_were_there_before) {
  auto other = tidb::connect(url());
  db().insert_many(tests::indexed_docs(1, 2000));
  EXPECT_EQ(other.table<indexed_doc>().search(tests::embedding{1}).explain().way, "exact");
  docs().create_vector_index<&indexed_doc::place>();
  EXPECT_EQ(other.table<indexed_doc>().search(tests::embedding{1}).explain().way, "index");
  other.insert(indexed_doc{7000, "", 0, tests::embedding{5}});
  EXPECT_EQ(docs().search(tests::embedding{5}).limit(1).all().at(0).row.id, 7000);
  docs().drop_vector_index<&indexed_doc::place>();
  EXPECT_EQ(other.table<indexed_doc>().search(tests::embedding{1}).explain().way, "exact");
  other.insert(indexed_doc{7001, "", 0, tests::embedding{5}});
}

TEST_F(vector_index, lets_a_program_search_in_a_transaction_of_its_own) {
  fill();
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file().c_str(), &handle), SQLITE_OK);
  {
    auto own = tidb::connect(handle);
    EXPECT_EQ(own.table<indexed_doc>().search(tests::embedding{1}).explain().way, "index");
    ASSERT_EQ(sqlite3_exec(handle, "BEGIN", nullptr, nullptr, nullptr), SQLITE_OK);
    own.insert(indexed_doc{9000, "own", 0, tests::embedding{5}});
    EXPECT_EQ(own.table<indexed_doc>().search(tests::embedding{5}).limit(1).all().at(0).row.id, 9000);
    EXPECT_EQ(own.table<indexed_doc>().search(tests::embedding{5}).explain().way, "exact");
    ASSERT_EQ(sqlite3_exec(handle, "ROLLBACK", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_NE(own.table<indexed_doc>().search(tests::embedding{5}).limit(1).all().at(0).row.id, 9000);
  }
  sqlite3_close(handle);
}

TEST_F(vector_index, keeps_to_the_memory_that_it_may_have) {
  fill();
  auto narrow = tidb::connect(url() + "?index_memory=1000");
  const auto plan = narrow.table<indexed_doc>().search(tests::embedding{1}).explain();
  EXPECT_EQ(plan.way, "exact");
  EXPECT_NE(plan.reason.find("index_memory"), std::string::npos) << plan.reason;
  EXPECT_EQ(
      tidb::connect(url() + "?index_memory=100000000").table<indexed_doc>().search(tests::embedding{1}).explain().way,
      "index");
  EXPECT_THROW((void)tidb::connect(url() + "?index_memory=0"), tidb::usage_error);
}

TEST_F(vector_index, of_several_columns_of_a_table_are_apart) {
  db().create_table<pair>();
  std::vector<pair> rows;
  tests::clustered_vectors vectors(4);
  for (std::int64_t id = 1; id <= 1500; ++id) rows.push_back({id, vectors.next(), vectors.next()});
  db().insert_many(rows);
  const auto pairs = db().table<pair>();
  pairs.create_vector_index<&pair::title>();
  EXPECT_FALSE(pairs.has_vector_index<&pair::body>());
  EXPECT_EQ(pairs.search(rows[7].body).column<&pair::body>().explain().way, "exact");
  pairs.create_vector_index<&pair::body>({.metric = tidb::metric::negative_inner_product});
  EXPECT_EQ(pairs.search(rows[7].title).column<&pair::title>().limit(1).all().at(0).row.id, 8);
  EXPECT_EQ(pairs.search(rows[7].body).column<&pair::body>().metric(tidb::metric::negative_inner_product).explain().way,
            "index");
  // of two that do not fit together, the one that was not searched for longest makes room
  const auto bytes = pairs.index_stats<&pair::title>().bytes_in_memory;
  auto narrow = tidb::connect(url() + "?index_memory=" + std::to_string(bytes * 3 / 2));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(narrow.table<pair>().search(rows[3].title).column<&pair::title>().explain().way, "index");
    EXPECT_EQ(narrow.table<pair>()
                  .search(rows[3].body)
                  .column<&pair::body>()
                  .metric(tidb::metric::negative_inner_product)
                  .explain()
                  .way,
              "index");
  }
  pairs.drop_vector_index<&pair::title>();
  EXPECT_TRUE(pairs.has_vector_index<&pair::body>());
}

TEST_F(vector_index, is_searched_and_written_by_many_threads) {
  fill();
  std::atomic<int> wrong{};
  std::vector<std::jthread> threads;
  for (unsigned each = 0; each < 4; ++each)
    threads.emplace_back([&, each] {
      tests::clustered_vectors vectors(each + 200);
      for (std::int64_t i = 0; i < 60; ++i) {
        const auto place = vectors.next();
        const auto id = 100'000 * (each + 1) + i;
        db().insert(indexed_doc{id, "", 0, place});
        if (docs().search(place).limit(1).all().at(0).row.id != id) ++wrong;
        if (i % 3 != 0) continue;
        db().erase<indexed_doc>().where(c<&indexed_doc::id> == id).run();
        if (docs().search(place).limit(1).all().at(0).row.id == id) ++wrong;
      }
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
  expect_sound();
}

}  // namespace
