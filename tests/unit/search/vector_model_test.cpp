#include "search/vector_model.hpp"
#include "tidbxx/core/error.hpp"
#include "vector_support.hpp"

#include <cmath>
#include <random>

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;
using tidb::metric;

std::shared_ptr<const vector_model> small_model(metric by = metric::cosine) {
  const auto set = tests::clustered(1000, 20, 10, 1);
  return vector_model::train({20, by, 3}, set.numbers, 1000);
}

TEST(VectorModel, is_the_same_for_the_same_seed_and_sample) {
  const auto set = tests::clustered(9000, 24, 30, 1);
  const auto model = [&](std::uint64_t seed) { return vector_model::train({24, metric::l2, seed}, set.numbers, 9000); };
  EXPECT_EQ(model(1)->bytes(), model(1)->bytes());
  EXPECT_NE(model(1)->bytes(), model(2)->bytes());
  EXPECT_GT(model(1)->partitions(), 1U);
}

TEST(VectorModel, small_tables_have_one_partition) { EXPECT_EQ(small_model()->partitions(), 1U); }

TEST(VectorModel, comes_back_from_its_bytes) {
  for (const auto by : {metric::cosine, metric::l2, metric::negative_inner_product}) {
    const auto set = tests::clustered(9000, 24, 30, 1);
    const auto model = vector_model::train({24, by, 5}, set.numbers, 9000);
    const auto again = vector_model::from_bytes(model->bytes());
    EXPECT_EQ(again->bytes(), model->bytes());
    EXPECT_EQ(again->dimensions(), 24U);
    EXPECT_EQ(again->by(), by);
    EXPECT_EQ(again->partitions(), model->partitions());
    EXPECT_EQ(again->bytes_per_row(), model->bytes_per_row());
    for (std::size_t row = 0; row < 100; ++row) EXPECT_EQ(again->assign(set.row(row)), model->assign(set.row(row)));
  }
}

TEST(VectorModel, refuses_L1_and_impossible_dimensions) {
  EXPECT_THROW(vector_model::train({3, metric::l1, 1}, {}, 0), tidb::usage_error);
  EXPECT_THROW(vector_model::train({0, metric::l2, 1}, {}, 0), tidb::usage_error);
  EXPECT_THROW(vector_model::train({16'384, metric::l2, 1}, {}, 0), tidb::usage_error);
}

TEST(VectorModel, trains_on_nothing_on_one_row_and_on_rows_without_a_distance) {
  for (const auto by : {metric::cosine, metric::l2, metric::negative_inner_product}) {
    EXPECT_EQ(vector_model::train({3, by, 1}, {}, 1'000'000)->partitions(), 1U);
    const std::vector<float> one{1, 2, 3}, zeros(3 * 10'000);
    EXPECT_EQ(vector_model::train({3, by, 1}, one, 1)->partitions(), 1U);
    EXPECT_GE(vector_model::train({3, by, 1}, zeros, 10'000)->partitions(), 1U);
  }
}

TEST(VectorModel, stores_the_rows_in_less_than_a_third_of_their_floats) {
  const auto model = vector_model::train({384, metric::cosine, 1}, {}, 0);
  EXPECT_LT(model->bytes_per_row(), 384 * sizeof(float) / 3);
}

TEST(VectorModel, truncated_bytes_are_refused) {
  const auto bytes = small_model(metric::l2)->bytes();
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_THROW(vector_model::from_bytes(std::string_view(bytes).substr(0, size)), malformed_index) << size;
  EXPECT_THROW(vector_model::from_bytes(bytes + "x"), malformed_index);
}

TEST(VectorModel, a_newer_format_is_refused_by_name) {
  auto bytes = small_model()->bytes();
  bytes[4] = 9;
  try {
    vector_model::from_bytes(bytes);
    FAIL() << "was read";
  } catch (const malformed_index& error) {
    EXPECT_NE(std::string(error.what()).find("format 9"), std::string::npos) << error.what();
  }
}

TEST(VectorModel, flipped_bits_are_refused_or_give_a_model_that_works) {
  const auto bytes = small_model(metric::l2)->bytes();
  const auto set = tests::clustered(5, 20, 10, 2);
  std::mt19937 random(1);
  for (int turn = 0; turn < 2000; ++turn) {
    auto damaged = bytes;
    // as often in the head, where sizes are, as in the numbers
    const auto at = random() % (turn % 2 == 0 ? 40 : bytes.size());
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << random() % 8));
    try {
      const auto model = vector_model::from_bytes(damaged);
      if (model->dimensions() != 20) continue;
      encode(*model, set.keys, set.numbers);
    } catch (const malformed_index&) {
    }
  }
}

}  // namespace
