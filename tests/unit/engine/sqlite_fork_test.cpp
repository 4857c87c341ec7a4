// fork() with open files: SQLite's locks stay with the parent.
#include "engine/sqlite/fork.hpp"
#include "sqlite_support.hpp"

#include <gtest/gtest.h>

using namespace sqlite_test;
using tidb::errc;

namespace {

bool refuses(auto call) {
  const auto failure = error_of(call);
  return failure && failure->code() == errc::usage && holds(failure->what(), "fork");
}

}  // namespace

TEST(sqlite_fork, a_child_may_not_use_its_parents_connection_nor_open_the_file_again) {
  folder home;
  auto db = open(home.file());
  run(*db, "CREATE TABLE t (a)");
  run(*db, "INSERT INTO t VALUES (1)");
  db->run("BEGIN IMMEDIATE", {});
  run(*db, "UPDATE t SET a = 2");
  const int failed = in_child([&] {
    int wrong = 0;
    if (!refuses([&] { run(*db, "SELECT a FROM t"); })) wrong |= 1;
    if (!refuses([&] { db->run("COMMIT", {}); })) wrong |= 2;
    if (db->usable()) wrong |= 4;
    if (!refuses([&] { open(home.file()); })) wrong |= 8;
    db.reset();  // leaves the parent's file alone
    return wrong;
  });
  EXPECT_EQ(failed, 0);
  db->run("COMMIT", {});
  EXPECT_EQ(cell(*db, "SELECT a FROM t"), "2");
}

TEST(sqlite_fork, a_child_opens_what_its_parent_has_closed_or_never_had_and_uses_its_copy_of_a_memory) {
  folder home;
  auto memory = open();
  run(*memory, "CREATE TABLE t (a)");
  run(*open(home.file()), "CREATE TABLE t (a)");
  auto other = open(home.file("other.db"));
  const int failed = in_child([&] {
    run(*memory, "INSERT INTO t VALUES (1)");
    auto db = open(home.file());
    run(*db, "INSERT INTO t VALUES (1)");
    return cell(*db, "SELECT count(*) FROM t") == "1" ? 0 : 1;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(cell(*open(home.file()), "SELECT count(*) FROM t"), "1");
  EXPECT_EQ(cell(*memory, "SELECT count(*) FROM t"), "0");
}
