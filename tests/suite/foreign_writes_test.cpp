// A vector index of a table that other tools write, too, tracked by the time of each change.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

using tests::error_of;
using tidb::c;

namespace {

struct tracked_doc {
  std::int64_t id{};
  std::optional<tests::embedding> place{};
  std::string text{};
  std::chrono::sys_time<std::chrono::microseconds> changed_at{};
};
constexpr auto tidb_schema(tidb::of<tracked_doc>) {
  return tidb::mapping("tracked_docs", tidb::column<&tracked_doc::id>(tidb::primary_key),
                       tidb::column<&tracked_doc::place>(), tidb::column<&tracked_doc::text>(),
                       tidb::column<&tracked_doc::changed_at>(tidb::timestamp));
}

constexpr auto index_of = &tracked_doc::place;
constexpr auto column_of = c<&tracked_doc::changed_at>;

tests::embedding far(unsigned seed) { return tests::clustered_vectors(1000 + seed).next(); }

tracked_doc own(std::int64_t id, const tests::embedding& place) {
  return {id, place, "own", std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now())};
}

/// Another tool: what it runs is told to no index of the library's.
class foreign_tool {
public:
  /// On TiDB in another database, of whose tables it gives whole names.
  foreign_tool(const std::optional<std::string>& elsewhere, tidb::client& db, const std::string& url)
      : on_(tidb::connect(elsewhere.value_or(url))),
        table_((elsewhere ? "`" + db.query<std::string>("SELECT DATABASE()").value() + "`." : std::string()) +
               "tracked_docs") {}

  tidb::client& db() { return on_; }
  const std::string& table() const { return table_; }
  void add(std::int64_t id, const tests::embedding& place) { add(on_, id, place); }
  template <class On>
  void add(On& on, std::int64_t id, const tests::embedding& place) {
    on.execute("INSERT INTO " + table_ + " (id, place, text) VALUES (?, ?, 'foreign')", id, place);
  }
  void move(std::int64_t id, const tests::embedding& place) { move(on_, id, place); }
  template <class On>
  void move(On& on, std::int64_t id, const tests::embedding& place) {
    on.execute("UPDATE " + table_ + " SET place = ? WHERE id = ?", place, id);
  }
  void remove(std::int64_t id) { on_.execute("DELETE FROM " + table_ + " WHERE id = ?", id); }

private:
  tidb::client on_;
  std::string table_;
};

class foreign_writes : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    tool_.emplace(embedded() ? std::nullopt : tests::tidb_url(GetParam()), db(), url());
  }
  void TearDown() override {
    tool_.reset();
    on_each_engine::TearDown();
  }

  /// `type`: of the column that the server sets; none: it is tracked by nothing.
  void make_table(const std::string& type = "TIMESTAMP(6)", bool tracked = true) {
    const auto now = "CURRENT_TIMESTAMP" + (type.ends_with(')') ? type.substr(type.size() - 3) : std::string());
    db().execute(embedded()
                     ? "CREATE TABLE tracked_docs (id INTEGER PRIMARY KEY, place BLOB, text TEXT, changed_at "
                       "TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP)"
                     : "CREATE TABLE tracked_docs (id BIGINT PRIMARY KEY, place VECTOR(24), text TEXT, "
                       "changed_at " +
                           type + " NOT NULL DEFAULT " + now + " ON UPDATE " + now + ", INDEX by_change (changed_at))");
    std::vector<tracked_doc> rows;
    for (std::int64_t id = 1; id <= 400; ++id) rows.push_back(own(id, far(static_cast<unsigned>(10'000 + id))));
    db().insert_many(rows);
    if (tracked)
      docs().create_vector_index<index_of>({.tracked_by = column_of});
    else
      docs().create_vector_index<index_of>();
  }

  tidb::table<tracked_doc> docs() { return db().table<tracked_doc>(); }
  foreign_tool& tool() { return *tool_; }
  static std::int64_t nearest(const tidb::table<tracked_doc>& docs, const tests::embedding& to) {
    const auto plan = docs.search(to).explain();
    EXPECT_TRUE(plan.way.starts_with("index")) << plan.reason;
    return docs.search(to).limit(1).all().at(0).row.id;
  }
  std::int64_t nearest(const tests::embedding& to) { return nearest(docs(), to); }
  /// Without those that read the registry, now and then.
  std::uint64_t statements_of_a_search() {
    std::uint64_t count = 0;
    db().on_statement([&](const tidb::statement_event& event) {
      const auto about = [&](const char* name) { return event.sql.find(name) != std::string::npos; };
      if (!about("_tidbxx_index`") && !about("information_schema")) ++count;
    });
    (void)docs().search(far(1)).limit(1).all();
    db().on_statement({});
    return count;
  }

private:
  tests::indexes_are_known_soon soon_;
  std::optional<foreign_tool> tool_;
};

TEST_P(foreign_writes, are_found_by_the_next_search) {
  make_table();
  EXPECT_LT(nearest(far(1)), 2000);
  tool().add(2000, far(1));
  EXPECT_EQ(nearest(far(1)), 2000);
  tool().move(2000, far(2));
  EXPECT_EQ(nearest(far(2)), 2000);
  EXPECT_NE(nearest(far(1)), 2000);
  tool().move(7, far(3));
  EXPECT_EQ(nearest(far(3)), 7);
  tool().db().execute("UPDATE " + tool().table() + " SET place = NULL WHERE id = 7");
  EXPECT_NE(nearest(far(3)), 7);
  tool().remove(2000);
  EXPECT_NE(nearest(far(2)), 2000);
  db().insert(own(2001, far(4)));
  EXPECT_EQ(nearest(far(4)), 2001);
  tool().move(2001, far(5));
  EXPECT_EQ(nearest(far(5)), 2001);
  const auto check = docs().check_index<index_of>();
  EXPECT_EQ(check.missing + check.stale, 0U);
}

TEST_P(foreign_writes, are_merged_with_the_rest_and_need_not_be_read_again) {
  make_table();
  for (unsigned i = 0; i < 50; ++i) tool().add(2000 + i, far(i));
  EXPECT_EQ(docs().index_stats<index_of>().delta, 50U);
  docs().optimize<index_of>();
  EXPECT_EQ(docs().index_stats<index_of>().delta, 0U);
  EXPECT_EQ(docs().index_stats<index_of>().rows, 450U);
  auto later = tidb::connect(url());
  EXPECT_EQ(nearest(later.table<tracked_doc>(), far(17)), 2017);
  tool().move(2017, far(100));
  EXPECT_EQ(nearest(later.table<tracked_doc>(), far(100)), 2017);
  EXPECT_EQ(nearest(far(100)), 2017);
  docs().optimize<index_of>();
  EXPECT_EQ(nearest(far(100)), 2017);
  docs().rebuild_index<index_of>();
  EXPECT_EQ(nearest(far(100)), 2017);
  EXPECT_NE(nearest(far(17)), 2017);
  tool().remove(2017);
  docs().optimize<index_of>();
  const auto check = docs().check_index<index_of>();
  EXPECT_TRUE(check.ok()) << check.problems.at(0);  // it had changed not long before
}

TEST_P(foreign_writes, cost_a_search_one_statement_where_there_are_none) {
  if (embedded()) GTEST_SKIP() << "triggers tell of all writes";
  make_table("TIMESTAMP(6)", false);
  (void)docs().search(far(1)).all();
  const auto untracked = statements_of_a_search();
  docs().create_vector_index<index_of>({.existing = tidb::if_exists::overwrite, .tracked_by = column_of});
  (void)docs().search(far(1)).all();
  EXPECT_EQ(statements_of_a_search(), untracked + 1);
  std::vector<tracked_doc> rows;
  for (unsigned i = 0; i < 300; ++i) rows.push_back(own(3000 + i, far(i)));
  db().insert_many(rows);
  (void)docs().search(far(1)).all();  // reads its own rows, once
  EXPECT_EQ(statements_of_a_search(), untracked + 1);
  tool().add(2000, far(400));
  EXPECT_EQ(nearest(far(400)), 2000);
  EXPECT_EQ(statements_of_a_search(), untracked + 1);
}

TEST_P(foreign_writes, are_found_if_they_are_committed_long_after_their_statement) {
  if (embedded()) GTEST_SKIP() << "a file has one writer";
  make_table();
  auto slow = tidb::connect(*tests::tidb_url(GetParam()));
  slow.transaction([&](tidb::transaction& tx) {
    tool().add(tx, 2000, far(1));
    tool().move(tx, 7, far(2));
    std::this_thread::sleep_for(std::chrono::milliseconds(2600));
    tool().add(2001, far(3));  // is newer, and there before
    EXPECT_EQ(nearest(far(3)), 2001);
    docs().optimize<index_of>();
    EXPECT_NE(nearest(far(1)), 2000);
  });
  EXPECT_EQ(nearest(far(1)), 2000);
  EXPECT_EQ(nearest(far(2)), 7);
  auto later = tidb::connect(url());
  EXPECT_EQ(nearest(later.table<tracked_doc>(), far(2)), 7);
}

TEST_P(foreign_writes, of_one_row_in_the_same_second_are_told_apart) {
  make_table("TIMESTAMP");
  for (unsigned seed = 1; seed <= 12; ++seed) {
    tool().move(9, far(seed));
    EXPECT_EQ(nearest(far(seed)), 9) << seed;
    if (seed % 4 == 0) docs().optimize<index_of>();
  }
  auto later = tidb::connect(url());
  EXPECT_EQ(nearest(later.table<tracked_doc>(), far(12)), 9);
}

TEST_P(foreign_writes, bear_the_time_of_any_zone) {
  if (embedded()) GTEST_SKIP() << "there is no server";
  for (const char* type : {"TIMESTAMP(6)", "DATETIME(6)", "DATETIME"}) {
    make_table(type);
    std::int64_t id = 2000;
    for (const char* zone : {"+14:00", "-12:00", "+05:30"}) {
      ++id;
      tool().db().transaction([&](tidb::transaction& tx) {
        tx.execute(std::string("SET time_zone = '") + zone + "'");
        tool().add(tx, id, far(static_cast<unsigned>(id)));
        tool().move(tx, 5, far(static_cast<unsigned>(3 * id)));
      });
      EXPECT_EQ(nearest(far(static_cast<unsigned>(id))), id) << type << zone;
      EXPECT_EQ(nearest(far(static_cast<unsigned>(3 * id))), 5) << type << zone;
      docs().optimize<index_of>();
      EXPECT_EQ(nearest(far(static_cast<unsigned>(id))), id) << type << zone;
    }
    db().drop_table<tracked_doc>();
  }
}

TEST_P(foreign_writes, are_seen_by_a_transaction_as_they_were_when_it_began) {
  make_table();
  db().transaction([&](tidb::transaction& tx) {
    const tidb::table<tracked_doc> inside(tx);
    ASSERT_EQ(inside.search(far(1)).limit(1).all().size(), 1U);
    if (embedded()) return;  // its one writer waits
    tool().move(7, far(1));
    EXPECT_EQ(nearest(far(1)), 7);
    EXPECT_NE(inside.search(far(1)).limit(1).all().at(0).row.id, 7);
    const auto before = far(10'007);
    EXPECT_EQ(inside.search(before).limit(1).all().at(0).row.id, 7);
    EXPECT_NE(nearest(before), 7);
    tx.insert(own(2001, far(2)));
    EXPECT_EQ(inside.search(far(2)).limit(1).all().at(0).row.id, 2001);
  });
  EXPECT_EQ(nearest(far(2)), embedded() ? nearest(far(2)) : 2001);
}

TEST_P(foreign_writes, among_own_ones_in_any_order_lose_no_row) {
  make_table();
  auto other = tidb::connect(url());
  std::mt19937 random(5);
  std::map<std::int64_t, unsigned> truth;
  unsigned seed = 0;
  for (int round = 0; round < tests::count(60, 1500); ++round) {
    const std::int64_t id = 1 + static_cast<std::int64_t>(random() % 60);
    const auto place = far(++seed);
    switch (random() % 7) {
    case 0: tool().move(id, place); break;
    case 1: db().save(own(id, place)); break;
    case 2: other.update<tracked_doc>().set(c<index_of> = place).where(c<&tracked_doc::id> == id).run(); break;
    case 3:
      tool().remove(id);
      tool().add(id, place);
      break;
    case 4:
      tool().move(id, far(++seed));
      other.save(own(id, place));
      break;
    case 5:
      other.save(own(id, far(++seed)));
      tool().move(id, place);
      break;
    default: (round % 2 == 0 ? db() : other).table<tracked_doc>().optimize<index_of>(); continue;
    }
    const auto again = db().select<tracked_doc>().where(c<&tracked_doc::id> == id).all();
    if (again.empty()) continue;  // an update of a row that is not there
    ASSERT_EQ(docs().search(*again[0].place).limit(1).all().at(0).row.id, id) << round;
    ASSERT_EQ(other.table<tracked_doc>().search(*again[0].place).limit(1).all().at(0).row.id, id) << round;
  }
  const auto check = docs().check_index<index_of>();
  EXPECT_EQ(check.missing, 0U);
  EXPECT_EQ(check.stale, 0U);
}

TEST_P(foreign_writes, of_many_at_the_same_time_lose_no_row) {
  if (embedded()) GTEST_SKIP() << "a file has one writer";
  using namespace std::chrono_literals;
  make_table();
  auto other = tidb::connect(url());
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(tests::count(3'000, 60'000));
  const auto until_the_end = [&](unsigned seed, auto step) {
    return [=, this] {
      std::mt19937 random(seed);
      while (std::chrono::steady_clock::now() < end) step(random);
    };
  };
  std::vector<std::jthread> threads;
  for (unsigned each = 0; each < 3; ++each)
    threads.emplace_back(until_the_end(each, [&](std::mt19937& random) {
      thread_local auto tool = tidb::connect(*tests::tidb_url(GetParam()));
      tool.transaction([&](tidb::transaction& tx) {
        const auto id = 1 + static_cast<std::int64_t>(random() % 400);
        this->tool().move(tx, id, far(static_cast<unsigned>(random())));
        std::this_thread::sleep_for(std::chrono::milliseconds(random() % 40));
      });
    }));
  for (auto* client : {&db(), &other}) {
    threads.emplace_back(until_the_end(7, [client](std::mt19937& random) {
      const auto id = 1 + static_cast<std::int64_t>(random() % 400);
      client->transaction([&](tidb::transaction& tx) { tx.save(own(id, far(static_cast<unsigned>(random())))); });
      std::this_thread::sleep_for(5ms);
    }));
    threads.emplace_back(until_the_end(8, [client](std::mt19937& random) {
      const auto hits = client->table<tracked_doc>().search(far(static_cast<unsigned>(random()))).all();
      EXPECT_EQ(hits.size(), 10U);
    }));
    threads.emplace_back(until_the_end(9, [client](std::mt19937&) {
      std::this_thread::sleep_for(150ms);
      client->table<tracked_doc>().optimize<index_of>();
    }));
  }
  threads.clear();
  for (auto* client : {&db(), &other})
    for (const auto& row : db().select<tracked_doc>().all())
      EXPECT_EQ(client->table<tracked_doc>().search(*row.place).limit(1).all().at(0).row.id, row.id);
  EXPECT_EQ(docs().search(far(1)).explain().way, "index");
  const auto check = docs().check_index<index_of>();
  EXPECT_EQ(check.missing, 0U);
  EXPECT_EQ(check.stale, 0U);
}

TEST_P(foreign_writes, are_searched_by_an_index_that_was_built_anew_with_its_table) {
  if (embedded()) GTEST_SKIP() << "triggers tell of all writes";
  make_table();
  const auto id = db().query<std::int64_t>("SELECT id FROM _tidbxx_index").value();
  db().execute("UPDATE _tidbxx_" + std::to_string(id) + "_manifest SET body = 'x'");
  auto later = tidb::connect(url());
  EXPECT_LT(nearest(later.table<tracked_doc>(), far(1)), 2000);
  tool().add(2000, far(1));
  EXPECT_EQ(nearest(later.table<tracked_doc>(), far(1)), 2000);
  db().truncate_table<tracked_doc>();
  for (unsigned i = 0; i < 300; ++i) tool().add(3000 + i, far(i));
  EXPECT_EQ(nearest(far(7)), 3007);
  docs().optimize<index_of>();
  EXPECT_EQ(nearest(far(7)), 3007);
}

TEST_P(foreign_writes, are_searched_exactly_once_their_column_is_gone) {
  if (embedded()) GTEST_SKIP() << "triggers tell of all writes";
  make_table();
  tool().db().execute("ALTER TABLE " + tool().table() + " DROP INDEX by_change");
  tool().db().execute("ALTER TABLE " + tool().table() + " DROP COLUMN changed_at");
  tool().add(2000, far(1));
  const auto hits = docs().search(far(1)).columns<&tracked_doc::id>().limit(1).all();
  EXPECT_EQ(hits.at(0).row, 2000);
  EXPECT_NE(docs().search(far(1)).columns<&tracked_doc::id>().explain().reason.find("changed_at"), std::string::npos);
  EXPECT_EQ(error_of([&] { docs().optimize<index_of>(); }).code(), tidb::errc::unsupported);
  EXPECT_FALSE(docs().check_index<index_of>().ok());
  EXPECT_NE(docs().index_stats<index_of>().built_because.find("not usable"), std::string::npos);
}

TEST_P(foreign_writes, are_tracked_by_a_column_that_the_server_sets) {
  if (embedded()) {
    db().create_table<tracked_doc>();
    docs().create_vector_index<index_of>({.tracked_by = column_of});  // which it need not be here
    EXPECT_TRUE(docs().has_vector_index<index_of>());
    return;
  }
  db().execute("CREATE TABLE tracked_docs (id BIGINT PRIMARY KEY, place VECTOR(24), text TEXT)");
  const std::vector<std::string> steps{"ADD COLUMN `changed_at` TIMESTAMP(6)",
                                       "MODIFY COLUMN `changed_at` TIMESTAMP(6)", "ADD INDEX (`changed_at`)"};
  const auto expect_refused = [&](const std::string& ddl) {
    const auto refused = error_of([&] { docs().create_vector_index<index_of>({.tracked_by = column_of}); });
    EXPECT_EQ(refused.code(), tidb::errc::unsupported);
    EXPECT_NE(refused.info().message.find("ALTER TABLE `tracked_docs` " + ddl), std::string::npos) << refused.what();
    EXPECT_FALSE(docs().has_vector_index<index_of>());
    return refused.info().message;
  };
  expect_refused(steps[0]);
  db().execute("ALTER TABLE tracked_docs ADD COLUMN changed_at BIGINT");
  expect_refused(steps[1]);
  db().execute("ALTER TABLE tracked_docs DROP COLUMN changed_at");
  db().execute("ALTER TABLE tracked_docs ADD COLUMN changed_at TIMESTAMP(6) NULL ON UPDATE CURRENT_TIMESTAMP(6)");
  const auto message = expect_refused(steps[1]);
  const auto begin = message.find("ALTER TABLE");
  db().execute(message.substr(begin, message.find(" first") - begin));
  expect_refused(steps[2]);
  db().execute("ALTER TABLE tracked_docs ADD INDEX (changed_at)");
  docs().create_vector_index<index_of>({.tracked_by = column_of});
  docs().create_vector_index<index_of>({.existing = tidb::if_exists::skip, .tracked_by = column_of});
  docs().create_vector_index<index_of>({.existing = tidb::if_exists::overwrite});
  EXPECT_THROW(docs().create_vector_index<index_of>({.existing = tidb::if_exists::skip, .tracked_by = column_of}),
               tidb::usage_error);
}

RUN_ON_EACH_ENGINE(foreign_writes);

/// The server's own counts, as it would have them some minutes later.
class counted_writes : public foreign_writes {
protected:
  void SetUp() override {
    foreign_writes::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    make_table("TIMESTAMP(6)", false);
  }
  /// `analyzed`: the server has begun to count anew since.
  void count(std::int64_t changes, std::int64_t rows, bool analyzed = false) {
    tool().db().execute("REPLACE INTO mysql.stats_meta (version, table_id, modify_count, count, snapshot) SELECT 1, "
                        "tidb_table_id, ?, ?, ? FROM information_schema.tables WHERE table_schema = ? AND table_name = "
                        "'tracked_docs'",
                        changes, rows, analyzed ? 1 : 0, db().query<std::string>("SELECT DATABASE()").value());
  }
  void move_some() {
    for (std::int64_t id = 1; id <= 100; ++id) tool().move(id, far(static_cast<unsigned>(id)));
  }
};

TEST_P(counted_writes, warn_if_rows_are_not_as_the_index_knows_them) {
  if (embedded()) GTEST_SKIP() << "triggers tell of all writes";
  move_some();
  count(5000, 400);
  const auto stats = docs().index_stats<index_of>();
  EXPECT_GE(stats.unseen_changes.value_or(0), 4000U);
  EXPECT_NE(stats.warning.find("tracked_docs"), std::string::npos) << stats.warning;
  EXPECT_NE(stats.warning.find("rebuild_index"), std::string::npos);
  docs().rebuild_index<index_of>();
  EXPECT_TRUE(docs().index_stats<index_of>().warning.empty());
}

TEST_P(counted_writes, warn_of_rows_that_were_added) {
  if (embedded()) GTEST_SKIP() << "triggers tell of all writes";
  for (unsigned i = 0; i < 100; ++i) tool().add(2000 + i, far(i));
  count(5000, 500);
  EXPECT_FALSE(docs().index_stats<index_of>().warning.empty());
}

TEST_P(counted_writes, warn_also_once_the_server_counts_anew) {
  if (embedded()) GTEST_SKIP() << "triggers tell of all writes";
  move_some();
  count(0, 400, true);
  EXPECT_EQ(docs().index_stats<index_of>().unseen_changes, 0U);
  EXPECT_FALSE(docs().index_stats<index_of>().warning.empty());
  count(100, 400, true);
  EXPECT_EQ(docs().index_stats<index_of>().unseen_changes, 100U);
  EXPECT_FALSE(docs().index_stats<index_of>().warning.empty());
  for (unsigned i = 0; i < 200; ++i) tool().add(2000 + i, far(i));
  count(0, 600, true);
  EXPECT_EQ(docs().index_stats<index_of>().unseen_changes, 200U);
  EXPECT_FALSE(docs().index_stats<index_of>().warning.empty());
  db().save(own(1, far(1)));
  docs().optimize<index_of>();
  EXPECT_EQ(docs().index_stats<index_of>().unseen_changes, 0U);  // what was not told before is forgotten
  move_some();
  count(500, 600, true);
  EXPECT_EQ(docs().index_stats<index_of>().unseen_changes, 500U);
}

TEST_P(counted_writes, do_not_warn_if_only_other_columns_were_changed) {
  if (!embedded()) {
    count(400, 400);
    docs().rebuild_index<index_of>();
  }
  tool().db().execute("UPDATE " + tool().table() + " SET text = 'other'");
  if (!embedded()) count(5000, 400);
  const auto stats = docs().index_stats<index_of>();
  EXPECT_TRUE(stats.warning.empty()) << stats.warning;
  EXPECT_EQ(stats.unseen_changes.has_value(), !embedded());
}

TEST_P(counted_writes, do_not_warn_because_the_server_counts_anew) {
  if (embedded()) GTEST_SKIP() << "triggers tell of all writes";
  db().save(own(1, far(1)));
  count(0, 400, true);
  EXPECT_TRUE(docs().index_stats<index_of>().warning.empty());
}

TEST_P(counted_writes, do_not_warn_of_what_the_index_was_told) {
  if (embedded()) GTEST_SKIP() << "triggers tell of all writes";
  for (int round = 0; round < 2; ++round) {
    std::vector<tracked_doc> rows;
    for (unsigned i = 0; i < 900; ++i) rows.push_back(own(2000 + round * 1000 + i, far(i)));
    db().insert_many(rows);
    docs().optimize<index_of>();
  }
  count(400 + 1800, 2200);
  const auto stats = docs().index_stats<index_of>();
  EXPECT_EQ(stats.unseen_changes, 0U);
  EXPECT_TRUE(stats.warning.empty()) << stats.warning;
}

TEST_P(counted_writes, say_nothing_to_a_user_who_may_not_read_the_counts) {
  if (embedded()) GTEST_SKIP() << "a file has no users";
  move_some();
  count(5000, 400);
  const auto name = db().query<std::string>("SELECT DATABASE()").value();
  db().execute("CREATE USER IF NOT EXISTS uncounted IDENTIFIED BY 's3cr3t-uncounted'");
  db().execute("GRANT ALL ON `" + name + "`.* TO uncounted");
  auto as_user = url();
  as_user.replace(as_user.find("//") + 2, as_user.find('@') - as_user.find("//") - 2, "uncounted:s3cr3t-uncounted");
  auto user = tidb::connect(as_user);
  const auto stats = user.table<tracked_doc>().index_stats<index_of>();
  EXPECT_FALSE(stats.unseen_changes.has_value());
  EXPECT_TRUE(stats.warning.empty());
  db().execute("DROP USER uncounted");
}

RUN_ON_EACH_ENGINE(counted_writes);

}  // namespace
