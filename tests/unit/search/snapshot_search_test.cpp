#include "search/kernels/targets.hpp"
#include "search/snapshot_search.hpp"
#include "tidbxx/core/error.hpp"
#include "vector_support.hpp"

#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;
using tests::clustered;
using tests::exact_nearest;
using tests::index_of;
using tests::recall_of;
using tidb::metric;

constexpr metric all_metrics[] = {metric::cosine, metric::l2, metric::negative_inner_product};

TEST(SnapshotSearch, reaches_the_recall_asked_for_by_every_metric_and_in_any_dimension) {
  struct shape {
    std::size_t rows, dimensions, clusters;
  };
  for (const auto& [rows, dimensions, clusters] :
       {shape{500, 1, 20}, shape{1500, 3, 20}, shape{8500, 32, 60}, shape{1500, 100, 30}, shape{1000, 384, 30}}) {
    const auto set = clustered(rows, dimensions, clusters, 1), queries = clustered(100, dimensions, clusters, 2);
    for (const auto by : all_metrics) {
      // In one dimension all cosine distances are 0 or 2: there are no nearest.
      if (dimensions == 1 && by == metric::cosine) continue;
      const auto index = index_of(set, by);
      for (const double recall : {0.95, 0.99, 0.999})
        // of 1,000 neighbours some may be missing by chance
        EXPECT_GE(recall_of(*index, set, queries, {.recall = recall}), recall - 0.012)
            << tests::name_of(by) << ", " << dimensions << " dimensions";
    }
  }
}

TEST(SnapshotSearch, everything_is_found_when_all_is_asked_for) {
  const auto set = clustered(8500, 16, 60, 1), queries = clustered(50, 16, 60, 2);
  for (const auto by : all_metrics)
    EXPECT_GE(recall_of(*index_of(set, by), set, queries, {.recall = 1}), 0.999) << tests::name_of(by);
}

TEST(SnapshotSearch, a_row_is_found_by_its_own_vector) {
  const auto set = clustered(9000, 20, 60, 1);
  for (const auto by : {metric::cosine, metric::l2}) {
    const auto index = index_of(set, by);
    for (std::size_t row = 0; row < 9000; row += 19) {
      const auto found = propose(*index, {.vector = set.row(row), .wanted = 1, .recall = 0.5});
      ASSERT_TRUE(std::ranges::any_of(found, [&](const auto& one) { return one.key == set.keys[row]; }))
          << tests::name_of(by) << ", row " << row;
    }
  }
}

TEST(SnapshotSearch, a_row_comes_and_goes_with_changes) {
  const auto set = clustered(9000, 20, 60, 1), more = clustered(50, 20, 60, 3);
  auto index = index_of(set, metric::cosine);
  for (std::size_t row = 0; row < 50; ++row) {
    const std::vector<std::int64_t> key{static_cast<std::int64_t>(1'000'000 + row)};
    index = index->changed({}, encode(index->model(), key, more.row(row)));
    EXPECT_EQ(propose(*index, {.vector = more.row(row), .wanted = 1}).at(0).key, key[0]);
    index = index->changed(key, {});
    EXPECT_NE(propose(*index, {.vector = more.row(row), .wanted = 1}).at(0).key, key[0]);
  }
}

TEST(SnapshotSearch, keeps_its_recall_under_filters) {
  const auto set = clustered(12'000, 20, 60, 1), queries = clustered(40, 20, 60, 2);
  std::mt19937 random(4);
  for (const auto by : all_metrics) {
    const auto index = index_of(set, by);
    for (const unsigned percent : {50U, 10U, 1U}) {
      std::vector<std::int64_t> keys;
      for (const auto key : set.keys)
        if (random() % 100 < percent) keys.push_back(key);
      const key_set allowed(keys);
      EXPECT_GE(recall_of(*index, set, queries, {.recall = 0.99, .allowed = &allowed}), 0.975)
          << tests::name_of(by) << ", " << percent << " %";
    }
  }
}

TEST(SnapshotSearch, a_filter_far_from_the_query_is_answered_too) {
  // Only rows whose first number is large, and queries where it is small.
  const auto set = clustered(12'000, 8, 40, 1), all = clustered(200, 8, 40, 2);
  std::vector<std::int64_t> keys;
  for (std::size_t row = 0; row < set.keys.size(); ++row)
    if (set.row(row)[0] > 0.8F) keys.push_back(set.keys[row]);
  tests::vector_set queries{.dimensions = 8, .keys = {}, .numbers = {}};
  for (std::size_t q = 0; q < all.keys.size(); ++q) {
    if (all.row(q)[0] > -0.2F) continue;
    queries.keys.push_back(all.keys[q]);
    queries.numbers.insert(queries.numbers.end(), all.row(q).begin(), all.row(q).end());
  }
  ASSERT_GT(queries.keys.size(), 20U);
  const key_set allowed(keys);
  ASSERT_GT(allowed.size(), 1000U);
  EXPECT_GE(recall_of(*index_of(set, metric::l2), set, queries, {.recall = 0.99, .allowed = &allowed}), 0.97);
}

TEST(SnapshotSearch, only_allowed_rows_are_proposed) {
  const auto set = clustered(9000, 16, 60, 1);
  const auto index = index_of(set, metric::l2);
  for (const std::size_t step : {2U, 100U, 4000U}) {
    std::vector<std::int64_t> keys{-1};  // and one that is not there
    for (std::size_t row = 0; row < set.keys.size(); row += step) keys.push_back(set.keys[row]);
    const key_set allowed(keys);
    const auto found = propose(*index, {.vector = set.row(1), .allowed = &allowed});
    EXPECT_GE(found.size(), std::min<std::size_t>(10, keys.size() - 1));
    for (const auto& one : found) EXPECT_TRUE(allowed.contains(one.key));
  }
  const key_set none({});
  EXPECT_TRUE(propose(*index, {.vector = set.row(1), .allowed = &none}).empty());
}

TEST(SnapshotSearch, estimates_are_near_the_distances_and_in_order) {
  const auto set = clustered(2000, 100, 30, 1), queries = clustered(20, 100, 30, 2);
  for (const auto by : all_metrics) {
    const auto index = index_of(set, by);
    for (std::size_t q = 0; q < 20; ++q) {
      const auto found = propose(*index, {.vector = queries.row(q)});
      ASSERT_GE(found.size(), 10U);
      EXPECT_TRUE(std::ranges::is_sorted(found, {}, &proposal::distance));
      for (const auto& one : found) {
        const auto row = static_cast<std::size_t>(one.key - 10) / 3;
        double product = 0, aa = 0, bb = 0, square = 0;
        for (std::size_t i = 0; i < 100; ++i) {
          const double a = queries.row(q)[i], b = set.row(row)[i];
          product += a * b;
          aa += a * a;
          bb += b * b;
          square += (a - b) * (a - b);
        }
        const double exact = by == metric::cosine ? 1 - product / std::sqrt(aa * bb)
                             : by == metric::l2   ? std::sqrt(square)
                                                  : -product;
        EXPECT_NEAR(one.distance, exact,
                    by == metric::negative_inner_product ? 1.0
                    : by == metric::l2                   ? 0.05
                                                         : 0.005)
            << tests::name_of(by);
      }
    }
  }
}

TEST(SnapshotSearch, proposes_as_many_as_wanted_or_as_there_are) {
  const auto set = clustered(9000, 16, 60, 1);
  const auto index = index_of(set, metric::l2);
  for (const std::size_t wanted : {1U, 10U, 100U, 3000U, 20'000U})
    EXPECT_GE(propose(*index, {.vector = set.row(1), .wanted = wanted}).size(), std::min<std::size_t>(wanted, 9000));
  EXPECT_TRUE(propose(*index, {.vector = set.row(1), .wanted = 0}).empty());
  EXPECT_EQ(propose(*index, {.vector = set.row(1), .num_candidates = 77}).size(), 77U);
}

TEST(SnapshotSearch, tells_what_it_cost) {
  const auto set = clustered(9000, 16, 60, 1);
  search_cost cost;
  propose(*index_of(set, metric::l2), {.vector = set.row(1)}, &cost);
  EXPECT_GE(cost.partitions, 1U);
  EXPECT_GE(cost.scanned, 10U);
  EXPECT_GE(cost.reranked, 10U);
  EXPECT_GT(cost.scan_us + cost.rerank_us, 0);
}

TEST(SnapshotSearch, a_vector_of_other_dimensions_is_refused_and_zeros_have_no_neighbours_under_cosine) {
  const auto set = clustered(100, 16, 5, 1);
  const std::vector<float> zeros(16);
  EXPECT_THROW(propose(*index_of(set, metric::l2), {.vector = set.row(1).first(15)}), tidb::usage_error);
  EXPECT_TRUE(propose(*index_of(set, metric::cosine), {.vector = zeros}).empty());
  EXPECT_EQ(propose(*index_of(set, metric::l2), {.vector = zeros, .num_candidates = 10}).size(), 10U);
  EXPECT_GE(propose(*index_of(set, metric::negative_inner_product), {.vector = zeros}).size(), 10U);
}

TEST(SnapshotSearch, equal_rows_and_numbers_at_the_end_of_float32_are_no_trouble) {
  tests::vector_set set{.dimensions = 4, .keys = {}, .numbers = {}};
  for (std::int64_t key = 0; key < 9000; ++key) {
    set.keys.push_back(key);
    set.numbers.insert(set.numbers.end(), {1, 2, 3, 4});
  }
  for (const auto by : all_metrics)
    EXPECT_GE(propose(*index_of(set, by), {.vector = set.row(0)}).size(), 10U) << tests::name_of(by);
  for (std::size_t i = 0; i < set.numbers.size(); i += 40) set.numbers[i] = i % 80 == 0 ? 3e38F : 1e-38F;
  for (const auto by : all_metrics) propose(*index_of(set, by), {.vector = set.row(0)});
}

TEST(SnapshotSearch, every_version_of_the_kernels_finds_the_same_rows) {
  const auto set = clustered(1500, 100, 30, 1), queries = clustered(30, 100, 30, 2);
  for (const auto target : kernel_targets()) {
    use_kernel_target(target);
    EXPECT_GE(recall_of(*index_of(set, metric::l2), set, queries, {.recall = 0.99}), 0.97)
        << kernel_target_name(target);
  }
  use_kernel_target(0);
}

}  // namespace
