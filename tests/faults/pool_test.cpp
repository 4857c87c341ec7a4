// A pool under more threads than it has connections, and over servers that fail.
#include "support/engines.hpp"
#include "support/proxy.hpp"
#include "support/server.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

class pool_faults : public tests::on_each_engine {};

TEST_P(pool_faults, a_thousand_threads_share_eight_connections_and_none_starves) {
  db().execute("CREATE TABLE numbers (id INT PRIMARY KEY)");
  db().execute("INSERT INTO numbers VALUES (1), (2), (3)");
  tidb::pool shared(url(), {.max_size = 8, .checkout_timeout = 120s});
  const auto client = tidb::connect(shared);
  constexpr int threads = 1000;
  const int turns = tests::count(2, 20);
  std::atomic<int> served{};
  std::vector<std::thread> all;
  all.reserve(threads);
  for (int number = 0; number < threads; ++number)
    all.emplace_back([&, client] {
      for (int turn = 0; turn < turns; ++turn)
        if (client.query<std::int64_t>("SELECT COUNT(*) FROM numbers").value() == 3) ++served;
    });
  for (auto& thread : all) thread.join();
  EXPECT_EQ(served, threads * turns);
  const auto stats = shared.stats();
  EXPECT_LE(stats.opened, 8U);
  EXPECT_EQ(stats.in_use, 0U);
  EXPECT_EQ(stats.waiting, 0U);
  EXPECT_EQ(stats.failed, 0U);
}

TEST_P(pool_faults, a_closed_pool_says_so_and_leaves_nothing_open) {
  tidb::pool shared(url(), {.max_size = 4, .min_size = 3});
  shared.warm_up();
  EXPECT_EQ(shared.stats().open, 3U);
  const auto client = tidb::connect(shared);
  std::atomic<bool> inside{};
  std::thread busy([&] {
    client.transaction([&](tidb::transaction& tx) {
      inside = true;
      while (shared.stats().idle > 0) std::this_thread::sleep_for(1ms);  // until the pool closes them
      EXPECT_EQ(tx.query<std::int64_t>("SELECT 1").value(), 1);
    });
  });
  while (!inside) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(shared.close(30s));
  busy.join();
  EXPECT_EQ(shared.stats().open, 0U);
  const auto error = tests::error_of([&] { (void)client.query<std::int64_t>("SELECT 1").value(); });
  EXPECT_EQ(error.code(), tidb::errc::usage);
  EXPECT_NE(std::string(error.what()).find("pool is closed"), std::string::npos) << error.what();
}

RUN_ON_EACH_ENGINE_AND_TLS(pool_faults);

class pool_servers : public testing::Test {
protected:
  void SetUp() override {
    const auto url = tests::tidb_url();
    if (!url) GTEST_SKIP() << "TIDB_TEST_URL names no TiDB";
    first_.emplace(*url);
    second_.emplace(*url);
  }
  /// A URL with both, one behind the other.
  std::string both() const {
    auto url = first_->url();
    const auto own = "127.0.0.1:" + std::to_string(first_->port());
    return url.replace(url.find(own), own.size(), own + ",127.0.0.1:" + std::to_string(second_->port()));
  }
  static void borrow(const tidb::pool& from, std::size_t count) {
    std::vector<tidb::detail::lease> leases;
    for (std::size_t number = 0; number < count; ++number) leases.push_back(from.state()->checkout({}));
  }

  std::optional<tests::tcp_proxy> first_, second_;
};

TEST_F(pool_servers, connections_are_spread_and_go_on_at_the_other_when_one_is_gone) {
  tidb::pool shared(both(), {.max_size = 8});
  borrow(shared, 8);
  EXPECT_EQ(first_->open_connections(), 4U);
  EXPECT_EQ(second_->open_connections(), 4U);
  first_->refuse(true);
  first_->cut_all();
  const auto client = tidb::connect(shared);
  for (int turn = 0; turn < 20; ++turn) {
    try {
      EXPECT_EQ(client.query<int>("SELECT 1").value(), 1);
    } catch (const tidb::connection_error& lost) {
      EXPECT_NE(std::string(lost.what()).find(":" + std::to_string(first_->port())), std::string::npos) << lost.what();
    }
  }
  borrow(shared, 8);
  // the proxy's threads may end after the client has seen the cut
  for (int i = 0; i < 500 && first_->open_connections() > 0; ++i) std::this_thread::sleep_for(10ms);
  EXPECT_EQ(first_->open_connections(), 0U);
  second_->refuse(true);
  second_->cut_all();
  const auto error = tests::error_of([&] {
    for (int turn = 0; turn < 20; ++turn) (void)client.with({.timeout = 20s}).query<int>("SELECT 1").value();
  });
  EXPECT_EQ(error.code(), tidb::errc::connection) << error.what();
  const auto none = tests::error_of([&] { borrow(shared, 8); });
  EXPECT_NE(std::string(none.what()).find("none of the 2 servers"), std::string::npos) << none.what();
  for (const auto port : {first_->port(), second_->port()})
    EXPECT_NE(std::string(none.what()).find("127.0.0.1:" + std::to_string(port) + ": "), std::string::npos);
  first_->refuse(false);
  borrow(shared, 1);
}

TEST_F(pool_servers, a_plain_statement_costs_one_round_trip_and_a_changed_session_two_more) {
  tidb::pool shared(first_->url(), {.max_size = 1});
  const auto client = tidb::connect(shared);
  (void)client.query<int>("SELECT 1").value();  // prepared now
  const auto trips = [&](auto&& call) {
    first_->reset_counts();
    call();
    return first_->round_trips();
  };
  EXPECT_EQ(trips([&] { (void)client.query<int>("SELECT 1").value(); }), 1U);
  const auto changing = trips([&] { client.execute("SET @x = 1"); });
  const auto again = trips([&] { client.execute("SET @x = 1"); });
  EXPECT_EQ(again, changing);                                                  // forgotten by the reset
  EXPECT_EQ(trips([&] { (void)client.query<int>("SELECT 1").value(); }), 2U);  // prepared anew
  EXPECT_EQ(trips([&] { (void)client.query<int>("SELECT 1").value(); }), 1U);
}

TEST_F(pool_servers, a_connection_cut_while_it_rested_is_replaced_without_a_word) {
  tidb::pool shared(first_->url(), {.max_size = 2, .check_after = 1ms});
  const auto client = tidb::connect(shared);
  EXPECT_EQ(client.query<int>("SELECT 1").value(), 1);
  first_->cut_all();
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(client.query<int>("SELECT 1").value(), 1);
  EXPECT_EQ(shared.stats().reconnects, 1U);
}

/// The server's bound is one for all its connections, and so the server is the test's own.
class pool_on_own_server : public tests::on_own_server {};

TEST_F(pool_on_own_server, too_many_prepared_statements_close_the_oldest) {
  const tests::own_server server;
  const auto admin = tidb::connect(server.url());
  const auto allow = [&](int count) { admin.execute("SET GLOBAL max_prepared_stmt_count = ?", count); };
  const auto prepare = [&](int count) {
    const auto client = tidb::connect(server.url());
    for (int number = 0; number < count; ++number)
      EXPECT_EQ(client.query<int>("SELECT " + std::to_string(number)).value(), number);
  };
  allow(3);  // one of them has the statement that says so
  EXPECT_NO_THROW(prepare(20));
  allow(1);
  const auto error = tests::error_of([&] { prepare(1); });
  EXPECT_EQ(error.info().server_code, 1461) << error.what();
}

}  // namespace
