// Schemas at random: whatever two there are, the one becomes the other with the rows that it has.
#include "support/engines.hpp"
#include "support/schema_pairs.hpp"

#include <string>

namespace {

class migration_pairs : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure() || embedded()) return;
    db().execute("SET GLOBAL tidb_enable_check_constraint = ON");
  }
  void empty_database() { (void)tidb::migrate(db(), {}, {.drop_others = true, .lose_data = true}); }
};

TEST_P(migration_pairs, schemas_at_random_become_each_other_with_their_rows) {
  constexpr int most_shown = 5;
  const auto seed = tests::fuzz_seed(1);
  // encrypted or not is no matter to a plan
  const auto all = GetParam() == tests::target::tidb_tls ? tests::count(2, 20) : tests::count(12, 500);
  const auto count = tests::is_replay() ? 1 : all;
  int shown = 0;
  for (auto at = seed; at < seed + static_cast<std::uint64_t>(count) && shown < most_shown; ++at) {
    const auto pair = tests::make_schema_pair(at);
    const auto wanted = tests::schema_pair::tables(pair.to);
    std::string why;
    tidb::migration_plan plan;
    try {
      empty_database();
      tests::fill(db(), pair);
      plan = tidb::schema_diff(db(), wanted, pair.options);
      auto options = pair.options;
      options.shown = plan;
      (void)tidb::migrate(db(), wanted, options);
      why = tidb::to_string(tidb::schema_diff(db(), wanted, pair.options));
      if (why.empty()) why = tests::what_is_lost(db(), pair);
    } catch (const std::exception& error) {
      why = error.what();
    }
    if (why.empty()) continue;
    ++shown;
    ADD_FAILURE() << why << "\nTIDBXX_FUZZ_SEED=" << at << " runs it alone\n"
                  << tests::describe(pair) << tidb::to_string(plan);
  }
}

RUN_ON_EACH_ENGINE(migration_pairs);

}  // namespace
