// The tests' own tools.
#include "support/certificates.hpp"
#include "support/proxy.hpp"
#include "support/server.hpp"
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <string>
#include <thread>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tests::direction;
using tests::fault;
using tests::fault_point;
using tests::tcp_proxy;

class proxy : public testing::Test {
protected:
  void SetUp() override {
    url_ = tests::tidb_url().value_or("");
    if (url_.empty() && tests::ci()) FAIL() << "CI promises a TiDB, but TIDB_TEST_URL is not set";
    if (url_.empty()) GTEST_SKIP() << "TIDB_TEST_URL names no TiDB";
  }
  std::string url_;
};

TEST_F(proxy, passes_everything_on_and_counts_it) {
  tcp_proxy between(url_);
  auto db = tidb::connect(between.url());
  EXPECT_EQ(db.query<int>("SELECT 41 + 1").one(), 42);
  const std::string big(300'000, 'x');
  EXPECT_EQ(db.query<std::string>("SELECT ?", big).one(), big);

  between.reset_counts();
  EXPECT_EQ(db.query<int>("SELECT 41 + 1").one(), 42);
  EXPECT_EQ(between.round_trips(), 1U);
  EXPECT_EQ(between.packets(direction::to_server), 1U);
  EXPECT_EQ(between.connections(), 0U);
  EXPECT_EQ(between.open_connections(), 1U);
}

TEST_F(proxy, strikes_at_the_packet_that_holds_a_text) {
  tcp_proxy between(url_);
  auto db = tidb::connect(between.url());
  between.strike({.where = fault_point::place::answered, .text = "no_such_column"});
  EXPECT_EQ(db.query<int>("SELECT 1").one(), 1);
  EXPECT_FALSE(between.struck());
  EXPECT_THROW(db.query<int>("SELECT no_such_column").one(), tidb::error);
  EXPECT_TRUE(between.struck());
  EXPECT_EQ(db.query<int>("SELECT 2").one(), 2);
}

TEST_F(proxy, refuses_and_cuts_and_moves_to_another_port) {
  tcp_proxy between(url_);
  between.refuse(true);
  EXPECT_EQ(tests::error_of([&] { tidb::connect(between.url()).ping(); }).code(), tidb::errc::connection);
  between.refuse(false);
  for (auto how : {fault::cut, fault::reset}) {
    auto db = tidb::connect(between.url());
    db.ping();
    EXPECT_EQ(between.open_connections(), 1U);
    between.cut_all(how);
    for (int i = 0; i < 500 && between.open_connections() > 0; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(between.open_connections(), 0U);
  }
  between.backend(1);
  EXPECT_EQ(tests::error_of([&] { tidb::connect(between.url()).ping(); }).code(), tidb::errc::connection);
}

TEST_F(proxy, delays_and_throttles) {
  tcp_proxy between(url_);
  auto db = tidb::connect(between.url());
  db.ping();
  between.delay(50ms);
  EXPECT_GE(db.ping(), 100ms);
  between.delay(0ms);
  between.throttle(200'000);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(db.query<std::string>("SELECT REPEAT('x', 100000)").one().size(), 100'000U);
  EXPECT_GE(std::chrono::steady_clock::now() - start, 400ms);
}

TEST_F(proxy, counts_encrypted_records_as_packets) {
  const auto secure = tests::tidb_url(tests::target::tidb_tls);
  if (!secure) GTEST_SKIP() << "TIDB_TEST_CA names no CA";
  tcp_proxy between(*secure);
  auto db = tidb::connect(between.url());
  EXPECT_NE(db.features().tls, "");
  between.reset_counts();
  EXPECT_GT(db.ping().count(), 0);
  EXPECT_EQ(between.packets(direction::to_server), 1U);
  EXPECT_EQ(between.packets(direction::to_client), 1U);
  between.strike({.where = fault_point::place::inside});
  try {
    db.ping();
  } catch (const tidb::connection_error&) {
  }
  EXPECT_TRUE(between.struck());
}

class own_server : public tests::on_own_server {};

TEST_F(own_server, keeps_its_data_when_it_is_killed) {
  tests::own_server server;
  tidb::connect(server.url()).execute("CREATE TABLE kept (a INT)");
  tidb::connect(server.url()).execute("INSERT INTO kept VALUES (7)");
  server.kill();
  EXPECT_EQ(tests::error_of([&] { tidb::connect(server.url()).ping(); }).code(), tidb::errc::connection);
  server.restart();
  EXPECT_EQ(tidb::connect(server.url()).query<int>("SELECT a FROM kept").one(), 7);
}

TEST(certificates, are_as_good_and_bad_as_they_say) {
  const tests::certificates all;
  const auto check = [&](const tests::certificates::pair& one, const std::string& name) {
    return tests::shell("openssl verify -CAfile '" + all.authority().string() + "' -verify_hostname " + name + " '" +
                        one.certificate.string() + "' || true");
  };
  EXPECT_NE(check(all.good(), "localhost").find(": OK"), std::string::npos) << check(all.good(), "localhost");
  EXPECT_NE(check(all.expired(), "localhost").find("expired"), std::string::npos);
  EXPECT_NE(check(all.wrong_name(), "localhost").find("mismatch"), std::string::npos);
  EXPECT_NE(check(all.unknown(), "localhost").find("unable to get local issuer"), std::string::npos);
}

}  // namespace
