#include "sqlite_support.hpp"

#include <cstdint>
#include <limits>
#include <string_view>

#include <gtest/gtest.h>
#include <sqlite3.h>

using namespace sqlite_test;
using tidb::value_kind;
using tidb::value_view;

namespace {

value_view text(std::string_view value) { return value_view::of(value); }
value_view number(std::int64_t value) { return value_view::of(value); }

}  // namespace

TEST(sqlite_statement, every_kind_of_parameter_comes_back_as_what_the_file_holds) {
  auto db = open();
  const float floats[] = {1, -2.5F};
  const auto back = [&](const value_view& parameter) { return run(*db, "SELECT ?", {parameter}).rows.at(0).at(0); };
  EXPECT_TRUE(back(value_view::null()).is_null());
  EXPECT_EQ(back(number(std::numeric_limits<std::int64_t>::min())).view().integer,
            std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(back(value_view::of(std::uint64_t{9223372036854775807U})).view().integer, 9223372036854775807);
  EXPECT_EQ(back(value_view::of(0.1)).view().real, 0.1);
  EXPECT_EQ(back(text(std::string_view("a\0ü", 4))).view().text(), std::string_view("a\0ü", 4));
  EXPECT_EQ(back(value_view::bytes(value_kind::decimal, "12.50", 5)).view().text(), "12.50");
  EXPECT_EQ(back(value_view::bytes(value_kind::json, "[1]", 3)).kind(), value_kind::text);
  const auto vector = back(value_view::of(floats));
  EXPECT_EQ(vector.kind(), value_kind::blob);
  EXPECT_EQ(vector.view().text(), std::string_view(reinterpret_cast<const char*>(floats), sizeof floats));
  EXPECT_EQ(back(value_view::count(value_kind::datetime, 1'000'001)).view().text(), "1970-01-01 00:00:01.000001");
  EXPECT_EQ(back(value_view::count(value_kind::date, 1)).view().text(), "1970-01-02");
  EXPECT_EQ(back(value_view::count(value_kind::time, -1'000'000)).view().text(), "-000:00:01.000000");
}

TEST(sqlite_statement, empty_texts_and_blobs_are_values_and_not_null) {
  auto db = open();
  EXPECT_EQ(run(*db, "SELECT ?", {text({})}).rows[0][0].kind(), value_kind::text);
  EXPECT_EQ(run(*db, "SELECT ?", {value_view::bytes(value_kind::blob, nullptr, 0)}).rows[0][0].kind(),
            value_kind::blob);
  EXPECT_EQ(cell(*db, "SELECT typeof(?)", {value_view::bytes(value_kind::vector, nullptr, 0)}), "blob");
}

TEST(sqlite_statement, several_dates_in_one_statement_keep_their_own_text) {
  auto db = open();
  EXPECT_EQ(cell(*db, "SELECT ? || ' ' || ? || ' ' || ?",
                 {value_view::count(value_kind::date, 0), number(7), value_view::count(value_kind::date, 31)}),
            "1970-01-01 7 1970-02-01");
}

TEST(sqlite_statement, values_that_sqlite_cannot_hold_are_refused_by_name) {
  auto db = open();
  const auto refused = [&](const value_view& parameter) {
    return error_of([&] { run(*db, "SELECT ?, ?", {number(1), parameter}); });
  };
  auto failure = refused(value_view::of(std::uint64_t{9223372036854775808U}));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), tidb::errc::unsupported);
  EXPECT_EQ(failure->info().message,
            "the embedded engine holds integers up to 9223372036854775807: parameter 2 is 9223372036854775808");
  for (const double real : {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity()}) {
    failure = refused(value_view::of(real));
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), tidb::errc::usage);
    EXPECT_NE(failure->info().message.find("parameter 2"), std::string::npos);
  }
  const float floats[] = {1, std::numeric_limits<float>::infinity()};
  failure = refused(value_view::of(floats));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), tidb::errc::usage);
  EXPECT_NE(failure->info().message.find("parameter 2 is not a vector"), std::string::npos);
  EXPECT_EQ(cell(*db, "SELECT 1"), "1");  // the connection is as good as before
}

TEST(sqlite_statement, a_wrong_number_of_parameters_tells_both_numbers) {
  auto db = open();
  const auto failure = error_of([&] { run(*db, "SELECT ?, ?", {number(1)}); });
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code(), tidb::errc::usage);
  EXPECT_EQ(failure->info().message, "the statement has 2 parameters, and 1 were given");
}

TEST(sqlite_statement, columns_have_names_and_kinds) {
  auto db = open();
  const auto result = run(*db, "SELECT 1 AS a, 2.5 AS b, 'x' AS c, x'00' AS d, NULL AS e");
  EXPECT_EQ(result.columns, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
  std::vector<value_kind> kinds;
  for (const auto& value : result.rows.at(0)) kinds.push_back(value.kind());
  EXPECT_EQ(kinds,
            (std::vector{value_kind::integer, value_kind::real, value_kind::text, value_kind::blob, value_kind::null}));
  EXPECT_TRUE(run(*db, "CREATE TABLE t (a)").columns.empty());
}

TEST(sqlite_statement, columns_follow_a_change_of_the_table) {
  auto db = open();
  run(*db, "CREATE TABLE t (a)");
  run(*db, "INSERT INTO t VALUES (1)");
  EXPECT_EQ(run(*db, "SELECT * FROM t").columns, std::vector<std::string>{"a"});
  db->run("ALTER TABLE t ADD COLUMN b DEFAULT 2", {});
  auto result = run(*db, "SELECT * FROM t");
  EXPECT_EQ(result.columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(result.rows.at(0).size(), 2U);
  db->run("ALTER TABLE t RENAME COLUMN b TO c", {});
  EXPECT_EQ(run(*db, "SELECT * FROM t").columns, (std::vector<std::string>{"a", "c"}));
}

TEST(sqlite_statement, writes_count_their_rows_and_nothing_else_does) {
  auto db = open();
  run(*db, "CREATE TABLE t (a)");
  EXPECT_EQ(run(*db, "INSERT INTO t VALUES (1), (2), (3)").affected, 3U);
  EXPECT_EQ(run(*db, "SELECT * FROM t").affected, 0U);
  EXPECT_EQ(run(*db, "CREATE TABLE u (a)").affected, 0U);
  EXPECT_EQ(run(*db, "UPDATE t SET a = 1 WHERE a <= 2").affected, 2U);
  EXPECT_EQ(run(*db, "UPDATE t SET a = 1 WHERE a = 9").affected, 0U);
  EXPECT_EQ(run(*db, "DELETE FROM t").affected, 3U);
}

TEST(sqlite_statement, the_generated_key_is_that_of_this_insert) {
  auto db = open();
  run(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, name UNIQUE)");
  run(*db, "CREATE TABLE log (last)");
  EXPECT_EQ(run(*db, "INSERT INTO t (name) VALUES ('a')").key, 1U);
  EXPECT_EQ(run(*db, "insert into t (name) values ('b'), ('c')").key, 2U);
  EXPECT_EQ(run(*db, "WITH x(n) AS (SELECT 'd') INSERT INTO t (name) SELECT n FROM x").key, 4U);
  EXPECT_EQ(run(*db, "UPDATE t SET name = 'e' WHERE id = 4").key, 0U);
  const auto upsert = run(*db, "INSERT INTO t (name) VALUES ('a') ON CONFLICT (name) DO UPDATE SET name = 'A'");
  EXPECT_EQ(upsert.key, 0U);
  EXPECT_EQ(upsert.affected, 1U);
  EXPECT_EQ(cell(*db, "SELECT last_insert_rowid()"), "4");
  run(*db, "INSERT INTO log SELECT last_insert_rowid()");
  EXPECT_EQ(cell(*db, "SELECT last FROM log"), "4");
}

TEST(sqlite_statement, a_returning_write_is_done_when_execute_returns) {
  folder home;
  auto db = open(home.file());
  run(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, name)");
  auto& statement =
      db->prepare(tidb::statement_text("INSERT INTO t (name) VALUES ('a'), ('b') RETURNING id, name"), {});
  statement.execute({}, {});
  EXPECT_EQ(cell(*open(home.file()), "SELECT count(*) FROM t"), "2");
  EXPECT_EQ(statement.affected_rows(), 2U);
  ASSERT_TRUE(statement.next());
  ASSERT_TRUE(statement.next());
  EXPECT_EQ(statement.cells()[0].integer, 2);
  EXPECT_EQ(statement.cells()[1].text(), "b");
  EXPECT_FALSE(statement.next());
  EXPECT_FALSE(statement.next());
  statement.finish();
}

TEST(sqlite_statement, rows_can_be_left_early_and_read_again) {
  auto db = open();
  const tidb::statement_text numbers(
      "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT i FROM n");
  for (const std::int64_t last : {3, 5}) {
    auto& statement = db->prepare(numbers, {});
    const value_view parameter = number(last);
    statement.execute({&parameter, 1}, {});
    ASSERT_TRUE(statement.next());
    EXPECT_EQ(statement.cells()[0].integer, 1);
    statement.finish();
    statement.finish();
    statement.execute({&parameter, 1}, {});
    std::int64_t count = 0;
    while (statement.next()) ++count;
    EXPECT_EQ(count, last);
    EXPECT_FALSE(statement.next());
    statement.finish();
  }
}

TEST(sqlite_statement, an_open_statement_is_named_when_another_is_asked_for) {
  auto db = open();
  auto& statement = db->prepare(tidb::statement_text("SELECT 1 AS open_one"), {});
  statement.execute({}, {});
  const auto check = [&](auto function) {
    const auto failure = error_of(function);
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), tidb::errc::usage);
    EXPECT_EQ(failure->info().sql, "SELECT 1 AS open_one");
  };
  check([&] { db->prepare(tidb::statement_text("SELECT 2"), {}); });
  check([&] { db->run("BEGIN", {}); });
  check([&] { statement.execute({}, {}); });
  ASSERT_TRUE(statement.next());
  statement.finish();
  EXPECT_EQ(cell(*db, "SELECT 2"), "2");
}

TEST(sqlite_statement, exactly_one_statement_is_taken) {
  auto db = open();
  for (const auto* sql : {"SELECT 1;", "SELECT 1 ; -- the end\n ;", "/* first */ SELECT 1 /* last", "-- a\nSELECT 1"})
    EXPECT_EQ(cell(*db, sql), "1") << sql;
  for (const auto* sql : {"SELECT 1; SELECT 2", "SELECT 1; x", "", " ; ", "-- nothing"}) {
    const auto failure = error_of([&] { db->prepare(tidb::statement_text(sql), {}); });
    ASSERT_TRUE(failure) << sql;
    EXPECT_EQ(failure->code(), tidb::errc::usage) << sql;
    EXPECT_EQ(error_of([&] { db->run(sql, {}); })->code(), tidb::errc::usage) << sql;
  }
}

TEST(sqlite_statement, the_cache_keeps_what_is_used_and_drops_the_oldest) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &handle), SQLITE_OK);
  const auto alive = [&] {
    int count = 0;
    for (auto* item = sqlite3_next_stmt(handle, nullptr); item != nullptr; item = sqlite3_next_stmt(handle, item))
      ++count;
    return count;
  };
  {
    auto db = tidb::detail::adopt_sqlite(handle, {});
    const tidb::statement_text favourite("SELECT 'favourite'");
    const auto* first = &db->prepare(favourite, {});
    for (int i = 0; i < 500; ++i) {
      EXPECT_EQ(cell(*db, "SELECT " + std::to_string(i)), std::to_string(i));
      EXPECT_EQ(&db->prepare(favourite, {}), first);
    }
    EXPECT_EQ(alive(), 128);
    EXPECT_EQ(cell(*db, "SELECT 3"), "3");
  }
  EXPECT_EQ(alive(), 0);
  EXPECT_EQ(sqlite3_close(handle), SQLITE_OK);
}

TEST(sqlite_statement, text_of_a_utf16_file_comes_as_utf8) {
  folder home;
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(home.file().c_str(), &handle), SQLITE_OK);
  sqlite3_exec(handle, "PRAGMA encoding = 'UTF-16le'; CREATE TABLE t (a); INSERT INTO t VALUES ('Grüße')", nullptr,
               nullptr, nullptr);
  sqlite3_close(handle);
  EXPECT_EQ(cell(*open(home.file()), "SELECT a FROM t"), "Grüße");
}
