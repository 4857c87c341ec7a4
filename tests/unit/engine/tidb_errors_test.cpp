// What TiDB's errors mean, from texts that servers send.
#include "../../../src/engine/tidb/errors.hpp"
#include "tidbxx/engine/options.hpp"

#include <string>

#include <gtest/gtest.h>

namespace {

using tidb::errc;
using tidb::error_info;
using tidb::detail::call_phase;
using tidb::detail::classify;
using tidb::detail::error_scene;
using tidb::detail::phase_of;

error_info judge(int code, std::string_view text, call_phase phase = call_phase::reading) {
  return classify({code, "HY000", text}, {phase, "SELECT 1", "host:4000/shop", {}});
}

tidb::detail::resolved_options cloud_options() {
  tidb::detail::resolved_options options;
  options.host = "gateway01.eu-central-1.prod.aws.tidbcloud.com";
  options.port = 4000;
  options.user = "abc.root";
  options.password = "s3cr3t-word";
  options.database = "shop";
  options.sources = {{"user", ".env"}, {"password", "environment"}};
  return options;
}

error_info judge_login(int code, std::string_view text, const tidb::detail::resolved_options& options,
                       std::string_view ca = {}) {
  return classify({code, "HY000", text}, {call_phase::connecting, {}, "host:4000", {}, &options, ca});
}

bool says(const error_info& info, std::string_view part) { return info.message.find(part) != std::string::npos; }

TEST(tidb_errors, the_servers_words_are_kept_apart_from_ours) {
  auto info = judge(1062, "Duplicate entry 'anna' for key 'players.name'", call_phase::writing);
  EXPECT_EQ(info.code, errc::constraint);
  EXPECT_EQ(info.server_code, 1062);
  EXPECT_EQ(info.endpoint, "host:4000/shop");
  EXPECT_TRUE(says(info, "'players.name'"));
  EXPECT_FALSE(says(info, "anna"));
  EXPECT_FALSE(info.retryable);
}

TEST(tidb_errors, a_value_that_looks_like_a_key_is_not_taken_for_one) {
  EXPECT_TRUE(says(judge(1062, "Duplicate entry 'x' for key 'no' for key 't.real'"), "'t.real'"));
}

TEST(tidb_errors, refused_rows_are_constraint_violations) {
  for (int code : {1048, 1062, 1216, 1217, 1264, 1364, 1365, 1366, 1406, 1451, 1452, 1690, 3819, 8147})
    EXPECT_EQ(judge(code, "", call_phase::writing).code, errc::constraint) << code;
  EXPECT_TRUE(says(judge(1406, "Data too long for column 'name' at row 1"), "'name'"));
  EXPECT_TRUE(says(judge(1048, "Column 'name' cannot be null"), "'name'"));
  EXPECT_TRUE(says(judge(1452, "a foreign key constraint fails (`d`.`c`, CONSTRAINT `fk_1` FOREIGN KEY"), "'fk_1'"));
  EXPECT_TRUE(says(judge(3819, "Check constraint 'positive' is violated."), "'positive'"));
  EXPECT_EQ(judge(1105, "vector has 4 dimensions, does not fit VECTOR(3)").code, errc::constraint);
  EXPECT_EQ(judge(1105, "Invalid vector text: [1,").code, errc::constraint);
}

TEST(tidb_errors, conflicts_are_run_again_as_a_whole) {
  for (int code : {1205, 1213, 8002, 8005, 8022, 8028, 9007, 8055, 9006}) {
    auto info = judge(code, "", call_phase::committing);
    EXPECT_EQ(info.code, errc::conflict) << code;
    EXPECT_TRUE(info.retryable) << code;
    EXPECT_TRUE(info.poisons_transaction) << code;
    EXPECT_FALSE(info.poisons_connection) << code;
  }
  EXPECT_EQ(judge(3572, "").code, errc::conflict);
  EXPECT_FALSE(judge(3572, "").retryable);
}

TEST(tidb_errors, a_lost_connection_is_in_doubt_only_where_a_change_may_be_committed) {
  for (int code : {2006, 2013, 4031, 2026}) {
    for (auto phase : {call_phase::reading, call_phase::writing}) {
      auto rolled_back = judge(code, "", phase);
      EXPECT_EQ(rolled_back.code, errc::connection) << code;
      EXPECT_TRUE(rolled_back.retryable);
      EXPECT_TRUE(rolled_back.poisons_transaction);
      EXPECT_TRUE(rolled_back.poisons_connection);
    }
    auto doubtful = judge(code, "", call_phase::committing);
    EXPECT_EQ(doubtful.code, errc::outcome_unknown) << code;
    EXPECT_FALSE(doubtful.retryable);
    EXPECT_TRUE(doubtful.poisons_connection);
  }
}

TEST(tidb_errors, an_interrupted_call_is_in_doubt_only_where_a_change_may_be_committed) {
  for (auto phase : {call_phase::reading, call_phase::writing, call_phase::committing}) {
    auto info = tidb::detail::interrupted({phase, "SELECT 1", "host:4000/shop", {}}, false);
    EXPECT_EQ(info.code, phase == call_phase::committing ? errc::outcome_unknown : errc::timeout);
    EXPECT_TRUE(info.poisons_transaction);
    EXPECT_TRUE(info.poisons_connection);
  }
}

TEST(tidb_errors, trouble_of_the_storage_depends_on_the_phase) {
  for (int code : {9001, 9002, 9003, 9004, 9005, 9008, 9010, 9013}) {
    EXPECT_TRUE(judge(code, "", call_phase::reading).retryable) << code;
    EXPECT_TRUE(judge(code, "", call_phase::writing).poisons_transaction) << code;
    EXPECT_EQ(judge(code, "", call_phase::committing).code, errc::outcome_unknown) << code;
  }
}

TEST(tidb_errors, the_catch_all_is_told_apart_by_its_text) {
  EXPECT_EQ(judge(1105, "Connections using insecure transport are prohibited").code, errc::connection);
  EXPECT_TRUE(says(judge(1105, "Connections using insecure transport are prohibited"), "ssl_mode"));
  EXPECT_EQ(judge(1105, "Due to the usage quota being exhausted, access to the cluster has been restricted").code,
            errc::quota);
  EXPECT_EQ(judge(1105, "Missing user name prefix").code, errc::access_denied);
  EXPECT_EQ(judge(1105, "[global:2]execution result undetermined", call_phase::committing).code, errc::outcome_unknown);
  EXPECT_TRUE(says(judge(1105, "KeyTooLarge { }"), "indexed"));
  EXPECT_TRUE(says(judge(1105, "Out Of Memory Quota![conn=1]"), "LIMIT"));
  auto other = judge(1105, "something new");
  EXPECT_EQ(other.code, errc::statement);
  EXPECT_EQ(other.server_message, "something new");
}

TEST(tidb_errors, features_that_are_missing_are_unsupported) {
  for (int code : {1148, 1235, 8048, 8200}) EXPECT_EQ(judge(code, "").code, errc::unsupported) << code;
}

TEST(tidb_errors, several_statements_and_none_are_errors_of_the_program) {
  for (int code : {1065, 8115, 8130}) EXPECT_EQ(judge(code, "").code, errc::usage) << code;
  for (const char* sql : {"", " \n\t", ";", "/* SELECT 1 */", "-- SELECT 1", "-- a\n # b\n;"})
    EXPECT_THROW(tidb::detail::check_not_empty(sql, {}), tidb::usage_error) << sql;
  for (const char* sql : {"SELECT 1", "(SELECT 1)", "/*! SELECT 1 */", "-- a\n?", "'"})
    EXPECT_NO_THROW(tidb::detail::check_not_empty(sql, {})) << sql;
}

TEST(tidb_errors, a_cloud_host_is_known_in_any_case) {
  EXPECT_TRUE(tidb::detail::is_cloud("Gateway01.prod.AWS.TiDBCloud.com"));
  EXPECT_TRUE(tidb::detail::is_cloud("a.tidb-cloud.com."));
  EXPECT_FALSE(tidb::detail::is_cloud("nottidbcloud.com"));
}

TEST(tidb_errors, everything_else_is_the_statements_fault) {
  for (int code : {1054, 1064, 1146, 1305, 1390, 1461, 8001, 8004, 8025, 8175, 8176, 9500, 60000})
    EXPECT_EQ(judge(code, "").code, errc::statement) << code;
}

TEST(tidb_errors, a_refused_login_says_where_the_settings_came_from_and_no_secret) {
  auto options = cloud_options();
  auto info = judge_login(1045, "Access denied for user 'abc.root'@'1.2.3.4' (using password: YES)", options);
  EXPECT_EQ(info.code, errc::access_denied);
  EXPECT_TRUE(says(info, "user from: .env; password from: environment"));
  EXPECT_FALSE(says(info, "s3cr3t"));
  options.password.clear();
  EXPECT_TRUE(says(judge_login(1045, "", options), "no password was sent"));
}

TEST(tidb_errors, an_unreachable_cloud_host_names_its_access_lists) {
  auto options = cloud_options();
  auto info = judge_login(2002, "Can't connect to server (110)", options);
  EXPECT_EQ(info.code, errc::connection);
  EXPECT_TRUE(says(info, "host:4000"));
  EXPECT_TRUE(says(info, "IP access list"));
  options.host = "127.0.0.1";
  EXPECT_FALSE(says(judge_login(2002, "", options), "access list"));
  EXPECT_TRUE(says(judge_login(2005, "", options), "address"));
  EXPECT_TRUE(says(judge_login(1049, "Unknown database 'shop'", options), "ensure_database"));
}

TEST(tidb_errors, tls_errors_name_the_bundle_and_the_remedy) {
  auto options = cloud_options();
  auto untrusted = judge_login(2026, "TLS/SSL error: certificate verify failed", options, "/etc/ca.pem");
  EXPECT_EQ(untrusted.code, errc::connection);
  EXPECT_TRUE(says(untrusted, "/etc/ca.pem"));
  EXPECT_TRUE(says(untrusted, "ssl_ca"));
  EXPECT_FALSE(untrusted.retryable);
  EXPECT_TRUE(says(judge_login(2026, "TLS/SSL error: SSL is required, but the server does not support it", options),
                   "no encrypted"));
  EXPECT_TRUE(
      says(judge_login(2026, "TLS/SSL error: Validation of SSL server certificate failed", options), "another host"));
}

TEST(tidb_errors, a_statements_kind_is_what_it_does) {
  for (const char* sql : {"SELECT 1", " ( select 1) union (select 2)", "/* INSERT */ SELECT 1", "-- x\nSHOW TABLES",
                          "#x\ndesc t", "EXPLAIN UPDATE t SET a=1", "WITH a AS (DELETE) SELECT 1", "begin", "ROLLBACK",
                          "SET @a = 1", "SELECT * FROM t FOR UPDATE", "USE test", "SAVEPOINT a"})
    EXPECT_EQ(phase_of(sql), call_phase::reading) << sql;
  for (const char* sql : {"INSERT INTO t SELECT 1", "update t set a=1", "WITH a AS (SELECT 1) DELETE FROM t",
                          "EXPLAIN ANALYZE DELETE FROM t", "REPLACE INTO t VALUES (1)",
                          "WITH `SELECT` AS (SELECT ')') UPDATE t SET a = 1"})
    EXPECT_EQ(phase_of(sql), call_phase::writing) << sql;
  for (const char* sql : {"commit", "/* now */ COMMIT AND CHAIN", "CREATE TABLE t (a INT)", "SET GLOBAL a = 1",
                          "TRUNCATE t", "EXECUTE p", "/*T![x] SELECT 1 */ COMMIT"})
    EXPECT_EQ(phase_of(sql), call_phase::committing) << sql;
}

}  // namespace
