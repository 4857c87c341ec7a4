#include "search/partitions.hpp"

#include "search/in_parallel.hpp"
#include "search/kernels/products.hpp"
#include "search/random.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace tidb::detail {

namespace {

constexpr int rounds_of_training = 5;
// Rows whose products are held at once.
constexpr std::size_t rows_at_once = 96;

/// Numbers near the end of float32 have squares beyond it.
float to_float(double number) {
  constexpr double largest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(number, -largest, largest));
}

float square_of(const float* vector, std::size_t padded) {
  double sum = 0;
  for (std::size_t i = 0; i < padded; ++i) sum += double{vector[i]} * vector[i];
  return to_float(sum);
}

aligned_vector<float> to_panels(const aligned_vector<float>& centres, std::size_t count, std::size_t padded) {
  const auto panels = (count + panel_width - 1) / panel_width;
  aligned_vector<float> made(panels * panel_width * padded, 0.F);
  for (std::size_t c = 0; c < count; ++c)
    for (std::size_t i = 0; i < padded; ++i)
      made[(c / panel_width * padded + i) * panel_width + c % panel_width] = centres[c * padded + i];
  return made;
}

/// The means of the rows of each partition. One that lost all its rows begins again at a row of another.
aligned_vector<float> means(std::span<const float> rows, const std::vector<std::uint32_t>& where, std::size_t count,
                            std::size_t padded, random_numbers& random) {
  aligned_vector<float> sums(count * padded, 0.F);
  std::vector<float> sizes(count);
  for (std::size_t row = 0; row < where.size(); ++row) {
    float* sum = sums.data() + where[row] * padded;
    for (std::size_t i = 0; i < padded; ++i) sum[i] += rows[row * padded + i];
    sizes[where[row]] += 1;
  }
  for (std::size_t c = 0; c < count; ++c) {
    float* sum = sums.data() + c * padded;
    if (sizes[c] > 0) {
      for (std::size_t i = 0; i < padded; ++i) {
        sum[i] /= sizes[c];
        if (!std::isfinite(sum[i])) sum[i] = 0;  // numbers near the end of float32 add up to more than it has
      }
    } else {
      std::copy_n(rows.data() + random.below(where.size()) * padded, padded, sum);
    }
  }
  return sums;
}

/// The mean squared distance to the centre in each partition; where there are no rows, that of all.
std::vector<float> spreads_of(const partition_table& table, std::span<const float> rows,
                              const std::vector<std::uint32_t>& where) {
  const std::size_t padded = table.padded();
  std::vector<double> sums(table.count()), sizes(table.count());
  double all = 0;
  for (std::size_t row = 0; row < where.size(); ++row) {
    const float* vector = rows.data() + row * padded;
    const float* centre = table.centre(where[row]);
    float square = 0;
    for (std::size_t i = 0; i < padded; ++i) square += (vector[i] - centre[i]) * (vector[i] - centre[i]);
    square = to_float(square);
    sums[where[row]] += square;
    sizes[where[row]] += 1;
    all += square;
  }
  const double mean = where.empty() ? 0 : all / static_cast<double>(where.size());
  std::vector<float> made;
  // A few rows tell little of a partition: as if it had four average ones besides.
  for (std::size_t c = 0; c < sums.size(); ++c) made.push_back(to_float((sums[c] + 4 * mean) / (sizes[c] + 4)));
  return made;
}

}  // namespace

partition_table::partition_table(std::uint32_t padded, aligned_vector<float> centres, std::vector<float> spreads)
    : padded_(padded), centres_(std::move(centres)), panels_(to_panels(centres_, spreads.size(), padded)),
      spreads_(std::move(spreads)) {
  squares_.resize(panels_.size() / padded, std::numeric_limits<float>::infinity());
  for (std::uint32_t c = 0; c < count(); ++c) squares_[c] = square_of(centre(c), padded);
}

std::size_t partition_table::bytes() const {
  return (centres_.size() + panels_.size() + spreads_.size() + squares_.size()) * sizeof(float);
}

void partition_table::products(const float* vectors, std::size_t rows, float* out) const {
  panel_products(vectors, rows, padded_, panels_.data(), padded_count() / panel_width, out);
}

std::uint32_t partition_table::nearest(const float* products) const {
  std::uint32_t best = 0;
  float least = std::numeric_limits<float>::infinity();
  for (std::uint32_t c = 0; c < count(); ++c) {
    const float distance = squares_[c] - 2 * products[c];
    if (distance < least) {
      least = distance;
      best = c;
    }
  }
  return best;
}

void partition_table::assign(const float* vectors, std::size_t rows, std::uint32_t* out) const {
  if (count() == 1) {
    std::fill_n(out, rows, 0U);
    return;
  }
  aligned_vector<float> found(std::min(rows, rows_at_once) * padded_count());
  for (std::size_t first = 0; first < rows; first += rows_at_once) {
    const auto some = std::min(rows_at_once, rows - first);
    products(vectors + first * padded_, some, found.data());
    for (std::size_t i = 0; i < some; ++i) out[first + i] = nearest(found.data() + i * padded_count());
  }
}

partition_table find_partitions(std::uint32_t padded, std::span<const float> rows, std::uint32_t count,
                                std::uint64_t seed, unsigned threads) {
  const std::size_t size = rows.size() / padded;
  random_numbers random(seed);
  aligned_vector<float> centres(std::size_t{count} * padded, 0.F);
  if (size == 0) return {padded, std::move(centres), std::vector<float>(count, 1.F)};
  const auto chosen = choose(count, size, random);
  for (std::size_t c = 0; c < chosen.size(); ++c)
    std::copy_n(rows.data() + chosen[c] * padded, padded, centres.data() + c * padded);
  std::vector<std::uint32_t> where(size);
  for (int round = 0;; ++round) {
    partition_table table(padded, centres, std::vector<float>(count));
    in_parallel(size, threads, [&](std::size_t first, std::size_t last) {
      table.assign(rows.data() + first * padded, last - first, where.data() + first);
    });
    if (round == rounds_of_training) return {padded, std::move(centres), spreads_of(table, rows, where)};
    centres = means(rows, where, count, padded, random);
  }
}

}  // namespace tidb::detail
