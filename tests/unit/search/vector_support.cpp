#include "vector_support.hpp"

#include "search/kernels/distances.hpp"

#include <algorithm>
#include <numeric>
#include <random>

namespace tests {

using namespace tidb::detail;

vector_set clustered(std::size_t rows, std::size_t dimensions, std::size_t clusters, std::uint64_t seed) {
  // Centres are the same for all seeds of as many clusters, so that queries are like rows.
  std::mt19937_64 shared(clusters), own(seed);
  std::normal_distribution<float> normal;
  std::vector<float> centres(clusters * dimensions);
  for (auto& number : centres) number = normal(shared) + 0.5F;
  vector_set made{.dimensions = dimensions, .keys = {}, .numbers = {}};
  for (std::size_t row = 0; row < rows; ++row) {
    const auto* centre = centres.data() + own() % clusters * dimensions;
    made.keys.push_back(static_cast<std::int64_t>(row * 3 + 10));
    for (std::size_t i = 0; i < dimensions; ++i) made.numbers.push_back(centre[i] + 0.6F * normal(own));
  }
  return made;
}

std::shared_ptr<const vector_snapshot> index_of(const vector_set& set, tidb::metric by, std::uint64_t seed) {
  auto model =
      vector_model::train({static_cast<std::uint32_t>(set.dimensions), by, seed}, set.numbers, set.keys.size());
  auto runs = encode(*model, set.keys, set.numbers);
  return std::make_shared<const vector_snapshot>(std::move(model), std::move(runs));
}

std::vector<std::int64_t> exact_nearest(const vector_set& set, tidb::metric by, std::span<const float> query,
                                        std::size_t wanted, const key_set* allowed) {
  std::vector<float> found(set.keys.size());
  distances(by, query.data(), set.numbers.data(), set.keys.size(), set.dimensions, found.data());
  std::vector<std::size_t> order;
  for (std::size_t row = 0; row < found.size(); ++row)
    if (found[row] == found[row] && (allowed == nullptr || allowed->contains(set.keys[row]))) order.push_back(row);
  wanted = std::min(wanted, order.size());
  std::ranges::partial_sort(order, order.begin() + static_cast<std::ptrdiff_t>(wanted), {},
                            [&](std::size_t row) { return found[row]; });
  std::vector<std::int64_t> keys;
  for (std::size_t i = 0; i < wanted; ++i) keys.push_back(set.keys[order[i]]);
  return keys;
}

double recall_of(const vector_snapshot& index, const vector_set& set, const vector_set& queries, vector_query like) {
  std::size_t hits = 0, all = 0;
  for (std::size_t q = 0; q < queries.keys.size(); ++q) {
    like.vector = queries.row(q);
    const auto truth = exact_nearest(set, index.model().by(), like.vector, like.wanted, like.allowed);
    std::vector<std::int64_t> keys;
    for (const auto& one : propose(index, like)) keys.push_back(one.key);
    all += truth.size();
    hits += static_cast<std::size_t>(
        std::ranges::count_if(truth, [&](auto key) { return std::ranges::find(keys, key) != keys.end(); }));
  }
  return static_cast<double>(hits) / static_cast<double>(all);
}

std::string name_of(tidb::metric by) {
  switch (by) {
  case tidb::metric::cosine: return "cosine";
  case tidb::metric::l2: return "L2";
  case tidb::metric::l1: return "L1";
  case tidb::metric::negative_inner_product: return "inner product";
  }
  return {};
}

}  // namespace tests
