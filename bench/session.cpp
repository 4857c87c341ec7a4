// Sessions: loading objects against the raw loop that reads the same rows, and what a flush sends.
#include "entry.hpp"
#include "measure.hpp"
#include "raw_clients.hpp"
#include "support/proxy.hpp"
#include <tidbxx/tidbxx.hpp>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

using bench::entry;
using bench::expect;
using bench::make_rows;

namespace {

/// All rows as objects of a new session.
void load(const tidb::client& db, std::size_t rows) {
  tidb::session work(db);
  expect(work.query<entry>().all().size() == rows, "rows are missing");
}

template <class Raw>
void measure_load(const std::string& engine, const tidb::client& db, Raw& raw, std::size_t rows) {
  bench::compare(
      "session.load." + engine, 0.6, 15, rows,
      [&] {
        std::vector<entry> found;
        raw.read_all(found);
        expect(found.size() == rows, "rows are missing");
      },
      [&] { load(db, rows); });
}

void embedded(const bench::options& options) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("tidbxx_bench_{}", ::getpid());
  std::filesystem::create_directories(folder);
  const auto file = (folder / "bench.db").string();
  {
    auto db = tidb::connect("sqlite:" + file);
    db.create_table<entry>();
    db.insert_many(make_rows(options.rows));
  }
  auto db = tidb::connect("sqlite:" + file);
  bench::raw_sqlite raw(file);
  measure_load("embedded", db, raw, options.rows);
  std::filesystem::remove_all(folder);
}

constexpr std::size_t flushed = 1'000;

/// At most two and one for each 500 objects. Counted by a proxy between; nothing here depends on the clock.
void count_round_trips(const std::string& url) {
  tests::tcp_proxy between(url);
  auto db = tidb::connect(between.url());
  const auto report = [&](const char* what, tidb::session& work) {
    between.reset_counts();
    work.flush();
    const auto trips = between.round_trips();
    fmt::print("session.flush_round_trips.{}: {} for {} objects\n", what, trips, flushed);
    fmt::print("ratio session.flush_round_trips.{} {} want <= {}\n", what, trips, 2 + flushed / 500);
  };
  const auto first = static_cast<std::int64_t>(10'000'000);
  tidb::session work(db);
  expect(work.query<entry>().limit(1).all().size() == 1, "rows are missing");  // its transaction has begun
  // the first statements of a shape are prepared, which takes a round trip of its own each
  for (const bool counted : {false, true}) {
    std::vector<std::shared_ptr<entry>> added;
    for (std::size_t i = 0; i < flushed; ++i)
      added.push_back(work.add(entry{first + static_cast<std::int64_t>(i), "new", 1, 100}));
    counted ? report("insert", work) : work.flush();
    for (const auto& each : added) each->coins += 1;
    counted ? report("update", work) : work.flush();
    for (const auto& each : added) work.remove(each);
    counted ? report("delete", work) : work.flush();
  }
  work.rollback();
}

void tidb_server(const std::string& url, const bench::options& options) {
  auto db = tidb::connect(url);
  db.create_table<entry>(tidb::if_exists::overwrite);
  db.insert_many(make_rows(options.rows));
  auto raw = bench::raw_like(db);
  measure_load("tidb", db, raw, options.rows);
  count_round_trips(url);
  db.drop_table<entry>();
}

}  // namespace

int main(int argc, char** argv) try {
  const auto options = bench::parse(argc, argv);
  embedded(options);
  if (const char* url = std::getenv("TIDB_TEST_URL"); url != nullptr)
    tidb_server(url, options);
  else
    fmt::print("no TIDB_TEST_URL: TiDB is not measured\n");
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_session: {}\n", error.what());
  return 1;
}
