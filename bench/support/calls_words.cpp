// Searches by words, and by words and a vector.
#include "../calls.hpp"
#include "../documents.hpp"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace bench {

namespace {

constexpr int rounds = 3;
constexpr std::size_t queries_to_warm_up = 50;

using ids = std::vector<std::int64_t>;

std::vector<word_pair> pairs_of(const call_settings& given, const package_data& data) {
  return choose_pairs(texts_of(data.packages()), std::min(given.queries, data.queries()));
}

std::string words_of(const word_pair& pair) { return pair.first + " " + pair.second; }

/// `found` gets the ids.
template <class Search>
timings ask_all(std::size_t queries, std::vector<ids>& found, const Search& search) {
  return bench::ask_all(queries, found, search, [](const auto& hit) { return hit.row.id; });
}

template <class Search>
std::pair<timings, std::vector<ids>> best_of_rounds(std::size_t queries, const Search& search) {
  std::vector<ids> found;
  ask_all(std::min(queries, queries_to_warm_up), found, search);
  timings times;
  for (int round = 0; round < rounds; ++round) times.keep_best(ask_all(queries, found, search));
  return {std::move(times), std::move(found)};
}

nlohmann::json figures_of(const timings& times, const std::vector<ids>& found) {
  return {{"queries", found.size()}, {"p50_ms", times.ms(0.5)},  {"p99_ms", times.ms(0.99)},
          {"rate", times.rate()},    {"cpu_ms", times.cpu_ms()}, {"found", found}};
}

}  // namespace

nlohmann::json index_words(const call_settings& given) {
  const auto db = open_store(given.file);
  const auto packages = db.table<package>();
  if (packages.has_fulltext_index()) packages.drop_fulltext_index();
  const stopwatch watch;
  const auto cpu = std::clock();
  packages.create_fulltext_index<&package::text>();
  const auto seconds = watch.seconds();
  const auto stats = packages.fulltext_index_stats();
  return {{"rows", stats.rows},
          {"rows_s", static_cast<double>(stats.rows) / seconds},
          {"cpu_s", static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC},
          {"bytes", stats.bytes_stored},
          {"text_bytes", db.query<std::int64_t>("SELECT sum(octet_length(text)) FROM packages").value()}};
}

nlohmann::json measure_word_pairs(const call_settings& given, const package_data& data) {
  nlohmann::json made = nlohmann::json::array();
  for (const auto& [first, second] : pairs_of(given, data)) made.push_back({first, second});
  return {{"pairs", made}};
}

nlohmann::json measure_words(const call_settings& given, const package_data& data) {
  const auto db = open_store(given.file);
  const auto packages = db.table<package>();
  const auto pairs = pairs_of(given, data);
  const auto [times, found] =
      best_of_rounds(pairs.size(), [&](std::size_t i) { return packages.search(words_of(pairs[i])).limit(top).all(); });
  return figures_of(times, found);
}

nlohmann::json measure_hybrid(const call_settings& given, const package_data& data) {
  const auto db = open_store(given.file);
  const auto packages = db.table<package>();
  const auto pairs = pairs_of(given, data);
  const auto by_words = [&](std::size_t i) { return packages.search(words_of(pairs[i])).limit(top).all(); };
  const auto by_vector = [&](std::size_t i) { return nearest(packages, data.query(i), given).all(); };
  const auto by_both = [&](std::size_t i) {
    return packages.search(words_of(pairs[i]), data.query(i)).limit(top).recall(given.recall).all();
  };
  // one after the other in each round, so that what else the machine does meets all of them
  std::vector<ids> found;
  timings words, vector, both;
  ask_all(std::min(pairs.size(), queries_to_warm_up), found, by_both);
  for (int round = 0; round < rounds; ++round) {
    words.keep_best(ask_all(pairs.size(), found, by_words));
    vector.keep_best(ask_all(pairs.size(), found, by_vector));
    both.keep_best(ask_all(pairs.size(), found, by_both));
  }
  auto made = figures_of(both, found);
  made["words_p50_ms"] = words.ms(0.5);
  made["vector_p50_ms"] = vector.ms(0.5);
  const auto plan = packages.search(words_of(pairs[0]), data.query(0)).limit(top).recall(given.recall).explain();
  if (plan.way != "index + index") throw std::runtime_error("the search of both goes another way: " + plan.way);
  return made;
}

}  // namespace bench
