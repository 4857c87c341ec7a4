#include "search/aligned.hpp"
#include "search/code_layout.hpp"
#include "search/kernels/code_row.hpp"
#include "search/kernels/distances.hpp"
#include "search/kernels/half.hpp"
#include "search/kernels/products.hpp"
#include "search/kernels/scan.hpp"
#include "search/kernels/second.hpp"
#include "search/kernels/targets.hpp"
#include "search/rotation.hpp"

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace tidb::detail;
using tidb::metric;

aligned_vector<float> random_floats(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  aligned_vector<float> made(count);
  for (auto& number : made) number = normal(random);
  return made;
}

/// Runs a test with every version of the kernels that the machine has.
template <class Test>
void on_every_target(const Test& test) {
  for (const auto target : kernel_targets()) {
    SCOPED_TRACE(kernel_target_name(target));
    use_kernel_target(target);
    test();
  }
  use_kernel_target(0);
}

double exact(metric by, const float* a, const float* b, std::size_t count) {
  double product = 0, aa = 0, bb = 0, square = 0, absolute = 0;
  for (std::size_t i = 0; i < count; ++i) {
    product += double{a[i]} * b[i];
    aa += double{a[i]} * a[i];
    bb += double{b[i]} * b[i];
    square += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    absolute += std::abs(double{a[i]} - b[i]);
  }
  switch (by) {
  case metric::cosine: return 1 - product / std::sqrt(aa * bb);
  case metric::l2: return std::sqrt(square);
  case metric::l1: return absolute;
  case metric::negative_inner_product: return -product;
  }
  return 0;
}

TEST(Kernels, the_distances_are_those_of_a_plain_loop_in_any_dimension) {
  on_every_target([] {
    for (const std::size_t dimensions : {1U, 2U, 3U, 7U, 16U, 17U, 31U, 64U, 100U, 129U, 383U, 384U, 1000U}) {
      const auto query = random_floats(dimensions, 1), rows = random_floats(dimensions * 5, 2);
      for (const auto by : {metric::cosine, metric::l2, metric::l1, metric::negative_inner_product}) {
        float found[5];
        distances(by, query.data(), rows.data(), 5, dimensions, found);
        for (std::size_t row = 0; row < 5; ++row)
          EXPECT_NEAR(found[row], exact(by, query.data(), rows.data() + row * dimensions, dimensions),
                      2e-6 * static_cast<double>(dimensions + 10))
              << dimensions << " dimensions, metric " << static_cast<int>(by);
      }
    }
  });
}

TEST(Kernels, a_zero_vector_has_no_cosine_distance) {
  const float zero[3] = {}, rows[6] = {1, 2, 3, 0, 0, 0};
  float found[2];
  distances(metric::cosine, zero, rows, 2, 3, found);
  EXPECT_TRUE(std::isnan(found[0]) && std::isnan(found[1]));
}

TEST(Kernels, a_rotation_keeps_lengths_and_angles_and_spreads_a_single_number) {
  on_every_target([] {
    for (const std::uint32_t dimensions : {1U, 3U, 64U, 65U, 100U, 384U, 1000U, 1536U}) {
      const rotation turn(dimensions, 5);
      auto a = random_floats(turn.padded(), 1), b = random_floats(turn.padded(), 2);
      const auto before = exact(metric::negative_inner_product, a.data(), b.data(), turn.padded());
      turn.apply(a.data());
      turn.apply(b.data());
      EXPECT_NEAR(exact(metric::negative_inner_product, a.data(), b.data(), turn.padded()), before, 1e-3);

      aligned_vector<float> single(turn.padded(), 0.F);
      single[0] = 1;
      turn.apply(single.data());
      float largest = 0;
      for (const float number : single) largest = std::max(largest, std::abs(number));
      EXPECT_LT(largest, 6 / std::sqrt(static_cast<float>(turn.padded()))) << dimensions;
    }
  });
}

TEST(Kernels, products_do_not_depend_on_how_many_rows_are_asked_at_once) {
  on_every_target([] {
    constexpr std::size_t dimensions = 128, panels = 7, rows = 21;
    const auto vectors = random_floats(rows * dimensions, 1);
    const auto centres = random_floats(panels * panel_width * dimensions, 2);
    std::vector<float> all(rows * panels * panel_width), single(panels * panel_width);
    panel_products(vectors.data(), rows, dimensions, centres.data(), panels, all.data());
    for (std::size_t row = 0; row < rows; ++row) {
      panel_products(vectors.data() + row * dimensions, 1, dimensions, centres.data(), panels, single.data());
      for (std::size_t c = 0; c < single.size(); ++c) {
        ASSERT_EQ(all[row * single.size() + c], single[c]);
        double sum = 0;
        for (std::size_t i = 0; i < dimensions; ++i)
          sum += double{vectors[row * dimensions + i]} *
                 centres[(c / panel_width * dimensions + i) * panel_width + c % panel_width];
        ASSERT_NEAR(single[c], sum, 1e-3);
      }
    }
  });
}

struct scanned {
  std::vector<std::uint32_t> slots;
  std::vector<float> estimates;
};

scanned scan_all(const aligned_vector<std::uint8_t>& blocks, std::size_t rows, std::size_t padded, const float* query,
                 float limit, const std::uint32_t* masks) {
  aligned_vector<std::uint8_t> tables(padded * 4);
  scan_task task{.blocks = blocks.data(), .last = code_layout::blocks(rows), .rows = rows, .masks = masks};
  task.sums = make_tables(query, padded, tables.data());
  task.tables = tables.data();
  task.base = 3;
  task.stretch = 0.5F;
  task.shift = 0.25F;
  task.limit = limit;
  scanned found;
  found.slots.resize(rows);
  found.estimates.resize(rows);
  const auto count = scan_blocks(task, padded, found.slots.data(), found.estimates.data());
  found.slots.resize(count);
  found.estimates.resize(count);
  return found;
}

TEST(Kernels, a_scan_gives_what_adding_up_under_the_signs_gives) {
  on_every_target([] {
    for (const std::size_t padded : {64U, 128U, 384U, 4096U, 4160U, 16384U}) {
      const std::size_t rows = 45;
      const auto query = random_floats(padded, 3), values = random_floats(rows * padded, 4);
      run_builder builder({padded}, 0, rows);
      std::vector<std::uint8_t> signs(padded / 8);
      std::vector<std::int8_t> second(padded);
      std::vector<double> exact_sums;
      for (std::size_t row = 0; row < rows; ++row) {
        std::fill(signs.begin(), signs.end(), std::uint8_t{0});
        double sum = 0;
        for (std::size_t i = 0; i < padded; ++i) {
          const bool positive = values[row * padded + i] >= 0;
          if (positive) signs[i / 8] = static_cast<std::uint8_t>(signs[i / 8] | 1U << i % 8);
          sum += positive ? query[i] : -query[i];
        }
        exact_sums.push_back(3 + 0.5 * static_cast<double>(row) - 2 * (sum + 0.25));
        builder.add(static_cast<std::int64_t>(row),
                    {.signs = signs.data(), .second = second.data(), .offset = static_cast<float>(row), .slope = 2});
      }
      const auto run = builder.finish();
      const auto all =
          scan_all(run.blocks, rows, padded, query.data(), std::numeric_limits<float>::infinity(), nullptr);
      ASSERT_EQ(all.slots.size(), rows);
      // each of padded / 4 entries is rounded by up to half a step of about 14 / 63
      const double tolerance = 2 * 4 * 0.3 * 0.25 * std::sqrt(static_cast<double>(padded) / 4);
      for (std::size_t row = 0; row < rows; ++row) {
        EXPECT_EQ(all.slots[row], row);
        EXPECT_NEAR(all.estimates[row], exact_sums[row], tolerance) << padded;
      }
      // a limit and masks leave those that are within both
      const std::uint32_t masks[2] = {0xF0F0F0F0U, 0x000000FFU};
      const auto some = scan_all(run.blocks, rows, padded, query.data(), 20, masks);
      std::vector<std::uint32_t> expected;
      for (const auto slot : all.slots)
        if (all.estimates[slot] <= 20 && (masks[slot / 32] >> slot % 32 & 1) != 0) expected.push_back(slot);
      EXPECT_EQ(some.slots, expected);
    }
  });
}

TEST(Kernels, the_second_products_are_exact_in_whole_numbers) {
  on_every_target([] {
    for (const std::size_t padded : {64U, 128U, 192U, 384U, 16384U}) {
      const auto query = random_floats(padded, 5);
      aligned_vector<std::int16_t> whole(padded);
      const auto scale = to_whole_numbers(query.data(), padded, whole.data());
      for (std::size_t i = 0; i < padded; ++i) ASSERT_NEAR(scale * static_cast<float>(whole[i]), query[i], scale);
      aligned_vector<std::int8_t> codes(3 * padded);
      std::mt19937 random(6);
      for (auto& code : codes) code = static_cast<std::int8_t>(static_cast<int>(random() % 255) - 127);
      for (std::size_t i = 0; i < padded; ++i) codes[i] = whole[i] < 0 ? -127 : 127;  // the largest sum there is
      const std::int8_t* rows[3] = {codes.data(), codes.data() + padded, codes.data() + 2 * padded};
      float found[3];
      second_products(whole.data(), rows, 3, padded, found);
      for (std::size_t row = 0; row < 3; ++row) {
        std::int64_t sum = 0;
        for (std::size_t i = 0; i < padded; ++i) sum += std::int64_t{whole[i]} * rows[row][i];
        EXPECT_EQ(found[row], static_cast<float>(sum)) << padded;
      }
    }
  });
}

TEST(Kernels, the_sums_of_a_row_are_those_of_a_plain_loop) {
  on_every_target([] {
    for (const std::size_t padded : {64U, 128U, 448U}) {
      const auto row = random_floats(padded, 7), centre = random_floats(padded, 8);
      std::vector<std::uint8_t> signs(padded / 8);
      aligned_vector<std::int8_t> second(padded);
      const auto sums = code_row(row.data(), centre.data(), padded, signs.data(), second.data());
      double square = 0, absolute = 0, with_centre = 0, signs_centre = 0, bytes = 0, bytes_centre = 0;
      int largest = 0;
      for (std::size_t i = 0; i < padded; ++i) {
        const double c = centre[i], r = double{row[i]} - c;
        square += r * r;
        absolute += std::abs(r);
        with_centre += r * c;
        signs_centre += r >= 0 ? c : -c;
        bytes += r * second[i];
        bytes_centre += c * second[i];
        largest = std::max(largest, std::abs(int{second[i]}));
        EXPECT_EQ(signs[i / 8] >> (i % 8) & 1, r >= 0 ? 1 : 0);
      }
      EXPECT_EQ(largest, 127);
      EXPECT_NEAR(sums.square, square, 1e-2);
      EXPECT_NEAR(sums.absolute, absolute, 1e-2);
      EXPECT_NEAR(sums.with_centre, with_centre, 1e-2);
      EXPECT_NEAR(sums.signs_centre, signs_centre, 1e-2);
      EXPECT_NEAR(sums.bytes, bytes, 0.5);
      EXPECT_NEAR(sums.bytes_centre, bytes_centre, 0.5);
    }
  });
}

TEST(Kernels, half_precision_comes_back_and_rounds_to_the_nearest) {
  on_every_target([] {
    std::vector<std::uint16_t> halves, again(65536);
    for (unsigned bits = 0; bits < 65536; ++bits) halves.push_back(static_cast<std::uint16_t>(bits));
    std::vector<float> floats(65536);
    from_float16(halves.data(), halves.size(), floats.data());
    to_float16(floats.data(), floats.size(), again.data());
    for (unsigned bits = 0; bits < 65536; ++bits) {
      if (std::isnan(floats[bits]))
        EXPECT_GT(again[bits] & 0x7FFFU, 0x7C00U);
      else
        ASSERT_EQ(again[bits], bits);
    }
    const float samples[] = {1 + 0x1p-11F, 1 + 0x3p-11F, 65519.F, 65520.F, 1e30F, -0.F, 0x1p-25F, 0x1.8p-25F, 1e-20F};
    const std::uint16_t expected[] = {0x3C00, 0x3C02, 0x7BFF, 0x7C00, 0x7C00, 0x8000, 0, 1, 0};
    for (std::size_t copies = 1; copies <= 20; copies += 19) {
      std::vector<float> given;
      for (std::size_t i = 0; i < copies; ++i) given.insert(given.end(), std::begin(samples), std::end(samples));
      again.resize(given.size());
      to_float16(given.data(), given.size(), again.data());
      for (std::size_t i = 0; i < given.size(); ++i) EXPECT_EQ(again[i], expected[i % 9]) << given[i];
    }
  });
}

TEST(Kernels, brain_floats_round_to_the_nearest) {
  const float given[] = {1, 1 + 0x1p-8F, 1 + 0x3p-8F, -3.4e38F, std::numeric_limits<float>::infinity()};
  const std::uint16_t expected[] = {0x3F80, 0x3F80, 0x3F82, 0xFF80, 0x7F80};
  std::uint16_t found[5];
  to_bfloat16(given, 5, found);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(found[i], expected[i]) << given[i];
  const float nan = std::numeric_limits<float>::quiet_NaN();
  to_bfloat16(&nan, 1, found);
  float back = 0;
  from_bfloat16(found, 1, &back);
  EXPECT_TRUE(std::isnan(back));
}

}  // namespace
