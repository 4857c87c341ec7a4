#include "../vector_ours.hpp"

#include "../vector_curve.hpp"
#include "search/kernels/distances.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <stdexcept>
#include <utility>

namespace bench {

using namespace tidb::detail;

namespace {

/// The model needs no more of a large table.
std::vector<float> sample_of(const vector_data& data) {
  const auto most =
      std::max<std::size_t>(50'000, static_cast<std::size_t>(100 * std::sqrt(static_cast<double>(data.count()))));
  if (data.count() <= most) return data.rows;
  std::vector<float> sample;
  sample.reserve(most * data.dimensions);
  for (std::size_t i = 0; i < most; ++i) {
    const auto* row = data.row(i * data.count() / most);
    sample.insert(sample.end(), row, row + data.dimensions);
  }
  return sample;
}

}  // namespace

void our_engine::build(const vector_data& data, unsigned threads) {
  data_ = &data;
  snapshot_ = nullptr;
  double last = cpu_seconds();
  const auto lap = [&] {
    const double now = cpu_seconds();
    return now - std::exchange(last, now);
  };
  std::vector<std::int64_t> keys(data.count());
  std::iota(keys.begin(), keys.end(), 0);
  const auto model = vector_model::train({static_cast<std::uint32_t>(data.dimensions), tidb::metric::cosine, 1},
                                         sample_of(data), data.count(), threads);
  train_ = lap();
  auto runs = encode(*model, keys, data.rows, threads);
  encode_ = lap();
  const auto payloads = to_payloads(*model, runs, std::size_t{1} << 20);
  payload_ = lap();
  std::size_t bytes = 0;
  for (const auto& payload : payloads) bytes += payload.size();
  if (bytes < data.count()) throw std::runtime_error("rows are missing from the payloads");
  snapshot_ = std::make_shared<const vector_snapshot>(model, std::move(runs));
}

void our_engine::search(const float* query, std::vector<std::int64_t>& found) {
  query_.vector = {query, data_->dimensions};
  query_.wanted = neighbours;
  auto proposals = propose(*snapshot_, query_);
  for (auto& one : proposals)
    distances(tidb::metric::negative_inner_product, query, data_->row(static_cast<std::size_t>(one.key)), 1,
              data_->dimensions, &one.distance);
  const auto some = std::min(neighbours, proposals.size());
  std::ranges::partial_sort(proposals, proposals.begin() + static_cast<std::ptrdiff_t>(some), {}, &proposal::distance);
  found.clear();
  for (std::size_t i = 0; i < some; ++i) found.push_back(proposals[i].key);
}

double our_engine::bytes_per_row() const {
  const auto used = snapshot_->bytes();
  return static_cast<double>(used.codes + used.second + used.keys + used.other) / static_cast<double>(data_->count());
}

bool our_engine::filter(const std::vector<bool>& allowed) {
  allowed_ = nullptr;
  if (!allowed.empty()) {
    std::vector<std::int64_t> keys;
    for (std::size_t row = 0; row < allowed.size(); ++row)
      if (allowed[row]) keys.push_back(static_cast<std::int64_t>(row));
    allowed_ = std::make_unique<key_set>(std::move(keys));
  }
  query_.allowed = allowed_.get();
  return true;
}

void our_engine::churn(std::size_t count) {
  std::mt19937_64 random(1);
  for (std::size_t i = 0; i < count; ++i) {
    const std::int64_t key[] = {static_cast<std::int64_t>(random() % data_->count())};
    const std::span row(data_->row(static_cast<std::size_t>(key[0])), data_->dimensions);
    snapshot_ = snapshot_->changed(key, encode(snapshot_->model(), key, row));
  }
}

}  // namespace bench
