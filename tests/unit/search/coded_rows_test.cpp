#include "search/coded_rows.hpp"
#include "search/vector_snapshot.hpp"
#include "tidbxx/core/error.hpp"
#include "vector_support.hpp"

#include <algorithm>
#include <numeric>
#include <random>

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;
using tidb::metric;

bool same(const coded_run& a, const coded_run& b) {
  return a.partition == b.partition && a.keys == b.keys && a.blocks == b.blocks && a.second == b.second &&
         a.second_factors == b.second_factors;
}

bool same(const std::vector<coded_run>& a, const std::vector<coded_run>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) { return same(x, y); });
}

struct coded {
  tests::vector_set set;
  std::shared_ptr<const vector_model> model;
  std::vector<coded_run> runs;
};

coded some_rows(std::size_t rows = 9000, std::size_t dimensions = 20) {
  coded made{.set = tests::clustered(rows, dimensions, 30, 1), .model = {}, .runs = {}};
  made.model = vector_model::train({static_cast<std::uint32_t>(dimensions), metric::l2, 3}, made.set.numbers, rows);
  made.runs = encode(*made.model, made.set.keys, made.set.numbers);
  return made;
}

TEST(CodedRows, are_grouped_by_partition_with_ascending_keys) {
  const auto [set, model, runs] = some_rows();
  std::size_t rows = 0;
  ASSERT_GT(runs.size(), 10U);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    EXPECT_TRUE(std::ranges::is_sorted(runs[r].keys));
    if (r > 0) {
      EXPECT_LT(runs[r - 1].partition, runs[r].partition);
    }
    rows += runs[r].rows();
    for (const auto key : runs[r].keys)
      ASSERT_EQ(model->assign(set.row(static_cast<std::size_t>(key - 10) / 3)), runs[r].partition);
  }
  EXPECT_EQ(rows, set.keys.size());
}

TEST(CodedRows, do_not_depend_on_threads_or_on_the_order_of_the_rows) {
  const auto [set, model, runs] = some_rows(8500);
  EXPECT_TRUE(same(encode(*model, set.keys, set.numbers, 4), runs));
  auto backwards = set;
  std::ranges::reverse(backwards.keys);
  for (std::size_t row = 0; row < set.keys.size(); ++row)
    std::ranges::copy(set.row(set.keys.size() - 1 - row), backwards.numbers.data() + row * set.dimensions);
  EXPECT_TRUE(same(encode(*model, backwards.keys, backwards.numbers), runs));
}

TEST(CodedRows, of_a_key_given_twice_the_later_row_counts) {
  const auto [set, model, runs] = some_rows(100);
  auto keys = set.keys;
  auto numbers = set.numbers;
  keys.insert(keys.begin(), set.keys[50]);
  numbers.insert(numbers.begin(), set.dimensions, 1.F);
  EXPECT_TRUE(same(encode(*model, keys, numbers), runs));
}

TEST(CodedRows, a_zero_vector_is_left_out_under_cosine_only) {
  const std::vector<std::int64_t> keys{1, 2};
  const std::vector<float> numbers{0, 0, 0, 1, 2, 3};
  const auto count = [&](metric by) {
    const auto model = vector_model::train({3, by, 1}, numbers, 2);
    std::size_t rows = 0;
    for (const auto& run : encode(*model, keys, numbers)) rows += run.rows();
    return rows;
  };
  EXPECT_EQ(count(metric::cosine), 1U);
  EXPECT_EQ(count(metric::l2), 2U);
  EXPECT_EQ(count(metric::negative_inner_product), 2U);
}

TEST(CodedRows, the_number_of_keys_and_vectors_must_fit) {
  const auto model = vector_model::train({3, metric::l2, 1}, {}, 0);
  const std::vector<std::int64_t> keys{1, 2};
  EXPECT_THROW(encode(*model, keys, std::vector<float>(5)), tidb::usage_error);
}

TEST(Payloads, come_back_as_they_were) {
  const auto [set, model, runs] = some_rows();
  const auto payloads = to_payloads(*model, runs, std::size_t{1} << 20);
  std::vector<coded_run> again;
  for (const auto& payload : payloads)
    for (auto& run : runs_from_payload(*model, payload)) again.push_back(std::move(run));
  if (payloads.size() == 1) {
    EXPECT_TRUE(same(again, runs));
  }
  EXPECT_TRUE(same(vector_snapshot(model, std::move(again)).runs(), runs));
}

TEST(Payloads, are_never_longer_than_asked_and_lose_no_row) {
  const auto [set, model, runs] = some_rows(8500);
  for (const std::size_t most : {100'000U, 20'000U, 6'000U, 3'000U, 1'500U}) {
    std::vector<coded_run> again;
    for (const auto& payload : to_payloads(*model, runs, most)) {
      EXPECT_LE(payload.size(), most);
      for (auto& run : runs_from_payload(*model, payload)) again.push_back(std::move(run));
    }
    EXPECT_TRUE(same(vector_snapshot(model, std::move(again)).runs(), runs)) << most;
  }
  EXPECT_THROW(to_payloads(*model, runs, 100), tidb::usage_error);
}

TEST(Payloads, of_named_keys_come_back_with_their_names) {
  const auto [set, model, unnamed] = some_rows(900);
  key_names names;
  for (const auto key : set.keys) names.add(std::string(static_cast<std::size_t>(key % 60), 'n') + std::to_string(key));
  const auto runs = encode(*model, set.keys, set.numbers, 2, names);
  for (const std::size_t most : {100'000U, 6'000U, 1'500U}) {
    std::vector<coded_run> again;
    for (const auto& payload : to_payloads(*model, runs, most)) {
      EXPECT_LE(payload.size(), most);
      for (auto& run : runs_from_payload(*model, payload)) again.push_back(std::move(run));
    }
    std::size_t rows = 0;
    for (const auto& run : vector_snapshot(model, std::move(again)).runs())
      for (std::size_t slot = 0; slot < run.rows(); ++slot, ++rows)
        EXPECT_TRUE(run.names[slot].ends_with("n" + std::to_string(run.keys[slot])) || run.keys[slot] % 60 == 0)
            << run.names[slot];
    EXPECT_EQ(rows, 900U);
  }
  const auto bytes = to_payloads(*model, runs, 1 << 20).at(0);
  for (std::size_t size = 0; size < bytes.size(); size += 97)
    EXPECT_THROW(runs_from_payload(*model, std::string_view(bytes).substr(0, size)), malformed_index) << size;
}

TEST(Payloads, of_nothing_are_none) {
  const auto model = vector_model::train({3, metric::l2, 1}, {}, 0);
  EXPECT_TRUE(to_payloads(*model, {}, 1 << 20).empty());
}

TEST(Payloads, truncated_ones_and_those_of_another_model_are_refused) {
  const auto [set, model, runs] = some_rows(100);
  const auto bytes = to_payloads(*model, runs, 1 << 20).at(0);
  for (std::size_t size = 0; size < bytes.size(); size += size < 100 ? 1 : 97)
    EXPECT_THROW(runs_from_payload(*model, std::string_view(bytes).substr(0, size)), malformed_index) << size;
  EXPECT_THROW(runs_from_payload(*model, bytes + "x"), malformed_index);
  EXPECT_THROW(runs_from_payload(*vector_model::train({65, metric::l2, 1}, {}, 0), bytes), malformed_index);
}

TEST(Payloads, flipped_bits_are_refused_or_give_rows_that_can_be_searched) {
  const auto [set, model, runs] = some_rows(200);
  const auto bytes = to_payloads(*model, runs, 1 << 20).at(0);
  std::mt19937 random(1);
  for (int turn = 0; turn < 3000; ++turn) {
    auto damaged = bytes;
    const auto at = random() % (turn % 2 == 0 ? 40 : bytes.size());
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    try {
      const vector_snapshot index(model, runs_from_payload(*model, damaged));
      propose(index, {.vector = set.row(0)});
    } catch (const malformed_index&) {
    }
  }
}

}  // namespace
