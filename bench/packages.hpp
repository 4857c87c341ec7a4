// The table of packages that the benchmarks of search share: real ones from a folder, or made up.
#pragma once

#include "npy.hpp"
#include <tidbxx/tidbxx.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

inline constexpr std::size_t dimensions = 384;
inline constexpr std::size_t top = 10;  ///< rows that each search asks for

struct package {
  std::int64_t id{};
  std::string name{}, section{};
  std::int64_t size{};
  std::string text{};
  tidb::vector<dimensions> embedding{};
};

constexpr auto tidb_schema(tidb::of<package>) {
  return tidb::mapping("packages", tidb::column<&package::id>(tidb::primary_key),
                       tidb::column<&package::name>(tidb::varchar(120)),
                       tidb::column<&package::section>(tidb::varchar(40)), tidb::column<&package::size>(),
                       tidb::column<&package::text>(tidb::mediumtext), tidb::column<&package::embedding>());
}

/// Where the rows, the queries and the truth come from.
class package_data {
public:
  /// `folder`: with packages.jsonl, packages.npy, queries.npy and truth.npy; empty: made up, the same each time.
  /// At most `rows` rows of it.
  package_data(std::string folder, std::size_t rows);
  /// One query alone, without reading or making the rest.
  static std::vector<float> first_query(const std::string& folder);

  std::size_t rows() const noexcept { return vectors_.rows; }
  std::span<const float> vector(std::size_t row) const { return vectors_.row(row); }
  std::size_t queries() const noexcept { return queries_.rows; }
  std::span<const float> query(std::size_t number) const { return queries_.row(number); }
  /// All rows with their texts. Cost: reads packages.jsonl.
  std::vector<package> packages() const;
  /// The cosine distance of the query's nearest row number `top`, from truth.npy if that is of all these rows.
  double reach(std::size_t query) const;

private:
  void make_up(std::size_t rows);

  std::string folder_;
  matrix<float> vectors_{}, queries_{};
  matrix<std::int32_t> truth_{};  ///< empty: computed
};

double cosine_distance(std::span<const float> a, std::span<const float> b);
/// The distance of the `top`th nearest of these vectors, or of the last, if there are fewer.
double reach_among(std::span<const float> query, const std::vector<std::span<const float>>& vectors);

/// Of the true nearest rows, how many were found: a row as near as the last of them is one, whichever the truth names.
class recall_counter {
public:
  void add(std::span<const double> found, double reach, std::size_t there = top);
  double value() const { return wanted_ == 0 ? 1 : static_cast<double>(hits_) / static_cast<double>(wanted_); }

private:
  std::size_t hits_{}, wanted_{};
};

}  // namespace bench
