// Sessions between two borrowers: what one leaves, the next does not find.
#include "support/engines.hpp"

#include <string>

namespace {

using namespace std::chrono_literals;

class sessions : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (!IsSkipped() && !HasFatalFailure()) shared_.emplace(url(), tidb::pool_options{.max_size = 1});
  }
  void TearDown() override {
    shared_.reset();
    on_each_engine::TearDown();
  }
  tidb::pool& shared() { return *shared_; }
  std::string text(const std::string& sql) {
    const auto found = tidb::connect(shared()).query<std::optional<std::string>>(sql).value();
    return found.value_or("NULL");
  }

private:
  std::optional<tidb::pool> shared_;
};

TEST_P(sessions, what_a_statement_leaves_in_its_session_is_gone_for_the_next) {
  const auto client = tidb::connect(shared());
  client.execute("CREATE TABLE kept (id INT PRIMARY KEY)");
  client.execute("INSERT INTO kept VALUES (1)");
  if (embedded()) {
    client.execute("CREATE TEMP TABLE passing (x INT)");
    EXPECT_EQ(text("SELECT CAST(COUNT(*) AS TEXT) FROM sqlite_temp_schema"), "0");
    client.execute("PRAGMA foreign_keys = OFF");
    EXPECT_EQ(text("SELECT CAST(foreign_keys AS TEXT) FROM pragma_foreign_keys"), "1");
  } else {
    client.execute("SET @mine = 5");
    EXPECT_EQ(text("SELECT CAST(@mine AS CHAR)"), "NULL");
    EXPECT_EQ(text("SELECT CAST(@mine := 6 AS CHAR)"), "6");
    EXPECT_EQ(text("SELECT CAST(@mine AS CHAR)"), "NULL");
    client.execute("SET time_zone = '+05:00', tidb_mem_quota_query = 12345678");
    EXPECT_EQ(text("SELECT @@time_zone"), "+00:00");
    EXPECT_NE(text("SELECT CAST(@@tidb_mem_quota_query AS CHAR)"), "12345678");
    client.execute("CREATE TEMPORARY TABLE passing (x INT)");
    EXPECT_THROW(text("SELECT CAST(COUNT(*) AS CHAR) FROM passing"), tidb::error);
  }
  EXPECT_EQ(client.query<int>("SELECT id FROM kept").value(), 1);
  EXPECT_EQ(shared().stats().opened, 1U);  // it is the same connection
}

TEST_P(sessions, a_client_tells_and_ends_what_its_pool_does) {
  const auto client = tidb::connect(shared());
  EXPECT_EQ(client.query<int>("SELECT 1").value(), 1);
  EXPECT_EQ(client.stats().opened, 1U);
  EXPECT_EQ(client.stats().idle, 1U);
  EXPECT_TRUE(client.close(10s));
  EXPECT_EQ(shared().stats().open, 0U);
  EXPECT_THROW((void)client.query<int>("SELECT 1").value(), tidb::usage_error);
}

TEST_P(sessions, a_session_that_was_reset_is_as_a_new_one) {
  const auto client = tidb::connect(shared());
  client.execute("CREATE TABLE words (id INT PRIMARY KEY, word VARCHAR(20))");
  client.execute("INSERT INTO words VALUES (?, ?)", 1, "größer 🦆");
  client.execute(embedded() ? "PRAGMA cache_size = 10" : "SET @mine = 5");
  EXPECT_EQ(client.query<std::string>("SELECT word FROM words WHERE word = ?", "größer 🦆").value(), "größer 🦆");
  EXPECT_EQ(client.execute("UPDATE words SET word = word WHERE id = ?", 1).affected_rows, 1U);  // matched
  EXPECT_THROW(client.execute("INSERT INTO words VALUES (1, 'double')"), tidb::constraint_violation);
  if (!embedded()) {
    EXPECT_EQ(text("SELECT @@time_zone"), "+00:00");
    EXPECT_EQ(text("SELECT @@character_set_client"), "utf8mb4");
    EXPECT_NE(text("SELECT @@sql_mode").find("STRICT_TRANS_TABLES"), std::string::npos);
  }
}

TEST_P(sessions, a_database_in_memory_keeps_what_its_connection_remembers) {
  if (!embedded()) GTEST_SKIP() << "only the embedded engine has one";
  const auto client = tidb::connect("sqlite::memory:");
  client.execute("CREATE TEMP TABLE passing (x INT)");
  client.execute("INSERT INTO passing VALUES (1)");
  EXPECT_EQ(client.query<int>("SELECT x FROM passing").value(), 1);
}

TEST_P(sessions, variables_are_set_for_each_connection_and_again_after_a_reset) {
  if (embedded()) {
    EXPECT_THROW(tidb::connect({.file = "x.db", .session_variables = {{"a", "1"}}}), tidb::usage_error);
    return;
  }
  const auto variables = "session_variables=tidb_mem_quota_query=12345678;tidb_isolation_read_engines=tikv,tidb";
  const auto client = tidb::connect(url() + "&" + variables);
  const auto check = [&] {
    EXPECT_EQ(client.query<std::string>("SELECT @@tidb_mem_quota_query").value(), "12345678");
    EXPECT_EQ(client.query<std::string>("SELECT @@tidb_isolation_read_engines").value(), "tikv,tidb");
  };
  check();
  client.execute("SET tidb_mem_quota_query = 99999999");
  check();
  const auto error = tests::error_of([&] { tidb::connect(url() + "&session_variables=no_such_variable=1"); });
  EXPECT_EQ(error.info().server_code, 1193) << error.what();
}

RUN_ON_EACH_ENGINE_AND_TLS(sessions);

}  // namespace
