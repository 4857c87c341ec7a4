#include "search/vector_snapshot.hpp"
#include "vector_support.hpp"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;
using tests::clustered;
using tidb::metric;

bool same(const std::vector<coded_run>& a, const std::vector<coded_run>& b) {
  return std::ranges::equal(a, b, [](const coded_run& x, const coded_run& y) {
    return x.partition == y.partition && x.keys == y.keys && x.blocks == y.blocks && x.second == y.second &&
           x.second_factors == y.second_factors;
  });
}

std::shared_ptr<const vector_snapshot> rebuilt(const vector_snapshot& like,
                                               const std::map<std::int64_t, std::vector<float>>& rows) {
  std::vector<std::int64_t> keys;
  std::vector<float> numbers;
  for (const auto& [key, row] : rows) {
    keys.push_back(key);
    numbers.insert(numbers.end(), row.begin(), row.end());
  }
  return std::make_shared<const vector_snapshot>(like.shared_model(), encode(like.model(), keys, numbers));
}

/// Random deletes, updates and inserts, in steps of random sizes; in the end the same as built anew.
void expect_same_after_changes(std::size_t rows, int steps) {
  const auto set = clustered(rows, 16, 20, 1), more = clustered(rows, 16, 20, 2);
  auto index = tests::index_of(set, metric::l2);
  std::map<std::int64_t, std::vector<float>> mirror;
  for (std::size_t row = 0; row < rows; ++row) mirror[set.keys[row]] = {set.row(row).begin(), set.row(row).end()};
  std::mt19937 random(3);
  const auto any_key = [&] { return static_cast<std::int64_t>(random() % (rows * 4)); };
  for (int step = 0; step < steps; ++step) {
    std::vector<std::int64_t> gone, keys;
    std::vector<float> numbers;
    for (auto i = random() % 40; i > 0; --i) gone.push_back(any_key());
    for (auto i = random() % 40; i > 0; --i) {
      const auto row = more.row(random() % rows);
      keys.push_back(any_key());
      numbers.insert(numbers.end(), row.begin(), row.end());
    }
    index = index->changed(gone, encode(index->model(), keys, numbers));
    for (const auto key : gone) mirror.erase(key);
    for (std::size_t i = 0; i < keys.size(); ++i)
      mirror[keys[i]] = {numbers.begin() + static_cast<std::ptrdiff_t>(i * 16),
                         numbers.begin() + static_cast<std::ptrdiff_t>((i + 1) * 16)};
    ASSERT_EQ(index->rows(), mirror.size());
  }
  EXPECT_TRUE(same(index->runs(), rebuilt(*index, mirror)->runs()));
  for (std::int64_t key = 0; key < static_cast<std::int64_t>(rows * 4); ++key)
    ASSERT_EQ(index->contains(key), mirror.contains(key)) << key;
}

TEST(VectorSnapshot, after_changes_is_what_building_it_anew_gives) {
  expect_same_after_changes(300, 300);
  expect_same_after_changes(8500, 200);
}

TEST(VectorSnapshot, a_change_leaves_the_one_it_came_from_as_it_was) {
  const auto set = clustered(500, 16, 20, 1);
  const auto before = tests::index_of(set, metric::l2);
  const auto runs = before->runs();
  const auto after = before->changed(set.keys, {});
  EXPECT_EQ(after->rows(), 0U);
  EXPECT_TRUE(after->runs().empty());
  EXPECT_EQ(before->rows(), 500U);
  EXPECT_TRUE(same(before->runs(), runs));
}

TEST(VectorSnapshot, a_key_that_leaves_and_comes_in_one_change_has_come) {
  const auto set = clustered(50, 4, 5, 1);
  auto index = tests::index_of(set, metric::l2);
  const std::vector<std::int64_t> key{set.keys[7]}, unknown{-5};
  index = index->changed(key, encode(index->model(), key, set.row(8)));
  EXPECT_TRUE(index->contains(key[0]));
  EXPECT_EQ(index->rows(), 50U);
  EXPECT_EQ(index->changed(unknown, {})->rows(), 50U);
}

TEST(VectorSnapshot, a_row_may_leave_and_come_again_any_number_of_times) {
  const auto set = clustered(200, 16, 5, 1);
  auto index = tests::index_of(set, metric::l2);
  std::mt19937 random(2);
  for (int turn = 0; turn < 3000; ++turn) {
    // few rows, so that one often comes again before its last place is swept
    const auto row = random() % 10;
    const auto key = std::span(set.keys).subspan(row, 1);
    index = index->changed(key, {});
    ASSERT_FALSE(index->contains(key[0]));
    ASSERT_EQ(index->partition(0).rows(), 199U);
    index = index->changed({}, encode(index->model(), key, set.row(row)));
    ASSERT_NE(index->partition(0).find(key[0]).run, nullptr);
    ASSERT_EQ(index->partition(0).rows(), 200U);
  }
  EXPECT_TRUE(same(index->runs(), encode(index->model(), set.keys, set.numbers)));
}

TEST(VectorSnapshot, of_a_key_in_two_runs_the_later_one_counts) {
  const auto set = clustered(9000, 16, 30, 1);
  const auto model = vector_model::train({16, metric::l2, 1}, set.numbers, 9000);
  auto runs = encode(*model, set.keys, set.numbers);
  // the same key, coded from another row: most likely in another partition
  const std::vector<std::int64_t> key{set.keys[3]};
  const auto moved = encode(*model, key, set.row(4));
  runs.push_back(moved[0]);
  const vector_snapshot index(model, std::move(runs));
  EXPECT_EQ(index.rows(), 9000U);
  EXPECT_EQ(index.directory().find(key[0]), model->assign(set.row(4)));
}

TEST(VectorSnapshot, grows_from_nothing) {
  const auto set = clustered(700, 8, 5, 1);
  const auto model = vector_model::train({8, metric::l2, 1}, {}, 0);
  auto index = std::make_shared<const vector_snapshot>(model, std::vector<coded_run>{});
  for (std::size_t row = 0; row < 700; ++row)
    index = index->changed({}, encode(*model, std::span(set.keys).subspan(row, 1), set.row(row)));
  EXPECT_EQ(index->rows(), 700U);
  EXPECT_TRUE(same(index->runs(), encode(*model, set.keys, set.numbers)));
}

TEST(VectorSnapshot, rows_of_a_partition_that_the_model_has_not_are_refused) {
  const auto set = clustered(50, 4, 5, 1);
  const auto model = vector_model::train({4, metric::l2, 1}, set.numbers, 50);
  auto runs = encode(*model, set.keys, set.numbers);
  runs[0].partition = 1;
  EXPECT_THROW(vector_snapshot(model, runs), malformed_index);
  EXPECT_THROW(static_cast<void>(vector_snapshot(model, {}).changed({}, runs)), malformed_index);
}

TEST(VectorSnapshot, counts_its_memory_about_as_estimated) {
  const auto set = clustered(9000, 64, 30, 1);
  const auto used = tests::index_of(set, metric::cosine)->bytes();
  const auto sum = used.codes + used.second + used.keys + used.other;
  const auto estimate = estimate_memory({64, metric::cosine, 1}, 9000);
  EXPECT_GT(estimate, sum * 3 / 4);
  EXPECT_LT(estimate, sum * 4 / 3);
}

TEST(VectorSnapshot, is_searched_by_threads_while_changes_are_made) {
  const auto set = clustered(8500, 16, 20, 1);
  auto index = tests::index_of(set, metric::l2);
  auto current = index;
  std::mutex changing;  // of the pointer alone
  std::atomic<std::size_t> found{0}, done{0};
  {
    std::vector<std::jthread> searching;
    for (std::size_t thread = 0; thread < 3; ++thread)
      searching.emplace_back([&, thread] {
        for (std::size_t q = thread; q < 300; q += 3) {
          const auto seen = [&] {
            const std::lock_guard lock(changing);
            return current;
          }();
          found += propose(*seen, {.vector = set.row(q)}).size();
        }
        ++done;
      });
    for (std::size_t row = 0; done < 3; row = (row + 1) % 8000) {
      const auto key = std::span(set.keys).subspan(row, 1);
      index = index->changed(key, encode(index->model(), key, set.row(row + 1)));
      const std::lock_guard lock(changing);
      current = index;
    }
  }
  EXPECT_GE(found, 300U * 10);
}

}  // namespace
