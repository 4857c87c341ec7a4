// What can be seen of the statements that run: the same on every engine.
#include "support/engines.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

using tidb::c;

namespace {

struct account {
  std::int64_t id{};
  std::string password{};
};

constexpr auto tidb_schema(tidb::of<account>) {
  return tidb::mapping("accounts", tidb::column<&account::id>(tidb::primary_key), tidb::column<&account::password>());
}

/// An event that outlives the call.
struct seen {
  std::string sql;
  std::size_t parameters;
  std::uint64_t rows;
  std::string endpoint;
  bool failed, slow;
  std::chrono::microseconds duration;
};

class watching : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<account>();
  }
  /// The URL with another parameter.
  std::string with(const std::string& parameter) const {
    return url() + (url().find('?') == std::string::npos ? "?" : "&") + parameter;
  }
  /// What the client's hook sees; the hook outlives the test's body.
  static std::shared_ptr<std::vector<seen>> watch(tidb::client& client) {
    auto all = std::make_shared<std::vector<seen>>();
    client.on_statement([all](const tidb::statement_event& event) {
      all->push_back({std::string(event.sql), event.parameters.size(), event.rows, std::string(event.endpoint),
                      event.failure != nullptr, event.slow, event.duration});
    });
    return all;
  }
  static std::string output_of(const auto& run) {
    testing::internal::CaptureStderr();
    run();
    return testing::internal::GetCapturedStderr();
  }
};

TEST_P(watching, a_hook_sees_each_statement_with_its_rows_and_without_its_parameters) {
  const auto kept = watch(db());
  const auto& all = *kept;
  db().insert(account{1, "s3cr3t-word"});
  (void)db().query<std::int64_t>("SELECT id FROM accounts WHERE id < ?", 10).all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_NE(all[0].sql.find("INSERT INTO"), std::string::npos) << all[0].sql;
  EXPECT_EQ(all[0].sql.find("s3cr3t-word"), std::string::npos) << all[0].sql;
  EXPECT_EQ(all[0].rows, 1U);
  EXPECT_EQ(all[1].sql, "SELECT id FROM accounts WHERE id < ?");
  EXPECT_EQ(all[1].rows, 1U);
  EXPECT_EQ(all[1].parameters, 0U);
  EXPECT_EQ(all[1].endpoint, db().endpoint());
  EXPECT_FALSE(all[1].failed || all[1].slow);
  db().on_statement({});
  (void)db().count<account>();
  EXPECT_EQ(all.size(), 2U);
}

TEST_P(watching, a_hook_sees_how_transactions_begin_and_end) {
  const auto kept = watch(db());
  const auto& all = *kept;
  db().transaction([](tidb::transaction& tx) {
    EXPECT_THROW(tx.nested([](tidb::transaction&) { throw std::runtime_error("no"); }), std::runtime_error);
  });
  EXPECT_THROW(db().transaction([](tidb::transaction&) { throw std::runtime_error("no"); }), std::runtime_error);
  std::vector<std::string> words;
  for (const auto& one : all) words.push_back(one.sql.substr(0, one.sql.find(' ')));
  EXPECT_EQ(words, (std::vector<std::string>{"BEGIN", "SAVEPOINT", "ROLLBACK", "COMMIT", "BEGIN", "ROLLBACK"}));
}

TEST_P(watching, a_hook_sees_what_failed) {
  const auto kept = watch(db());
  const auto& all = *kept;
  db().insert(account{1, ""});
  EXPECT_THROW(db().insert(account{1, ""}), tidb::constraint_violation);
  EXPECT_THROW((void)db().query("SELECT nothing FROM accounts").all(), tidb::error);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_FALSE(all[0].failed);
  EXPECT_TRUE(all[1].failed);
  EXPECT_TRUE(all[2].failed);
}

TEST_P(watching, what_a_hook_throws_does_not_harm_the_statement) {
  db().on_statement([](const tidb::statement_event&) { throw std::runtime_error("a bad hook"); });
  db().insert(account{1, ""});
  EXPECT_EQ(db().count<account>(), 1);
}

TEST_P(watching, parameters_are_shown_when_asked_for_but_never_beside_a_password) {
  auto client = tidb::connect(with("show_parameters=true"));
  const auto kept = watch(client);
  const auto& all = *kept;
  client.insert(account{1, "s3cr3t-word"});
  (void)client.query<std::int64_t>("SELECT id FROM accounts WHERE id < ?", 10).all();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].parameters, 0U);
  EXPECT_EQ(all[1].parameters, 1U);
}

TEST_P(watching, echo_prints_a_line_a_statement_without_parameters_and_passwords) {
  const auto text = output_of([&] {
    auto client = tidb::connect(with("echo=true"));
    (void)client.query<std::int64_t>("SELECT id\nFROM accounts WHERE id = ?", 4711).all();
    (void)client.query<std::int64_t>("SELECT id FROM accounts WHERE password = 's3cr3t-word'").all();
  });
  EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
  EXPECT_NE(text.find("SELECT id FROM accounts WHERE id = ?"), std::string::npos) << text;
  EXPECT_NE(text.find(" ms, 0 rows, "), std::string::npos) << text;
  EXPECT_EQ(text.find("4711"), std::string::npos) << text;
  EXPECT_EQ(text.find("s3cr3t-word"), std::string::npos) << text;
}

TEST_P(watching, slow_statements_are_logged_and_counted) {
  const auto run = [&](tidb::client& client) {
    client.transaction([&](tidb::transaction& tx) {
      tx.insert_many({account{1, ""}, account{2, ""}});
      tx.select<account>().stream().each([](const account&) {
        std::this_thread::sleep_for(std::chrono::milliseconds(120));  // what the program does between rows counts
      });
      tx.execute("DELETE FROM accounts");
    });
  };
  auto client = tidb::connect(with("slow_statement=0.2"));
  const auto text = output_of([&] { run(client); });
  EXPECT_NE(text.find("slow statement: "), std::string::npos) << text;
  EXPECT_NE(text.find("SELECT"), std::string::npos) << text;
  EXPECT_GE(client.counters().slow, 1U);
  const auto kept = watch(client);
  const auto& all = *kept;
  EXPECT_EQ(output_of([&] { run(client); }), "") << "a hook is told instead";
  EXPECT_TRUE(std::ranges::any_of(all, &seen::slow));
}

TEST_P(watching, counters_tell_what_went_through_a_pool) {
  tidb::pool shared(url());
  auto client = tidb::connect(shared);
  client.insert(account{1, ""});
  client.transaction([](tidb::transaction& tx) {
    tx.insert(account{2, ""});
    EXPECT_EQ(tx.select<account>().all().size(), 2U);
  });
  EXPECT_THROW((void)client.query("SELECT nothing FROM accounts").all(), tidb::error);
  const auto found = shared.counters();
  EXPECT_EQ(found.statements, 6U);
  EXPECT_EQ(found.reads, 2U);
  EXPECT_EQ(found.writes, 2U);
  EXPECT_EQ(found.rows, 4U);
  EXPECT_EQ(found.transactions, 1U);
  EXPECT_EQ(found.errors, 1U);
  EXPECT_EQ(found.reruns + found.retries + found.conflicts + found.unknown + found.slow, 0U);
}

TEST_P(watching, counters_of_many_threads_add_up) {
  tidb::pool shared(url());
  auto client = tidb::connect(shared);
  constexpr int threads = 6;
  const int rounds = tests::count(50, 1000);
  std::vector<std::thread> workers;
  for (int i = 0; i < threads; ++i)
    workers.emplace_back([&] {
      for (int round = 0; round < rounds; ++round) (void)client.count<account>();
    });
  for (auto& worker : workers) worker.join();
  EXPECT_EQ(shared.counters().reads, static_cast<std::uint64_t>(threads * rounds));
  EXPECT_EQ(shared.counters().rows, static_cast<std::uint64_t>(threads * rounds));
}

RUN_ON_EACH_ENGINE(watching);

}  // namespace
