// Networks that are slow, or swallow what they are given.
#include "support/engines.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tests::error_of;
using tests::tcp_proxy;
using tidb::errc;

class slow_network : public testing::TestWithParam<tests::target> {
protected:
  void SetUp() override {
    const auto url = tests::tidb_url(GetParam());
    if (!url && tests::ci()) FAIL() << "CI promises a TiDB, but TIDB_TEST_URL or TIDB_TEST_CA is not set";
    if (!url) GTEST_SKIP() << "TIDB_TEST_URL (for TLS also TIDB_TEST_CA) names no TiDB";
    between_.emplace(*url);
    db_.emplace(tidb::connect(between_->url()));
  }

  std::optional<tcp_proxy> between_;
  std::optional<tidb::client> db_;
};

TEST_P(slow_network, brings_a_big_result_whole) {
  between_->throttle(4'000'000);
  const auto rows =
      db_->query<int, std::string>("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                                   "SELECT i, REPEAT(CHAR(65 + i % 26 USING utf8mb4), 1000) FROM n ORDER BY i")
          .all();
  ASSERT_EQ(rows.size(), 1000U);
  for (int i = 1; i <= 1000; ++i) {
    const auto& [number, text] = rows[static_cast<std::size_t>(i - 1)];
    EXPECT_EQ(number, i);
    EXPECT_EQ(text, std::string(1000, static_cast<char>(65 + i % 26)));
  }
}

TEST_P(slow_network, takes_a_big_parameter_whole) {
  between_->throttle(4'000'000);
  std::string big(1'000'000, 'x');
  for (std::size_t i = 0; i < big.size(); i += 97) big[i] = static_cast<char>('a' + i % 26);
  EXPECT_EQ(db_->query<std::string>("SELECT ?", big).one(), big);
}

TEST_P(slow_network, within_the_deadline_changes_nothing) {
  between_->delay(20ms);
  const auto patient = db_->with({.timeout = 60s});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(patient.query<int>("SELECT ?", i).one(), i);
  EXPECT_EQ(between_->open_connections(), 1U);
}

TEST_P(slow_network, beyond_the_deadline_is_a_timeout_and_then_forgotten) {
  between_->delay(5s);
  const auto hasty = db_->with({.timeout = 300ms});
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(error_of([&] { hasty.query<int>("SELECT 1").one(); }).code(), errc::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 4s);
  between_->delay(0ms);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(db_->with({.timeout = 60s}).query<int>("SELECT ?", i).one(), i);
}

TEST_P(slow_network, that_swallows_everything_is_a_timeout_on_old_connections_and_new_ones) {
  between_->swallow(true);
  const auto hasty = db_->with({.timeout = 300ms});
  for (int i = 0; i < 2; ++i) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(error_of([&] { hasty.query<int>("SELECT 1").one(); }).code(), errc::timeout);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 3s);
  }
  between_->swallow(false);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(db_->with({.timeout = 60s}).query<int>("SELECT ?", i).one(), i);
}

TEST_P(slow_network, that_breaks_among_the_rows_never_gives_a_short_result) {
  for (const std::size_t packet : {2U, 5U, 60U}) {
    between_->strike(
        {.way = tests::direction::to_client, .packet = packet, .where = tests::fault_point::place::inside});
    try {
      const auto rows =
          db_->query<int, std::string>("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000) "
                                       "SELECT i, REPEAT('x', 1000) FROM n ORDER BY i")
              .all();
      EXPECT_EQ(rows.size(), 1000U);
    } catch (const tidb::connection_error&) {
    }
    EXPECT_TRUE(between_->struck());
    EXPECT_EQ(db_->query<int>("SELECT 42").one(), 42);
  }
}

TEST_P(slow_network, on_which_connecting_takes_longer_than_a_statement_may_serves_after_a_while) {
  between_->delay(200ms);  // prepared and executed, a statement takes four times that, connecting at least eight times
  tidb::pool shared(between_->url());
  const auto hasty = tidb::connect(shared).with({.timeout = 1100ms});
  const auto answers = [&] {
    try {
      return hasty.query<int>("SELECT 42").one() == 42;
    } catch (const tidb::timeout&) {
      return false;
    }
  };
  int failures = 0;
  while (!answers()) ASSERT_LT(++failures, 10);
  EXPECT_GT(failures, 0);
  int served = 0;
  for (int i = 0; i < 10 && served < 3; ++i) served += answers() ? 1 : 0;  // a busy machine is slow besides
  EXPECT_EQ(served, 3);
  EXPECT_EQ(shared.stats().failed, 0U);
}

TEST_P(slow_network, may_bring_the_greeting_in_pieces) {
  if (GetParam() != tests::target::tidb) GTEST_SKIP() << "this is of a certificate that nobody vouches for";
  const auto url = between_->url() + (between_->url().find('?') == std::string::npos ? "?" : "&") + "ssl_mode=required";
  between_->throttle(200);
  std::jthread later([&] {
    std::this_thread::sleep_for(300ms);
    between_->throttle(0);
  });
  EXPECT_NE(tidb::connect(url).features().tls, "");
}

INSTANTIATE_TEST_SUITE_P(engines, slow_network, testing::Values(tests::target::tidb, tests::target::tidb_tls),
                         [](const auto& each) { return tests::to_string(each.param); });

}  // namespace
