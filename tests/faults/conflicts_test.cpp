// Transactions that collide on purpose: run again where that is right, and only there.
#include "support/engines.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tests::error_of;
using tidb::errc;

constexpr const char* add = "UPDATE accounts SET balance = balance + ? WHERE id = ?";

class conflicts : public testing::Test {
protected:
  void SetUp() override {
    const auto url = tests::tidb_url();
    if (!url && tests::ci()) FAIL() << "CI promises a TiDB, but TIDB_TEST_URL is not set";
    if (!url) GTEST_SKIP() << "TIDB_TEST_URL names no TiDB";
    db_.emplace(tidb::connect(*url));
    other_.emplace(tidb::connect(*url));
    db_->execute("DROP TABLE IF EXISTS accounts");
    db_->execute("CREATE TABLE accounts (id INT PRIMARY KEY, balance INT, note VARCHAR(10))");
    db_->execute("INSERT INTO accounts VALUES (1, 100, '0'), (2, 100, '0')");
  }
  void TearDown() override {
    if (db_) db_->execute("DROP TABLE accounts");
  }
  int balance(int id) { return db_->query<int>("SELECT balance FROM accounts WHERE id = ?", id).one(); }

  std::optional<tidb::client> db_, other_;
};

// 9007
TEST_F(conflicts, an_optimistic_transaction_that_came_second_runs_again) {
  int tries = 0;
  std::vector<std::optional<tidb::errc>> before;
  tidb::transaction_options options{.optimistic = true};
  options.on_try = [&](const tidb::transaction_try& now) {
    before.push_back(now.failure == nullptr ? std::nullopt : std::optional(now.failure->code()));
  };
  db_->transaction(options, [&](tidb::transaction& tx) {
    tx.execute(add, 1, 1);
    if (++tries == 1) other_->execute(add, 10, 1);
  });
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(before, (std::vector<std::optional<errc>>{std::nullopt, errc::conflict}));
  EXPECT_EQ(balance(1), 111);
}

TEST_F(conflicts, that_never_end_are_told_after_the_last_try) {
  int tries = 0;
  tidb::transaction_options options{.optimistic = true, .max_tries = 3};
  const auto error = error_of([&] {
    db_->transaction(options, [&](tidb::transaction& tx) {
      ++tries;
      tx.execute(add, 1, 1);
      other_->execute(add, 10, 1);
    });
  });
  EXPECT_EQ(error.code(), errc::conflict) << error.what();
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(balance(1), 130);
  EXPECT_EQ(db_->query<int>("SELECT 42").one(), 42);
}

// 1213
TEST_F(conflicts, two_that_wait_for_each_other_both_end_well) {
  std::atomic<int> arrived{0}, tries{0};
  const auto transfer = [&](const tidb::client& on, int first, int second) {
    bool waited = false;
    on.transaction([&](tidb::transaction& tx) {
      ++tries;
      tx.execute(add, 1, first);
      if (!waited) {
        waited = true;
        ++arrived;
        while (arrived < 2) std::this_thread::sleep_for(5ms);
      }
      tx.execute(add, 1, second);
    });
  };
  std::thread one([&] { transfer(*db_, 1, 2); });
  transfer(*other_, 2, 1);
  one.join();
  EXPECT_EQ(tries, 3);
  EXPECT_EQ(balance(1), 102);
  EXPECT_EQ(balance(2), 102);
}

// 1205: TiDB leaves the transaction open; half of it must not be committed.
TEST_F(conflicts, a_lock_not_had_in_time_starts_the_transaction_anew) {
  std::atomic<bool> locked{false}, gave_up{false};
  std::thread holder([&] {
    other_->transaction([&](tidb::transaction& tx) {
      tx.execute(add, 10, 2);
      locked = true;
      while (!gave_up) std::this_thread::sleep_for(5ms);
    });
  });
  while (!locked) std::this_thread::sleep_for(5ms);
  int tries = 0;
  tidb::transaction_options options;
  options.on_try = [&](const tidb::transaction_try& now) {
    if (now.number > 1) gave_up = true;
  };
  std::optional<tidb::error> failed;
  try {
    db_->transaction(options, [&](tidb::transaction& tx) {
      ++tries;
      tx.execute("SET innodb_lock_wait_timeout = 1");
      tx.execute(add, 1, 1);
      tx.execute(add, 1, 2);
    });
  } catch (const tidb::error& error) {
    failed = error;
  }
  gave_up = true;
  holder.join();
  EXPECT_FALSE(failed) << failed->what();
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(balance(1), 101);
  EXPECT_EQ(balance(2), 111);
}

// 3572
TEST_F(conflicts, a_lock_that_nobody_waits_for_is_the_callers_to_decide) {
  int tries = 0;
  other_->transaction([&](tidb::transaction& holder) {
    holder.execute(add, 10, 1);
    const auto error = error_of([&] {
      db_->transaction([&](tidb::transaction& tx) {
        ++tries;
        tx.query<int>("SELECT balance FROM accounts WHERE id = 1 FOR UPDATE NOWAIT").one();
      });
    });
    EXPECT_EQ(error.info().server_code, 3572) << error.what();
    EXPECT_FALSE(error.is_retryable());
  });
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(balance(1), 110);
}

// 8028: with the metadata lock, only a change of a column's type before the transaction first touches the table.
TEST_F(conflicts, a_table_that_changed_under_the_transaction_is_met_again_as_it_is) {
  int tries = 0;
  db_->transaction([&](tidb::transaction& tx) {
    if (++tries == 1) {
      tx.query<int>("SELECT 1").one();
      other_->execute("ALTER TABLE accounts MODIFY note INT");
    }
    tx.execute(add, 1, 1);
  });
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(balance(1), 101);
}

TEST_F(conflicts, an_exception_of_the_programs_own_is_not_a_conflict) {
  int tries = 0;
  EXPECT_THROW(db_->transaction([&](tidb::transaction& tx) {
    ++tries;
    tx.execute(add, 1, 1);
    throw std::runtime_error("enough");
  }),
               std::runtime_error);
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(balance(1), 100);
}

// A user without rights.
TEST_F(conflicts, a_refused_user_is_told_so_and_the_connection_stays_good) {
  db_->execute("CREATE USER IF NOT EXISTS powerless");
  const auto url = *tests::tidb_url();
  const auto host = url.substr(url.rfind('@') + 1);
  const auto without_rights = "mysql://powerless:@" + host.substr(0, host.find('/'));
  const auto login = error_of([&] { tidb::connect(without_rights + "/test"); });
  EXPECT_EQ(login.code(), errc::access_denied) << login.what();

  const auto db = tidb::connect(without_rights);
  const auto session = db.query<std::int64_t>("SELECT CONNECTION_ID()").one();
  const auto error = error_of([&] { db.query<int>("SELECT balance FROM test.accounts").all(); });
  EXPECT_EQ(error.code(), errc::access_denied) << error.what();
  EXPECT_FALSE(error.is_retryable());
  EXPECT_FALSE(error.poisons_connection());
  EXPECT_EQ(db.query<std::int64_t>("SELECT CONNECTION_ID()").one(), session);
  db_->execute("DROP USER powerless");
}

}  // namespace
