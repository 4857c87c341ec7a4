// TiDB's functions on the embedded engine: what the suite, which compares results, does not see.
#include "sqlite_support.hpp"

#include <chrono>
#include <random>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <sqlite3.h>

using namespace sqlite_test;
using tidb::value_view;

namespace {

value_view text(std::string_view value) { return value_view::of(value); }

}  // namespace

TEST(sqlite_mysql_functions, functions_of_sqlite_stay_as_they_are) {
  auto db = open();
  // Indexes, CHECKs and generated columns of existing files have these.
  EXPECT_EQ(cell(*db, "SELECT length('é')"), "1");
  EXPECT_EQ(cell(*db, "SELECT upper('é')"), "é");
  EXPECT_EQ(cell(*db, "SELECT lower('É')"), "É");
  EXPECT_EQ(cell(*db, "SELECT substr('abc', 0, 2)"), "a");
  EXPECT_EQ(cell(*db, "SELECT hex(12)"), "3132");
  EXPECT_EQ(cell(*db, "SELECT instr('abc', 'c')"), "3");
  EXPECT_EQ(cell(*db, "SELECT typeof(round(2))"), "real");
  EXPECT_EQ(cell(*db, "SELECT log(100)"), "2");
  EXPECT_EQ(cell(*db, "SELECT format('%d', 5)"), "5");
  EXPECT_EQ(cell(*db, "SELECT json_extract('{\"a\":\"x\"}', '$.a')"), "x");
  EXPECT_EQ(cell(*db, "SELECT json_type('1.5')"), "real");
  EXPECT_EQ(cell(*db, "SELECT json_array(1, 2)"), "[1,2]");
  EXPECT_EQ(cell(*db, "SELECT json_valid(1)"), "1");
  EXPECT_EQ(cell(*db, "SELECT atan(1) = atan(1, 1)"), "1");
}

TEST(sqlite_mysql_functions, an_index_of_another_tool_stays_right) {
  const folder files;
  raw(files.file(), "CREATE TABLE t (name TEXT, doc TEXT); CREATE INDEX a ON t (lower(name));"
                    "CREATE INDEX b ON t (json_extract(doc, '$.a')); INSERT INTO t VALUES ('É', '{\"a\":\"x\"}')");
  auto db = open(files.file());
  run(*db, "INSERT INTO t VALUES ('Ü', '{\"a\":\"y\"}')");
  EXPECT_EQ(cell(*db, "SELECT COUNT(*) FROM t WHERE json_extract(doc, '$.a') IN ('x', 'y')"), "2");
  EXPECT_EQ(cell(*db, "PRAGMA integrity_check"), "ok");
}

TEST(sqlite_mysql_functions, a_program_that_gives_its_handle_keeps_its_functions) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(":memory:", &handle), SQLITE_OK);
  const auto seven = [](sqlite3_context* call, int, sqlite3_value**) { sqlite3_result_int(call, 7); };
  ASSERT_EQ(sqlite3_create_function(handle, "concat", 2, SQLITE_UTF8, nullptr, seven, nullptr, nullptr), SQLITE_OK);
  for (int time = 0; time < 2; ++time) {
    auto db = tidb::detail::adopt_sqlite(handle, {});
    EXPECT_EQ(cell(*db, "SELECT concat('a', 'b')"), "7");
    EXPECT_EQ(cell(*db, "SELECT LPAD('a', 2, 'b')"), "ba");
  }
  sqlite3_close(handle);
}

TEST(sqlite_mysql_functions, keywords_are_called_in_backquotes) {
  auto db = open();
  EXPECT_EQ(cell(*db, "SELECT `insert`('Quadratic', 3, 4, 'What')"), "QuWhattic");
  EXPECT_EQ(cell(*db, "SELECT `left`('abc', 2) || `right`('abc', 1)"), "abc");
  EXPECT_EQ(cell(*db, "SELECT position('b', 'abc')"), "2");
  EXPECT_EQ(cell(*db, "SELECT if(1 > 0, 'yes', 'no')"), "yes");
}

TEST(sqlite_mysql_functions, now_is_one_time_for_one_statement) {
  auto db = open();
  const auto* const rows = "WITH RECURSIVE n(i, t) AS (SELECT 1, NOW(6) UNION ALL SELECT i + 1, NOW(6) FROM n "
                           "WHERE i < 20000) SELECT COUNT(DISTINCT t) + (MAX(t) <> UTC_TIMESTAMP(6)) FROM n";
  EXPECT_EQ(cell(*db, rows), "1");
  const auto before = cell(*db, "SELECT NOW(6)");
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_LT(before, cell(*db, "SELECT NOW(6)"));
  EXPECT_EQ(cell(*db, "SELECT NOW() = strftime('%Y-%m-%d %H:%M:%S', UNIX_TIMESTAMP(), 'unixepoch')"), "1");
}

TEST(sqlite_mysql_functions, an_index_and_a_check_take_what_is_deterministic) {
  auto db = open();
  run(*db, "PRAGMA trusted_schema = OFF");
  run(*db, "CREATE TABLE t (name TEXT CHECK (name REGEXP '^[a-zé]+$'), code TEXT AS (MD5(name)))");
  run(*db, "CREATE INDEX i ON t (TIDB_UPPER(name))");
  run(*db, "INSERT INTO t (name) VALUES ('été')");
  EXPECT_EQ(cell(*db, "SELECT code FROM t WHERE TIDB_UPPER(name) = 'ÉTÉ'"), "deaf6a1e9612a4d8c221e68ee23d58d2");
  EXPECT_TRUE(error_of([&] { run(*db, "INSERT INTO t (name) VALUES ('A')"); }));
  EXPECT_TRUE(error_of([&] { run(*db, "CREATE INDEX j ON t (CONCAT(name, NOW()))"); }));
  EXPECT_TRUE(error_of([&] { run(*db, "CREATE INDEX j ON t (RAND(1))"); }));
}

TEST(sqlite_mysql_functions, text_may_hold_nul_and_broken_characters) {
  auto db = open();
  const std::string_view nul("a\0é", 4);
  EXPECT_EQ(cell(*db, "SELECT CHAR_LENGTH(?)", {text(nul)}), "3");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LENGTH(?)", {text(nul)}), "4");
  EXPECT_EQ(cell(*db, "SELECT TIDB_HEX(REVERSE(?))", {text(nul)}), "C3A90061");
  EXPECT_EQ(cell(*db, "SELECT TIDB_HEX(TIDB_UPPER(?))", {text(nul)}), "4100C389");
  EXPECT_EQ(cell(*db, "SELECT LOCATE('é', ?)", {text(nul)}), "3");
  EXPECT_EQ(cell(*db, "SELECT MD5(?)", {text(std::string_view("\0", 1))}), "93b885adfe0da089cdf634904fd59f71");
  EXPECT_EQ(cell(*db, "SELECT ? REGEXP '^a.é$'", {text(nul)}), "1");
  EXPECT_EQ(cell(*db, "SELECT CHAR_LENGTH(CAST(x'61FF62' AS TEXT))"), "3");
  EXPECT_EQ(cell(*db, "SELECT TIDB_HEX(TIDB_UPPER(CAST(x'61FFE4B8' AS TEXT)))"), "41FFE4B8");
}

TEST(sqlite_mysql_functions, bytes_are_counted_as_bytes_and_stay_bytes) {
  auto db = open();
  EXPECT_EQ(cell(*db, "SELECT CHAR_LENGTH(x'C3A9')"), "2");
  EXPECT_EQ(cell(*db, "SELECT typeof(REVERSE(x'0102')) || TIDB_HEX(REVERSE(x'0102'))"), "blob0201");
  EXPECT_EQ(cell(*db, "SELECT TIDB_HEX(TIDB_SUBSTR(x'C3A9C3', 2, 1))"), "A9");
  EXPECT_EQ(cell(*db, "SELECT typeof(CONCAT('a', x'FF'))"), "blob");
  EXPECT_EQ(cell(*db, "SELECT x'C3A9' REGEXP '^..$'"), "1");
  EXPECT_EQ(
      cell(*db, "SELECT SUM(v REGEXP '^.$') FROM (SELECT 'é' AS v UNION ALL SELECT x'C3A9' UNION ALL SELECT 'a')"),
      "2");
  EXPECT_EQ(cell(*db, "SELECT ORD(x'C3A9')"), "195");
}

TEST(sqlite_mysql_functions, a_result_longer_than_a_packet_is_null) {
  auto db = open();
  for (const auto* call :
       {"REPEAT('ab', 9223372036854775807)", "SPACE(9223372036854775807)", "LPAD('a', 9223372036854775807, 'b')",
        "CONCAT(SPACE(67108864), 'a')", "CONCAT_WS(',', SPACE(67108860), 'abcd')", "TO_BASE64(SPACE(60000000))",
        "TIDB_REPLACE(SPACE(1000000), ' ', SPACE(100))", "`insert`(SPACE(67108864), 1, 0, 'a')"})
    EXPECT_EQ(cell(*db, std::string("SELECT ") + call), "NULL") << call;
}

TEST(sqlite_mysql_functions, a_wrong_call_is_an_error_that_names_the_function) {
  auto db = open();
  const auto words = [&](const std::string& sql) {
    const auto failure = error_of([&] { run(*db, sql); });
    return failure ? failure->info().server_message : "nothing";
  };
  EXPECT_EQ(words("SELECT LOCATE('a')"), "wrong number of arguments to function LOCATE()");
  EXPECT_EQ(words("SELECT TIDB_DATE_ADD('2024-01-01', 1, 'dya')"),
            "unknown unit of time 'dya': it is day, month, hour_minute or the like");
  EXPECT_TRUE(holds(words("SELECT 'a' REGEXP '('"), "missing"));
  EXPECT_TRUE(holds(words("SELECT JSON_LENGTH('{')"), "argument 1 is not valid JSON"));
  EXPECT_TRUE(holds(words("SELECT TIDB_JSON_ARRAY(x'FF')"), "holds no bytes"));
}

TEST(sqlite_mysql_functions, json_keeps_integers_and_refuses_depth) {
  auto db = open();
  EXPECT_EQ(cell(*db, "SELECT TIDB_JSON_EXTRACT('[9223372036854775807, 18446744073709551615]', '$')"),
            "[9223372036854775807, 18446744073709551615]");
  const std::string deep(100'000, '[');
  EXPECT_TRUE(error_of([&] { run(*db, "SELECT JSON_DEPTH(?)", {text(deep)}); }));
  EXPECT_EQ(cell(*db, "SELECT TIDB_JSON_VALID(?)", {text(deep)}), "0");
  // A result is a document within another, whichever engine's function made it.
  EXPECT_EQ(cell(*db, "SELECT TIDB_JSON_ARRAY(json('[1]'), JSON_KEYS('{\"a\":1}'), '[2]')"), R"([[1], ["a"], "[2]"])");
  EXPECT_EQ(cell(*db, "SELECT json_array(JSON_KEYS('{\"a\":1}'))"), R"([["a"]])");
}

TEST(sqlite_mysql_functions, an_expression_never_takes_long) {
  auto db = open();
  const std::string many(30'000, 'a');
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(cell(*db, "SELECT ? REGEXP '^(a+)+$' + 0", {text(many + "b")}), "0");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST(sqlite_mysql_functions, lists_are_ordered_as_asked) {
  auto db = open();
  run(*db, "CREATE TABLE t (g INTEGER, x TEXT, y INTEGER)");
  run(*db, "INSERT INTO t VALUES (1,'a',2), (1,'b',1), (2,'c',NULL), (2,NULL,1), (2,'d',3), (3,NULL,1)");
  const auto rows = run(*db, "SELECT TIDB_GROUP_CONCAT(x, '; ', y, -1) FROM t GROUP BY g ORDER BY g").rows;
  ASSERT_EQ(rows.size(), 3U);
  EXPECT_EQ(tidb::to_string(rows[0][0].view()), "a; b");
  EXPECT_EQ(tidb::to_string(rows[1][0].view()), "d; c");
  EXPECT_EQ(tidb::to_string(rows[2][0].view()), "NULL");
}

TEST(sqlite_mysql_functions, any_arguments_give_a_result_or_an_error) {
  auto db = open();
  const auto functions = run(*db, "SELECT DISTINCT name, narg FROM pragma_function_list WHERE builtin = 0").rows;
  EXPECT_GT(functions.size(), 150U);
  const char* const arguments[] = {"NULL",
                                   "0",
                                   "-1",
                                   "1",
                                   "7",
                                   "9223372036854775807",
                                   "-9223372036854775808",
                                   "1e308",
                                   "-0.5",
                                   "0.1",
                                   "''",
                                   "'a'",
                                   "'é😀'",
                                   "' -12.5e3x'",
                                   "'2024-02-29'",
                                   "'24-1-1'",
                                   "'9999-12-31 23:59:59.9999999'",
                                   "'-838:59:59.5'",
                                   "'0000-00-00'",
                                   "20240229",
                                   "'{\"a\":[1,{\"b\":null}]}'",
                                   "'[]'",
                                   "'\"x\"'",
                                   "'$.a[last]'",
                                   "'$[0 to 1]'",
                                   "'$**.b'",
                                   "'one'",
                                   "'day'",
                                   "'year_month'",
                                   "'microsecond'",
                                   "'%Y-%m-%d %H:%i:%s.%f %p'",
                                   "'%'",
                                   "x''",
                                   "x'FF00C3'",
                                   "CAST(x'C3' AS TEXT)",
                                   "'(a)|b*'",
                                   "'\\1'",
                                   "256",
                                   "'i'"};
  std::mt19937 random(7);
  std::uniform_int_distribution<std::size_t> any(0, std::size(arguments) - 1);
  std::uniform_int_distribution<int> some(0, 6);
  for (const auto& function : functions) {
    const auto name = tidb::to_string(function.at(0).view());
    const auto count = function.at(1).view().integer;
    for (int round = 0; round < 60; ++round) {
      std::string call = "SELECT `" + name + "`(";
      const auto wanted = count >= 0 ? static_cast<int>(count) : some(random);
      for (int i = 0; i < wanted; ++i) call += (i > 0 ? ", " : "") + std::string(arguments[any(random)]);
      // What matters is that it comes back.
      error_of([&] { run(*db, call + ")"); });
    }
  }
}
