// A full-text index that is larger than the memory which a client gives it.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"
#include "support/text_index.hpp"

#include <cstdint>
#include <string>
#include <vector>

using tests::article;
using tidb::c;

namespace {

constexpr std::int64_t row_count = 12'000;

class large_texts : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<article>();
    tests::text_maker texts(4);
    std::vector<article> rows;
    for (std::int64_t id = 1; id <= row_count; ++id)
      rows.push_back({id, "own" + std::to_string(id), texts.text(60, 160), id % 20});
    db().insert_many(rows);
    articles().create_fulltext_index<&article::title, &article::body>();
    memory_ = articles().fulltext_index_stats().bytes_in_memory;
  }
  tidb::table<article> articles() { return db().table<article>(); }
  tidb::client narrow() { return tests::connect_with_memory(url(), memory_ * 6 / 10); }
  /// The same rows and scores as with all in memory.
  void expect_same(const tidb::client& on, const std::string& words) {
    const auto whole = articles().search(words).limit(30).all();
    const auto parts = on.table<article>().search(words).limit(30).all();
    ASSERT_EQ(parts.size(), whole.size()) << words;
    for (std::size_t i = 0; i < whole.size(); ++i) {
      EXPECT_EQ(parts[i].row.id, whole[i].row.id) << words;
      EXPECT_EQ(parts[i].score, whole[i].score) << words;
    }
  }
  void expect_all_same(const tidb::client& on) {
    for (const auto* words : {"own77", "w0 w3 own600", "\"w1 w2 w3\"", "+w40 w41 -w0", "own11*", "title:own5 body:w59"})
      expect_same(on, words);
  }
  std::uint64_t memory() const { return memory_; }

private:
  tests::indexes_are_known_soon soon_;
  std::uint64_t memory_{};
};

TEST_P(large_texts, are_read_in_parts_within_their_memory) {
  const auto whole = articles().search("w0").explain();
  EXPECT_EQ(whole.way, "index");
  EXPECT_EQ(whole.blocks_read + whole.blocks_cached, 0U);
  const auto other = narrow();
  const auto plan = other.table<article>().search("w0").explain();
  EXPECT_EQ(plan.way, "index") << plan.reason;
  EXPECT_GE(plan.blocks_read, 1U);
  EXPECT_GE(plan.bytes_read, 1000U);
  expect_all_same(other);
  EXPECT_LE(other.table<article>().fulltext_index_stats().bytes_in_memory, memory() * 6 / 10);
}

TEST_P(large_texts, are_searched_under_conditions_and_explained_alike) {
  const auto other = narrow();
  for (const auto when : {tidb::filtering::prefilter, tidb::filtering::postfilter}) {
    const auto found = [&](const tidb::client& on) {
      return tests::ids_of(
          on.table<article>().search("w9 w50").where(c<&article::shelf> == 3).filter(when).limit(20).all());
    };
    EXPECT_EQ(found(other), found(db()));
  }
  const auto whole = articles().search("w9 own5").limit(3).explain();
  const auto parts = other.table<article>().search("w9 own5").limit(3).explain();
  ASSERT_EQ(parts.terms.size(), whole.terms.size());
  for (std::size_t hit = 0; hit < whole.terms.size(); ++hit) {
    ASSERT_EQ(parts.terms[hit].size(), whole.terms[hit].size());
    for (std::size_t i = 0; i < whole.terms[hit].size(); ++i)
      EXPECT_EQ(parts.terms[hit][i].score, whole.terms[hit][i].score);
  }
}

TEST_P(large_texts, follow_what_is_written_and_merged_meanwhile) {
  const auto other = narrow();
  expect_same(other, "own77");
  other.insert(article{20'000, "unusual", "w0", 1});
  db().insert(article{20'001, "unusual", "w1", 1});
  db().erase<article>().where(c<&article::id> == 77).run();
  const auto expect_now = [&] {
    EXPECT_EQ(tests::ids_of(other.table<article>().search("unusual").all()), (tests::numbers{20'000, 20'001}));
    EXPECT_TRUE(other.table<article>().search("own77").all().empty());
    expect_all_same(other);
  };
  expect_now();
  articles().optimize_fulltext_index();
  expect_now();
  db().erase<article>().where(c<&article::id> > row_count / 2 && c<&article::id> <= row_count).run();
  articles().optimize_fulltext_index();
  articles().rebuild_fulltext_index();
  expect_now();
  const auto check = other.table<article>().check_fulltext_index();
  EXPECT_TRUE(check.ok()) << check.problems.at(0);
}

TEST_P(large_texts, are_mended_where_a_part_is_damaged) {
  const auto other = narrow();
  expect_same(other, "own77");
  db().execute("UPDATE _tidbxx_" + std::to_string(db().query<std::int64_t>("SELECT id FROM _tidbxx_index").value()) +
               "_block SET checksum = checksum + 1");
  for (const auto* words : {"w0", "\"w1 w2\"", "own9"})
    EXPECT_FALSE(other.table<article>().search(words).all().empty()) << words;
  EXPECT_EQ(other.table<article>().search("w0").explain().way, "index");
  expect_all_same(other);
  const auto check = articles().check_fulltext_index();
  EXPECT_TRUE(check.ok()) << check.problems.at(0);
}

RUN_ON_EACH_ENGINE(large_texts);

}  // namespace
