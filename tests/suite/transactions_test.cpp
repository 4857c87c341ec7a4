// Transactions and the connections under them: the same on every engine.
#include "support/engines.hpp"

#include <atomic>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <thread>
#include <vector>

using tidb::c;

namespace {

constexpr const char* endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n";

struct account {
  std::int64_t id{};
  std::int64_t balance{};
};

constexpr auto tidb_schema(tidb::of<account>) {
  return tidb::mapping("accounts", tidb::column<&account::id>(tidb::primary_key), tidb::column<&account::balance>());
}

class transactions : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<account>();
    db().insert_many({account{1, 100}, account{2, 100}});
  }
  std::int64_t balance(std::int64_t id) { return db().select<account>().where(c<&account::id> == id).one().balance; }
  /// Two transactions lock the rows in opposite order, and the one that loses swallows its error and goes on; how many
  /// ended in a conflict.
  int deadlocked(const tidb::transaction_options& options) {
    std::atomic<int> locked{}, ended{};
    const auto lock_both = [&](std::int64_t first, std::int64_t second) {
      try {
        db().transaction(options, [&](tidb::transaction& tx) {
          add(tx, first, 1);
          for (++locked; locked < 2;) std::this_thread::yield();
          try {
            add(tx, second, 1);
          } catch (const tidb::transaction_conflict&) {
            add(tx, second, 1);
          }
        });
      } catch (const tidb::transaction_conflict&) {
        ++ended;
      }
    };
    std::thread other([&] { lock_both(2, 1); });
    lock_both(1, 2);
    other.join();
    return ended;
  }
  static void add(const tidb::statements& on, std::int64_t id, std::int64_t amount) {
    on.update<account>().set(c<&account::balance> = c<&account::balance> + amount).where(c<&account::id> == id).run();
  }
};

TEST_P(transactions, a_transaction_commits_and_gives_back_what_its_function_does) {
  const auto sum = db().transaction([](tidb::transaction& tx) {
    add(tx, 1, -30);
    add(tx, 2, 30);
    std::int64_t total = 0;
    for (const auto& row : tx.select<account>().for_update().all()) total += row.balance;
    return total;
  });
  EXPECT_EQ(sum, 200);
  EXPECT_EQ(balance(1), 70);
  EXPECT_EQ(balance(2), 130);
}

TEST_P(transactions, an_exception_rolls_back_and_goes_on) {
  EXPECT_THROW(db().transaction([](tidb::transaction& tx) {
    add(tx, 1, -30);
    throw std::runtime_error("no");
  }),
               std::runtime_error);
  EXPECT_EQ(balance(1), 100);
}

TEST_P(transactions, its_own_writes_are_seen_inside_and_not_outside) {
  db().transaction([&](tidb::transaction& tx) {
    add(tx, 1, 5);
    EXPECT_EQ(tx.select<account>().where(c<&account::id> == 1).one().balance, 105);
    EXPECT_EQ(balance(1), 100);
  });
  EXPECT_EQ(balance(1), 105);
}

TEST_P(transactions, a_nested_one_is_undone_alone) {
  db().transaction([](tidb::transaction& tx) {
    add(tx, 1, 1);
    EXPECT_THROW(tx.nested([](tidb::transaction& inner) {
      add(inner, 1, 10);
      inner.nested([](tidb::transaction& innermost) { add(innermost, 2, 50); });
      throw std::runtime_error("undo the inner ones");
    }),
                 std::runtime_error);
    tx.nested([](tidb::transaction& inner) { add(inner, 2, 2); });
  });
  EXPECT_EQ(balance(1), 101);
  EXPECT_EQ(balance(2), 102);
}

TEST_P(transactions, the_outer_one_rests_while_a_nested_one_is_open) {
  db().transaction([](tidb::transaction& tx) {
    tx.nested([&](tidb::transaction&) { EXPECT_THROW(add(tx, 1, 1), tidb::usage_error); });
  });
}

TEST_P(transactions, a_failed_statement_can_be_survived_by_nesting_it) {
  db().transaction([](tidb::transaction& tx) {
    add(tx, 1, 1);
    EXPECT_THROW(tx.nested([](tidb::transaction& inner) { inner.insert(account{2, 0}); }), tidb::constraint_violation);
  });
  EXPECT_EQ(balance(1), 101);
}

TEST_P(transactions, ddl_inside_is_refused_and_nothing_is_committed) {
  EXPECT_THROW(db().transaction([](tidb::transaction& tx) {
    add(tx, 1, 1);
    tx.execute("CREATE TABLE other (x INT)");
  }),
               tidb::usage_error);
  EXPECT_EQ(balance(1), 100);
  EXPECT_FALSE(db().has_table("other"));
}

TEST_P(transactions, for_update_outside_is_refused) {
  EXPECT_THROW((void)db().select<account>().for_update().all(), tidb::usage_error);
}

TEST_P(transactions, a_second_statement_while_one_streams_names_the_open_one) {
  db().transaction([](tidb::transaction& tx) {
    const auto error =
        tests::error_of([&] { tx.select<account>().stream().each([&](const account&) { add(tx, 1, 1); }); });
    EXPECT_EQ(error.code(), tidb::errc::usage);
    EXPECT_NE(std::string(error.what()).find("SELECT"), std::string::npos) << error.what();
    tx.select<account>().each([&](const account& row) { add(tx, row.id, 1); });
  });
  EXPECT_EQ(balance(1), 101);
}

TEST_P(transactions, threads_share_a_client_and_lose_no_update) {
  constexpr int threads = 8;
  const int rounds = tests::count(25, 500);
  std::atomic<int> failures{};
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i)
    workers.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) try {
          db().transaction([](tidb::transaction& tx) {
            const auto from = tx.select<account>().where(c<&account::id> == 1).for_update().one();
            tx.update<account>().set(c<&account::balance> = from.balance - 1).where(c<&account::id> == 1).run();
            add(tx, 2, 1);
          });
        } catch (const tidb::error& error) {
          ADD_FAILURE() << error.what();
          ++failures;
        }
    });
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(balance(1), 100 - threads * rounds + failures);
  EXPECT_EQ(balance(1) + balance(2), 200);
}

TEST_P(transactions, limits_of_a_call_end_it) {
  const auto limited = db().with({.timeout = std::chrono::milliseconds(200)});
  const auto start = std::chrono::steady_clock::now();
  const auto* slow = embedded() ? endless : "SELECT SLEEP(30)";
  EXPECT_THROW((void)limited.query<std::int64_t>(slow).value(), tidb::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(db().count<account>(), 2);
}

TEST_P(transactions, a_stop_from_another_thread_ends_a_call) {
  std::stop_source source;
  const auto stoppable = db().with({.stop = source.get_token()});
  std::thread stopper([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    source.request_stop();
  });
  const auto* slow = embedded() ? endless : "SELECT SLEEP(30)";
  EXPECT_THROW((void)stoppable.query<std::int64_t>(slow).value(), tidb::timeout);
  stopper.join();
  EXPECT_EQ(db().count<account>(), 2);
}

TEST_P(transactions, clients_over_one_pool_see_the_same_rows) {
  tidb::pool shared(url(), {.max_size = 2});
  auto first = tidb::connect(shared);
  auto second = tidb::connect(shared);
  add(first, 1, 1);
  EXPECT_EQ(second.select<account>().where(c<&account::id> == 1).one().balance, 101);
}

TEST_P(transactions, a_pool_that_is_used_up_says_so_in_time) {
  tidb::pool shared(url(), {.max_size = 1, .checkout_timeout = std::chrono::milliseconds(100)});
  auto client = tidb::connect(shared);
  client.transaction([&](tidb::transaction&) { EXPECT_THROW((void)client.count<account>(), tidb::timeout); });
  EXPECT_EQ(client.count<account>(), 2);
}

TEST_P(transactions, an_error_that_ended_the_transaction_ends_every_later_call_of_it) {
  if (embedded()) {
    db().execute("CREATE TABLE guard (id INTEGER PRIMARY KEY)");
    db().execute("INSERT INTO guard VALUES (1)");
    EXPECT_THROW(db().transaction([](tidb::transaction& tx) {
      add(tx, 1, 1);
      EXPECT_THROW(tx.execute("INSERT OR ROLLBACK INTO guard VALUES (1)"), tidb::error);
      EXPECT_THROW(add(tx, 2, 1), tidb::error);
    }),
                 tidb::error);
  } else {
    EXPECT_EQ(deadlocked({.max_tries = 1}), 1);
    EXPECT_EQ(balance(1) + balance(2), 202);
    return;
  }
  EXPECT_EQ(balance(1) + balance(2), 200);
}

TEST_P(transactions, a_stop_before_a_connection_is_free_ends_the_wait) {
  tidb::pool shared(url(), {.max_size = 1});
  auto client = tidb::connect(shared);
  std::stop_source source;
  source.request_stop();
  client.transaction([&](tidb::transaction&) {
    EXPECT_THROW((void)client.with({.stop = source.get_token()}).count<account>(), tidb::timeout);
    std::stop_source later;
    std::thread stopper([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
      later.request_stop();
    });
    EXPECT_THROW((void)client.with({.stop = later.get_token()}).count<account>(), tidb::timeout);
    stopper.join();
  });
  EXPECT_EQ(client.count<account>(), 2);
}

TEST_P(transactions, statements_that_would_commit_or_outlive_it_are_refused_inside) {
  for (const auto* text : {"GRANT SELECT ON *.* TO root", "/* x */ DROP TABLE accounts", ";TRUNCATE TABLE accounts",
                           "USE test", "SET autocommit = 0", "lock tables accounts write"})
    EXPECT_THROW(db().transaction([&](tidb::transaction& tx) { tx.execute(text); }), tidb::usage_error) << text;
  if (!embedded()) {
    EXPECT_THROW(db().transaction([&](tidb::transaction& tx) { tx.execute("/*!50000 DROP TABLE accounts */"); }),
                 tidb::usage_error);
  }
  EXPECT_EQ(db().count<account>(), 2);
}

TEST_P(transactions, an_endless_time_out_is_no_limit) {
  EXPECT_EQ(db().with({.timeout = std::chrono::milliseconds::max()}).count<account>(), 2);
}

// Running again

/// What a conflict looks like, without waiting for one.
[[noreturn]] void conflict() {
  tidb::throw_error({.code = tidb::errc::conflict, .message = "made up", .retryable = true});
}

TEST_P(transactions, a_conflict_runs_the_whole_function_again) {
  std::vector<int> numbers;
  const auto before = db().counters();
  const auto seen = db().transaction(
      {.optimistic = true, .on_try = [&](const tidb::transaction_try& one) { numbers.push_back(one.number); }},
      [&](tidb::transaction& tx) {
        const auto found = tx.select<account>().where(c<&account::id> == 1).one().balance;
        if (numbers.size() == 1) std::thread([&] { add(db(), 1, 1000); }).join();
        tx.update<account>().set(c<&account::balance> = found + 1).where(c<&account::id> == 1).run();
        return found;
      });
  EXPECT_EQ(numbers, (std::vector{1, 2}));
  EXPECT_EQ(seen, 1100);
  EXPECT_EQ(balance(1), 1101);
  const auto after = db().counters();
  EXPECT_EQ(after.transactions - before.transactions, 2U);
  EXPECT_EQ(after.reruns - before.reruns, 1U);
  EXPECT_EQ(after.conflicts - before.conflicts, 1U);
}

TEST_P(transactions, a_deadlock_that_the_function_swallowed_runs_it_again) {
  if (embedded()) GTEST_SKIP() << "one writer at a time: no deadlocks";
  EXPECT_EQ(deadlocked({}), 0);
  EXPECT_EQ(balance(1) + balance(2), 204);
}

TEST_P(transactions, an_exception_of_the_program_is_not_tried_again) {
  int tries = 0;
  EXPECT_THROW(db().transaction([&](tidb::transaction&) {
    ++tries;
    throw std::runtime_error("no");
  }),
               std::runtime_error);
  EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
    ++tries;
    tx.insert(account{1, 1});
  }),
               tidb::constraint_violation);
  EXPECT_EQ(tries, 2);
}

TEST_P(transactions, the_last_error_goes_on_when_no_try_is_left) {
  std::vector<std::chrono::milliseconds> waits;
  int failures = 0;
  const tidb::transaction_options options{.max_tries = 3, .on_try = [&](const tidb::transaction_try& one) {
                                            waits.push_back(one.waited);
                                            failures += one.failure != nullptr ? 1 : 0;
                                          }};
  const auto error = tests::error_of([&] {
    db().transaction(options, [](tidb::transaction& tx) {
      add(tx, 1, 1);
      conflict();
    });
  });
  EXPECT_EQ(error.code(), tidb::errc::conflict);
  EXPECT_NE(std::string(error.what()).find("tried 3 times"), std::string::npos) << error.what();
  ASSERT_EQ(waits.size(), 3U);
  EXPECT_EQ(waits[0].count(), 0);
  EXPECT_GE(waits[1].count(), 100);
  EXPECT_GE(waits[2].count(), 150);
  EXPECT_EQ(failures, 2);
  EXPECT_EQ(balance(1), 100);
}

TEST_P(transactions, its_timeout_counts_for_all_tries_and_all_statements) {
  const auto start = std::chrono::steady_clock::now();
  const tidb::transaction_options options{.max_tries = 1000, .timeout = std::chrono::milliseconds(400)};
  EXPECT_THROW(db().transaction(options, [](tidb::transaction&) { conflict(); }), tidb::transaction_conflict);
  EXPECT_THROW(db().transaction(options,
                                [&](tidb::transaction& tx) {
                                  (void)tx.query<std::int64_t>(embedded() ? endless : "SELECT SLEEP(30)").value();
                                }),
               tidb::timeout);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
  EXPECT_EQ(db().count<account>(), 2);
}

TEST_P(transactions, a_stop_ends_the_wait_between_tries) {
  std::stop_source source;
  const auto stoppable = db().with({.stop = source.get_token()});
  const tidb::transaction_options options{.max_tries = 1000, .on_try = [&](const tidb::transaction_try& one) {
                                            if (one.number == 2) source.request_stop();
                                          }};
  EXPECT_THROW(stoppable.transaction(options, [](tidb::transaction&) { conflict(); }), tidb::timeout);
  EXPECT_EQ(db().count<account>(), 2);
}

TEST_P(transactions, one_that_was_kept_is_over_with_its_function) {
  std::optional<tidb::transaction> kept, inner;
  db().transaction([&](tidb::transaction& tx) {
    kept.emplace(tx);
    tx.nested([&](tidb::transaction& nested) { inner.emplace(nested); });
    EXPECT_THROW(add(*inner, 1, 1), tidb::usage_error);
  });
  EXPECT_THROW(add(*kept, 1, 1), tidb::usage_error);
  EXPECT_THROW((void)kept->count<account>(), tidb::usage_error);
  EXPECT_THROW(kept->nested([](tidb::transaction&) {}), tidb::usage_error);
  EXPECT_EQ(balance(1), 100);
}

// Options

TEST_P(transactions, a_read_only_one_reads_and_refuses_to_write) {
  const auto sum = db().transaction({.read_only = true}, [](tidb::transaction& tx) {
    EXPECT_THROW(add(tx, 1, 1), tidb::usage_error);
    EXPECT_THROW(tx.insert(account{3, 1}), tidb::usage_error);
    EXPECT_THROW(tx.insert_many({account{3, 1}, account{4, 1}}), tidb::usage_error);
    EXPECT_THROW(tx.execute("DELETE FROM accounts"), tidb::usage_error);
    EXPECT_THROW((void)tx.query("WITH x AS (SELECT 1) DELETE FROM accounts").all(), tidb::usage_error);
    EXPECT_THROW((void)tx.select<account>().for_update().all(), tidb::usage_error);
    return tx.query<std::int64_t>("WITH x AS (SELECT 1) SELECT COUNT(*) FROM accounts").value();
  });
  EXPECT_EQ(sum, 2);
  EXPECT_EQ(balance(1), 100);
}

TEST_P(transactions, a_snapshot_does_not_see_what_others_commit_and_read_committed_does) {
  const auto read_twice = [&](tidb::isolation level) {
    return db().transaction({.isolation = level, .read_only = true}, [&](tidb::transaction& tx) {
      const auto first = tx.select<account>().where(c<&account::id> == 1).one().balance;
      add(db(), 1, 1);
      return tx.select<account>().where(c<&account::id> == 1).one().balance - first;
    });
  };
  EXPECT_EQ(read_twice(tidb::isolation::automatic), 0);
  EXPECT_EQ(read_twice(tidb::isolation::repeatable_read), 0);
  EXPECT_EQ(read_twice(tidb::isolation::read_committed), embedded() ? 0 : 1);
  EXPECT_EQ(read_twice(tidb::isolation::automatic), 0) << "the level was left to the next transaction";
}

TEST_P(transactions, what_the_engine_lacks_is_refused_before_anything_is_sent) {
  const auto run = [&](const tidb::transaction_options& options) {
    return db().transaction(options, [](tidb::transaction& tx) { return tx.count<account>(); });
  };
  const auto before = db().counters().statements;
  const std::chrono::milliseconds second(1000);
  const tidb::transaction_options serializable{.isolation = tidb::isolation::serializable};
  EXPECT_THROW(run(embedded() ? tidb::transaction_options{.staleness = second} : serializable), tidb::unsupported);
  EXPECT_THROW(run({.max_tries = 0}), tidb::usage_error);
  EXPECT_THROW(run({.timeout = -second}), tidb::usage_error);
  EXPECT_EQ(db().counters().statements, before);
  if (embedded()) {
    EXPECT_EQ(run(serializable), 2);
  }
}

TEST_P(transactions, a_stale_read_sees_the_past) {
  if (embedded()) GTEST_SKIP() << "keeps no past";
  std::this_thread::sleep_for(std::chrono::milliseconds(1500));
  add(db(), 1, 5);
  EXPECT_EQ(db().transaction(
                {.staleness = std::chrono::milliseconds(1000)},
                [](tidb::transaction& tx) { return tx.select<account>().where(c<&account::id> == 1).one().balance; }),
            100);
  EXPECT_EQ(balance(1), 105);
}

TEST_P(transactions, the_client_inside_its_own_transaction_on_a_file_is_told_instead_of_waiting) {
  db().transaction([&](tidb::transaction&) {
    EXPECT_EQ(balance(1), 100);
    if (!embedded()) return add(db(), 2, 1);
    EXPECT_THROW(add(db(), 2, 1), tidb::usage_error);
    EXPECT_THROW(db().transaction([](tidb::transaction&) {}), tidb::usage_error);
    EXPECT_THROW(tidb::connect(url()).execute("CREATE TABLE other (x INT)"), tidb::usage_error);
  });
  add(db(), 2, 1);
  EXPECT_EQ(balance(2), embedded() ? 101 : 102);
}

class recorder : public tidb::write_observer {
public:
  void wrote(tidb::engine_connection&, const tidb::write_event& event) override {
    std::string line = std::to_string(static_cast<int>(event.kind)) + " " + std::string(event.table) + ":";
    for (const auto& column : event.columns) line += " " + column;
    for (const auto& key : event.keys) line += " #" + tidb::to_string(key.view());
    seen.push_back(line);
    if (refuse) throw std::runtime_error("refused");
  }
  std::vector<std::string> seen;
  bool refuse{};
};

TEST_P(transactions, a_write_observer_is_told_of_every_write_and_can_refuse_it) {
  recorder watching;
  tidb::pool shared(url());
  shared.observe(&watching);
  auto client = tidb::connect(shared);
  client.insert_many({account{7, 1}, account{8, 1}});
  client.update<account>().set(c<&account::balance> = 2).where(c<&account::id> == 7).run();
  client.erase<account>().where(c<&account::id> == 8).run();
  const auto inserts = embedded() ? std::vector<std::string>{"0 accounts: id balance #7", "0 accounts: id balance #8"}
                                  : std::vector<std::string>{"0 accounts: id balance #7 #8"};
  auto expected = inserts;
  expected.insert(expected.end(), {"1 accounts: balance", "2 accounts:"});
  EXPECT_EQ(watching.seen, expected);
  watching.refuse = true;
  EXPECT_THROW(client.insert(account{9, 1}), std::runtime_error);
  EXPECT_EQ(db().select<account>().where(c<&account::id> == 9).count(), 0);
}

RUN_ON_EACH_ENGINE_AND_TLS(transactions);

}  // namespace
