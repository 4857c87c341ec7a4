// Rows as they arrive: memory that does not grow with them, and readers that stop early.
#include "support/engines.hpp"

#include <chrono>
#include <stdexcept>
#include <string>

using tidb::c;

namespace {

struct number {
  std::int64_t n{};
  std::string text{};
};
constexpr auto tidb_schema(tidb::of<number>) {
  return tidb::mapping("numbers", tidb::column<&number::n>(tidb::primary_key), tidb::column<&number::text>());
}
struct other;
struct third;

/// A billion rows: who waits for the last one before he hands out the first never comes to an end.
constexpr auto* endless = "SELECT x.n + ?, y.text FROM numbers x CROSS JOIN numbers y CROSS JOIN numbers z";

class streams : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<number>();
    std::vector<number> rows;
    for (int i = 1; i <= 1'000; ++i) rows.push_back({i, "text " + std::to_string(i)});
    db().insert_many(rows);
  }
  /// A billion rows as well, from a typed select.
  static auto all_of_all() {
    return tidb::select(c<&number::n>)
        .cross_join<tidb::alias<number, other>>()
        .cross_join<tidb::alias<number, third>>()
        .where(c<&number::n> > tidb::param<0>);
  }
  void expect_usable() { EXPECT_EQ(db().count<number>(), 1'000); }
};

TEST_P(streams, a_function_that_returns_false_ends_the_reading) {
  int seen = 0;
  db().query<std::int64_t, std::string>(endless, 0).each([&](const auto&) { return ++seen < 10; });
  EXPECT_EQ(seen, 10);
  expect_usable();
  seen = 0;
  db().select<number>().each([&](const number&) { return ++seen < 10; });
  EXPECT_EQ(seen, 10);
  db().transaction([&](tidb::transaction& tx) {
    seen = 0;
    tx.select<number>().each([&](const number&) { return ++seen < 10; });
    EXPECT_EQ(seen, 10);
    EXPECT_EQ(tx.count<number>(), 1'000);
  });
}

TEST_P(streams, raw_sql_streams_inside_a_transaction) {
  db().transaction([](tidb::transaction& tx) {
    int seen = 0;
    tx.query(endless, 0).stream().each([&](const tidb::row& row) {
      EXPECT_EQ(row.size(), 2U);
      return ++seen < 10'000;
    });
    EXPECT_EQ(seen, 10'000);
  });
  expect_usable();
}

TEST_P(streams, a_prepared_select_streams_as_its_select_does) {
  db().transaction([](tidb::transaction& tx) {
    const auto numbers = tx.prepare(all_of_all().stream());
    int seen = 0;
    numbers.each([&](std::int64_t) { return ++seen < 10'000; }, 0);
    EXPECT_EQ(seen, 10'000);
  });
  expect_usable();
}

TEST_P(streams, a_stream_refuses_other_statements_of_its_transaction_while_it_runs) {
  db().transaction([](tidb::transaction& tx) {
    int refused = 0;
    tx.query("SELECT n, text FROM numbers").stream().each([&](const tidb::row&) {
      EXPECT_THROW((void)tx.count<number>(), tidb::usage_error);
      return ++refused < 2;
    });
    EXPECT_EQ(tx.count<number>(), 1'000);
  });
}

TEST_P(streams, an_exception_ends_a_long_result_within_seconds) {
  const auto begun = std::chrono::steady_clock::now();
  int seen = 0;
  const auto fail_soon = [&](const auto&) {
    if (++seen == 1'000) throw std::runtime_error("enough");
  };
  EXPECT_THROW((db().query<std::int64_t, std::string>(endless, 0).each(fail_soon)), std::runtime_error);
  EXPECT_EQ(seen, 1'000);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(30));
  expect_usable();
}

TEST_P(streams, an_exception_in_a_transaction_that_streams_leaves_the_client_usable) {
  int seen = 0;
  EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
    tx.insert(number{5'000, "gone"});
    tx.query<std::int64_t, std::string>(endless, 0).stream().each([&](const auto&) {
      if (++seen == 1'000) throw std::runtime_error("enough");
    });
  }),
               std::runtime_error);
  EXPECT_EQ(seen, 1'000);
  expect_usable();
}

RUN_ON_EACH_ENGINE_AND_TLS(streams);

}  // namespace
