// Searches among the packages of some sections.
#include "../calls.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <stdexcept>
#include <utility>

#include <nlohmann/json.hpp>

namespace bench {

namespace {

constexpr std::size_t most_queries = 200;
constexpr int rounds = 3;

/// The section of each row, by its id.
using sections = std::vector<std::string>;

sections read_sections(const tidb::client& db, std::size_t rows) {
  sections read(rows);
  for (const auto& [id, name] : db.query<std::int64_t, std::string>("SELECT id, section FROM packages"))
    read.at(static_cast<std::size_t>(id)) = name;
  return read;
}

/// Those that together have about this share of the rows: one, or for half of the rows the largest.
std::vector<std::string> choose(const sections& of_rows, double share) {
  std::map<std::string, std::size_t> counts;
  for (const auto& name : of_rows) ++counts[name];
  std::vector<std::pair<std::size_t, std::string>> largest;
  for (const auto& [name, count] : counts) largest.emplace_back(count, name);
  std::ranges::sort(largest, std::greater{});
  const auto wanted = share * static_cast<double>(of_rows.size());
  if (share < 0.3) {
    const auto off = [&](const auto& section) { return std::abs(static_cast<double>(section.first) - wanted); };
    return {std::ranges::min_element(largest, {}, off)->second};
  }
  std::vector<std::string> names;
  std::size_t total = 0;
  for (const auto& [count, name] : largest) {
    if (static_cast<double>(total + count) > 1.01 * wanted) break;
    total += count;
    names.push_back(name);
  }
  return names;
}

/// What reads the keys of the rows that meet the condition.
std::string keys_of(const std::vector<std::string>& chosen) {
  std::string sql = "SELECT id FROM packages WHERE section IN (";
  for (const auto& name : chosen) sql += (&name == &chosen.front() ? "'" : ", '") + name + "'";
  return sql + ")";
}

timings time_of(const std::string& sql, const tidb::client& db, std::size_t rows) {
  timings times;
  for (int turn = 0; turn < 30; ++turn) {
    const stopwatch watch;
    const auto ids = db.query<std::int64_t>(sql).all();
    times.add(watch.seconds());
    if (ids.size() != rows) throw std::runtime_error("the filter's rows are not those expected");
  }
  return times;
}

nlohmann::json measure(const call_settings& given, const package_data& data, const tidb::client& db,
                       const std::vector<std::string>& chosen, const std::vector<std::span<const float>>& matching) {
  const auto packages = db.table<package>();
  const auto queries = std::min({given.queries, data.queries(), most_queries});
  const auto condition = tidb::c<&package::section>.in(chosen);
  const auto plain = [&](std::size_t i) { return nearest(packages, data.query(i), given).all(); };
  const auto filtered = [&](std::size_t i) { return nearest(packages, data.query(i), given).where(condition).all(); };
  const auto sql = keys_of(chosen);

  std::vector<std::vector<double>> found;
  timings filtered_times, plain_times, sql_times;
  for (int round = 0; round < rounds; ++round) {
    plain_times.keep_best(pass(queries, found, plain));
    sql_times.keep_best(time_of(sql, db, matching.size()));
    filtered_times.keep_best(pass(queries, found, filtered));
  }
  recall_counter recall;
  for (std::size_t i = 0; i < queries; ++i) recall.add(found[i], reach_among(data.query(i), matching), matching.size());
  return {{"rows", matching.size()},
          {"sections", chosen},
          {"p50_ms", filtered_times.ms(0.5)},
          {"p99_ms", filtered_times.ms(0.99)},
          {"rate", filtered_times.rate()},
          {"cpu_ms", filtered_times.cpu_ms()},
          {"recall", recall.value()},
          {"plain_p50_ms", plain_times.ms(0.5)},
          {"sql_p50_ms", sql_times.ms(0.5)},
          {"way", nearest(packages, data.query(0), given).where(condition).explain().way}};
}

}  // namespace

nlohmann::json measure_filters(const call_settings& given, const package_data& data) {
  const auto db = open_store(given.file);
  const auto of_rows = read_sections(db, data.rows());
  nlohmann::json made;
  for (const int percent : {1, 10, 50}) {
    if (given.percent != 0 && given.percent != percent) continue;
    const auto chosen = choose(of_rows, percent / 100.0);
    std::vector<std::span<const float>> matching;
    for (std::size_t i = 0; i < data.rows(); ++i)
      if (std::ranges::find(chosen, of_rows[i]) != chosen.end()) matching.push_back(data.vector(i));
    made[std::to_string(percent)] = measure(given, data, db, chosen, matching);
  }
  return made;
}

}  // namespace bench
