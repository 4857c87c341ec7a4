// A vector index in the tables of a TiDB: what it learns of writers, and of clients that were there before.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <vector>

using tests::error_of;
using tests::indexed_doc;
using tidb::c;

namespace {

constexpr auto index_of = &indexed_doc::place;

struct drawn {
  std::int64_t id{};
  std::string name{};
  tests::embedding place{};
};
constexpr auto tidb_schema(tidb::of<drawn>) {
  return tidb::mapping("drawn", tidb::column<&drawn::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&drawn::name>(tidb::varchar(40), tidb::unique), tidb::column<&drawn::place>());
}

/// Without another unique column.
struct sketch {
  std::int64_t id{};
  tests::embedding place{};
};
constexpr auto tidb_schema(tidb::of<sketch>) {
  return tidb::mapping("sketches", tidb::column<&sketch::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&sketch::place>());
}

struct page {
  std::string name{};
  tests::embedding place{};
};
constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::name>(tidb::varchar(40), tidb::primary_key),
                       tidb::column<&page::place>());
}

class server_index : public testing::Test {
protected:
  void SetUp() override {
    const auto url = tests::tidb_url();
    if (!url) {
      if (tests::ci()) FAIL() << "TIDB_TEST_URL is not set";
      GTEST_SKIP() << "TIDB_TEST_URL is not set: it takes a TiDB";
    }
    own_.emplace(url);
    db().create_table<indexed_doc>();
    db().insert_many(tests::indexed_docs(1, 1000));
  }
  void TearDown() override { own_.reset(); }

  tidb::client& db() { return own_->db(); }
  const std::string& url() const { return own_->url(); }
  tidb::table<indexed_doc> docs() { return db().table<indexed_doc>(); }
  tests::embedding far(unsigned seed) { return tests::clustered_vectors(1000 + seed).next(); }
  std::int64_t nearest(const tests::embedding& to) {
    const auto plan = docs().search(to).explain();
    EXPECT_TRUE(plan.way.starts_with("index")) << plan.reason;
    return docs().search(to).limit(1).all().at(0).row.id;
  }
  void expect_sound() {
    const auto check = docs().check_index<index_of>();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
  }

private:
  tests::indexes_are_known_soon soon_;
  std::optional<tests::own_database> own_;
};

TEST_F(server_index, is_made_once_and_dropped_with_all_its_tables) {
  docs().create_vector_index<index_of>();
  EXPECT_TRUE(docs().has_vector_index<index_of>());
  EXPECT_EQ(error_of([&] { docs().create_vector_index<index_of>(); }).code(), tidb::errc::statement);
  docs().create_vector_index<index_of>({.existing = tidb::if_exists::skip});
  EXPECT_THROW(docs().create_vector_index<index_of>({.metric = tidb::metric::l2, .existing = tidb::if_exists::skip}),
               tidb::usage_error);
  docs().create_vector_index<index_of>({.metric = tidb::metric::l2, .existing = tidb::if_exists::overwrite});
  EXPECT_EQ(docs().search(far(1)).metric(tidb::metric::l2).explain().way, "index");
  EXPECT_EQ(db().list_tables(), std::vector<std::string>{"indexed_docs"});
  docs().drop_vector_index<index_of>();
  EXPECT_FALSE(docs().has_vector_index<index_of>());
  EXPECT_EQ(error_of([&] { docs().drop_vector_index<index_of>(); }).code(), tidb::errc::statement);
  EXPECT_EQ(docs().search(far(1)).explain().way, "exact");
}

TEST_F(server_index, refuses_what_it_cannot_be_of) {
  db().execute("CREATE TABLE pages (name VARCHAR(40), place VECTOR(24))");
  const auto keyless = error_of([&] { db().table<page>().create_vector_index<&page::place>(); });
  EXPECT_EQ(keyless.code(), tidb::errc::unsupported);
  EXPECT_NE(keyless.info().message.find("primary key"), std::string::npos) << keyless.what();
  db().execute("DROP TABLE pages");
  db().execute("CREATE TABLE pages (name DECIMAL(10, 2) PRIMARY KEY, place VECTOR(24))");
  EXPECT_EQ(error_of([&] { db().table<page>().create_vector_index<&page::place>(); }).code(), tidb::errc::unsupported);
  EXPECT_EQ(error_of([&] { db().table<drawn>().create_vector_index<&drawn::place>(); }).code(), tidb::errc::statement);
  db().execute("CREATE TABLE shelves (id BIGINT PRIMARY KEY)");
  db().execute("CREATE TABLE drawn (id BIGINT PRIMARY KEY, name VARCHAR(40), place VECTOR(24), shelf BIGINT, "
               "FOREIGN KEY (shelf) REFERENCES shelves (id) ON DELETE CASCADE)");
  const auto cascades = error_of([&] { db().table<drawn>().create_vector_index<&drawn::place>(); });
  EXPECT_NE(cascades.info().message.find("ON DELETE CASCADE"), std::string::npos) << cascades.what();
  EXPECT_THROW(
      db().transaction([&](tidb::transaction& tx) { tidb::table<indexed_doc>(tx).create_vector_index<index_of>(); }),
      tidb::usage_error);
}

TEST_F(server_index, is_used_by_clients_that_were_there_before) {
  auto other = tidb::connect(url());
  other.insert(indexed_doc{2000, "before", 1, far(1)});
  docs().create_vector_index<index_of>();
  other.insert(indexed_doc{2001, "after", 1, far(2)});
  EXPECT_EQ(nearest(far(2)), 2001);
  EXPECT_EQ(nearest(far(1)), 2000);
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(other.table<indexed_doc>().search(far(2)).explain().way, "index");
  docs().drop_vector_index<index_of>();
  other.insert(indexed_doc{2002, "later", 1, far(3)});
  EXPECT_EQ(other.table<indexed_doc>().search(far(3)).limit(1).all().at(0).row.id, 2002);
}

TEST_F(server_index, waits_for_a_transaction_that_began_before_it) {
  auto other = tidb::connect(url());
  std::jthread maker;
  other.transaction([&](tidb::transaction& tx) {
    tx.insert(indexed_doc{2000, "open", 1, far(1)});
    maker = std::jthread([&] { docs().create_vector_index<index_of>(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(600));
    EXPECT_FALSE(docs().search(far(1)).explain().way.starts_with("index"));
    tx.insert(indexed_doc{2001, "open", 1, far(2)});
  });
  maker.join();
  EXPECT_EQ(nearest(far(1)), 2000);
  EXPECT_EQ(nearest(far(2)), 2001);
  expect_sound();
}

TEST_F(server_index, learns_of_every_typed_write) {
  docs().create_vector_index<index_of>();
  db().insert_many({indexed_doc{2000, "a", 500, far(1)}, indexed_doc{2001, "b", 500, far(2)}});
  EXPECT_EQ(nearest(far(2)), 2001);
  db().save(indexed_doc{2001, "b", 500, far(3)});
  EXPECT_EQ(nearest(far(3)), 2001);
  EXPECT_NE(nearest(far(2)), 2001);
  db().save_many(std::vector{indexed_doc{2001, "b", 500, far(4)}, indexed_doc{2002, "c", 500, far(5)}});
  EXPECT_EQ(nearest(far(4)), 2001);
  EXPECT_EQ(nearest(far(5)), 2002);
  db().update_many(std::vector{indexed_doc{2002, "c", 500, far(6)}});
  EXPECT_EQ(nearest(far(6)), 2002);
  EXPECT_EQ(db().update<indexed_doc>().set(c<index_of> = far(7)).where(c<&indexed_doc::text> == "a").run(), 1U);
  EXPECT_EQ(nearest(far(7)), 2000);
  db().insert_missing(std::vector{indexed_doc{2000, "no", 1, far(8)}, indexed_doc{2003, "yes", 500, far(9)}});
  EXPECT_EQ(nearest(far(9)), 2003);
  EXPECT_NE(nearest(far(8)), 2000);
  EXPECT_EQ(db().erase<indexed_doc>().where(c<&indexed_doc::shelf> == 500).run(), 4U);
  for (unsigned seed = 1; seed < 10; ++seed) EXPECT_LT(nearest(far(seed)), 2000);
  expect_sound();
}

TEST_F(server_index, knows_keys_that_the_server_generates) {
  db().create_table<drawn>();
  std::vector<drawn> rows;
  for (unsigned i = 0; i < 400; ++i) rows.push_back({0, "row " + std::to_string(i), far(100 + i)});
  db().insert_many(rows);
  auto items = db().table<drawn>();
  items.create_vector_index<&drawn::place>();
  const auto one = db().insert(drawn{0, "one", far(1)});
  EXPECT_EQ(items.search(far(1)).limit(1).all().at(0).row.id, one.id);
  db().insert_many({drawn{0, "two", far(2)}, drawn{0, "three", far(3)}});
  EXPECT_EQ(items.search(far(3)).limit(1).all().at(0).row.name, "three");
  const std::vector again{drawn{0, "two", far(4)}};
  db().upsert(again).set(c<&drawn::place> = tidb::inserted(c<&drawn::place>)).run();
  EXPECT_EQ(items.search(far(4)).limit(1).all().at(0).row.name, "two");
  EXPECT_EQ(items.search(far(4)).explain().way, "index");
  const auto check = items.check_index<&drawn::place>();
  EXPECT_TRUE(check.ok()) << check.problems.at(0);
}

TEST_F(server_index, refuses_sql_of_the_programs_own_that_does_not_tell_what_it_changes) {
  docs().create_vector_index<index_of>();
  for (const char* sql :
       {"UPDATE indexed_docs SET shelf = 1", "DELETE FROM `indexed_docs` WHERE id = 1",
        "INSERT INTO test.indexed_docs (id, text) VALUES (1, 'x')", "REPLACE INTO Indexed_Docs SET id = 1",
        "EXPLAIN ANALYZE DELETE FROM indexed_docs", "BATCH ON id LIMIT 10 UPDATE indexed_docs SET shelf = 2",
        "DELETE a FROM indexed_docs a WHERE a.id = 1"}) {
    EXPECT_THROW(db().execute(sql), tidb::usage_error) << sql;
    EXPECT_THROW(db().transaction([&](tidb::transaction& tx) { tx.execute(sql); }), tidb::usage_error) << sql;
  }
  db().execute("CREATE TABLE others (id BIGINT PRIMARY KEY, text TEXT)");
  db().execute("INSERT INTO others SELECT id, text FROM indexed_docs");
  db().transaction([&](tidb::transaction& tx) {
    tx.touches<indexed_doc>(std::vector{7, 8});
    tx.execute("UPDATE indexed_docs SET place = ? WHERE id = 7", far(1));
    tx.execute("DELETE FROM indexed_docs WHERE id = 8");
  });
  EXPECT_EQ(nearest(far(1)), 7);
  EXPECT_THROW(db().touches<indexed_doc>(std::vector{7}), tidb::usage_error);
  EXPECT_THROW(db().execute("UPDATE indexed_docs SET shelf = 1"), tidb::usage_error);
  expect_sound();
}

TEST_F(server_index, does_not_keep_what_was_rolled_back) {
  docs().create_vector_index<index_of>();
  struct undone {};
  EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
    tx.insert(indexed_doc{2000, "undone", 1, far(1)});
    EXPECT_EQ(tidb::table<indexed_doc>(tx).search(far(1)).limit(1).all().at(0).row.id, 2000);
    throw undone{};
  }),
               undone);
  EXPECT_NE(nearest(far(1)), 2000);
  EXPECT_EQ(docs().index_stats<index_of>().delta, 0U);
}

TEST_F(server_index, finds_the_rows_of_an_older_transaction_as_they_were) {
  docs().create_vector_index<index_of>();
  auto other = tidb::connect(url());
  db().transaction([&](tidb::transaction& tx) {
    const tidb::table<indexed_doc> inside(tx);
    ASSERT_EQ(inside.search(far(1)).limit(1).all().size(), 1U);  // what it sees begins here
    other.insert(indexed_doc{2000, "other", 1, far(1)});
    other.table<indexed_doc>().optimize<index_of>();
    EXPECT_EQ(nearest(far(1)), 2000);
    EXPECT_NE(inside.search(far(1)).limit(1).all().at(0).row.id, 2000);
    tx.insert(indexed_doc{2001, "own", 1, far(2)});
    EXPECT_EQ(inside.search(far(2)).limit(1).all().at(0).row.id, 2001);
  });
  EXPECT_EQ(nearest(far(2)), 2001);
}

TEST_F(server_index, goes_and_comes_with_its_table) {
  docs().create_vector_index<index_of>();
  db().truncate_table<indexed_doc>();
  EXPECT_TRUE(docs().search(far(1)).all().empty());
  db().insert_many(tests::indexed_docs(1, 500));
  db().insert(indexed_doc{2000, "new", 1, far(1)});
  EXPECT_EQ(nearest(far(1)), 2000);
  expect_sound();
  db().create_table<indexed_doc>(tidb::if_exists::overwrite);
  EXPECT_FALSE(docs().has_vector_index<index_of>());
  docs().create_vector_index<index_of>();
  db().drop_table<indexed_doc>();
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM _tidbxx_index").value(), 0);
}

TEST_F(server_index, is_built_anew_when_another_tool_has_made_the_table_anew) {
  docs().create_vector_index<index_of>();
  auto other = tidb::connect(url());
  other.execute("RENAME TABLE indexed_docs TO old_docs");
  other.execute("CREATE TABLE indexed_docs LIKE old_docs");
  std::this_thread::sleep_for(std::chrono::milliseconds(120));
  db().insert_many(tests::indexed_docs(3000, 400));
  EXPECT_GE(docs().search(far(1)).limit(1).all().at(0).row.id, 3000);
  EXPECT_EQ(docs().search(far(1)).explain().way, "index");
  EXPECT_NE(docs().index_stats<index_of>().built_because.find("anew"), std::string::npos);
  expect_sound();
}

TEST_F(server_index, tells_of_foreign_writes_when_it_is_checked_and_mends_them_when_it_is_rebuilt) {
  docs().create_vector_index<index_of>();
  db().transaction([&](tidb::transaction& tx) {
    tx.touches<indexed_doc>(std::vector<int>{});  // as another tool would: it tells of nothing
    tx.execute("INSERT INTO indexed_docs (id, text, shelf, place) VALUES (2000, 'foreign', 1, ?)", far(1));
    tx.execute("DELETE FROM indexed_docs WHERE id <= 3");
  });
  const auto check = docs().check_index<index_of>();
  EXPECT_EQ(check.missing, 1U);
  EXPECT_EQ(check.left_over, 3U);
  docs().rebuild_index<index_of>();
  EXPECT_EQ(nearest(far(1)), 2000);
  expect_sound();
}

TEST_F(server_index, is_merged_by_the_writer_who_makes_its_delta_long) {
  docs().create_vector_index<index_of>();
  for (int part = 0; part < 5; ++part)
    db().insert_many(tests::indexed_docs(10'000 + part * 1000, 1000, static_cast<unsigned>(part + 2)));
  EXPECT_LT(docs().index_stats<index_of>().delta, 3'100U);
  docs().optimize<index_of>();
  EXPECT_EQ(docs().index_stats<index_of>().delta, 0U);
  EXPECT_EQ(docs().index_stats<index_of>().rows, 6'000U);
  EXPECT_GE(tests::recall_of(db()), 0.97);
  expect_sound();
}

TEST_F(server_index, is_mended_where_a_block_or_the_manifest_is_damaged) {
  docs().create_vector_index<index_of>();
  const auto id = db().query<std::int64_t>("SELECT id FROM _tidbxx_index").value();
  const auto block = "_tidbxx_" + std::to_string(id) + "_block",
             manifest = "_tidbxx_" + std::to_string(id) + "_manifest";
  db().execute("UPDATE " + block + " SET checksum = checksum + 1");
  auto other = tidb::connect(url());
  EXPECT_EQ(other.table<indexed_doc>().search(far(1)).explain().way, "index");
  expect_sound();
  db().execute("UPDATE " + manifest + " SET body = 'x'");
  auto third = tidb::connect(url());
  EXPECT_EQ(third.table<indexed_doc>().search(far(1)).explain().way, "index");
  expect_sound();
}

TEST_F(server_index, knows_generated_keys_beside_given_ones_and_where_rows_may_be_there) {
  db().create_table<sketch>();
  std::vector<sketch> rows;
  for (unsigned i = 0; i < 300; ++i) rows.push_back({0, far(100 + i)});
  db().insert_many(rows);
  auto items = db().table<sketch>();
  items.create_vector_index<&sketch::place>();
  const auto expect_found = [&](unsigned seed) {
    const auto hits = items.search(far(seed)).limit(1).all();
    EXPECT_LE(hits.at(0).distance, 1e-6) << seed;
    EXPECT_EQ(items.search(far(seed)).explain().way, "index");
  };
  db().insert_missing(std::vector{sketch{0, far(1)}, sketch{0, far(2)}});
  expect_found(1);
  expect_found(2);
  const std::vector mixed{sketch{0, far(3)}, sketch{1'000'000, far(4)}, sketch{0, far(5)}};
  db().insert_many(mixed);
  for (const unsigned seed : {3U, 4U, 5U}) expect_found(seed);
  const auto check = items.check_index<&sketch::place>();
  EXPECT_TRUE(check.ok()) << check.problems.at(0);
}

TEST_F(server_index, refuses_several_keys_of_auto_random) {
  db().execute("CREATE TABLE sketches (id BIGINT PRIMARY KEY AUTO_RANDOM, place VECTOR(24))");
  for (unsigned i = 0; i < 300; ++i) db().insert(sketch{0, far(100 + i)});
  auto items = db().table<sketch>();
  items.create_vector_index<&sketch::place>();
  db().insert(sketch{0, far(1)});
  EXPECT_LE(items.search(far(1)).limit(1).all().at(0).distance, 1e-6);
  const std::vector several{sketch{0, far(2)}, sketch{0, far(3)}};
  EXPECT_THROW(db().insert_many(several), tidb::usage_error);
  EXPECT_GT(items.search(far(2)).limit(1).all().at(0).distance, 1e-6);
}

TEST_F(server_index, learns_of_an_upsert_of_a_row_that_was_committed_after_its_transaction_began) {
  db().create_table<drawn>();
  std::vector<drawn> rows;
  for (unsigned i = 0; i < 300; ++i) rows.push_back({0, "row " + std::to_string(i), far(100 + i)});
  db().insert_many(rows);
  auto items = db().table<drawn>();
  items.create_vector_index<&drawn::place>();
  auto other = tidb::connect(url());
  db().transaction([&](tidb::transaction& tx) {
    (void)tx.select<drawn>().limit(1).all();  // what it sees begins here
    other.insert(drawn{0, "late", far(1)});
    const std::vector again{drawn{0, "late", far(2)}};
    tx.upsert(again).set(c<&drawn::place> = tidb::inserted(c<&drawn::place>)).run();
  });
  EXPECT_EQ(items.search(far(2)).limit(1).all().at(0).row.name, "late");
  const std::vector renamed{drawn{0, "late", far(3)}};
  EXPECT_THROW(db().upsert(renamed).set(c<&drawn::name> = std::string("other")).run(), tidb::usage_error);
  EXPECT_EQ(db().select<drawn>().where(c<&drawn::name> == "other").all().size(), 0U);
}

TEST_F(server_index, commits_nothing_that_it_was_not_told_of) {
  docs().create_vector_index<index_of>();
  db().execute("CREATE UNIQUE INDEX by_shelf ON indexed_docs (id, shelf)");
  const std::vector rows{indexed_doc{1, "no", 7, far(1)}};
  EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
    try {
      tx.upsert(rows).set(c<&indexed_doc::shelf> = 5, c<index_of> = far(1)).run();
    } catch (const tidb::usage_error&) {  // and goes on as if nothing had been
    }
    tx.insert(indexed_doc{2000, "new", 1, far(2)});
  }),
               tidb::error);
  EXPECT_EQ(db().select<indexed_doc>().where(c<&indexed_doc::id> == 2000).all().size(), 0U);
  expect_sound();
}

TEST_F(server_index, is_searched_by_a_transaction_that_sees_what_others_commit) {
  docs().create_vector_index<index_of>();
  auto other = tidb::connect(url());
  db().transaction({.isolation = tidb::isolation::read_committed}, [&](tidb::transaction& tx) {
    const tidb::table<indexed_doc> inside(tx);
    for (unsigned seed = 1; seed < 6; ++seed) {
      other.insert(indexed_doc{2000 + seed, "other", 1, far(seed)});
      if (seed % 2 == 0) other.table<indexed_doc>().optimize<index_of>();
      EXPECT_EQ(inside.search(far(seed)).limit(1).all().at(0).row.id, 2000 + seed);
    }
  });
  for (unsigned seed = 1; seed < 6; ++seed) EXPECT_EQ(nearest(far(seed)), 2000 + seed);
}

TEST_F(server_index, that_a_killed_program_has_begun_is_finished_by_another) {
  docs().create_vector_index<index_of>();
  db().execute("UPDATE _tidbxx_index SET state = 'building'");
  auto other = tidb::connect(url());
  EXPECT_EQ(other.table<indexed_doc>().search(far(1)).explain().way, "exact");
  other.insert(indexed_doc{2000, "meanwhile", 1, far(1)});
  other.table<indexed_doc>().create_vector_index<index_of>({.existing = tidb::if_exists::skip});
  EXPECT_EQ(other.table<indexed_doc>().search(far(1)).explain().way, "index");
  db().execute("UPDATE _tidbxx_index SET state = 'dropping'");
  docs().create_vector_index<index_of>();
  EXPECT_EQ(nearest(far(1)), 2000);
  expect_sound();
}

}  // namespace

TEST_F(server_index, goes_with_a_migration_to_other_names_and_other_keys) {
  docs().create_vector_index<index_of>();
  const auto found = [&](const std::string& table) {
    return db()
        .query<std::int64_t>("SELECT COUNT(*) FROM `_tidbxx_index` WHERE state = 'ready' AND table_name = ?", table)
        .value();
  };
  auto wanted = tidb::definition_of<indexed_doc>();
  wanted.name = "papers";
  tidb::migrate(db(), {wanted}, {.renamed_tables = {{"indexed_docs", "papers"}}});
  EXPECT_EQ(found("papers"), 1);
  wanted.name = "indexed_docs";
  tidb::migrate(db(), {wanted}, {.renamed_tables = {{"papers", "indexed_docs"}}});
  EXPECT_EQ(found("indexed_docs"), 1);
  EXPECT_EQ(nearest(*tests::indexed_docs(1, 1000)[41].place), 42);
  expect_sound();
  wanted.primary_key = {"shelf", "id"};
  tidb::migrate(db(), {wanted});
  EXPECT_EQ(nearest(*tests::indexed_docs(1, 1000)[41].place), 42);
  db().execute("CREATE TABLE keeps (id BIGINT PRIMARY KEY)");
  tidb::migrate(db(), {}, {.drop_others = true, .lose_data = true});
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM `_tidbxx_index`").value(), 0);
}

TEST_F(server_index, stays_where_a_migration_is_refused) {
  docs().create_vector_index<index_of>();
  const auto id = db().query<std::int64_t>("SELECT id FROM `_tidbxx_index`").value();
  auto wanted = tidb::definition_of<indexed_doc>();
  wanted.name = "papers";
  wanted.columns[2].unique = true;  // which the rows are not
  EXPECT_EQ(error_of([&] {
              tidb::migrate(db(), {wanted}, {.renamed_tables = {{"indexed_docs", "papers"}}});
            }).code(),
            tidb::errc::constraint);
  EXPECT_EQ(db().query<std::int64_t>("SELECT id FROM `_tidbxx_index` WHERE state = 'ready'").value(), id);
  EXPECT_EQ(docs().search(far(1)).explain().way, "index");
}

TEST_F(server_index, follows_a_table_that_another_tool_makes_anew_with_another_key) {
  docs().create_vector_index<index_of>();
  auto other = tidb::connect(url());
  const auto place = *tests::indexed_docs(1, 1000)[41].place;
  EXPECT_EQ(nearest(place), 42);
  db().execute("CREATE TABLE copied (id BIGINT UNSIGNED, text TEXT NOT NULL, shelf BIGINT NOT NULL, place VECTOR(24), "
               "PRIMARY KEY (shelf, id))");
  db().execute("INSERT INTO copied SELECT id, text, shelf, place FROM indexed_docs");
  db().execute("DROP TABLE indexed_docs");
  db().execute("RENAME TABLE copied TO indexed_docs");
  EXPECT_EQ(nearest(place), 42);
  std::this_thread::sleep_for(std::chrono::milliseconds(120));  // until the other one reads the registry anew
  for (auto* client : {&db(), &other}) {
    const auto id = client == &other ? 3001 : 3000;
    client->insert(indexed_doc{id, "new", 1, far(static_cast<unsigned>(id))});
    client->update<indexed_doc>().set(c<&indexed_doc::place> = far(7)).where(c<&indexed_doc::id> == 7).run();
    EXPECT_EQ(nearest(far(static_cast<unsigned>(id))), id);
  }
  EXPECT_EQ(nearest(far(7)), 7);
  docs().optimize<index_of>();
  expect_sound();
}

namespace {

/// A struct whose key is not the table's.
struct outer {
  std::int64_t shelf{};
  tests::embedding place{};
};
constexpr auto tidb_schema(tidb::of<outer>) {
  return tidb::mapping("indexed_docs", tidb::column<&outer::shelf>(tidb::primary_key), tidb::column<&outer::place>());
}

}  // namespace

TEST_F(server_index, refuses_to_be_told_by_another_column_than_the_key) {
  docs().create_vector_index<index_of>();
  const std::vector rows{outer{3, far(1)}};
  EXPECT_THROW(db().update_many(rows), tidb::usage_error);
  EXPECT_NE(docs().search(far(1)).limit(1).all().at(0).row.shelf, 3);
  expect_sound();
}
