#include "engine/sql_text.hpp"

#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

using tidb::engine_kind;
using tidb::detail::first_word;
using tidb::detail::is_insert;
using tidb::detail::sql_words;

namespace {

std::vector<std::string> words_of(std::string_view sql, engine_kind engine) {
  std::vector<std::string> all;
  sql_words words(sql, engine);
  for (auto word = words.next(); !word.empty(); word = words.next()) all.emplace_back(word);
  return all;
}

using list = std::vector<std::string>;

TEST(sql_text, what_changes_a_session_is_known) {
  using tidb::engine_kind;
  for (const char* sql :
       {"SET @x = 1", "set session tidb_mem_quota_query = 1", "SET GLOBAL a = 1, SESSION b = 2",
        "SET time_zone = '+1:00'", "CREATE TEMPORARY TABLE t (x INT)", "PREPARE s FROM 'SELECT 1'", "SELECT @x := 5",
        "SELECT 1 INTO @x", "SELECT 1 into\n @x", "LOAD DATA INFILE 'f' INTO TABLE t (@x)", "DO get_lock('a', 1)",
        "SELECT (SELECT GET_LOCK('a', 1))", "/*!80000 SET @x = 1 */", "CREATE BINDING FOR x"})
    EXPECT_TRUE(tidb::detail::changes_session(sql, engine_kind::tidb)) << sql;
  for (const char* sql :
       {"SELECT 1", "SET GLOBAL a = 1", "SET @@global.a = 1", "UPDATE t SET a = 1", "BEGIN", "CREATE TABLE t (x INT)",
        "SELECT 'me@example.com'", "INSERT INTO t VALUES ('me@example.com')", "CREATE GLOBAL BINDING FOR x", "COMMIT"})
    EXPECT_FALSE(tidb::detail::changes_session(sql, engine_kind::tidb)) << sql;
  for (const char* sql : {"PRAGMA foreign_keys = OFF", "pragma main.cache_size(10)", "CREATE TEMP TABLE t (x)",
                          "CREATE TEMPORARY VIEW v AS SELECT 1", "CREATE TABLE temp.t (x)",
                          "CREATE TABLE \"temp\".t (x)", "CREATE TABLE [temp] . t (x)", "ATTACH 'a.db' AS a"})
    EXPECT_TRUE(tidb::detail::changes_session(sql, engine_kind::embedded)) << sql;
  for (const char* sql : {"PRAGMA foreign_keys", "PRAGMA main.table_info(t)", "PRAGMA user_version = 3",
                          "CREATE TABLE t (x)", "UPDATE t SET x = 1", "PRAGMA wal_checkpoint(TRUNCATE)"})
    EXPECT_FALSE(tidb::detail::changes_session(sql, engine_kind::embedded)) << sql;
}

}  // namespace

TEST(sql_text, words_in_parentheses_quotes_and_comments_are_passed_over) {
  for (const auto engine : {engine_kind::embedded, engine_kind::tidb}) {
    EXPECT_EQ(words_of("WITH a(b) AS (SELECT ')' FROM (c)) UPDATE `d e` SET f_1='it''s' -- g\n/* h */, i=2", engine),
              (list{"WITH", "a", "AS", "UPDATE", "SET", "f_1", "i", "2"}));
    EXPECT_EQ(words_of("((SELECT 1) UNION (SELECT 2))", engine), (list{"SELECT", "1", "UNION"}));
    EXPECT_EQ(words_of(" \n;?", engine), list());
    EXPECT_EQ(words_of("a 'never closed", engine), list{"a"});
    EXPECT_EQ(words_of("a /* never closed", engine), list{"a"});
  }
}

TEST(sql_text, each_engine_has_comments_and_quotes_of_its_own) {
  EXPECT_EQ(words_of("SELECT 'a\\' DROP ' b", engine_kind::tidb), (list{"SELECT", "b"}));
  EXPECT_EQ(words_of("SELECT 'a\\' DROP ' b", engine_kind::embedded), (list{"SELECT", "DROP"}));
  EXPECT_EQ(words_of("[a b] c", engine_kind::embedded), list{"c"});
  EXPECT_EQ(words_of("[a b] c", engine_kind::tidb), (list{"a", "b", "c"}));
  EXPECT_EQ(words_of("1--2", engine_kind::embedded), list{"1"});
  EXPECT_EQ(words_of("1--2", engine_kind::tidb), (list{"1", "2"}));
  EXPECT_EQ(words_of("# a\nb", engine_kind::tidb), list{"b"});
  EXPECT_EQ(words_of("/*!80000 a */ b /*T![feature] c */", engine_kind::tidb), (list{"a", "b", "c"}));
  EXPECT_EQ(words_of("/*!80000 a */ b", engine_kind::embedded), list{"b"});
}

TEST(sql_text, the_first_word_is_what_the_engine_runs_first) {
  EXPECT_EQ(first_word("  -- note\n/* a */ begin", engine_kind::embedded), "BEGIN");
  EXPECT_EQ(first_word("(((select 1)))", engine_kind::tidb), "SELECT");
  EXPECT_EQ(first_word("/*!40101 commit */", engine_kind::tidb), "COMMIT");
  EXPECT_EQ(first_word("/*T![x] Drop TABLE t */", engine_kind::tidb), "DROP");
  EXPECT_EQ(first_word("", engine_kind::tidb), "");
}

TEST(sql_text, an_insert_is_known_behind_its_tables) {
  for (const char* sql : {"insert into t values (1)", "REPLACE INTO t SELECT 1", "/* a */ INSERT INTO t SELECT 1",
                          "WITH [select](a) AS (SELECT 1), b AS (SELECT 2) INSERT INTO t SELECT * FROM b"})
    EXPECT_TRUE(is_insert(sql, engine_kind::embedded)) << sql;
  for (const char* sql : {"SELECT 'insert'", "WITH a AS (SELECT 1) DELETE FROM t", "UPDATE insert_log SET a = 1",
                          "CREATE TABLE t (a)", ""})
    EXPECT_FALSE(is_insert(sql, engine_kind::embedded)) << sql;
}

TEST(sql_text, a_text_is_over_when_only_blanks_comments_and_semicolons_are_left) {
  for (const char* sql : {"", " ;\n", "-- a", "/* a */ ; -- b\n"}) {
    EXPECT_TRUE(sql_words(sql, engine_kind::embedded).is_over()) << sql;
    EXPECT_TRUE(sql_words(sql, engine_kind::tidb).is_over()) << sql;
  }
  EXPECT_FALSE(sql_words("; SELECT 1", engine_kind::embedded).is_over());
  EXPECT_FALSE(sql_words("/*! SELECT 1 */", engine_kind::tidb).is_over());
  EXPECT_TRUE(sql_words("# a", engine_kind::tidb).is_over());
}
