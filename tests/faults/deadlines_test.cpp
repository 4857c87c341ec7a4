// Limits of time and requests to stop: every call ends in time, and says where it hung.
#include "support/engines.hpp"
#include "support/fake_server.hpp"
#include "support/proxy.hpp"
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <future>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tests::error_of;
using tests::fake_server;
using plays = tests::fake_server::plays;
using clock = std::chrono::steady_clock;

/// Far from the limits that these tests set, and from a machine's bad moments.
constexpr auto soon = 5s;

bool says(const tidb::error& error, const std::string& part) {
  return error.info().message.find(part) != std::string::npos;
}

class stopwatch {
public:
  ~stopwatch() { EXPECT_LT(clock::now() - start_, soon); }

private:
  clock::time_point start_{clock::now()};
};

tidb::connect_options options_for(const fake_server& server, std::chrono::milliseconds timeout) {
  return {.host = "127.0.0.1",
          .port = server.port(),
          .user = "root",
          .password = "s3cr3t-word",
          .connect_timeout = timeout};
}

struct stuck_at {
  plays part;
  tidb::ssl_mode mode;
  std::string message;
};

class connecting : public testing::TestWithParam<stuck_at> {};

TEST_P(connecting, ends_in_time_and_names_the_step_that_hung) {
  const fake_server server(GetParam().part);
  auto options = options_for(server, 1s);  // enough to come as far as that on a busy machine
  options.ssl_mode = GetParam().mode;
  const stopwatch watch;
  const auto error = error_of([&] { tidb::connect(options); });
  EXPECT_EQ(error.code(), tidb::errc::timeout) << error.what();
  EXPECT_TRUE(says(error, GetParam().message)) << error.what();
  EXPECT_TRUE(says(error, "1000 ms")) << error.what();
  EXPECT_TRUE(error.is_retryable());
  EXPECT_EQ(std::string(error.what()).find("s3cr3t"), std::string::npos);
}

/// Returns when the client has come as far as this server lets it: what it sends last has arrived.
void wait_until_stuck(const fake_server& server, plays part) {
  std::this_thread::sleep_for(100ms);
  const std::string last = part == plays::takes_logins ? "VERSION" : "";
  const bool sends = part == plays::greets || part == plays::greets_for_tls || part == plays::takes_logins;
  const auto arrived = [&] {
    const auto all = server.received();
    return !all.empty() && all.find(last) != std::string::npos;
  };
  for (int i = 0; sends && i < 1000 && !arrived(); ++i) std::this_thread::sleep_for(10ms);
}

TEST_P(connecting, ends_at_once_on_a_stop) {
  const fake_server server(GetParam().part);
  auto options = options_for(server, 60s);
  options.ssl_mode = GetParam().mode;
  tidb::pool pool(options);
  std::stop_source stop;
  const auto db = tidb::connect(pool).with({.stop = stop.get_token()});
  std::optional<stopwatch> watch;
  std::jthread stopper([&] {
    wait_until_stuck(server, GetParam().part);
    watch.emplace();
    stop.request_stop();
  });
  const auto error = error_of([&] { (void)db.query<int>("SELECT 1").one(); });
  stopper.join();
  watch.reset();
  EXPECT_EQ(error.code(), tidb::errc::timeout) << error.what();
  EXPECT_TRUE(says(error, "a stop was requested while connecting")) << error.what();
  EXPECT_TRUE(says(error, GetParam().message)) << error.what();
  EXPECT_FALSE(error.is_retryable());
}

const stuck_at steps[] = {{plays::dead, tidb::ssl_mode::disabled, "does not answer the TCP connection"},
                          {plays::silent, tidb::ssl_mode::disabled, "then said nothing"},
                          {plays::greets, tidb::ssl_mode::disabled, "the login did not end"},
                          {plays::greets_for_tls, tidb::ssl_mode::required, "the TLS handshake or the login"},
                          {plays::takes_logins, tidb::ssl_mode::disabled, "the session's first statements"}};

std::string name_of(const testing::TestParamInfo<stuck_at>& each) {
  constexpr const char* names[] = {"tcp", "greeting", "login", "tls", "session"};  // in the order of fake_server::plays
  return names[static_cast<int>(each.param.part)];
}
INSTANTIATE_TEST_SUITE_P(steps, connecting, testing::ValuesIn(steps), name_of);

TEST(deadlines, a_call_waits_for_its_connection_no_longer_than_for_its_answer) {
  const fake_server server(plays::silent);
  tidb::pool pool(options_for(server, 60s));
  const auto db = tidb::connect(pool).with({.timeout = 200ms});
  const stopwatch watch;
  const auto error = error_of([&] { (void)db.query<int>("SELECT 1").one(); });
  EXPECT_EQ(error.code(), tidb::errc::timeout) << error.what();
  EXPECT_TRUE(says(error, "no connection before the call's deadline")) << error.what();
}

/// Connecting fails in a read, a write and a transaction: each tries it once.
void expect_one_attempt(const tidb::connect_options& options, std::string_view entry) {
  tidb::pool pool(options);
  const auto db = tidb::connect(pool);
  int tries = 0;
  const tidb::transaction_options counted{.on_try = [&](const tidb::transaction_try&) { ++tries; }};
  for (const auto& call : std::initializer_list<std::function<void()>>{
           [&] { (void)db.query<int>("SELECT 1").one(); }, [&] { db.execute("DELETE FROM t"); },
           [&] { db.with({.idempotent = true}).execute("DELETE FROM t"); },
           [&] { db.transaction(counted, [](tidb::transaction&) {}); }}) {
    const auto error = error_of(call);
    EXPECT_EQ(error.info().entry, entry) << error.what();
    EXPECT_TRUE(error.is_retryable());
  }
  EXPECT_EQ(pool.stats().failed, 4U);
  EXPECT_EQ(tries, 1);
}

TEST(deadlines, connecting_takes_one_connect_timeout_however_often_a_call_is_tried) {
  const fake_server server(plays::silent);
  expect_one_attempt(options_for(server, 200ms), "deadline");
}

TEST(deadlines, a_host_without_an_address_is_looked_up_once) {
  expect_one_attempt({.host = "no-such-host.invalid", .user = "root"}, "unknown-host");
}

TEST(deadlines, a_connection_that_was_given_up_closes) {
  const fake_server server(plays::silent);
  EXPECT_EQ(error_of([&] { tidb::connect(options_for(server, 100ms)); }).code(), tidb::errc::timeout);
  const auto end = clock::now() + 30s;
  while (server.open() > 0 && clock::now() < end) std::this_thread::sleep_for(5ms);
  EXPECT_EQ(server.open(), 0);
}

TEST(deadlines, many_at_once_give_up_together) {
  const fake_server server(plays::silent);
  const stopwatch watch;
  std::vector<std::future<tidb::error>> all;
  for (int i = 0; i < 20; ++i)
    all.push_back(
        std::async(std::launch::async, [&] { return error_of([&] { tidb::connect(options_for(server, 200ms)); }); }));
  for (auto& each : all) EXPECT_EQ(each.get().code(), tidb::errc::timeout);
}

/// Against a real TiDB, with TLS and without.
class tidb_deadlines : public testing::TestWithParam<tests::target> {
protected:
  void SetUp() override {
    const auto url = tests::tidb_url(GetParam());
    if (!url && tests::ci()) FAIL() << "CI promises a TiDB, but TIDB_TEST_URL is not set";
    if (!url) GTEST_SKIP() << "TIDB_TEST_URL names no TiDB";
    url_ = *url;
    db_.emplace(tidb::connect(url_));
  }
  int running(const std::string& text) {
    return db_
        ->query<int>("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE ? AND id <> "
                     "CONNECTION_ID()",
                     "%" + text + "%")
        .one();
  }
  void expect_gone(const std::string& text) {
    const stopwatch watch;
    while (running(text) > 0 && clock::now() - start_ < 60s) std::this_thread::sleep_for(20ms);
    EXPECT_EQ(running(text), 0);
  }

  std::string url_;
  std::optional<tidb::client> db_;
  clock::time_point start_{clock::now()};
};

TEST_P(tidb_deadlines, a_stopped_statement_ends_on_the_server_too) {
  std::stop_source stop;
  std::jthread stopper([&] {
    while (running("SLEEP(41") == 0 && clock::now() - start_ < 60s) std::this_thread::sleep_for(10ms);
    stop.request_stop();
  });
  const auto client = tidb::connect(url_).with({.stop = stop.get_token()});
  EXPECT_EQ(error_of([&] { (void)client.query<int>("SELECT SLEEP(41)").one(); }).code(), tidb::errc::timeout);
  expect_gone("SLEEP(41");
}

TEST_P(tidb_deadlines, a_statement_out_of_time_ends_on_the_server_too) {
  const auto client = db_->with({.timeout = 300ms});
  const auto error = error_of([&] { (void)client.query<int>("SELECT SLEEP(42)").one(); });
  EXPECT_EQ(error.code(), tidb::errc::timeout) << error.what();
  EXPECT_TRUE(error.poisons_connection());
  expect_gone("SLEEP(42");
  EXPECT_EQ(client.query<int>("SELECT 1").one(), 1);  // on a new connection
}

TEST_P(tidb_deadlines, the_locks_of_a_transaction_out_of_time_are_free_again) {
  db_->execute("CREATE DATABASE IF NOT EXISTS tidbxx_deadlines");
  db_->execute("CREATE TABLE IF NOT EXISTS tidbxx_deadlines.locked (id INT PRIMARY KEY, n INT)");
  db_->execute("REPLACE INTO tidbxx_deadlines.locked VALUES (1, 0)");
  const auto error = error_of([&] {
    db_->with({.timeout = 300ms}).transaction([](tidb::transaction& tx) {
      tx.execute("UPDATE tidbxx_deadlines.locked SET n = 7");
      (void)tx.query<int>("SELECT SLEEP(43)").one();
    });
  });
  EXPECT_EQ(error.code(), tidb::errc::timeout) << error.what();
  const stopwatch watch;
  db_->execute("UPDATE tidbxx_deadlines.locked SET n = n + 1");
  EXPECT_EQ(db_->query<int>("SELECT n FROM tidbxx_deadlines.locked").one(), 1);
}

/// More than a connection's buffers hold.
constexpr const char* many_rows = "WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 500) "
                                  "SELECT REPEAT('x', 100000) FROM r";

const tests::fault_point among_the_rows{.way = tests::direction::to_client, .packet = 60};

TEST_P(tidb_deadlines, rows_are_read_in_time) {
  tests::tcp_proxy between(url_);
  const auto client = tidb::connect(between.url()).with({.timeout = 700ms});
  const stopwatch watch;
  int rows = 0;
  between.strike(among_the_rows, tests::fault::swallow);
  const auto error = error_of([&] {
    client.query<std::string>(many_rows).each([&](const std::string& text) { rows += text.size() == 100'000 ? 1 : 0; });
  });
  EXPECT_EQ(error.code(), tidb::errc::timeout) << error.what();
  EXPECT_GT(rows, 0);
  EXPECT_EQ(client.with({.timeout = 30s}).query<int>("SELECT 1").one(), 1);
}

TEST_P(tidb_deadlines, rows_that_nobody_wants_do_not_hold_up_their_reader) {
  if (GetParam() != tests::target::tidb) GTEST_SKIP() << "once is enough, as it takes seconds";
  tests::tcp_proxy between(url_);
  const auto client = tidb::connect(between.url());
  between.strike(among_the_rows, tests::fault::swallow);
  const auto start = clock::now();
  struct enough {};
  EXPECT_THROW(client.query<std::string>(many_rows).each([](const std::string&) { throw enough{}; }), enough);
  EXPECT_LT(clock::now() - start, 15s);
  EXPECT_TRUE(between.struck());
  EXPECT_EQ(client.query<int>("SELECT 1").one(), 1);
}

TEST_P(tidb_deadlines, a_commit_without_an_answer_is_unknown) {
  tests::tcp_proxy between(url_);
  const auto client = tidb::connect(between.url()).with({.timeout = 700ms});
  client.execute("CREATE DATABASE IF NOT EXISTS tidbxx_deadlines");
  client.execute("CREATE TABLE IF NOT EXISTS tidbxx_deadlines.commits (id INT PRIMARY KEY)");
  client.execute("DELETE FROM tidbxx_deadlines.commits");
  const stopwatch watch;
  const auto error = error_of([&] {
    client.transaction([&](tidb::transaction& tx) {
      tx.execute("INSERT INTO tidbxx_deadlines.commits VALUES (1)");
      between.strike({.packet = 1, .where = tests::fault_point::place::answered}, tests::fault::swallow);
    });
  });
  EXPECT_EQ(error.code(), tidb::errc::outcome_unknown) << error.what();
  EXPECT_TRUE(between.struck(2s));
}

TEST_P(tidb_deadlines, a_dead_connection_is_found_out_and_left_in_time) {
  tests::tcp_proxy between(url_);
  const auto client = tidb::connect(between.url());
  EXPECT_EQ(client.query<int>("SELECT 1").one(), 1);
  between.swallow(true);
  const stopwatch watch;
  EXPECT_EQ(error_of([&] { client.with({.timeout = 300ms}).ping(); }).code(), tidb::errc::timeout);
  const auto error = error_of([&] { (void)client.with({.timeout = 300ms}).query<int>("SELECT 1").one(); });
  EXPECT_EQ(error.code(), tidb::errc::timeout) << error.what();
  between.swallow(false);
  EXPECT_EQ(client.query<int>("SELECT 2").one(), 2);
}

TEST_P(tidb_deadlines, a_ping_without_limits_tells_that_nothing_answers) {
  tests::tcp_proxy between(url_);
  const auto client = tidb::connect(between.url());
  between.swallow(true);
  const auto error = error_of([&] { (void)client.ping(); });
  EXPECT_EQ(error.code(), tidb::errc::connection) << error.what();
  EXPECT_EQ(error.info().entry, "no-answer");
  EXPECT_TRUE(error.is_retryable());
}

INSTANTIATE_TEST_SUITE_P(tidb, tidb_deadlines, testing::Values(tests::target::tidb, tests::target::tidb_tls),
                         [](const auto& each) { return tests::to_string(each.param); });

}  // namespace
