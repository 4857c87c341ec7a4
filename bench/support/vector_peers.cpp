#include "../vector_peers.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include <faiss/IndexFlat.h>
#include <faiss/IndexHNSW.h>
#include <faiss/IndexIVFPQFastScan.h>
#include <faiss/IndexRefine.h>
#include <hnswlib/hnswlib.h>
#include <omp.h>

namespace bench {

namespace {

constexpr int links = 16, build_candidates = 200;

std::vector<double> graph_efforts() {
  return {10, 14, 20, 28, 40, 56, 80, 112, 160, 224, 320, 448, 640, 900, 1280, 2000};
}

class hnswlib_engine : public vector_engine {
public:
  std::string name() const override { return "hnswlib"; }

  void build(const vector_data& data, unsigned threads) override {
    rows_ = data.count();
    graph_ = nullptr;
    space_ = std::make_unique<hnswlib::InnerProductSpace>(data.dimensions);
    graph_ = std::make_unique<hnswlib::HierarchicalNSW<float>>(space_.get(), rows_, links, build_candidates);
    const auto add = [&](std::size_t first, std::size_t last) {
      for (; first < last; ++first) graph_->addPoint(data.row(first), first);
    };
    std::vector<std::jthread> running;
    for (std::size_t t = 1; t < threads; ++t) running.emplace_back(add, rows_ * t / threads, rows_ * (t + 1) / threads);
    add(0, rows_ / threads);
  }
  std::vector<double> efforts() const override { return graph_efforts(); }
  void set_effort(double effort) override { graph_->setEf(static_cast<std::size_t>(effort)); }
  void search(const float* query, std::vector<std::int64_t>& found) override {
    auto best = graph_->searchKnn(query, neighbours);
    found.clear();
    for (; !best.empty(); best.pop()) found.push_back(static_cast<std::int64_t>(best.top().second));
  }
  double bytes_per_row() const override {
    // every row has its links of the lowest layer and its label; one in sixteen has links of a higher one
    return static_cast<double>(graph_->size_data_per_element_ - graph_->data_size_) +
           static_cast<double>(graph_->size_links_per_element_) / (links - 1) + sizeof(void*);
  }
  bool filter(const std::vector<bool>& allowed) override {
    for (std::size_t row = 0; row < rows_; ++row) {
      const bool wanted = allowed.empty() || allowed[row];
      const bool deleted = graph_->isMarkedDeleted(graph_->label_lookup_.at(row));
      if (wanted && deleted) graph_->unmarkDelete(row);
      if (!wanted && !deleted) graph_->markDelete(row);
    }
    return true;
  }

private:
  std::size_t rows_{};
  std::unique_ptr<hnswlib::InnerProductSpace> space_;
  std::unique_ptr<hnswlib::HierarchicalNSW<float>> graph_;
};

class faiss_engine : public vector_engine {
public:
  void search(const float* query, std::vector<std::int64_t>& found) override {
    float distances[neighbours];
    faiss::Index::idx_t ids[neighbours];
    index().search(1, query, static_cast<faiss::Index::idx_t>(neighbours), distances, ids);
    found.assign(std::begin(ids), std::end(ids));
  }
  bool filter(const std::vector<bool>& allowed) override { return allowed.empty(); }

protected:
  virtual const faiss::Index& index() const = 0;
};

class faiss_hnsw_engine : public faiss_engine {
public:
  std::string name() const override { return "FAISS HNSW"; }

  void build(const vector_data& data, unsigned threads) override {
    omp_set_num_threads(static_cast<int>(threads));
    graph_ =
        std::make_unique<faiss::IndexHNSWFlat>(static_cast<int>(data.dimensions), links, faiss::METRIC_INNER_PRODUCT);
    graph_->hnsw.efConstruction = build_candidates;
    graph_->add(static_cast<faiss::Index::idx_t>(data.count()), data.rows.data());
    omp_set_num_threads(1);
  }
  std::vector<double> efforts() const override { return graph_efforts(); }
  void set_effort(double effort) override { graph_->hnsw.efSearch = static_cast<int>(effort); }
  double bytes_per_row() const override {
    const auto& hnsw = graph_->hnsw;
    return static_cast<double>(hnsw.neighbors.size() * sizeof(hnsw.neighbors[0]) +
                               hnsw.offsets.size() * sizeof(hnsw.offsets[0]) +
                               hnsw.levels.size() * sizeof(hnsw.levels[0])) /
           static_cast<double>(graph_->ntotal);
  }

private:
  const faiss::Index& index() const override { return *graph_; }
  std::unique_ptr<faiss::IndexHNSWFlat> graph_;
};

class faiss_fast_scan_engine : public faiss_engine {
public:
  std::string name() const override { return "FAISS IVFPQFastScan"; }

  void build(const vector_data& data, unsigned threads) override {
    omp_set_num_threads(static_cast<int>(threads));
    const auto dimensions = static_cast<faiss::Index::idx_t>(data.dimensions);
    lists_ = static_cast<std::size_t>(std::sqrt(static_cast<double>(data.count())));
    codes_per_row_ = data.dimensions / (data.dimensions % 2 == 0 ? 2 : 1);
    centres_ = std::make_unique<faiss::IndexFlatIP>(dimensions);
    coded_ = std::make_unique<faiss::IndexIVFPQFastScan>(centres_.get(), data.dimensions, lists_, codes_per_row_, 4,
                                                         faiss::METRIC_INNER_PRODUCT);
    const auto sample = std::min(data.count(), lists_ * 64);
    coded_->train(static_cast<faiss::Index::idx_t>(sample), data.rows.data());
    exact_ = std::make_unique<faiss::IndexRefineFlat>(coded_.get());
    exact_->k_factor = 10;
    exact_->add(static_cast<faiss::Index::idx_t>(data.count()), data.rows.data());
    omp_set_num_threads(1);
  }
  std::vector<double> efforts() const override {
    std::vector<double> made;
    for (double probes = 1; probes < static_cast<double>(lists_); probes *= 1.5) made.push_back(std::floor(probes));
    made.push_back(static_cast<double>(lists_));
    return made;
  }
  void set_effort(double effort) override { coded_->nprobe = static_cast<std::size_t>(effort); }
  double bytes_per_row() const override {
    return static_cast<double>(codes_per_row_) / 2 + sizeof(faiss::Index::idx_t);
  }

private:
  const faiss::Index& index() const override { return *exact_; }
  std::size_t lists_{}, codes_per_row_{};
  std::unique_ptr<faiss::IndexFlatIP> centres_;
  std::unique_ptr<faiss::IndexIVFPQFastScan> coded_;
  std::unique_ptr<faiss::IndexRefineFlat> exact_;
};

}  // namespace

std::unique_ptr<vector_engine> make_hnswlib() { return std::make_unique<hnswlib_engine>(); }
std::unique_ptr<vector_engine> make_faiss_hnsw() { return std::make_unique<faiss_hnsw_engine>(); }
std::unique_ptr<vector_engine> make_faiss_fast_scan() { return std::make_unique<faiss_fast_scan_engine>(); }

}  // namespace bench
