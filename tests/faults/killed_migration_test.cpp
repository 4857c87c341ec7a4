// A migration that is killed anywhere is finished by the next one; two at once do it once.
#include "support/engines.hpp"
#include "support/processes.hpp"
#include "support/schema_pairs.hpp"

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

namespace {

using namespace std::chrono_literals;
using tests::schema_pair;

std::string variable(const char* name) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return text == nullptr ? std::string() : text;
}

class killed_migration : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure() || embedded()) return;
    db().execute("SET GLOBAL tidb_enable_check_constraint = ON");
  }
  /// Encrypted or not is no matter to a plan.
  static int rounds(int quick, int full) {
    return GetParam() == tests::target::tidb_tls ? 1 : tests::count(quick, full);
  }
  /// The database with the first schema of a pair.
  schema_pair filled(std::uint64_t seed) {
    auto pair = tests::make_schema_pair(seed);
    (void)tidb::migrate(db(), {}, {.drop_others = true, .lose_data = true});
    tests::fill(db(), pair);
    return pair;
  }
  /// A process that migrates, and kills itself behind so many statements; 0: it does not.
  std::unique_ptr<tests::child_process> start(std::uint64_t seed, std::size_t statements) const {
    return std::make_unique<tests::child_process>(
        "killed_migration_process.DISABLED_migrates",
        std::map<std::string, std::string>{{"TIDBXX_MIGRATED", url()},
                                           {"TIDBXX_MIGRATION", std::to_string(seed)},
                                           {"TIDBXX_STATEMENTS", std::to_string(statements)}});
  }
  /// All tables are the old ones or all are the new ones.
  bool is_half_done(const schema_pair& pair) {
    const auto is = [&](const std::vector<tests::meant_table>& all) {
      for (const auto& each : all)
        if (!db().has_table(each.table.name) ||
            !tidb::compare_tables(each.table, db().reflect_table(each.table.name), db().engine()).empty())
          return false;
      return true;
    };
    return !is(pair.from) && !is(pair.to);
  }
  void expect_finished(const schema_pair& pair, const std::string& when) {
    const auto wanted = schema_pair::tables(pair.to);
    try {
      (void)tidb::migrate(db(), wanted, pair.options);
      EXPECT_EQ(tidb::to_string(tidb::schema_diff(db(), wanted, pair.options)), "") << when;
      EXPECT_EQ(tests::what_is_lost(db(), pair), "") << when;
      const auto begun = db().query<int>("SELECT COUNT(*) FROM _tidbxx_migrations WHERE state = 'begun'").value();
      EXPECT_LE(begun, 1) << when;  // the last step, if it was killed before it could be noted that it had ended
    } catch (const std::exception& error) {
      ADD_FAILURE() << error.what() << "\n" << when << "\n" << tests::describe(pair);
    }
  }
};

TEST_P(killed_migration, one_that_is_killed_behind_any_statement_is_finished_by_the_next) {
  tests::random_source random(tests::fuzz_seed(3));
  for (int round = 0; round < rounds(6, 100); ++round) {
    const auto seed = tests::is_replay() ? tests::fuzz_seed(3) : random() % 100'000;
    const auto pair = filled(seed);
    const auto statements = 1 + tests::below(random, 60);
    const auto child = start(seed, statements);
    (void)child->finish();
    if (embedded()) {
      EXPECT_FALSE(is_half_done(pair)) << seed;
    }
    expect_finished(pair, "killed behind statement " + std::to_string(statements) +
                              "; TIDBXX_FUZZ_SEED=" + std::to_string(seed));
  }
}

TEST_P(killed_migration, one_that_is_killed_at_any_moment_is_finished_by_the_next) {
  tests::random_source random(4);
  for (int round = 0; round < rounds(4, 60); ++round) {
    const auto seed = random() % 100'000;
    const auto pair = filled(seed);
    const auto wait = std::chrono::milliseconds(tests::below(random, embedded() ? 60 : 900));
    const auto child = start(seed, 0);
    std::this_thread::sleep_for(wait);
    child->kill();
    expect_finished(pair, "killed after " + std::to_string(wait.count()) + " ms; seed " + std::to_string(seed));
  }
}

TEST_P(killed_migration, several_processes_at_once_do_it_once) {
  for (std::uint64_t seed = 50; seed < 50 + static_cast<std::uint64_t>(rounds(2, 20)); ++seed) {
    const auto pair = filled(seed);
    std::vector<std::unique_ptr<tests::child_process>> all;
    for (int i = 0; i < 3; ++i) all.push_back(start(seed, 0));
    for (auto& each : all) EXPECT_TRUE(each->finish()) << seed;
    expect_finished(pair, "seed " + std::to_string(seed));
    EXPECT_EQ(db().query<int>("SELECT COUNT(*) FROM _tidbxx_migrations WHERE state <> 'done'").value(), 0);
  }
}

TEST_P(killed_migration, one_that_waits_too_long_for_another_says_so) {
  const std::vector<tidb::table_definition> wanted{
      {.name = "t", .columns = {{.name = "id", .type = {tidb::type_kind::bigint}}}, .primary_key = {"id"}}};
  std::optional<tidb::error> seen;
  const tidb::migration_options slow{.on_step = [&](const tidb::migration_step&) {
    std::thread other([&] {
      const auto theirs = tidb::connect(url());
      seen = tests::error_of([&] { (void)tidb::migrate(theirs, wanted, {.lock_timeout = 1s}); });
    });
    other.join();
  }};
  EXPECT_EQ(tidb::migrate(db(), wanted, slow).steps.size(), 1U);
  ASSERT_TRUE(seen.has_value());
  EXPECT_EQ(seen->code(), tidb::errc::timeout) << seen->what();
  if (!embedded()) {
    EXPECT_NE(std::string(seen->what()).find("another migration of this database did not end within 1 s"),
              std::string::npos)
        << seen->what();
  }
}

RUN_ON_EACH_ENGINE(killed_migration);

/// The program of the processes that the tests above start.
TEST(killed_migration_process, DISABLED_migrates) {
  const auto url = variable("TIDBXX_MIGRATED");
  if (url.empty()) GTEST_SKIP() << "runs as a child of the other tests only";
  const auto db = tidb::connect(url);
  const auto pair = tests::make_schema_pair(std::stoull(variable("TIDBXX_MIGRATION")));
  auto left = std::stoul(variable("TIDBXX_STATEMENTS"));
  if (left > 0)
    db.on_statement([&](const tidb::statement_event&) {
      if (--left == 0) kill(getpid(), SIGKILL);
    });
  (void)tidb::migrate(db, schema_pair::tables(pair.to), pair.options);
}

}  // namespace
