// Our index as the benchmark drives it: proposals of the snapshot, then exact distances from the float32 rows.
#pragma once

#include "search/snapshot_search.hpp"
#include "vector_peers.hpp"

#include <memory>
#include <string>
#include <vector>

namespace bench {

class our_engine : public vector_engine {
public:
  std::string name() const override { return "tidbxx"; }
  void build(const vector_data& data, unsigned threads) override;
  std::vector<double> efforts() const override {
    return {0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 1};
  }
  void set_effort(double effort) override { query_.recall = effort; }
  void search(const float* query, std::vector<std::int64_t>& found) override;
  double bytes_per_row() const override;
  bool filter(const std::vector<bool>& allowed) override;

  const tidb::detail::vector_snapshot& snapshot() const { return *snapshot_; }
  /// Seconds of the last build.
  double train_seconds() const { return train_; }
  double encode_seconds() const { return encode_; }
  double payload_seconds() const { return payload_; }
  /// Rows leave and come again, one after the other, `count` times.
  void churn(std::size_t count);

private:
  const vector_data* data_{};
  std::shared_ptr<const tidb::detail::vector_snapshot> snapshot_;
  std::unique_ptr<tidb::detail::key_set> allowed_;
  tidb::detail::vector_query query_;
  double train_{}, encode_{}, payload_{};
};

}  // namespace bench
