// Limits of calls, and calls that could only wait for themselves: the same on every engine.
#include "support/engines.hpp"

#include <atomic>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>

using tidb::c;
using namespace std::chrono_literals;

namespace {

constexpr const char* endless =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT COUNT(*) FROM n";

struct item {
  std::int64_t id{};
  std::int64_t number{};
};

constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::id>(tidb::primary_key), tidb::column<&item::number>());
}

class calls : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<item>();
  }
  const char* slow() const { return embedded() ? endless : "SELECT SLEEP(30)"; }
};

TEST_P(calls, limits_that_are_given_later_keep_those_given_before) {
  std::stop_source source;
  const auto start = std::chrono::steady_clock::now();
  std::jthread stopper([&] {
    std::this_thread::sleep_for(200ms);
    source.request_stop();
  });
  const auto stopped = [&](const tidb::statements& on) {
    const auto error = tests::error_of([&] { (void)on.query<std::int64_t>(slow()).value(); });
    EXPECT_EQ(error.info().entry, "stopped") << error.what();
  };
  EXPECT_THROW(db().with({.stop = source.get_token()}).transaction([&](tidb::transaction& tx) {
    stopped(tx.with({.timeout = 25s}));
  }),
               tidb::timeout);
  stopped(db().with({.stop = source.get_token()}).with({.timeout = 25s}).with({.idempotent = true}));
  EXPECT_LT(std::chrono::steady_clock::now() - start, 20s);
  const auto brief = db().with({.timeout = 100ms}).with({.stop = std::stop_source().get_token()});
  EXPECT_THROW((void)brief.query<std::int64_t>(slow()).value(), tidb::timeout);
}

TEST_P(calls, a_time_that_is_over_already_is_a_timeout_and_nothing_is_sent) {
  const auto late = db().with({.timeout = -1ms});
  const auto before = db().counters().statements;
  for (const auto& call :
       std::initializer_list<std::function<void()>>{[&] {
                                                      late.insert(item{1, 1});
                                                    },
                                                    [&] { (void)late.count<item>(); }, [&] { (void)late.ping(); },
                                                    [&] { late.transaction([](tidb::transaction&) {}); }}) {
    const auto error = tests::error_of(call);
    EXPECT_EQ(error.info().entry, "deadline") << error.what();
    EXPECT_FALSE(error.was_sent());
  }
  EXPECT_EQ(db().counters().statements, before);
}

TEST_P(calls, a_ping_tells_the_callers_limits_from_a_connection_that_is_silent) {
  std::stop_source source;
  source.request_stop();
  const auto stopped = tests::error_of([&] { (void)db().with({.stop = source.get_token()}).ping(); });
  EXPECT_EQ(stopped.info().entry, "stopped") << stopped.what();
  EXPECT_FALSE(stopped.is_retryable() || stopped.poisons_connection());
  EXPECT_GE(db().ping().count(), 0);
}

TEST_P(calls, an_observer_may_be_taken_away_while_others_write) {
  struct nothing : tidb::write_observer {
    void wrote(tidb::engine_connection&, const tidb::write_event&) override {}
  } observer;
  tidb::pool shared(url());
  auto client = tidb::connect(shared);
  std::atomic<bool> done{};
  std::thread toggler([&] {
    while (!done) {
      shared.observe(&observer);
      shared.observe(nullptr);
    }
  });
  const int rounds = tests::count(200, 5000);
  for (int id = 1; id <= rounds; ++id) client.insert(item{id, 0});
  done = true;
  toggler.join();
  EXPECT_EQ(client.count<item>(), rounds);
}

// On a file

TEST_P(calls, all_waiting_for_the_lock_of_a_file_is_one_lock_timeout) {
  if (!embedded()) GTEST_SKIP() << "a file's lock";
  auto other = tidb::connect(url() + "?lock_timeout=0.1");
  int tries = 0;
  db().transaction([&](tidb::transaction& tx) {
    tx.insert(item{1, 1});
    std::thread([&] {
      const tidb::transaction_options options{.on_try = [&](const tidb::transaction_try&) { ++tries; }};
      const auto error = tests::error_of([&] { other.transaction(options, [](tidb::transaction&) {}); });
      EXPECT_EQ(error.info().entry, "file-locked") << error.what();
      EXPECT_TRUE(error.is_retryable());
    }).join();
  });
  EXPECT_EQ(tries, 1);
}

TEST_P(calls, one_that_could_only_wait_for_its_own_thread_is_told) {
  if (!embedded()) GTEST_SKIP() << "one writer at a time";
  const std::filesystem::path file = db().endpoint();
  const auto other_name = file.parent_path() / "." / file.filename();
  const auto again = tidb::connect({.file = other_name.string()});
  db().transaction([&](tidb::transaction&) { EXPECT_THROW(again.insert(item{9, 9}), tidb::usage_error); });
  db().transaction({.optimistic = true}, [&](tidb::transaction& tx) {
    again.insert(item{1, 1});  // nothing is locked yet
    db().insert(item{2, 2});
    tx.insert(item{3, 3});
    EXPECT_THROW(again.insert(item{9, 9}), tidb::usage_error);
    EXPECT_THROW(db().insert(item{9, 9}), tidb::usage_error);
    EXPECT_EQ(db().count<item>(), 2);
  });
  db().insert(item{4, 4});
  EXPECT_EQ(db().count<item>(), 4);
}

TEST_P(calls, a_reader_of_a_database_in_memory_that_calls_it_again_is_told_so) {
  if (!embedded()) GTEST_SKIP() << "only the embedded engine has databases in memory";
  const auto memory = tidb::connect("sqlite::memory:"), another = tidb::connect("sqlite::memory:");
  const auto rows = memory.query<int>("SELECT 1 UNION SELECT 2");
  rows.each([&](int) {
    EXPECT_THROW((void)memory.query<int>("SELECT 1").value(), tidb::usage_error);
    EXPECT_THROW(memory.execute("CREATE TABLE t (id INT)"), tidb::usage_error);
    EXPECT_THROW(memory.transaction([](tidb::transaction&) {}), tidb::usage_error);
    EXPECT_EQ(another.query<int>("SELECT 1").value(), 1);
  });
  EXPECT_EQ(memory.query<int>("SELECT 1").value(), 1);
}

TEST_P(calls, a_database_in_memory_has_no_second_connection_to_read_on) {
  if (!embedded()) GTEST_SKIP() << "only the embedded engine has one";
  const auto memory = tidb::connect("sqlite::memory:"), another = tidb::connect("sqlite::memory:");
  for (const bool read_only : {false, true})
    memory.transaction({.read_only = read_only}, [&](tidb::transaction& tx) {
      EXPECT_THROW((void)memory.query<int>("SELECT 1").value(), tidb::usage_error);
      EXPECT_THROW(memory.transaction({.read_only = true}, [](tidb::transaction&) {}), tidb::usage_error);
      EXPECT_EQ(another.query<int>("SELECT 1").value(), 1);
      EXPECT_EQ(tx.query<int>("SELECT 1").value(), 1);
    });
  EXPECT_EQ(memory.query<int>("SELECT 1").value(), 1);
}

TEST_P(calls, a_read_only_transaction_takes_pragmas_that_only_read) {
  if (!embedded()) GTEST_SKIP() << "pragmas are SQLite's";
  db().transaction({.read_only = true}, [&](tidb::transaction& tx) {
    for (const auto* text : {"PRAGMA table_info(items)", "pragma main.index_list('items')", "PRAGMA user_version"})
      EXPECT_NO_THROW((void)tx.query(text).all()) << text;
    for (const auto* text : {"PRAGMA user_version = 7", "PRAGMA journal_mode(delete)", "PRAGMA optimize"})
      EXPECT_THROW((void)tx.query(text).all(), tidb::usage_error) << text;
  });
}

RUN_ON_EACH_ENGINE_AND_TLS(calls);

}  // namespace
