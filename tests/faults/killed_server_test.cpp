// A TiDB that is killed and comes back: in idleness, in a transaction, in the middle of COMMIT.
#include "support/engines.hpp"
#include "support/proxy.hpp"
#include "support/server.hpp"

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tests::error_of;
using tests::fault;
using tests::fault_point;
using tests::own_server;
using tidb::errc;

class killed_server : public testing::Test {
protected:
  static void SetUpTestSuite() {
    if (!own_server::why_not()) server_ = std::make_unique<own_server>();
  }
  static void TearDownTestSuite() { server_.reset(); }

  void SetUp() override {
    tests::expect_own_server(server_ != nullptr);
    if (!server_) return;
    direct().execute("DROP TABLE IF EXISTS kept");
    direct().execute("CREATE TABLE kept (id INT PRIMARY KEY)");
  }

  static tidb::client direct() { return tidb::connect(server_->url()); }
  static std::vector<int> kept() { return direct().query<int>("SELECT id FROM kept ORDER BY id").all(); }

  /// Connections in the pool, all of them idle.
  static void open_several(const tidb::client& db, int wanted) {
    std::vector<std::thread> users;
    for (int i = 0; i < wanted; ++i) users.emplace_back([&] { db.execute("DO SLEEP(0.3)"); });
    for (auto& user : users) user.join();
  }

  static std::unique_ptr<own_server> server_;
};

std::unique_ptr<own_server> killed_server::server_;

TEST_F(killed_server, while_the_pool_is_idle_is_found_again) {
  const auto db = tidb::connect(server_->url());
  open_several(db, 6);
  server_->kill();
  server_->restart();
  EXPECT_EQ(db.query<int>("SELECT 41 + 1").one(), 42);
  for (int id = 1; id <= 8; ++id) db.execute("INSERT INTO kept VALUES (?)", id);
  EXPECT_EQ(kept().size(), 8U);
}

TEST_F(killed_server, is_a_connection_error_as_long_as_it_is_down) {
  const auto db = tidb::connect(server_->url());
  open_several(db, 2);
  server_->kill();
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 3; ++i) {
    const auto error = error_of([&] { db.execute("INSERT INTO kept VALUES (1)"); });
    EXPECT_EQ(error.code(), errc::connection) << error.what();
    EXPECT_TRUE(error.is_retryable());
    EXPECT_NE(std::string(error.what()).find(std::to_string(server_->port())), std::string::npos) << error.what();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, 60s);
  server_->restart();
  EXPECT_EQ(db.query<int>("SELECT 41 + 1").one(), 42);
  EXPECT_EQ(kept(), std::vector<int>{});
}

TEST_F(killed_server, takes_an_open_transaction_with_it_which_runs_again) {
  const auto db = tidb::connect(server_->url());
  int tries = 0;
  db.transaction([&](tidb::transaction& tx) {
    tx.execute("INSERT INTO kept VALUES (1)");
    if (++tries == 1) {
      server_->kill();
      server_->restart();
    }
    tx.execute("INSERT INTO kept VALUES (2)");
  });
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(kept(), (std::vector<int>{1, 2}));
}

/// COMMIT is on its way when the server dies; the client must not claim to know how it ended.
void commit_into_the_void(own_server& server, fault_point::place where) {
  tests::tcp_proxy between(server.url());
  const auto db = tidb::connect(between.url());
  between.strike({.where = where, .text = "COMMIT"}, fault::swallow);
  std::thread killer([&] {
    EXPECT_TRUE(between.struck(30s));
    server.kill();
    between.cut_all();
  });
  const auto error = error_of([&] {
    db.transaction([](tidb::transaction& tx) {
      tx.execute("INSERT INTO kept VALUES (1)");
      tx.execute("INSERT INTO kept VALUES (2)");
    });
  });
  killer.join();
  EXPECT_TRUE(error.outcome_is_unknown()) << error.what();
  EXPECT_FALSE(error.is_retryable());
  server.restart();
}

TEST_F(killed_server, after_the_commit_was_made_leaves_the_client_in_doubt) {
  commit_into_the_void(*server_, fault_point::place::answered);
  EXPECT_EQ(kept(), (std::vector<int>{1, 2}));
}

TEST_F(killed_server, when_the_commit_had_just_arrived_leaves_all_or_nothing) {
  commit_into_the_void(*server_, fault_point::place::after);
  const auto there = kept();
  EXPECT_TRUE(there.empty() || there == (std::vector<int>{1, 2}));
}

TEST_F(killed_server, before_the_commit_arrived_leaves_nothing) {
  commit_into_the_void(*server_, fault_point::place::before);
  EXPECT_EQ(kept(), std::vector<int>{});
}

TEST_F(killed_server, at_another_port_is_found_there) {
  tests::tcp_proxy between(server_->url());
  const auto db = tidb::connect(between.url());
  between.backend(1);  // where nothing listens
  between.cut_all();
  EXPECT_EQ(error_of([&] { db.execute("INSERT INTO kept VALUES (1)"); }).code(), errc::connection);
  EXPECT_EQ(error_of([&] { db.execute("INSERT INTO kept VALUES (1)"); }).code(), errc::connection);
  between.backend(server_->port());
  db.execute("INSERT INTO kept VALUES (1)");
  EXPECT_EQ(kept(), std::vector<int>{1});
}

}  // namespace
