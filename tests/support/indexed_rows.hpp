// Rows with vectors in clusters, as embeddings are, and searches compared with what is exact.
#pragma once

#include <tidbxx/tidbxx.hpp>

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace tests {

inline constexpr std::size_t indexed_dimensions = 24;
using embedding = tidb::vector<indexed_dimensions>;

struct indexed_doc {
  std::int64_t id{};
  std::string text{};
  std::int64_t shelf{};
  std::optional<embedding> place{};
};

constexpr auto tidb_schema(tidb::of<indexed_doc>) {
  return tidb::mapping("indexed_docs", tidb::column<&indexed_doc::id>(tidb::primary_key),
                       tidb::column<&indexed_doc::text>(), tidb::column<&indexed_doc::shelf>(),
                       tidb::column<&indexed_doc::place>());
}

/// Vectors around a few dozen centres. The same seed gives the same vectors.
class clustered_vectors {
public:
  explicit clustered_vectors(unsigned seed) : random_(seed) {
    std::mt19937 fixed(7);  // the centres are always the same: queries are like the rows
    std::normal_distribution<float> spread;
    for (auto& centre : centres_)
      for (auto& number : centre) number = spread(fixed);
  }
  embedding next() {
    std::normal_distribution<float> spread(0, 0.35F);
    auto made = centres_[random_() % centres_.size()];
    for (auto& number : made) number += spread(random_);
    return made;
  }
  std::mt19937& random() { return random_; }

private:
  std::mt19937 random_;
  std::array<embedding, 40> centres_{};
};

/// The vector of a row's version, the same in every process.
inline embedding vector_of(std::int64_t id, std::int64_t version) {
  return clustered_vectors(static_cast<unsigned>(id * 7919 + version)).next();
}
/// A word that no other row or version has.
inline std::string word_of(std::int64_t id, std::int64_t version) {
  return "row" + std::to_string(id) + "v" + std::to_string(version);
}
/// Begins with the version; has words that many rows have, too.
inline std::string text_of(std::int64_t id, std::int64_t version) {
  return std::to_string(version) + " " + word_of(id, version) + " w" + std::to_string((id * 31 + version) % 50) + " w" +
         std::to_string((id + version) % 7);
}
inline indexed_doc row_of(std::int64_t id, std::int64_t version) {
  return {id, text_of(id, version), id % 100, vector_of(id, version)};
}

inline std::vector<indexed_doc> indexed_docs(std::int64_t first, std::int64_t count, unsigned seed = 1) {
  clustered_vectors vectors(seed);
  std::vector<indexed_doc> made;
  for (auto id = first; id < first + count; ++id)
    made.push_back({id, "doc " + std::to_string(id), id % 100, vectors.next()});
  return made;
}

/// A client whose indexes may have so many bytes in memory.
inline tidb::client connect_with_memory(const std::string& url, std::uint64_t bytes) {
  return tidb::connect(url + (url.find('?') == std::string::npos ? "?" : "&") +
                       "index_memory=" + std::to_string(bytes));
}

/// The share of the ten nearest rows that `search` finds, over some queries. `change` puts conditions on both searches.
template <class Change>
double recall_of(const tidb::client& db, Change&& change, int queries = 30, unsigned seed = 99) {
  clustered_vectors vectors(seed);
  const auto docs = db.table<indexed_doc>();
  std::size_t found = 0, all = 0;
  for (int i = 0; i < queries; ++i) {
    const auto query = vectors.next();
    auto by_index = docs.search(query);
    change(by_index);
    auto exact = docs.search(query);
    change(exact);
    exact.distance_range(-1e30, 1e30);  // a lowest distance makes it exact
    const auto hits = by_index.all();
    const auto nearest = exact.all();
    if (hits.size() != nearest.size()) return 0;
    for (const auto& truth : nearest) {
      ++all;
      for (const auto& hit : hits) found += hit.row.id == truth.row.id ? 1 : 0;
    }
  }
  return all == 0 ? 1 : static_cast<double>(found) / static_cast<double>(all);
}
inline double recall_of(const tidb::client& db) {
  return recall_of(db, [](auto&) {});
}

}  // namespace tests
