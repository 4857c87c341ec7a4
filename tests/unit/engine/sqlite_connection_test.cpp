#include "sqlite_support.hpp"

#include <chrono>
#include <fstream>
#include <stop_token>
#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>

using namespace sqlite_test;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using tidb::errc;
using tidb::value_view;

namespace {

constexpr auto endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

}  // namespace

TEST(sqlite_connection, a_file_is_made_and_keeps_its_rows) {
  folder home;
  {
    auto db = open(home.file());
    run(*db, "CREATE TABLE t (a)");
    run(*db, "INSERT INTO t VALUES (?)", {value_view::of(std::int64_t{42})});
    EXPECT_EQ(db->endpoint(), home.file());
    EXPECT_EQ(cell(*db, "PRAGMA journal_mode"), "wal");
    EXPECT_EQ(cell(*db, "PRAGMA foreign_keys"), "1");
    EXPECT_EQ(cell(*db, "PRAGMA synchronous"), "1");
  }
  EXPECT_EQ(cell(*open(home.file()), "SELECT a FROM t"), "42");
}

TEST(sqlite_connection, its_features_are_those_of_sqlite) {
  auto db = open();
  const auto& features = db->features();
  EXPECT_EQ(features.engine, tidb::engine_kind::embedded);
  EXPECT_EQ(features.version, sqlite3_libversion());
  EXPECT_EQ(features.deployment, "embedded");
  EXPECT_GE(features.max_parameters, 999U);
  EXPECT_GE(features.max_packet, 1'000'000U);
  EXPECT_EQ(features.rows_per_insert, 1U);
  EXPECT_TRUE(db->usable());
  EXPECT_TRUE(db->ping({}));
  db->abandon();
  EXPECT_FALSE(db->usable());
}

TEST(sqlite_connection, a_file_name_is_never_read_as_a_uri) {
  folder home;
  const auto name = home.file("a%20b?mode=memory#c.db");
  run(*open(name), "CREATE TABLE t (a)");
  EXPECT_TRUE(std::filesystem::exists(name));
}

TEST(sqlite_connection, what_cannot_be_opened_is_named_with_the_reason) {
  folder home;
  auto failure = error_of([&] { open(home.file("missing/shop.db")); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_TRUE(holds(failure->what(), "missing/shop.db")) << failure->what();
  EXPECT_TRUE(holds(failure->what(), "missing does not exist")) << failure->what();
  failure = error_of([&] { open(home.path().string()); });
  ASSERT_TRUE(failure);
  EXPECT_TRUE(holds(failure->what(), "it is a folder")) << failure->what();
  EXPECT_EQ(error_of([&] { open(""); })->code(), errc::usage);
}

TEST(sqlite_connection, a_file_that_is_no_database_is_refused_and_left_alone) {
  folder home;
  const std::string words(5000, 'x');
  std::ofstream(home.file()) << words;
  const auto failure = error_of([&] { open(home.file()); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_TRUE(holds(failure->what(), "is not a SQLite database")) << failure->what();
  EXPECT_EQ(bytes_of(home.file()), words);
}

TEST(sqlite_connection, newer_search_index_tables_are_refused_and_nothing_is_changed) {
  for (const auto* sql : {"CREATE TABLE _tidbxx_index (version INT); INSERT INTO _tidbxx_index VALUES (1), (7)",
                          "CREATE TABLE _tidbxx_index (format INT)"}) {
    folder home;
    raw(home.file(), sql);
    const auto before = bytes_of(home.file());
    const auto failure = error_of([&] { open(home.file()); });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), errc::storage);
    EXPECT_TRUE(holds(failure->what(), "newer tidbxx")) << failure->what();
    EXPECT_EQ(bytes_of(home.file()), before);
  }
  folder home;
  raw(home.file(), "CREATE TABLE _tidbxx_index (version INT); INSERT INTO _tidbxx_index VALUES (1)");
  EXPECT_TRUE(open(home.file())->usable());
  raw(home.file(), "DELETE FROM _tidbxx_index");
  EXPECT_TRUE(open(home.file())->usable());
}

TEST(sqlite_connection, a_read_only_file_is_read_and_refuses_writes_by_name) {
  for (const bool write_ahead_log : {false, true}) {
    folder home;
    raw(home.file(), write_ahead_log ? "PRAGMA journal_mode = WAL; CREATE TABLE t (a); INSERT INTO t VALUES (5)"
                                     : "CREATE TABLE t (a); INSERT INTO t VALUES (5)");
    using std::filesystem::perms;
    constexpr auto readable = perms::owner_read | perms::group_read | perms::others_read;
    std::filesystem::permissions(home.file(), readable);
    std::filesystem::permissions(home.path(), readable | perms::owner_exec | perms::group_exec | perms::others_exec);
    {
      const ordinary_user user;
      auto db = open(home.file());
      EXPECT_EQ(cell(*db, "SELECT a FROM t"), "5");
      const auto failure = error_of([&] { run(*db, "INSERT INTO t VALUES (6)"); });
      ASSERT_TRUE(failure);
      EXPECT_EQ(failure->code(), errc::storage);
      EXPECT_TRUE(holds(failure->what(), home.file() + " is read-only")) << failure->what();
      EXPECT_TRUE(db->usable());
    }
    std::filesystem::permissions(home.path(), perms::owner_all);
  }
}

TEST(sqlite_connection, a_second_writer_waits_and_then_gets_a_retryable_conflict) {
  folder home;
  auto first = open(home.file());
  auto second = open(home.file(), milliseconds(60));
  run(*first, "CREATE TABLE t (a)");
  first->run("BEGIN IMMEDIATE", {});
  run(*first, "INSERT INTO t VALUES (1)");
  const auto begin = steady_clock::now();
  const auto failure = error_of([&] { run(*second, "INSERT INTO t VALUES (2)"); });
  EXPECT_GE(steady_clock::now() - begin, milliseconds(60));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::conflict);
  EXPECT_TRUE(failure->is_retryable());
  EXPECT_EQ(failure->info().sqlstate, "40001");
  EXPECT_TRUE(holds(failure->what(), "held the write lock of " + home.file() + " for longer than 60 ms"))
      << failure->what();
  first->run("COMMIT", {});
  run(*second, "INSERT INTO t VALUES (2)");
}

TEST(sqlite_connection, a_writer_gets_the_lock_as_soon_as_it_is_free) {
  folder home;
  auto first = open(home.file());
  run(*first, "CREATE TABLE t (a)");
  first->run("BEGIN IMMEDIATE", {});
  std::jthread other([&] {
    auto second = open(home.file());
    run(*second, "INSERT INTO t VALUES (2)");
  });
  std::this_thread::sleep_for(milliseconds(50));
  first->run("COMMIT", {});
  other.join();
  EXPECT_EQ(cell(*first, "SELECT count(*) FROM t"), "1");
}

TEST(sqlite_connection, a_transaction_that_read_an_old_snapshot_gets_a_retryable_conflict) {
  folder home;
  auto first = open(home.file());
  auto second = open(home.file());
  run(*first, "CREATE TABLE t (a)");
  first->run("BEGIN", {});
  EXPECT_EQ(cell(*first, "SELECT count(*) FROM t"), "0");
  run(*second, "INSERT INTO t VALUES (1)");
  const auto failure = error_of([&] { run(*first, "INSERT INTO t VALUES (2)"); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->info().server_code, SQLITE_BUSY_SNAPSHOT);
  EXPECT_TRUE(failure->is_retryable());
  EXPECT_TRUE(failure->poisons_transaction());
  first->run("ROLLBACK", {});
  first->run("ROLLBACK", {});  // nothing to roll back is no error, as on TiDB
  run(*first, "INSERT INTO t VALUES (2)");
}

TEST(sqlite_connection, several_threads_may_open_a_new_file_at_once) {
  folder home;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&home] {
      auto db = open(home.file());
      EXPECT_EQ(cell(*db, "PRAGMA journal_mode"), "wal");
      run(*db, "CREATE TABLE IF NOT EXISTS t (a)");
      run(*db, "INSERT INTO t VALUES (1)");
    });
  threads.clear();
  EXPECT_EQ(cell(*open(home.file()), "SELECT count(*) FROM t"), "8");
}

TEST(sqlite_connection, a_deadline_ends_a_long_query) {
  auto db = open();
  tidb::call_context context;
  context.deadline = steady_clock::now() + milliseconds(30);
  const auto failure = error_of([&] { run(*db, endless, {}, context); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::timeout);
  EXPECT_TRUE(holds(failure->what(), "the deadline passed")) << failure->what();
  EXPECT_LT(steady_clock::now() - context.deadline, milliseconds(2000));
  EXPECT_EQ(error_of([&] { run(*db, "SELECT 1", {}, context); })->code(), errc::timeout);
  EXPECT_EQ(error_of([&] { db->run("CREATE TABLE t (a)", context); })->code(), errc::timeout);
  EXPECT_FALSE(db->ping(context));
  EXPECT_EQ(cell(*db, "SELECT 1"), "1");
}

TEST(sqlite_connection, a_deadline_ends_a_wait_for_a_lock_as_a_timeout) {
  folder home;
  auto first = open(home.file());
  auto second = open(home.file(), milliseconds(60'000));
  first->run("BEGIN IMMEDIATE", {});
  tidb::call_context context;
  context.deadline = steady_clock::now() + milliseconds(40);
  const auto failure = error_of([&] { second->run("BEGIN IMMEDIATE", context); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::timeout) << failure->what();
}

TEST(sqlite_connection, a_stop_ends_a_long_query_and_a_wait_for_a_lock) {
  folder home;
  auto first = open(home.file());
  auto second = open(home.file(), milliseconds(60'000));
  first->run("BEGIN IMMEDIATE", {});
  for (const auto* sql : {endless, "BEGIN IMMEDIATE"}) {
    std::stop_source source;
    tidb::call_context context;
    context.stop = source.get_token();
    std::jthread stopper([&] {
      std::this_thread::sleep_for(milliseconds(30));
      source.request_stop();
    });
    const auto failure = error_of([&] { run(*second, sql, {}, context); });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), errc::timeout);
    EXPECT_TRUE(holds(failure->what(), "a stop was requested")) << failure->what();
  }
  EXPECT_EQ(cell(*second, "SELECT 1"), "1");
}

TEST(sqlite_connection, an_interrupted_write_tells_that_its_transaction_is_gone) {
  auto db = open();
  run(*db, "CREATE TABLE t (a)");
  db->run("BEGIN", {});
  run(*db, "INSERT INTO t VALUES (1)");
  tidb::call_context context;
  context.deadline = steady_clock::now() + milliseconds(30);
  const auto failure = error_of([&] {
    run(*db, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) INSERT INTO t SELECT i FROM n", {},
        context);
  });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::timeout);
  EXPECT_TRUE(failure->poisons_transaction());
  db->run("ROLLBACK", {});
  EXPECT_EQ(cell(*db, "SELECT count(*) FROM t"), "0");
}

TEST(sqlite_connection, an_adopted_handle_keeps_its_settings_and_stays_open) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &handle), SQLITE_OK);
  {
    auto db = tidb::detail::adopt_sqlite(handle, {});
    EXPECT_EQ(cell(*db, "PRAGMA foreign_keys"), "0");
    run(*db, "CREATE TABLE t (a UNIQUE)");
    run(*db, "INSERT INTO t VALUES (1)");
    const auto failure = error_of([&] { run(*db, "INSERT INTO t VALUES (1)"); });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->info().server_code, SQLITE_CONSTRAINT_UNIQUE);
  }
  EXPECT_EQ(sqlite3_exec(handle, "SELECT vec_dims('[1,2]'), a FROM t", nullptr, nullptr, nullptr), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, "INSERT INTO t VALUES (1)", nullptr, nullptr, nullptr), SQLITE_CONSTRAINT);
  EXPECT_EQ(sqlite3_close(handle), SQLITE_OK);
}
