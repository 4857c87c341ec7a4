// The client against the raw C APIs: reading rows into structs, inserting them, point lookups.
#include "entry.hpp"
#include "measure.hpp"
#include "raw_clients.hpp"
#include "support/proxy.hpp"
#include <tidbxx/tidbxx.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

using bench::entry;
using bench::expect;
using bench::lookup_id;
using bench::make_rows;
using bench::raw_mysql;
using bench::raw_sqlite;
using bench::select_one;
using tidb::c;

namespace {

template <class Raw, class RawInsert>
void measure_inserts(const std::string& engine, tidb::client& db, Raw& raw, const std::vector<entry>& rows, int pairs,
                     const RawInsert& raw_insert) {
  bench::compare(
      "client.insert_rows." + engine, 0.9, pairs, rows.size(), [&] { raw_insert(rows); }, [&] { db.insert_many(rows); },
      [&] { raw.clear(); });
}

template <class Raw>
void measure_reads(const std::string& engine, tidb::client& db, Raw& raw, std::size_t rows, std::size_t lookups) {
  const auto all = db.prepare(tidb::select<entry>());
  bench::compare(
      "client.read_rows." + engine, 0.9, 15, rows,
      [&] {
        std::vector<entry> found;
        raw.read_all(found);
        expect(found.size() == rows, "rows are missing");
      },
      [&] { expect(all.all().size() == rows, "rows are missing"); });

  const auto by_id = db.prepare(tidb::select<entry>().where(c<&entry::id> == tidb::param<0>));
  bench::compare(
      "client.point_lookup." + engine, 0.9, 15, lookups,
      [&] {
        for (std::size_t i = 0; i < lookups; ++i) expect(raw.find(lookup_id(i, rows)).goods == 100, "wrong row");
      },
      [&] {
        for (std::size_t i = 0; i < lookups; ++i) expect(by_id.one(lookup_id(i, rows)).goods == 100, "wrong row");
      });
}

/// What borrowing and returning a connection costs a client of one thread.
void measure_checkout(const std::string& engine, const std::string& url) {
  tidb::pool shared(url);
  shared.warm_up();
  auto& state = *shared.state();
  constexpr int turns = 200'000, rounds = 15;
  std::vector<double> microseconds;
  for (int round = 0; round < rounds; ++round) {
    const auto start = std::chrono::steady_clock::now();
    for (int turn = 0; turn < turns; ++turn) state.checkout({});
    microseconds.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count() /
                           turns);
  }
  std::ranges::sort(microseconds);
  fmt::print("ratio client.pool_checkout_us.{} {:.3f} want <= 2.00\n", engine, microseconds[rounds / 2]);
}

void embedded(const bench::options& options) {
  const auto folder = std::filesystem::temp_directory_path() / ("tidbxx_bench_" + std::to_string(std::rand()));
  std::filesystem::create_directories(folder);
  const auto file = (folder / "bench.db").string();
  const auto rows = make_rows(options.rows);
  {
    auto db = tidb::connect("sqlite:" + file);
    db.create_table<entry>();
    raw_sqlite raw(file);
    measure_inserts("embedded", db, raw, rows, 15, [&](const auto& given) { raw.insert(given); });
  }
  {
    // opened anew: a connection that wrote keeps pages of its own in its cache, and the other reads them from the file
    auto db = tidb::connect("sqlite:" + file);
    raw_sqlite raw(file);
    measure_reads("embedded", db, raw, rows.size(), options.quick ? 5'000 : 100'000);
  }
  measure_checkout("embedded", "sqlite:" + file);
  std::filesystem::remove_all(folder);
}

using prepared_lookup = tidb::prepared<entry>;

prepared_lookup prepare_lookup(const tidb::statements& on) {
  return on.prepare(tidb::select<entry>().where(c<&entry::id> == tidb::param<0>));
}

entry find_in_transaction(const tidb::client& db, std::int64_t id) {
  return db.transaction([&](tidb::transaction& tx) { return tx.query<entry>(select_one, id).one(); });
}

void measure_transactions(const tidb::client& db, raw_mysql& raw, std::size_t rows, std::size_t turns) {
  // at most 10 % more CPU than the raw calls is a ratio of 0.91
  bench::compare(
      "client.transaction.tidb", 0.91, 15, turns,
      [&] {
        for (std::size_t i = 0; i < turns; ++i) expect(raw.find_in_transaction(lookup_id(i, rows)).goods == 100, "row");
      },
      [&] {
        for (std::size_t i = 0; i < turns; ++i) expect(find_in_transaction(db, lookup_id(i, rows)).goods == 100, "row");
      });
}

/// Counted by a proxy between; nothing here depends on the clock.
void count_round_trips(const std::string& url, const std::string& database, std::size_t rows) {
  tests::tcp_proxy between(url);
  auto db = tidb::connect(between.url());
  raw_mysql raw("127.0.0.1", between.port(), database);
  const auto by_id = prepare_lookup(db);
  const auto count = [&](const auto& find) {
    find(0);  // prepares the statement
    between.reset_counts();
    for (std::size_t i = 0; i < 100; ++i) find(lookup_id(i, rows));
    return static_cast<double>(between.round_trips());
  };
  const auto compare = [&](const char* name, const auto& theirs, const auto& ours) {
    const auto raw_trips = count(theirs), our_trips = count(ours);
    fmt::print("client.round_trips.{}: ours {:.2f} a call, raw {:.2f}\n", name, our_trips / 100, raw_trips / 100);
    fmt::print("ratio client.round_trips.{} {:.2f} want <= 1.00\n", name, our_trips / raw_trips);
  };
  compare(
      "point_lookup", [&](std::int64_t id) { raw.find(id); }, [&](std::int64_t id) { by_id.one(id); });
  compare(
      "transaction", [&](std::int64_t id) { raw.find_in_transaction(id); },
      [&](std::int64_t id) { find_in_transaction(db, id); });
}

void tidb_server(const std::string& url, const bench::options& options) {
  auto db = tidb::connect(url);
  db.create_table<entry>(tidb::if_exists::overwrite);
  auto raw = bench::raw_like(db);
  const auto batch = db.features().rows_per_insert;
  const auto rows = make_rows(options.rows / batch * batch);
  measure_inserts("tidb", db, raw, rows, options.quick ? 3 : 7, [&](const auto& given) { raw.insert(given, batch); });
  measure_reads("tidb", db, raw, rows.size(), options.quick ? 500 : 3'000);
  measure_checkout("tidb", url);
  measure_transactions(db, raw, rows.size(), options.quick ? 200 : 1'000);
  count_round_trips(url, db.endpoint().substr(db.endpoint().find('/') + 1), rows.size());
  db.drop_table<entry>();
}

}  // namespace

int main(int argc, char** argv) try {
  const auto options = bench::parse(argc, argv);
  std::srand(static_cast<unsigned>(std::chrono::steady_clock::now().time_since_epoch().count()));
  embedded(options);
  if (const char* url = std::getenv("TIDB_TEST_URL"); url != nullptr)
    tidb_server(url, options);
  else
    fmt::print("no TIDB_TEST_URL: TiDB is not measured\n");
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_client: {}\n", error.what());
  return 1;
}
