// How well searches find what they should: known items. Each package is looked for by its title among all packages, of
// which the table has the description below the title, and the vector of that. The reciprocal rank of a search is one
// over the place of the package looked for, or 0 if it is not among the first hundred; a figure is the mean over all.
#include "data_settings.hpp"
#include "npy.hpp"
#include <tidbxx/tidbxx.hpp>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace {

constexpr std::size_t dimensions = 384;
constexpr std::size_t places = 100;

struct description {
  std::int64_t id{};
  std::string text{};
  tidb::vector<dimensions> embedding{};
};
constexpr auto tidb_schema(tidb::of<description>) {
  return tidb::mapping("descriptions", tidb::column<&description::id>(tidb::primary_key),
                       tidb::column<&description::text>(tidb::mediumtext), tidb::column<&description::embedding>());
}

struct known_items {
  std::vector<description> rows{};
  std::vector<std::string> titles{};
  bench::matrix<float> title_vectors{};
};

known_items load(const std::string& folder) {
  known_items made{.title_vectors = bench::read_npy<float>(folder + "/titles.npy")};
  const auto texts = bench::read_npy<float>(folder + "/texts.npy");
  std::ifstream in(folder + "/items.jsonl");
  for (std::string line; std::getline(in, line);) {
    const auto object = nlohmann::json::parse(line);
    made.titles.push_back(object.at("title"));
    auto& row = made.rows.emplace_back(description{.id = object.at("id"), .text = object.at("text")});
    std::ranges::copy(texts.row(made.rows.size() - 1), row.embedding.begin());
  }
  if (made.rows.empty() || texts.rows != made.rows.size() || made.title_vectors.rows != made.rows.size())
    throw std::runtime_error(folder + ": items.jsonl, titles.npy and texts.npy are not of as many items");
  return made;
}

/// How searches of one kind did.
class reciprocal_ranks {
public:
  void add(const std::vector<tidb::hit<std::int64_t>>& hits, std::int64_t wanted) {
    const auto at = std::ranges::find(hits, wanted, &tidb::hit<std::int64_t>::row);
    const auto place = static_cast<std::size_t>(at - hits.begin()) + 1;
    if (at != hits.end()) sum_ += 1 / static_cast<double>(place);
    first_ += at != hits.end() && place == 1 ? 1 : 0;
    in_ten_ += at != hits.end() && place <= 10 ? 1 : 0;
    ++count_;
  }
  double mean() const { return sum_ / static_cast<double>(count_); }
  void print(const char* name) const {
    const auto share = [&](std::size_t part) { return static_cast<double>(part) / static_cast<double>(count_); };
    fmt::print("quality.known_items.{}: mean reciprocal rank {:.4f}; first {:.3f}, among ten {:.3f}, of {}\n", name,
               mean(), share(first_), share(in_ten_), count_);
  }

private:
  double sum_{};
  std::size_t first_{}, in_ten_{}, count_{};
};

void search_all(const tidb::client& db, const known_items& given) {
  const auto table = db.table<description>();
  const auto ids = [](auto&& search) { return search.limit(places).template columns<&description::id>().all(); };
  reciprocal_ranks words, vector, hybrid, weighted, hybrid_of_ten, weighted_of_ten;
  for (std::size_t i = 0; i < given.rows.size(); ++i) {
    const auto wanted = given.rows[i].id;
    const auto& title = given.titles[i];
    const auto near = given.title_vectors.row(i);
    words.add(ids(table.search(title)), wanted);
    vector.add(ids(table.search(near)), wanted);
    hybrid.add(ids(table.search(title, near)), wanted);
    weighted.add(ids(table.search(title, near).hybrid(tidb::weighted{})), wanted);
    hybrid_of_ten.add(ids(table.search(title, near).text_limit(10).vector_limit(10)), wanted);
    weighted_of_ten.add(ids(table.search(title, near).hybrid(tidb::weighted{}).text_limit(10).vector_limit(10)),
                        wanted);
  }
  words.print("words");
  vector.print("vector");
  hybrid.print("hybrid");
  weighted.print("hybrid_weighted");
  hybrid_of_ten.print("hybrid_of_ten");
  weighted_of_ten.print("hybrid_weighted_of_ten");
  fmt::print("ratio quality.hybrid_to_words {:.4f} want >= 1.0001\n", hybrid.mean() / words.mean());
  fmt::print("ratio quality.hybrid_to_vector {:.4f} want >= 1.0001\n", hybrid.mean() / vector.mean());
}

void run(const bench::data_settings& given) {
  const auto items = load(given.data);
  const auto file =
      (std::filesystem::temp_directory_path() / fmt::format("tidbxx_bench_quality_{}.db", getpid())).string();
  {
    const auto db = tidb::connect("sqlite:" + file);
    db.create_table<description>();
    db.insert_many(items.rows);
    db.table<description>().create_fulltext_index<&description::text>();
    db.table<description>().create_vector_index<&description::embedding>();
    search_all(db, items);
  }
  for (const auto* part : {"", "-wal", "-shm"}) std::filesystem::remove(file + part);
}

}  // namespace

int main(int argc, char** argv) try {
  const auto given = bench::parse_data_settings(argc, argv);
  if (given.data.empty()) throw std::runtime_error("--data FOLDER: with what bench/quality makes");
  run(given);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_quality: {}\n", error.what());
  return 1;
}
