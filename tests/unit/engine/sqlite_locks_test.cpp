// Waiting for other writers, and work that takes long: each ends at the call's deadline or on a stop.
#include "sqlite_support.hpp"

#include <chrono>
#include <csignal>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

using namespace sqlite_test;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using tidb::errc;
using tidb::value_view;

namespace {

tidb::call_context within(milliseconds time) {
  tidb::call_context context;
  context.deadline = steady_clock::now() + time;
  return context;
}

/// Runs it under a deadline of 100 ms, which it must not outlive by much.
template <class Call>
void expect_timeout(Call call, std::string_view words) {
  const auto context = within(milliseconds(100));
  const auto failure = error_of([&] { call(context); });
  EXPECT_LT(steady_clock::now() - context.deadline, milliseconds(3000));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::timeout) << failure->what();
  EXPECT_TRUE(holds(failure->what(), words)) << failure->what();
}

constexpr auto fill_many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 400000) "
                           "INSERT INTO t (a, v) SELECT i * 7919 % 400009, '[1,2,3,4,5,6,7,8]' FROM n";

}  // namespace

TEST(sqlite_locks, a_deadline_rules_over_the_lock_timeout_in_both_directions) {
  folder home;
  auto first = open(home.file());
  auto patient = open(home.file(), milliseconds(60'000));
  auto hasty = open(home.file(), milliseconds(1));
  first->run("BEGIN IMMEDIATE", {});
  expect_timeout([&](auto& context) { patient->run("BEGIN IMMEDIATE", context); },
                 "the deadline passed while another connection of this program held the write lock of " + home.file());
  std::jthread other([&] {
    std::this_thread::sleep_for(milliseconds(100));
    first->run("COMMIT", {});
  });
  hasty->run("BEGIN IMMEDIATE", within(milliseconds(30'000)));
  hasty->run("COMMIT", {});
}

TEST(sqlite_locks, ddl_and_single_writes_wait_until_their_deadline_too) {
  folder home;
  auto first = open(home.file());
  auto second = open(home.file());
  run(*first, "CREATE TABLE t (a)");
  first->run("BEGIN IMMEDIATE", {});
  const auto words = "held the write lock of " + home.file();
  expect_timeout([&](auto& context) { second->run("CREATE TABLE u (a)", context); }, words);
  expect_timeout([&](auto& context) { run(*second, "INSERT INTO t VALUES (1)", {}, context); }, words);
  first->run("COMMIT", {});
  EXPECT_EQ(cell(*second, "SELECT count(*) FROM t"), "0");
}

TEST(sqlite_locks, a_commit_that_waits_for_readers_ends_at_its_deadline_and_nothing_of_it_is_kept) {
  folder home;
  raw(home.file(), "CREATE TABLE t (a); INSERT INTO t VALUES (1)");
  sqlite3* reader = nullptr;
  ASSERT_EQ(sqlite3_open(home.file().c_str(), &reader), SQLITE_OK);
  const auto read = [&] {
    ASSERT_EQ(sqlite3_exec(reader, "BEGIN; SELECT * FROM t", nullptr, nullptr, nullptr), SQLITE_OK);
  };
  read();
  auto db = open(home.file(), milliseconds(1));  // a reader keeps the file in its own journal mode, where commits wait
  EXPECT_EQ(cell(*db, "PRAGMA journal_mode"), "delete");
  db->run("BEGIN IMMEDIATE", {});
  run(*db, "UPDATE t SET a = 2");
  expect_timeout([&](auto& context) { db->run("COMMIT", context); }, "a lock of " + home.file());
  db->run("ROLLBACK", {});
  sqlite3_close(reader);
  EXPECT_EQ(cell(*db, "SELECT a FROM t"), "1");
}

TEST(sqlite_locks, a_lock_of_another_process_is_told_from_one_of_this_program) {
  folder home;
  raw(home.file(), "PRAGMA journal_mode = WAL; CREATE TABLE t (a)");
  int ready[2];
  ASSERT_EQ(pipe(ready), 0);
  auto body = [&] {
    auto db = open(home.file());
    db->run("BEGIN IMMEDIATE", {});
    if (write(ready[1], "r", 1) != 1) return 1;
    std::this_thread::sleep_for(milliseconds(60'000));
    return 0;
  };
  const int child = start_child([](void* context) { return (*static_cast<decltype(body)*>(context))(); }, &body);
  char byte{};
  ASSERT_EQ(read(ready[0], &byte, 1), 1);
  auto db = open(home.file(), milliseconds(30));
  const auto failure = error_of([&] { db->run("BEGIN IMMEDIATE", {}); });
  kill(child, SIGKILL);
  wait_for_child(child);
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::conflict);
  EXPECT_TRUE(holds(failure->what(), "another program has a transaction open")) << failure->what();
  EXPECT_TRUE(holds(failure->what(), "lock_timeout")) << failure->what();
  db->run("BEGIN IMMEDIATE", {});  // the killed process has left no lock behind
  db->run("COMMIT", {});
  close(ready[0]);
  close(ready[1]);
}

TEST(sqlite_locks, a_reader_waits_for_nobody) {
  folder home;
  auto writer = open(home.file());
  auto reader = open(home.file(), milliseconds(0));
  run(*writer, "CREATE TABLE t (a)");
  writer->run("BEGIN IMMEDIATE", {});
  run(*writer, "INSERT INTO t VALUES (1)");
  EXPECT_EQ(cell(*reader, "SELECT count(*) FROM t"), "0");
  writer->run("COMMIT", {});
  EXPECT_EQ(cell(*reader, "SELECT count(*) FROM t"), "1");
}

TEST(sqlite_locks, sorts_index_builds_and_vector_functions_end_at_their_deadline) {
  auto db = open();
  run(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, a INT, v TEXT)");
  run(*db, fill_many);
  const auto words = "the deadline passed";
  expect_timeout(
      [&](auto& context) {
        run(*db, "SELECT max(x.a) FROM (SELECT a, row_number() OVER (ORDER BY a, v, id) FROM t) x", {}, context);
      },
      words);
  expect_timeout([&](auto& context) { db->run("CREATE INDEX i ON t (v, a, id)", context); }, words);
  expect_timeout(
      [&](auto& context) { run(*db, "SELECT id FROM t ORDER BY VEC_L2_DISTANCE(v, v) LIMIT 3", {}, context); }, words);
  expect_timeout([&](auto& context) { run(*db, "SELECT max(x.a * y.a) FROM t x, t y", {}, context); }, words);
  EXPECT_EQ(cell(*db, "SELECT count(*) FROM sqlite_master WHERE name = 'i'"), "0");
  EXPECT_EQ(cell(*db, "SELECT count(*) FROM t"), "400000");
}

TEST(sqlite_locks, a_write_that_is_told_to_have_timed_out_has_not_happened) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &handle), SQLITE_OK);
  // The deadline passes while it commits.
  const auto slow = [](void*) {
    std::this_thread::sleep_for(milliseconds(2));
    return 0;
  };
  {
    auto db = tidb::detail::adopt_sqlite(handle, {});
    run(*db, "CREATE TABLE t (a)");
    sqlite3_commit_hook(handle, slow, nullptr);
    int done = 0;
    for (int i = 0; i < 100; ++i)
      if (!error_of([&] { run(*db, "INSERT INTO t VALUES (1)", {}, within(milliseconds(1))); })) ++done;
    EXPECT_EQ(cell(*db, "SELECT count(*) FROM t"), std::to_string(done));
  }
  sqlite3_close(handle);
}

TEST(sqlite_locks, many_rows_end_at_their_deadline_too) {
  folder home;
  auto db = open(home.file());
  run(*db, "CREATE TABLE t (a)");
  const std::vector<value_view> rows(3'000'000, value_view::of(std::int64_t{1}));
  db->run("BEGIN IMMEDIATE", {});
  expect_timeout(
      [&](auto& context) {
        auto& statement = db->prepare(tidb::statement_text("INSERT INTO t VALUES (?)"), context);
        try {
          statement.execute_rows(rows, 1, context);
        } catch (...) {
          statement.finish();
          throw;
        }
      },
      "the deadline passed");
  db->run("ROLLBACK", {});
  EXPECT_EQ(cell(*db, "SELECT count(*) FROM t"), "0");
}
