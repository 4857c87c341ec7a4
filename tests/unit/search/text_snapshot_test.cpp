#include "text_world.hpp"
#include "tidbxx/core/error.hpp"

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;
using namespace tests;

using keys = std::vector<std::int64_t>;

std::shared_ptr<const text_snapshot> empty() { return std::make_shared<const text_snapshot>(1); }

TEST(TextSnapshot, keys_leave_and_documents_replace_those_of_the_same_key) {
  const auto index = empty()->with_stored({}, segment_of(texts({{1, "a"}, {2, "a"}, {3, "a"}}), 1));
  const auto after = index->changed(keys{1, 99}, segment_of(texts({{2, "b"}, {4, "b"}}), 1));
  EXPECT_EQ(after->documents(), 3U);
  EXPECT_FALSE(after->contains(1));
  EXPECT_TRUE(after->contains(2));
  const text_query a{.op = text_op::term, .term = "a"}, b{.op = text_op::term, .term = "b"};
  EXPECT_EQ(best_matches(*after, {.query = a}).size(), 1U);
  EXPECT_EQ(best_matches(*after, {.query = b}).size(), 2U);
}

TEST(TextSnapshot, a_change_leaves_the_one_it_came_from_as_it_was) {
  const auto before = empty()->with_stored({}, segment_of(texts({{1, "a"}, {2, "a"}}), 1));
  const auto after = before->changed(keys{1, 2}, nullptr);
  EXPECT_EQ(after->documents(), 0U);
  EXPECT_EQ(after->joined(), nullptr);
  EXPECT_EQ(before->documents(), 2U);
  const text_query a{.op = text_op::term, .term = "a"};
  EXPECT_EQ(best_matches(*before, {.query = a}).size(), 2U);
}

TEST(TextSnapshot, a_key_that_leaves_and_comes_in_one_change_has_come) {
  const auto index = empty()->changed(keys{}, segment_of(texts({{1, "a"}}), 1));
  const auto after = index->changed(keys{1}, segment_of(texts({{1, "b"}}), 1));
  EXPECT_TRUE(after->contains(1));
  EXPECT_EQ(after->documents(), 1U);
}

TEST(TextSnapshot, what_left_a_stored_segment_counts_until_it_is_joined_and_what_was_not_stored_does_not) {
  const auto stored = empty()->with_stored({}, segment_of(texts({{1, "a"}, {2, "a b"}}), 1));
  auto index = stored->changed(keys{2}, segment_of(texts({{3, "c"}}), 1));
  EXPECT_EQ(index->counted(), 3U);
  EXPECT_EQ(index->total_length(0), 4U);
  index = index->changed(keys{3}, nullptr);
  EXPECT_EQ(index->counted(), 2U);
  index = empty()->with_stored({}, index->joined());
  EXPECT_EQ(index->counted(), 1U);
  EXPECT_EQ(index->total_length(0), 1U);
}

TEST(TextSnapshot, a_document_may_change_any_number_of_times) {
  auto index = empty()->with_stored({}, segment_of(texts({{1, "a"}, {2, "a"}}), 1));
  for (int turn = 0; turn < 500; ++turn) {
    index = index->changed({}, segment_of(texts({{turn % 7, "w" + std::to_string(turn)}}), 1));
    ASSERT_LE(index->parts().size(), 6U);
  }
  EXPECT_EQ(index->documents(), 7U);
  EXPECT_EQ(index->counted(), 9U);
  const text_query last{.op = text_op::term, .term = "w499"}, old{.op = text_op::term, .term = "w400"};
  EXPECT_EQ(best_matches(*index, {.query = last}).at(0).key, 499 % 7);
  EXPECT_TRUE(best_matches(*index, {.query = old}).empty());
}

TEST(TextSnapshot, many_small_changes_make_few_parts) {
  auto index = empty();
  for (std::int64_t key = 0; key < 1000; ++key) index = index->changed({}, segment_of(texts({{key, "a b"}}), 1));
  EXPECT_EQ(index->documents(), 1000U);
  EXPECT_LE(index->parts().size(), 10U);
  EXPECT_GT(index->memory(), 1000 * sizeof(std::int64_t));
}

TEST(TextSnapshot, tells_the_name_of_every_key_that_is_there) {
  const auto stored = empty()->with_stored({}, named_segment_of(texts({{1, "a"}, {2, "a"}, {3, "a"}}), 1));
  const auto index = stored->changed(keys{1}, named_segment_of(texts({{3, "b"}, {4, "b"}}), 1));
  for (const auto& one : {index, empty()->with_stored({}, index->joined())}) {
    EXPECT_EQ(one->name_of(1), "");
    for (const std::int64_t key : {2, 3, 4}) EXPECT_EQ(one->name_of(key), name_of(key));
  }
  EXPECT_EQ(empty()->changed({}, segment_of(texts({{1, "a"}}), 1))->name_of(1), "");
}

TEST(TextSnapshot, refuses_segments_of_other_columns) {
  EXPECT_THROW(empty()->changed({}, segment_of({}, 2)), tidb::usage_error);
}

}  // namespace
