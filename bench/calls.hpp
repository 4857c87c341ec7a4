// What the commands of bench_calls share.
#pragma once

#include "packages.hpp"
#include <tidbxx/tidbxx.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <ctime>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

namespace bench {

struct call_settings {
  std::string command{"all"};
  std::string data{}, file{};
  std::size_t rows{static_cast<std::size_t>(-1)};
  std::size_t queries{500};
  std::size_t changes{100'000};
  double recall{0.99};
  int percent{};  ///< the filter to measure, or 0 for each
};

class stopwatch {
public:
  double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

private:
  std::chrono::steady_clock::time_point start_{std::chrono::steady_clock::now()};
};

/// The times of single calls. Of calls that are made several times the best counts: what else the machine does then
/// counts less.
class timings {
public:
  void add(double seconds) { seconds_.push_back(seconds); }
  /// The whole round's, of all threads.
  void set_cpu(double seconds) { cpu_ = seconds; }
  /// Another round of the same calls.
  void keep_best(const timings& again) {
    if (seconds_.empty()) *this = again;
    cpu_ = std::min(cpu_, again.cpu_);
    for (std::size_t i = 0; i < seconds_.size(); ++i) seconds_[i] = std::min(seconds_[i], again.seconds_.at(i));
  }
  /// The time that this share of the calls stayed under.
  double ms(double share) const {
    auto sorted = seconds_;
    std::ranges::sort(sorted);
    return 1e3 * sorted.at(static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1) + 0.5));
  }
  /// Calls a second.
  double rate() const {
    double sum = 0;
    for (const auto seconds : seconds_) sum += seconds;
    return static_cast<double>(seconds_.size()) / sum;
  }

  double cpu_ms() const { return 1e3 * cpu_ / static_cast<double>(seconds_.size()); }

private:
  std::vector<double> seconds_;
  double cpu_{};
};

/// Searches once for each query. `found` gets what `value_of` gives of each hit, after the clock has stopped.
template <class Value, class Search, class ValueOf>
timings ask_all(std::size_t queries, std::vector<std::vector<Value>>& found, const Search& search,
                const ValueOf& value_of) {
  timings times;
  found.clear();
  const auto cpu = std::clock();
  for (std::size_t i = 0; i < queries; ++i) {
    const stopwatch watch;
    const auto hits = search(i);
    times.add(watch.seconds());
    auto& values = found.emplace_back();
    for (const auto& hit : hits) values.push_back(value_of(hit));
  }
  times.set_cpu(static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC);
  return times;
}

/// `found` gets the distances.
template <class Search>
timings pass(std::size_t queries, std::vector<std::vector<double>>& found, const Search& search) {
  return ask_all(queries, found, search, [](const auto& hit) { return hit.distance; });
}

inline tidb::client open_store(const std::string& file) { return tidb::connect("sqlite:" + file); }

/// A search as all commands make it: whole rows, the vector and the text among them.
inline auto nearest(const tidb::table<package>& packages, std::span<const float> vector, const call_settings& given) {
  return packages.search(vector).limit(top).recall(given.recall);
}

nlohmann::json measure_filters(const call_settings& given, const package_data& data);
nlohmann::json measure_churn(const call_settings& given, const package_data& data);
/// Makes the index of the texts anew, which the searches by words below need.
nlohmann::json index_words(const call_settings& given);
nlohmann::json measure_words(const call_settings& given, const package_data& data);
nlohmann::json measure_hybrid(const call_settings& given, const package_data& data);
/// The words that these search for.
nlohmann::json measure_word_pairs(const call_settings& given, const package_data& data);

}  // namespace bench
