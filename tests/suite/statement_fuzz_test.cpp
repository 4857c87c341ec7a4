// Statements at random: the embedded engine gives what TiDB gives. docs/embedded.md lists what they leave out.
#include "support/engines.hpp"
#include "support/fuzz/outcome.hpp"
#include "support/hostile.hpp"

#include <iostream>
#include <string>

namespace {

#if defined(__SANITIZE_THREAD__)
constexpr int all_statements = 3'000;  // of one thread
#else
constexpr int all_statements = 100'000;
#endif

class statement_fuzz : public tests::on_both_engines {
protected:
  void SetUp() override {
    on_both_engines::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    tests::fuzz::make_tables(embedded());
    tests::fuzz::make_tables(server());
  }
};

TEST_F(statement_fuzz, statements_at_random_mean_the_same_on_both_engines) {
  constexpr int most_shown = 10;
  const auto seed = tests::fuzz_seed(1);
  const int count = tests::is_replay() ? 1 : tests::soaking() ? all_statements : 3'000;
  const auto end = seed + static_cast<std::uint64_t>(count);
  int shown = 0;
  for (auto at = seed; at < end && shown < most_shown; ++at) {
    const auto item = tests::fuzz::make_statement(at);
    auto ours = tests::fuzz::run(embedded(), item), theirs = tests::fuzz::run(server(), item);
    const auto why = tests::fuzz::difference(item, ours, theirs);
    if (why.empty() && !tests::is_replay()) continue;
    const auto told = "embedded:" + tests::fuzz::describe(embedded(), item, ours) +
                      "TiDB:" + tests::fuzz::describe(server(), item, theirs);
    if (why.empty()) {
      std::cout << told;
      continue;
    }
    ++shown;
    ADD_FAILURE() << why << "; TIDBXX_FUZZ_SEED=" << at << " runs it alone\n" << told;
  }
}

}  // namespace
