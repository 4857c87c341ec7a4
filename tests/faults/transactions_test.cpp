// Transactions and single statements whose connection is lost at the worst moment, on TiDB.
#include "support/engines.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;
using tidb::c;
using place = tests::fault_point::place;

namespace {

struct item {
  std::int64_t id{};
  std::string text{};
};
constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::id>(tidb::primary_key), tidb::column<&item::text>());
}

class lost_connections : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<item>();
    between_.emplace(url());
    client_.emplace(tidb::connect(between_->url()));
  }
  void TearDown() override {
    client_.reset();
    between_.reset();
    on_each_engine::TearDown();
  }
  tests::tcp_proxy& between() { return *between_; }
  /// Through the proxy, while db() goes past it.
  tidb::client& client() { return *client_; }
  std::int64_t count() { return db().count<item>(); }

private:
  std::optional<tests::tcp_proxy> between_;
  std::optional<tidb::client> client_;
};

TEST_P(lost_connections, before_the_commit_was_sent_the_function_runs_again) {
  int tries = 0;
  const auto given = client().transaction([&](tidb::transaction& tx) {
    tx.insert(item{1, "a"});
    if (++tries == 1) between().cut_all();
    tx.insert(item{2, "b"});
    return tries;
  });
  EXPECT_EQ(given, 2);
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(count(), 2);
}

TEST_P(lost_connections, an_error_that_the_function_swallowed_runs_it_again_too) {
  int tries = 0;
  client().transaction([&](tidb::transaction& tx) {
    if (++tries == 1) between().cut_all();
    try {
      tx.insert(item{tries, "a"});
    } catch (const tidb::error&) {
    }
  });
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(count(), 1);
}

TEST_P(lost_connections, retry_stops_when_the_commit_outcome_is_unknown) {
  int tries = 0;
  between().strike({.where = place::answered, .text = "COMMIT"});
  EXPECT_THROW(client().transaction([&](tidb::transaction& tx) {
    ++tries;
    tx.insert(item{1, "a"});
  }),
               tidb::outcome_unknown);
  EXPECT_EQ(tries, 1);
  EXPECT_EQ(client().counters().unknown, 1U);
  EXPECT_EQ(count(), 1);
}

TEST_P(lost_connections, a_check_that_finds_the_commit_ends_the_transaction_well) {
  between().strike({.where = place::answered, .text = "COMMIT"});
  int tries = 0, checks = 0;
  const auto is_there = [&](tidb::client& asked) {
    ++checks;
    return asked.transaction([](tidb::transaction& tx) {
      return tx.select<item>().where(c<&item::id> == 1).for_update().one_or_none().has_value();
    });
  };
  const auto given = client().transaction({.committed = is_there}, [&](tidb::transaction& tx) {
    tx.insert(item{1, "a"});
    return ++tries;
  });
  EXPECT_EQ(given, 1);
  EXPECT_EQ(checks, 1);
  EXPECT_EQ(count(), 1);
}

TEST_P(lost_connections, a_check_that_finds_no_commit_runs_the_function_again) {
  between().strike({.where = place::before, .text = "COMMIT"});
  int tries = 0;
  const auto is_there = [&](tidb::client& asked) { return asked.count<item>() > 0; };
  client().transaction({.committed = is_there}, [&](tidb::transaction& tx) {
    ++tries;
    tx.insert(item{1, "a"});
  });
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(count(), 1);
  between().strike({.where = place::before, .text = "COMMIT"});
  EXPECT_THROW(client().transaction({.max_tries = 1, .committed = [](tidb::client&) { return false; }},
                                    [](tidb::transaction& tx) {
                                      tx.insert(item{2, "a"});
                                    }),
               tidb::connection_error);
}

TEST_P(lost_connections, a_check_that_fails_leaves_the_outcome_unknown) {
  between().strike({.where = place::answered, .text = "COMMIT"});
  const auto broken = [](tidb::client&) -> bool { throw std::runtime_error("cannot tell"); };
  EXPECT_THROW(client().transaction({.committed = broken},
                                    [](tidb::transaction& tx) {
                                      tx.insert(item{1, "a"});
                                    }),
               tidb::outcome_unknown);
}

TEST_P(lost_connections, a_check_ends_with_the_time_of_the_transaction_too) {
  db().insert(item{2, "locked"});
  db().transaction([&](tidb::transaction& holding) {
    (void)holding.select<item>().where(c<&item::id> == 2).for_update().one();
    int checks = 0;
    const auto waits = [&](tidb::client& asked) {
      ++checks;
      return asked.transaction([](tidb::transaction& tx) {
        return tx.select<item>().where(c<&item::id> == 2).for_update().one_or_none().has_value();
      });
    };
    const auto start = std::chrono::steady_clock::now();
    between().strike({.where = place::answered, .text = "COMMIT"}, tests::fault::swallow);
    EXPECT_THROW(client().transaction({.timeout = 1s, .committed = waits},
                                      [](tidb::transaction& tx) {
                                        tx.insert(item{1, "a"});
                                      }),
                 tidb::outcome_unknown);
    EXPECT_EQ(checks, 1);
    EXPECT_LT(std::chrono::steady_clock::now() - start, 25s);  // a lock is waited for 50 s, and eight times
  });
}

TEST_P(lost_connections, a_check_by_a_whole_key_waits_for_the_row_and_one_by_another_column_does_not) {
  const auto by_key = [&] {
    return db().transaction([](tidb::transaction& tx) {
      return tx.select<item>().where(c<&item::id> == 1).for_update().one_or_none().has_value();
    });
  };
  const auto by_text = [&] {
    return db().transaction([](tidb::transaction& tx) {
      return tx.select<item>().where(c<&item::text> == "a").for_update().one_or_none().has_value();
    });
  };
  std::future<bool> found;
  client().transaction([&](tidb::transaction& tx) {
    tx.insert(item{1, "a"});
    EXPECT_FALSE(by_text()) << "TiDB locks no gaps: there is no row yet to wait for";
    found = std::async(std::launch::async, by_key);
    EXPECT_EQ(found.wait_for(500ms), std::future_status::timeout);
  });
  EXPECT_TRUE(found.get());
}

TEST_P(lost_connections, a_read_only_transaction_never_ends_in_doubt) {
  db().insert(item{1, "a"});
  between().strike({.where = place::answered, .text = "ROLLBACK"});
  EXPECT_EQ(client().transaction({.read_only = true}, [](tidb::transaction& tx) { return tx.count<item>(); }), 1);
  EXPECT_TRUE(between().struck(5s));
}

TEST_P(lost_connections, a_lost_insert_many_is_run_again_as_a_whole) {
  std::vector<item> rows;
  for (int id = 1; id <= 3000; ++id) rows.push_back({id, "text"});
  between().strike({.packet = 5});
  EXPECT_EQ(client().insert_many(rows), rows.size());
  EXPECT_TRUE(between().struck());
  EXPECT_EQ(count(), 3000);
}

TEST_P(lost_connections, a_read_is_sent_again) {
  db().insert(item{1, "a"});
  EXPECT_EQ(client().count<item>(), 1);
  for (const auto where : {place::before, place::inside, place::after, place::answered}) {
    between().strike({.where = where});
    EXPECT_EQ(client().count<item>(), 1);
    EXPECT_TRUE(between().struck());
  }
  EXPECT_EQ(client().counters().retries, 4U);
}

TEST_P(lost_connections, all_rows_are_read_anew_and_each_stops_once_it_has_given_one) {
  std::vector<item> rows;
  for (int id = 1; id <= 300; ++id) rows.push_back({id, std::string(5000, 'x')});
  db().insert_many(rows);
  EXPECT_EQ(client().select<item>().all().size(), 300U);
  between().strike({.way = tests::direction::to_client, .packet = 200});
  EXPECT_EQ(client().select<item>().all().size(), 300U);
  EXPECT_TRUE(between().struck());
  int given = 0;
  between().strike({.way = tests::direction::to_client, .packet = 250});
  EXPECT_THROW(client().select<item>().each([&](const item&) { ++given; }), tidb::connection_error);
  EXPECT_LT(given, 300);
  given = 0;
  between().strike({.way = tests::direction::to_client, .packet = 1});
  client().select<item>().each([&](const item&) { ++given; });
  EXPECT_EQ(given, 300);
}

TEST_P(lost_connections, a_write_is_sent_again_only_if_nothing_was_sent_or_if_it_may_happen_twice) {
  client().insert(item{1, "a"});
  between().cut_all();
  client().insert(item{2, "a"});  // found lost before it was sent
  EXPECT_EQ(client().counters().retries, 1U);

  between().strike({.where = place::answered});
  EXPECT_THROW(client().insert(item{3, "a"}), tidb::outcome_unknown);
  EXPECT_EQ(client().counters().retries, 1U);
  EXPECT_EQ(count(), 3);

  const auto set = [&](const tidb::client& on) {
    return on.update<item>().set(c<&item::text> = "b").where(c<&item::id> <= 3).run();
  };
  EXPECT_EQ(set(client()), 3U);
  between().strike({.where = place::answered});
  EXPECT_EQ(set(client().with({.idempotent = true})), 3U);
  EXPECT_TRUE(between().struck());
  EXPECT_EQ(client().counters().retries, 2U);
}

TEST_P(lost_connections, tries_of_one_statement_end_and_tell_how_many_they_were) {
  between().cut_all();
  between().refuse(true);
  const auto error = tests::error_of([&] { (void)client().count<item>(); });
  EXPECT_EQ(error.code(), tidb::errc::connection);
  EXPECT_NE(std::string(error.what()).find("tried 4 times"), std::string::npos) << error.what();
}

INSTANTIATE_TEST_SUITE_P(engines, lost_connections, testing::Values(tests::target::tidb),
                         [](const auto& engine) { return tests::to_string(engine.param); });

}  // namespace
