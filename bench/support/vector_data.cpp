#include "../vector_data.hpp"

#include "search/kernels/distances.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <iterator>
#include <limits>
#include <random>
#include <stdexcept>
#include <thread>

namespace bench {

namespace {

/// The numbers of a two-dimensional float32 array of NumPy's format.
std::vector<float> read_npy(const std::string& path, std::size_t& columns) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  if (bytes.size() < 10 || bytes.compare(1, 5, "NUMPY") != 0) throw std::runtime_error(path + " is no .npy file");
  const auto head = 10 + static_cast<unsigned char>(bytes[8]) + 256U * static_cast<unsigned char>(bytes[9]);
  const auto text = bytes.substr(10, head - 10);
  const auto shape = text.find("'shape': (");
  const auto comma = text.find(',', shape);
  if (text.find("<f4") == std::string::npos || shape == std::string::npos || comma == std::string::npos)
    throw std::runtime_error(path + " is no float32 array");
  columns = std::stoul(text.substr(comma + 1));
  std::vector<float> numbers((bytes.size() - head) / sizeof(float));
  std::memcpy(numbers.data(), bytes.data() + head, numbers.size() * sizeof(float));
  return numbers;
}

void make_unit_length(std::vector<float>& numbers, std::size_t dimensions) {
  for (std::size_t from = 0; from < numbers.size(); from += dimensions) {
    double square = 0;
    for (std::size_t i = from; i < from + dimensions; ++i) square += double{numbers[i]} * numbers[i];
    const auto shrink = static_cast<float>(1 / std::sqrt(square));
    for (std::size_t i = from; i < from + dimensions; ++i) numbers[i] *= shrink;
  }
}

}  // namespace

vector_data load_vectors(const std::string& folder, std::size_t rows) {
  vector_data made;
  std::size_t of_queries = 0;
  made.rows = read_npy(folder + "/packages.npy", made.dimensions);
  made.queries = read_npy(folder + "/queries.npy", of_queries);
  if (of_queries != made.dimensions) throw std::runtime_error("queries.npy has other dimensions than packages.npy");
  if (rows != 0) made.rows.resize(std::min(made.rows.size(), rows * made.dimensions));
  make_unit_length(made.rows, made.dimensions);
  make_unit_length(made.queries, made.dimensions);
  made.truth = true_neighbours(made);
  return made;
}

vector_data make_vectors(std::size_t rows, std::size_t dimensions, std::size_t queries) {
  std::mt19937_64 random(1);
  std::normal_distribution<float> normal;
  const std::size_t clusters = std::max<std::size_t>(rows / 100, 1), groups = std::max<std::size_t>(clusters / 50, 1);
  std::vector<float> middles(groups * dimensions), centres(clusters * dimensions);
  for (auto& number : middles) number = normal(random);
  for (std::size_t c = 0; c < clusters; ++c)
    for (std::size_t i = 0; i < dimensions; ++i)
      centres[c * dimensions + i] = middles[c % groups * dimensions + i] + 0.8F * normal(random);
  vector_data made{.dimensions = dimensions, .rows = {}, .queries = {}, .truth = {}};
  const auto fill = [&](std::vector<float>& numbers, std::size_t count) {
    numbers.reserve(count * dimensions);
    for (std::size_t row = 0; row < count; ++row) {
      const auto* centre = centres.data() + random() % clusters * dimensions;
      for (std::size_t i = 0; i < dimensions; ++i) numbers.push_back(centre[i] + 0.7F * normal(random));
    }
    make_unit_length(numbers, dimensions);
  };
  fill(made.rows, rows);
  fill(made.queries, queries);
  made.truth = true_neighbours(made);
  return made;
}

vector_data part_of(const vector_data& all, std::size_t rows) {
  vector_data made{.dimensions = all.dimensions, .rows = {}, .queries = all.queries, .truth = {}};
  made.rows.assign(all.rows.begin(), all.rows.begin() + static_cast<std::ptrdiff_t>(rows * all.dimensions));
  made.truth = true_neighbours(made);
  return made;
}

std::vector<std::int64_t> true_neighbours(const vector_data& data, const std::vector<bool>& allowed) {
  std::vector<std::int64_t> truth(data.query_count() * neighbours, -1);
  const auto find = [&](std::size_t first, std::size_t last) {
    std::vector<float> far(data.count());
    std::vector<std::int64_t> order;
    for (std::size_t q = first; q < last; ++q) {
      tidb::detail::distances(tidb::metric::negative_inner_product, data.query(q), data.rows.data(), data.count(),
                              data.dimensions, far.data());
      order.clear();
      for (std::size_t row = 0; row < data.count(); ++row)
        if (allowed.empty() || allowed[row]) order.push_back(static_cast<std::int64_t>(row));
      const auto some = static_cast<std::ptrdiff_t>(std::min(neighbours, order.size()));
      std::ranges::partial_sort(order, order.begin() + some, {},
                                [&](std::int64_t row) { return far[static_cast<std::size_t>(row)]; });
      std::copy_n(order.begin(), some, truth.begin() + static_cast<std::ptrdiff_t>(q * neighbours));
    }
  };
  const std::size_t threads = std::max(1U, std::thread::hardware_concurrency());
  std::vector<std::jthread> running;
  for (std::size_t t = 0; t < threads; ++t)
    running.emplace_back(find, data.query_count() * t / threads, data.query_count() * (t + 1) / threads);
  running.clear();
  return truth;
}

}  // namespace bench
