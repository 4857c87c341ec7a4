// What the vector index is measured against, behind one interface. Each finds rows by inner product.
#pragma once

#include "vector_data.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace bench {

class vector_engine {
public:
  virtual ~vector_engine() = default;
  virtual std::string name() const = 0;
  /// From nothing; all that it takes, training included. `data` outlives this.
  virtual void build(const vector_data& data, unsigned threads) = 0;
  /// Settings for search, from fast to exact.
  virtual std::vector<double> efforts() const = 0;
  virtual void set_effort(double effort) = 0;
  /// The nearest ten.
  virtual void search(const float* query, std::vector<std::int64_t>& found) = 0;
  /// In memory, without the float32 vectors themselves.
  virtual double bytes_per_row() const = 0;
  /// From now on only these rows are found; false if it cannot.
  virtual bool filter(const std::vector<bool>& allowed) = 0;
};

/// Graphs with 16 links and 200 candidates when they are built, as their authors propose.
std::unique_ptr<vector_engine> make_hnswlib();
std::unique_ptr<vector_engine> make_faiss_hnsw();
/// Product quantisation of 4 bits with fast scan, re-ranked with float32.
std::unique_ptr<vector_engine> make_faiss_fast_scan();

}  // namespace bench
