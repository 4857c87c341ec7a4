#include "sqlite_support.hpp"

#include <fstream>
#include <source_location>

#include <gtest/gtest.h>
#include <sqlite3.h>

using namespace sqlite_test;
using tidb::errc;

namespace {

constexpr auto tables = R"(CREATE TABLE players (
  id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, coins INT, team INT REFERENCES teams (id), data TEXT, embedding BLOB,
  CONSTRAINT "tidbxx:length:name:32 characters" CHECK (length(name) <= 32),
  CONSTRAINT "tidbxx:range:coins:INT" CHECK (coins BETWEEN -2147483648 AND 2147483647),
  CONSTRAINT "tidbxx:dims:embedding:3" CHECK (length(embedding) = 12),
  CONSTRAINT "tidbxx:json:data" CHECK (data IS NULL OR json_valid(data)),
  CONSTRAINT positive CHECK (coins >= 0)))";

struct expected {
  const char* sql;
  const char* message;
  const char* sqlstate;
};

}  // namespace

TEST(sqlite_errors, constraints_are_told_in_plain_words) {
  auto db = open();
  run(*db, "CREATE TABLE teams (id INTEGER PRIMARY KEY)");
  run(*db, tables);
  run(*db, "INSERT INTO players (id, name) VALUES (1, 'a')");
  const expected table[] = {
      {"INSERT INTO players (name) VALUES ('a')",
       "duplicate value for the unique key 'players.name': choose another value, or update the row that has it",
       "23000"},
      {"INSERT INTO players (id, name) VALUES (1, 'b')",
       "duplicate value for the unique key 'players.id': choose another value, or update the row that has it", "23000"},
      {"INSERT INTO players (name) VALUES (NULL)",
       "the column 'players.name' must have a value (NOT NULL): give it one", "23000"},
      {"INSERT INTO players (name, team) VALUES ('b', 9)",
       "a foreign key refused the row, because the row it refers to does not exist, or other rows refer to it: write "
       "the row it refers to first, or change those that refer to it",
       "23000"},
      {"INSERT INTO players (name) VALUES (printf('%033d', 1))",
       "a value is too long for the column 'name', at most 32 characters: shorten it, or make the column longer",
       "22001"},
      {"INSERT INTO players (name, coins) VALUES ('b', 2147483648)",
       "a value is out of the range of the column 'coins' (INT): give a smaller one, or the column a larger type",
       "22003"},
      {"INSERT INTO players (name, embedding) VALUES ('b', x'00000000')",
       "the vector has another number of dimensions than the column 'embedding', which holds 3: use the model that the "
       "column was made for, or make another column",
       "23000"},
      {"INSERT INTO players (name, data) VALUES ('b', '{')",
       "the value is not JSON, and the column 'data' holds JSON: give valid JSON text", "22032"},
      {"INSERT INTO players (name, coins) VALUES ('b', -1)",
       "the row breaks the check 'positive': give a value that meets it", "23000"},
  };
  for (const auto& [sql, message, sqlstate] : table) {
    try {
      run(*db, sql);
      ADD_FAILURE() << sql;
    } catch (const tidb::constraint_violation& failure) {
      EXPECT_EQ(failure.info().message, message);
      EXPECT_EQ(failure.info().sqlstate, sqlstate) << sql;
      EXPECT_EQ(failure.info().sql, sql);
      EXPECT_EQ(failure.info().endpoint, ":memory:");
      EXPECT_FALSE(failure.is_retryable());
    }
  }
  EXPECT_EQ(cell(*db, "SELECT count(*) FROM players"), "1");
}

TEST(sqlite_errors, a_column_with_colons_in_its_name_is_named_whole) {
  auto db = open();
  run(*db, R"(CREATE TABLE t ("a:b" TEXT, CONSTRAINT "tidbxx:length:a:b:2 characters" CHECK (length("a:b") <= 2)))");
  EXPECT_EQ(error_of([&] { run(*db, "INSERT INTO t VALUES ('abc')"); })->info().message,
            "a value is too long for the column 'a:b', at most 2 characters: shorten it, or make the column longer");
}

TEST(sqlite_errors, a_failed_constraint_leaves_the_transaction_good) {
  auto db = open();
  run(*db, "CREATE TABLE t (a UNIQUE)");
  db->run("BEGIN", {});
  run(*db, "INSERT INTO t VALUES (1)");
  const auto failure = error_of([&] { run(*db, "INSERT INTO t VALUES (1)"); });
  ASSERT_TRUE(failure);
  EXPECT_FALSE(failure->poisons_transaction());
  db->run("COMMIT", {});
  EXPECT_EQ(cell(*db, "SELECT count(*) FROM t"), "1");
}

TEST(sqlite_errors, a_deferred_foreign_key_fails_the_write_that_returns_rows) {
  auto db = open();
  run(*db, "CREATE TABLE p (id INTEGER PRIMARY KEY)");
  run(*db, "CREATE TABLE c (p REFERENCES p (id) DEFERRABLE INITIALLY DEFERRED)");
  auto& statement = db->prepare(tidb::statement_text("INSERT INTO c VALUES (7) RETURNING p"), {});
  EXPECT_THROW(statement.execute({}, {}), tidb::constraint_violation);
  statement.finish();
  EXPECT_EQ(cell(*db, "SELECT count(*) FROM c"), "0");
}

TEST(sqlite_errors, refused_statements_tell_the_place_and_the_caller) {
  auto db = open();
  const auto line = std::source_location::current();
  tidb::call_context context;
  context.where = line;
  auto failure =
      error_of([&] { db->prepare(tidb::statement_text("SELECT 1,\n  missing\nFROM sqlite_master"), context); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::statement);
  EXPECT_EQ(failure->info().sqlstate, "42S22");
  EXPECT_EQ(failure->info().message, "the statement names a column that does not exist at line 2, column 3: check its "
                                     "name, and the table's definition");
  EXPECT_EQ(failure->info().server_message, "no such column: missing");
  EXPECT_EQ(failure->info().where.line(), line.line());
  failure = error_of([&] { db->run("SELEC 1", {}); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->info().message, "the embedded engine does not understand the statement at line 1, column 1: "
                                     "correct its syntax near the place that the engine names");
  EXPECT_EQ(error_of([&] { run(*db, "SELECT * FROM nowhere"); })->code(), errc::statement);
}

TEST(sqlite_errors, a_value_beyond_the_limit_is_a_constraint) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &handle), SQLITE_OK);
  sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, 1000);
  {
    auto db = tidb::detail::adopt_sqlite(handle, {});
    const std::string text(2000, 'x');
    const auto failure = error_of([&] { run(*db, "SELECT ?", {tidb::value_view::of(std::string_view(text))}); });
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), errc::constraint);
    EXPECT_EQ(error_of([&] { run(*db, "SELECT zeroblob(2000)"); })->code(), errc::constraint);
  }
  sqlite3_close(handle);
}

TEST(sqlite_errors, a_full_disk_is_named) {
  folder home;
  auto db = open(home.file());
  run(*db, "CREATE TABLE t (a)");
  cell(*db, "PRAGMA max_page_count = 3");
  const auto failure = error_of([&] { run(*db, "INSERT INTO t VALUES (zeroblob(100000))"); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_NE(failure->info().message.find("disk full"), std::string::npos);
  EXPECT_FALSE(failure->poisons_connection());
}

TEST(sqlite_errors, a_damaged_file_is_named_and_its_connection_dropped) {
  folder home;
  {
    auto db = open(home.file());
    run(*db, "CREATE TABLE t (a)");
    for (int i = 0; i < 50; ++i) run(*db, "INSERT INTO t VALUES (printf('%0500d', 1))");
  }
  {
    std::fstream file(home.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(8192);  // the second page: the table's root
    file << std::string(8192, 'x');
  }
  auto db = open(home.file());
  const auto failure = error_of([&] { run(*db, "SELECT sum(length(a)) FROM t"); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), errc::storage);
  EXPECT_NE(failure->info().message.find("is damaged"), std::string::npos) << failure->what();
  EXPECT_FALSE(db->usable());
}
