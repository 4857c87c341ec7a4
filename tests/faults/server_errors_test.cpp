// Each error of docs/errors.md that a TiDB can make, made by one.
#include "server_errors.hpp"
#include "support/error_samples.hpp"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

// The factory, as src/engine/tidb/connection.hpp declares it: tests see no private header.
namespace tidb::detail {
std::unique_ptr<engine_connection> open_tidb(const resolved_options& options, const call_context& context);
}

namespace tests {

raw_session::raw_session(std::uint16_t port, std::string user, std::string password, tidb::ssl_mode mode,
                         std::string database) {
  tidb::detail::resolved_options options;
  options.engine = tidb::engine_kind::tidb;
  options.host = "127.0.0.1";
  options.port = port;
  options.user = std::move(user);
  options.password = std::move(password);
  options.database = std::move(database);
  options.ssl_mode = mode;
  connection_ = tidb::detail::open_tidb(options, {});
  id_ = value("SELECT CONNECTION_ID()");
}

void raw_session::query(const std::string& sql, const tidb::call_context& context) {
  const tidb::statement_text text(sql);
  auto& statement = connection_->prepare(text, context);
  statement.execute({}, context);
  while (statement.next()) continue;
  statement.finish();
}

std::string raw_session::value(const std::string& sql) {
  const tidb::statement_text text(sql);
  auto& statement = connection_->prepare(text, {});
  statement.execute({}, {});
  auto found = statement.next() ? tidb::to_string(statement.cells()[0]) : std::string();
  statement.finish();
  return found;
}

namespace {

constexpr const char* settings = R"(auto-tls = true
[performance]
txn-total-size-limit = 6500000
)";

constexpr const char* tables[] = {
    "CREATE DATABASE shop",
    "USE shop",
    "SET GLOBAL tidb_enable_check_constraint = ON",
    "SET GLOBAL tidb_mem_oom_action = 'CANCEL'",
    "CREATE TABLE teams (id INT PRIMARY KEY)",
    "CREATE TABLE players (id BIGINT PRIMARY KEY, name VARCHAR(6) NOT NULL UNIQUE, coins INT, state ENUM('in', 'out'),"
    " at DATETIME, data JSON, team INT, embedding VECTOR(3), CONSTRAINT positive CHECK (coins >= 0),"
    " CONSTRAINT member FOREIGN KEY (team) REFERENCES teams (id))",
    "CREATE TABLE plain (id INT, n BIGINT)",
    "CREATE TABLE large (text LONGTEXT)",
    "CREATE TABLE many (id INT PRIMARY KEY AUTO_INCREMENT, text VARCHAR(200))",
    "INSERT INTO teams VALUES (1)",
    "INSERT INTO players (id, name, coins, team) VALUES (1, 'anna', 1, 1), (2, 'bert', 2, NULL)",
    "INSERT INTO many (text) VALUES (REPEAT('x', 100)), (REPEAT('y', 100)), (REPEAT('z', 100)), (REPEAT('w', 100))",
    "CREATE USER guarded IDENTIFIED BY 's3cr3t-guarded'",
    "CREATE USER locked ACCOUNT LOCK",
    "CREATE USER stranger",
    "CREATE USER reader",
    "GRANT SELECT ON shop.* TO reader",
};

std::vector<provocation> all_provocations() {
  std::vector<provocation> all;
  for (const auto& each : refused_statements()) all.push_back(each);
  for (const auto& each : staged_errors()) all.push_back(each);
  return all;
}

std::string name_of(const provocation& each) {
  std::string name(each.entry);
  std::ranges::replace(name, '-', '_');
  if (each.code != 0) name += "_" + std::to_string(each.code);
  return each.provoke ? name : name + "_by_one_statement";
}

class server_errors : public testing::TestWithParam<provocation> {
protected:
  static void SetUpTestSuite() {
    if (own_server::why_not()) return;
    server.emplace(settings);
    raw_session root(server->port(), "root", {}, tidb::ssl_mode::disabled, "test");
    for (const char* sql : tables) root.run(sql);
    for (int i = 0; i < 7; ++i) root.run("INSERT INTO many (text) SELECT text FROM many");
  }
  static void TearDownTestSuite() { server.reset(); }
  void SetUp() override { tests::expect_own_server(server.has_value()); }

  static inline std::optional<own_server> server;
};

TEST_P(server_errors, has_its_class_verdict_and_entry) {
  const auto& wanted = GetParam();
  stage on{server->port()};
  const auto error = error_of([&] { wanted.provoke ? wanted.provoke(on) : on.one.run(wanted.sql); });
  EXPECT_EQ(error.info().entry, wanted.entry) << error.what();
  EXPECT_EQ(error.info().server_code, wanted.code) << error.what();
  const auto* sample = std::ranges::find(error_samples, wanted.entry, &error_sample::entry);
  if (sample == std::end(error_samples)) return;  // it is ours
  EXPECT_EQ(error.code(), sample->kind) << error.what();
  EXPECT_EQ(error.is_retryable(), sample->retryable) << error.what();
  EXPECT_EQ(error.poisons_transaction(), sample->poisons_transaction) << error.what();
  EXPECT_EQ(error.poisons_connection(), sample->poisons_connection) << error.what();
  EXPECT_EQ(std::string(error.what()).find("s3cr3t-guarded"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(each, server_errors, testing::ValuesIn(all_provocations()),
                         [](const auto& each) { return name_of(each.param); });

TEST(server_errors_table, every_error_marked_server_has_its_test_and_no_other_has) {
  std::set<std::string_view> marked, made;
  for (const auto& each : error_coverages)
    if (each.tested == "server") marked.insert(each.entry);
  for (const auto& each : all_provocations()) made.insert(each.entry);
  EXPECT_EQ(made, marked);
}

}  // namespace

}  // namespace tests
