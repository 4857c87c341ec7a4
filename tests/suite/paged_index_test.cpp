// A vector index that is larger than the memory which a client gives it.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"

#include <cstdint>
#include <string>
#include <vector>

using tests::indexed_doc;
using tidb::c;

namespace {

constexpr auto index_of = &indexed_doc::place;
constexpr std::int64_t row_count = 20'000;  // 2.2 MB in three blocks
constexpr std::uint64_t narrow_memory = 1'300'000;

class large_indexes : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<indexed_doc>();
    db().insert_many(tests::indexed_docs(1, row_count));
    docs().create_vector_index<index_of>();
  }
  tidb::table<indexed_doc> docs() { return db().table<indexed_doc>(); }
  tidb::client narrow(std::uint64_t bytes = narrow_memory) { return tests::connect_with_memory(url(), bytes); }
  tests::embedding query(unsigned seed) { return tests::clustered_vectors(seed).next(); }

private:
  tests::indexes_are_known_soon soon_;
};

tidb::search_plan plan_of(const tidb::client& db, const tests::embedding& to) {
  return db.table<indexed_doc>().search(to).explain();
}
std::uint64_t memory_of(const tidb::client& db) {
  return db.table<indexed_doc>().index_stats<index_of>().bytes_in_memory;
}

}  // namespace

TEST_P(large_indexes, are_read_in_parts_within_their_memory) {
  const auto whole = plan_of(db(), query(1));
  EXPECT_EQ(whole.way, "index");
  EXPECT_EQ(whole.blocks_read + whole.blocks_cached, 0U);
  const auto other = narrow();
  const auto plan = plan_of(other, query(1));
  EXPECT_EQ(plan.way, "index") << plan.reason;
  EXPECT_GE(plan.blocks_read, 1U);
  EXPECT_GE(plan.bytes_read, 100'000U);
  EXPECT_GE(tests::recall_of(other), 0.97);
  EXPECT_LE(memory_of(other), narrow_memory);
  EXPECT_GE(memory_of(db()), 2'000'000U);
}

TEST_P(large_indexes, keep_the_parts_that_there_is_room_for) {
  const auto other = narrow(2'280'000);  // nearly all of it
  plan_of(other, query(1));
  const auto again = plan_of(other, query(1));
  EXPECT_GE(again.blocks_cached, 1U);
  EXPECT_EQ(again.blocks_read, 0U);
  EXPECT_GE(again.statements, 2U);
}

TEST_P(large_indexes, give_rows_as_they_are_after_changes_and_merges) {
  const auto other = narrow();
  plan_of(other, query(1));
  for (int round = 1; round <= 3; ++round) {
    // every seventh row moves, and a thousand leave, some of them for a second time
    std::vector<indexed_doc> moved;
    for (auto id = std::int64_t{round}; id <= row_count; id += 7) moved.push_back(tests::row_of(id, round));
    db().save_many(moved);
    db().erase<indexed_doc>().where(c<&indexed_doc::id> >= round * 1000 && c<&indexed_doc::id> < round * 1500).run();
    EXPECT_GE(tests::recall_of(
                  other, [](auto&) {}, 10),
              0.95)
        << round;
    if (round == 2) docs().optimize<index_of>();
    EXPECT_GE(tests::recall_of(
                  other, [](auto&) {}, 10),
              0.95)
        << round;
    for (std::size_t i = moved.size() - 20; i < moved.size(); ++i) {
      const auto hits = other.table<indexed_doc>().search(*moved[i].place).limit(1).all();
      ASSERT_EQ(hits.size(), 1U);
      EXPECT_EQ(hits[0].row.id, moved[i].id);
    }
  }
  EXPECT_EQ(plan_of(other, query(3)).way, "index");
  EXPECT_LE(memory_of(other), narrow_memory);
}

TEST_P(large_indexes, are_searched_under_conditions) {
  const auto other = narrow();
  for (const std::int64_t shelves : {1, 20, 90}) {
    const auto change = [&](auto& search) { search.where(c<&indexed_doc::shelf> < shelves); };
    EXPECT_GE(tests::recall_of(other, change, 10), 0.97) << shelves;
  }
  const auto asked = other.table<indexed_doc>().search(query(1)).where(c<&indexed_doc::shelf> < 90);
  auto before = asked;
  EXPECT_EQ(before.filter(tidb::filtering::prefilter).explain().way, "exact");
  auto few = other.table<indexed_doc>().search(query(1)).where(c<&indexed_doc::id> < 500);
  EXPECT_EQ(few.filter(tidb::filtering::prefilter).explain().way, "index, prefilter");
  auto after = asked;
  EXPECT_EQ(after.filter(tidb::filtering::postfilter).explain().way, "index, postfilter");
}

TEST_P(large_indexes, are_searched_in_a_transaction_with_its_own_rows) {
  auto other = narrow();
  other.transaction([&](tidb::transaction& tx) {
    const auto mine = tests::row_of(row_count + 1, 1);
    tx.insert(mine);
    EXPECT_EQ(tidb::table<indexed_doc>(tx).search(*mine.place).limit(1).all().at(0).row.id, row_count + 1);
    EXPECT_EQ(tidb::table<indexed_doc>(tx).search(*mine.place).explain().way, "index");
  });
}

RUN_ON_EACH_ENGINE(large_indexes);
