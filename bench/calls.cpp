// Whole calls of search on the embedded engine, one thread: what bench/peers/run measures in turn with others.
// Each command prints its figures as one line of JSON; without a command all run, one after the other.
#include "calls.hpp"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

using bench::call_settings;
using bench::package;
using bench::package_data;
using bench::stopwatch;
using bench::top;
using nlohmann::json;

namespace {

constexpr std::size_t rows_a_transaction = 1000;

tidb::client new_store(const std::string& file) {
  for (const auto* part : {"", "-wal", "-shm"}) std::filesystem::remove(file + part);
  auto db = bench::open_store(file);
  db.create_table<package>();
  // the filters of the others have an index of their own, too
  db.execute("CREATE INDEX packages_section ON packages (section)");
  return db;
}

/// Inserts all rows and gives the rows a second.
double insert_all(const tidb::client& db, const std::vector<package>& rows) {
  const stopwatch watch;
  for (std::size_t from = 0; from < rows.size(); from += rows_a_transaction)
    db.insert_many(std::span(rows).subspan(from, std::min(rows_a_transaction, rows.size() - from)));
  return static_cast<double>(rows.size()) / watch.seconds();
}

json load(const call_settings& given, const package_data& data) {
  const auto rows = data.packages();
  const auto db = new_store(given.file);
  const auto inserted = insert_all(db, rows);
  const auto packages = db.table<package>();
  const stopwatch watch;
  packages.create_vector_index<&package::embedding>();
  const auto indexed = static_cast<double>(rows.size()) / watch.seconds();
  const auto stats = packages.index_stats<&package::embedding>();
  return {{"rows", rows.size()},
          {"insert_rows_s", inserted},
          {"index_rows_s", indexed},
          {"partitions", stats.partitions},
          {"index_bytes", stats.bytes_stored}};
}

/// The same rows into a table whose index is there from the start.
json insert(const call_settings& given, const package_data& data) {
  const auto rows = data.packages();
  const auto db = new_store(given.file);
  const auto packages = db.table<package>();
  packages.create_vector_index<&package::embedding>();
  const auto cpu = std::clock();
  const auto inserted = insert_all(db, rows);
  return {{"rows", rows.size()},
          {"rows_s", inserted},
          {"cpu_s", static_cast<double>(std::clock() - cpu) / CLOCKS_PER_SEC},
          {"delta", packages.index_stats<&package::embedding>().delta}};
}

json query(const call_settings& given, const package_data& data) {
  const auto db = bench::open_store(given.file);
  const auto packages = db.table<package>();
  const auto queries = std::min(given.queries, data.queries());
  const auto search = [&](std::size_t i) { return bench::nearest(packages, data.query(i), given).all(); };
  std::vector<std::vector<double>> found;
  bench::pass(std::min<std::size_t>(queries, 50), found, search);
  bench::timings times;
  for (int round = 0; round < 3; ++round) times.keep_best(bench::pass(queries, found, search));
  bench::recall_counter recall;
  for (std::size_t i = 0; i < queries; ++i) recall.add(found[i], data.reach(i));
  return {{"asked", given.recall}, {"queries", queries},       {"p50_ms", times.ms(0.5)}, {"p99_ms", times.ms(0.99)},
          {"rate", times.rate()},  {"recall", recall.value()}, {"cpu_ms", times.cpu_ms()}};
}

/// For a process of its own, which the caller measures: from nothing to the first answer.
json open(const call_settings& given) {
  const stopwatch watch;
  const auto query = bench::package_data::first_query(given.data);
  const auto db = bench::open_store(given.file);
  const auto hits = bench::nearest(db.table<package>(), query, given).all();
  if (hits.size() != top) throw std::runtime_error("the first search found too few rows");
  return {{"first", hits.front().row.id}, {"inside_ms", 1e3 * watch.seconds()}};
}

json run(const call_settings& given, const package_data& data) {
  if (given.command == "load") return load(given, data);
  if (given.command == "insert") return insert(given, data);
  if (given.command == "query") return query(given, data);
  if (given.command == "filter") return bench::measure_filters(given, data);
  if (given.command == "churn") return bench::measure_churn(given, data);
  if (given.command == "index_words") return bench::index_words(given);
  if (given.command == "words") return bench::measure_words(given, data);
  if (given.command == "hybrid") return bench::measure_hybrid(given, data);
  if (given.command == "pairs") return bench::measure_word_pairs(given, data);
  throw std::runtime_error("unknown command \"" + given.command + "\"");
}

void print(json figures, const std::string& command) {
  figures["command"] = command;
  fmt::print("{}\n", figures.dump());
  std::fflush(stdout);
}

[[noreturn]] void usage(const char* program) {
  fmt::print(stderr,
             "usage: {} [all|COMMAND] [--data DIR] [--file PATH] [--rows N] [--queries N]\n"
             "       [--changes N] [--recall SHARE] [--percent N] [--quick]\n"
             "commands: load, insert, query, filter, churn, open; index_words, words, hybrid, pairs\n",
             program);
  std::exit(2);
}

call_settings parse(int argc, char** argv) {
  call_settings made;
  const auto number = [](const char* text) { return static_cast<std::size_t>(std::strtoull(text, nullptr, 10)); };
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (word == "--quick") {
      made.rows = std::min<std::size_t>(made.rows, 5'000);
      made.queries = 50;
      made.changes = 4'000;
      continue;
    }
    if (!word.starts_with("--")) {
      made.command = word;
      continue;
    }
    if (value == nullptr) usage(argv[0]);
    ++i;
    if (word == "--data")
      made.data = value;
    else if (word == "--file")
      made.file = value;
    else if (word == "--rows")
      made.rows = number(value);
    else if (word == "--queries")
      made.queries = number(value);
    else if (word == "--changes")
      made.changes = number(value);
    else if (word == "--recall")
      made.recall = std::strtod(value, nullptr);
    else if (word == "--percent")
      made.percent = static_cast<int>(number(value));
    else
      usage(argv[0]);
  }
  if (made.file.empty()) made.file = (std::filesystem::temp_directory_path() / "tidbxx_bench_calls.db").string();
  return made;
}

}  // namespace

int main(int argc, char** argv) try {
  auto given = parse(argc, argv);
  if (given.command == "open") {
    print(open(given), "open");
    return 0;
  }
  const package_data data(given.data, given.rows);
  if (given.command != "all") {
    print(run(given, data), given.command);
    return 0;
  }
  for (const auto* command : {"insert", "load", "query", "filter", "churn", "index_words", "words", "hybrid"}) {
    given.command = command;
    print(run(given, data), command);
  }
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_calls: {}\n", error.what());
  return 1;
}
