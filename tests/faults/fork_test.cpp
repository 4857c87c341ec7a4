// fork() with connections to a TiDB: they stay the parent's, and a child's own have their deadlines.
#include "support/engines.hpp"
#include "support/processes.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <thread>

using namespace std::chrono_literals;

namespace {

class tidb_fork : public testing::TestWithParam<tests::target> {
protected:
  void SetUp() override {
    const auto url = tests::tidb_url(GetParam());
    if (!url && tests::ci()) FAIL() << "CI promises a TiDB, but TIDB_TEST_URL is not set";
    if (!url) GTEST_SKIP() << "TIDB_TEST_URL names no TiDB";
    url_ = *url;
  }
  static std::uint64_t session(const tidb::client& of) {
    return of.query<std::uint64_t>("SELECT CONNECTION_ID()").one();
  }

  std::string url_;
};

/// Whether it is refused because of fork().
bool refuses(auto call) {
  const auto failure = tests::error_of(call);
  return failure.code() == tidb::errc::usage && !failure.was_sent() &&
         failure.info().message.find("forked") != std::string::npos;
}

TEST_P(tidb_fork, leaves_connections_to_the_parent) {
  auto db = std::optional(tidb::connect(url_));
  const auto before = session(*db);
  const int failed = tests::in_child([&] {
    int wrong = 0;
    if (!refuses([&] { session(*db); })) wrong |= 1;
    if (!refuses([&] { db->execute("DO 1"); })) wrong |= 2;
    if (!refuses([&] { db->transaction([](tidb::transaction&) {}); })) wrong |= 4;
    db.reset();
    return wrong;
  });
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(session(*db), before);
}

TEST_P(tidb_fork, leaves_a_transaction_to_the_parent) {
  const auto db = tidb::connect(url_);
  db.execute("CREATE DATABASE IF NOT EXISTS tidbxx_fork");
  db.execute("CREATE TABLE IF NOT EXISTS tidbxx_fork.numbers (n INT PRIMARY KEY)");
  db.execute("DELETE FROM tidbxx_fork.numbers");
  db.transaction([&](tidb::transaction& tx) {
    tx.execute("INSERT INTO tidbxx_fork.numbers VALUES (1)");
    EXPECT_EQ(tests::in_child(
                  [&] { return refuses([&] { tx.execute("INSERT INTO tidbxx_fork.numbers VALUES (2)"); }) ? 0 : 1; }),
              0);
    tx.execute("INSERT INTO tidbxx_fork.numbers VALUES (3)");
  });
  EXPECT_EQ(db.query<int>("SELECT SUM(n) FROM tidbxx_fork.numbers").one(), 4);
}

TEST_P(tidb_fork, leaves_open_rows_and_statements_to_the_parent) {
  tidb::pool shared(url_, {.max_size = 1});
  const tidb::statement_text text("WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 500) "
                                  "SELECT n, REPEAT('x', 100000) FROM r");
  auto lease = shared.state()->checkout({});
  auto* statement = &lease->prepare(text, {});
  statement->execute({}, {});
  ASSERT_TRUE(statement->next());
  EXPECT_EQ(tests::in_child([&] {
              statement->finish();
              lease.give_back();
              return 0;
            }),
            0);
  int rows = 1;
  while (statement->next()) ++rows;
  EXPECT_EQ(rows, 500);
  statement->finish();
  statement->execute({}, {});
  statement->finish();
}

TEST_P(tidb_fork, a_child_connects_itself_and_its_deadlines_and_stops_work) {
#ifdef __SANITIZE_THREAD__
  GTEST_SKIP() << "ThreadSanitizer allows a forked child no threads";
#endif
  const auto parent = tidb::connect(url_).with({.timeout = 300ms});
  EXPECT_EQ(tests::error_of([&] { (void)parent.query<int>("SELECT SLEEP(20)").one(); }).code(), tidb::errc::timeout);
  tidb::pool unused(url_);
  const int failed = tests::in_child([&] {
    int wrong = 0;
    const auto db = tidb::connect(unused);
    const auto hasty = db.with({.timeout = 300ms});
    const auto start = std::chrono::steady_clock::now();
    if (tests::error_of([&] { (void)hasty.query<int>("SELECT SLEEP(44)").one(); }).code() != tidb::errc::timeout)
      wrong |= 1;
    if (std::chrono::steady_clock::now() - start > 20s) wrong |= 2;
    const auto runs = [&] {
      return db
          .query<int>("SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE '%SLEEP(44%' AND id <> "
                      "CONNECTION_ID()")
          .one();
    };
    while (runs() > 0 && std::chrono::steady_clock::now() - start < 20s) std::this_thread::sleep_for(20ms);
    if (runs() > 0) wrong |= 4;  // nobody has killed it
    return wrong;
  });
  EXPECT_EQ(failed, 0);
}

INSTANTIATE_TEST_SUITE_P(tidb, tidb_fork, testing::Values(tests::target::tidb, tests::target::tidb_tls),
                         [](const auto& each) { return tests::to_string(each.param); });

}  // namespace
