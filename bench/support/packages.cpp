#include "../packages.hpp"

#include "../documents.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <fstream>
#include <random>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace bench {

namespace {

constexpr std::size_t made_up_queries = 500;
constexpr std::size_t clusters = 100;

/// Vectors as models give them: of few degrees of freedom, in clusters, normalised.
class clustered_vectors {
public:
  clustered_vectors() {
    for (auto& number : basis_) number = normal_(random_);
    for (auto& number : centres_) number = normal_(random_);
  }

  void next(std::size_t cluster, std::span<float> out) {
    std::array<float, freedom> within{};
    for (std::size_t i = 0; i < freedom; ++i) within[i] = centres_[cluster * freedom + i] + 0.8F * normal_(random_);
    for (auto& number : out) number = 0.5F * normal_(random_);
    for (std::size_t i = 0; i < freedom; ++i)
      for (std::size_t d = 0; d < dimensions; ++d) out[d] += within[i] * basis_[i * dimensions + d];
    float squares = 0;
    for (const auto number : out) squares += number * number;
    for (auto& number : out) number /= std::sqrt(squares);
  }

private:
  static constexpr std::size_t freedom = 32;
  std::mt19937 random_{20'260'101};
  std::normal_distribution<float> normal_{};
  std::vector<float> basis_ = std::vector<float>(freedom * dimensions);
  std::vector<float> centres_ = std::vector<float>(clusters * freedom);
};

/// One section of 1 % of the rows, one of 10 %, one of 50 % and small ones, mostly with their neighbours.
std::string made_up_section(std::size_t row) {
  const auto cluster = row % 10 < 7 ? row % clusters : row * 2'654'435'761U % clusters;
  if (cluster < 50) return "half";
  if (cluster < 60) return "tenth";
  return "section " + std::to_string(cluster);
}

}  // namespace

package_data::package_data(std::string folder, std::size_t rows) : folder_(std::move(folder)) {
  if (folder_.empty()) {
    make_up(rows);
    return;
  }
  vectors_ = read_npy<float>(folder_ + "/packages.npy", rows);
  queries_ = read_npy<float>(folder_ + "/queries.npy");
  if (vectors_.columns != dimensions || queries_.columns != dimensions)
    throw std::runtime_error(folder_ + ": the vectors do not have " + std::to_string(dimensions) + " dimensions");
  if (vectors_.rows < vectors_.rows_in_file) return;  // the truth is of all rows
  truth_ = read_npy<std::int32_t>(folder_ + "/truth.npy");
  if (truth_.rows != queries_.rows || truth_.columns < top)
    throw std::runtime_error(folder_ + "/truth.npy: it is not of these queries");
}

std::vector<float> package_data::first_query(const std::string& folder) {
  if (!folder.empty()) return read_npy<float>(folder + "/queries.npy", 1).numbers;
  std::vector<float> made(dimensions);
  clustered_vectors().next(0, made);
  return made;
}

void package_data::make_up(std::size_t rows) {
  clustered_vectors vectors;
  const auto fill = [&](matrix<float>& into, std::size_t count) {
    into = {count, dimensions, std::vector<float>(count * dimensions), count};
    for (std::size_t i = 0; i < count; ++i)
      vectors.next(i % clusters, std::span(into.numbers).subspan(i * dimensions, dimensions));
  };
  fill(vectors_, std::min<std::size_t>(rows, 40'000));
  fill(queries_, made_up_queries);
}

std::vector<package> package_data::packages() const {
  std::ifstream file(folder_ + "/packages.jsonl");
  if (!folder_.empty() && !file) throw std::runtime_error(folder_ + "/packages.jsonl: cannot be opened");
  std::vector<package> made(rows());
  std::string line;
  for (std::size_t i = 0; i < made.size(); ++i) {
    auto& row = made[i];
    std::ranges::copy(vector(i), row.embedding.begin());
    row.id = static_cast<std::int64_t>(i);
    if (folder_.empty()) {
      row.name = "package " + std::to_string(i);
      row.section = made_up_section(i);
      row.size = static_cast<std::int64_t>(i * 7919 % 10'000);
      row.text = made_up_text(i);
      continue;
    }
    if (!std::getline(file, line))
      throw std::runtime_error(folder_ + "/packages.jsonl: it has fewer rows than the vectors");
    const auto object = nlohmann::json::parse(line);
    row.name = object.at("name");
    row.section = object.at("section");
    row.size = object.at("size");
    row.text = object.at("text");
  }
  return made;
}

double package_data::reach(std::size_t query) const {
  const auto wanted = this->query(query);
  if (truth_.rows > 0) return cosine_distance(wanted, vector(static_cast<std::size_t>(truth_.row(query)[top - 1])));
  std::vector<std::span<const float>> all;
  for (std::size_t i = 0; i < rows(); ++i) all.push_back(vector(i));
  return reach_among(wanted, all);
}

double cosine_distance(std::span<const float> a, std::span<const float> b) {
  // lanes of their own, so that the compiler may use vector registers
  std::array<float, 16> dot{}, a2{}, b2{};
  for (std::size_t i = 0; i < dimensions; i += dot.size())
    for (std::size_t lane = 0; lane < dot.size(); ++lane) {
      dot[lane] += a[i + lane] * b[i + lane];
      a2[lane] += a[i + lane] * a[i + lane];
      b2[lane] += b[i + lane] * b[i + lane];
    }
  double sums[3]{};
  for (std::size_t lane = 0; lane < dot.size(); ++lane) {
    sums[0] += static_cast<double>(dot[lane]);
    sums[1] += static_cast<double>(a2[lane]);
    sums[2] += static_cast<double>(b2[lane]);
  }
  return 1 - sums[0] / std::sqrt(sums[1] * sums[2]);
}

double reach_among(std::span<const float> query, const std::vector<std::span<const float>>& vectors) {
  std::vector<double> distances;
  distances.reserve(vectors.size());
  for (const auto& vector : vectors) distances.push_back(cosine_distance(query, vector));
  if (distances.empty()) return 0;
  const auto last = distances.begin() + static_cast<std::ptrdiff_t>(std::min(top, distances.size()) - 1);
  std::ranges::nth_element(distances, last);
  return *last;
}

void recall_counter::add(std::span<const double> found, double reach, std::size_t there) {
  constexpr double rounding = 2e-6;  // distances are of float32
  const auto near = std::ranges::count_if(found, [&](double distance) { return distance <= reach + rounding; });
  hits_ += std::min({static_cast<std::size_t>(near), there, top});
  wanted_ += std::min(there, top);
}

}  // namespace bench
