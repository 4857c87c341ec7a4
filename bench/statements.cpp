// Typed statements that are built each time, rows as a stream, and a column of each type.
#include "entry.hpp"
#include "measure.hpp"
#include "raw_clients.hpp"
#include <tidbxx/tidbxx.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

using bench::entry;
using bench::expect;
using bench::make_rows;
using tidb::c;
using tidb::param;

namespace {

using clock_type = std::chrono::steady_clock;

constexpr std::int64_t range = 20;  // rows of a typed select

double seconds_of(const auto& run) {
  const auto start = clock_type::now();
  run();
  return std::chrono::duration<double>(clock_type::now() - start).count();
}

/// A select that the program writes out each time, against the same prepared by hand.
void measure_typed(const std::string& engine, const tidb::client& db, std::size_t rows, std::size_t turns) {
  const auto prepared = db.prepare(tidb::select<entry>().where(c<&entry::id> >= param<0> && c<&entry::id> < param<1>));
  const auto first_of = [&](std::size_t turn) {
    return bench::lookup_id(turn, rows - static_cast<std::size_t>(range));
  };
  bench::compare(
      "client.typed_select." + engine, 0.95, 15, turns,
      [&] {
        for (std::size_t turn = 0; turn < turns; ++turn)
          expect(prepared.all(first_of(turn), first_of(turn) + range).size() == static_cast<std::size_t>(range),
                 "rows are missing");
      },
      [&] {
        for (std::size_t turn = 0; turn < turns; ++turn) {
          const auto first = first_of(turn);
          expect(db.select<entry>().where(c<&entry::id> >= first && c<&entry::id> < first + range).all().size() ==
                     static_cast<std::size_t>(range),
                 "rows are missing");
        }
      });
}

/// What it costs to build a select of ten clauses, and to find its text, over one that was prepared.
void measure_ten_clauses(const std::string& engine, const tidb::client& db, std::size_t turns) {
  const auto prepared =
      db.prepare(tidb::select<entry>()
                     .where(c<&entry::id> == param<0> && c<&entry::coins> >= param<1> && c<&entry::goods> > param<2> &&
                            c<&entry::name> != param<3> && c<&entry::coins> < param<4> && c<&entry::goods> <= param<5>)
                     .order_by(c<&entry::id>)
                     .limit(param<6>)
                     .offset(param<7>));
  const auto by_hand = [&] {
    for (std::size_t turn = 0; turn < turns; ++turn)
      expect(prepared.all(turn % 1'000, 0, 0, "x", 100'000, 100, 10, 0).size() == 1, "wrong rows");
  };
  const auto typed = [&] {
    for (std::size_t turn = 0; turn < turns; ++turn)
      expect(db.select<entry>()
                     .where(c<&entry::id> == turn % 1'000 && c<&entry::coins> >= 0 && c<&entry::goods> > 0 &&
                            c<&entry::name> != "x" && c<&entry::coins> < 100'000 && c<&entry::goods> <= 100)
                     .order_by(c<&entry::id>)
                     .limit(10)
                     .offset(0)
                     .all()
                     .size() == 1,
             "wrong rows");
  };
  by_hand();
  typed();
  std::vector<double> microseconds;
  for (int pair = 0; pair < 15; ++pair) {
    const double prepared_time = seconds_of(by_hand);
    microseconds.push_back((seconds_of(typed) - prepared_time) / static_cast<double>(turns) * 1e6);
  }
  std::ranges::sort(microseconds);
  fmt::print("client.ten_clauses_us.{}: {:.3f} us more than a prepared one ({:.3f} to {:.3f}), 15 pairs\n", engine,
             microseconds[7], microseconds[3], microseconds[11]);
  fmt::print("ratio client.ten_clauses_us.{} {:.3f} want <= 0.5\n", engine, microseconds[7]);
}

/// Of its own, without the pages of files that are mapped.
double memory_mib() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;)
    if (word == "RssAnon:") {
      double kib = 0;
      status >> kib;
      return kib / 1024;
    }
  return 0;
}

/// Rows one by one, none of which is kept.
template <class Raw>
void measure_stream(const std::string& engine, const tidb::client& db, Raw& raw, std::size_t rows, int pairs) {
  std::int64_t raw_sum = 0, sum = 0;
  const auto ours = [&] { db.select<entry>().each([&](const entry& row) { sum += row.coins; }); };
  raw.each([&](const entry& row) { raw_sum += row.coins; });
  const auto before = memory_mib();
  double more = 0;
  std::size_t seen = 0;
  db.select<entry>().each([&](const entry& row) {
    sum += row.coins;
    if (++seen % 50'000 == 0) more = std::max(more, memory_mib() - before);
  });
  expect(sum == raw_sum, "rows are missing");
  fmt::print("client.stream_mib.{}: {} rows took {:.1f} MiB at most\n", engine, rows, more);
  fmt::print("ratio client.stream_mib.{} {:.1f} want <= 16\n", engine, more);
  bench::compare(
      "client.stream_rows." + engine, 0.9, pairs, rows,
      [&] { raw.each([&](const entry& row) { raw_sum += row.coins; }); }, ours);
}

// Each type ---------------------------------------------------------------------------------------------------------

enum class size { small, large };
constexpr auto tidb_labels(tidb::of<size>) {
  return tidb::labels<size>({{size::small, "small"}, {size::large, "large"}});
}

template <class T>
struct cell {
  std::int64_t id{};
  T item{};
};

template <class T>
constexpr auto item_column() {
  if constexpr (std::same_as<T, tidb::decimal>)
    return tidb::column<&cell<T>::item>(tidb::numeric(20, 4));
  else
    return tidb::column<&cell<T>::item>();
}
template <class T>
constexpr auto tidb_schema(tidb::of<cell<T>>) {
  return tidb::mapping("bench_cells", tidb::column<&cell<T>::id>(tidb::primary_key), item_column<T>());
}

template <class T>
void measure_type(const std::string& engine, const tidb::client& db, std::string_view name, std::size_t rows,
                  const auto& make) {
  std::vector<cell<T>> given;
  for (std::size_t i = 0; i < rows; ++i) given.push_back({static_cast<std::int64_t>(i), make(i)});
  db.create_table<cell<T>>(tidb::if_exists::overwrite);
  const auto nanoseconds = [&](double seconds) { return seconds / static_cast<double>(rows) * 1e9; };
  const double inserting = seconds_of([&] { db.insert_many(given); });
  std::vector<cell<T>> found;
  double reading = 1e9;
  for (int turn = 0; turn < 5; ++turn)
    reading = std::min(reading, seconds_of([&] { found = db.select<cell<T>>().all(); }));
  expect(found.size() == rows, "rows are missing");
  fmt::print("client.type.{}.{}: insert {:.0f} ns a row, read {:.0f} ns\n", engine, name, nanoseconds(inserting),
             nanoseconds(reading));
  db.drop_table<cell<T>>();
}

void measure_types(const std::string& engine, const tidb::client& db, std::size_t rows) {
  using namespace std::chrono;
  const auto number = [](std::size_t i) { return static_cast<std::int64_t>(i); };
  const sys_days day = year(2026) / 1 / 31;
  measure_type<std::int64_t>(engine, db, "bigint", rows, number);
  measure_type<std::uint32_t>(engine, db, "int unsigned", rows, [](std::size_t i) { return std::uint32_t(i); });
  measure_type<bool>(engine, db, "boolean", rows, [](std::size_t i) { return i % 2 == 0; });
  measure_type<double>(engine, db, "double", rows, [](std::size_t i) { return double(i) / 7; });
  measure_type<float>(engine, db, "float", rows, [](std::size_t i) { return float(i) / 8; });
  measure_type<tidb::decimal>(engine, db, "decimal", rows,
                              [&](std::size_t i) { return tidb::decimal("0.1234") + number(i); });
  measure_type<std::string>(engine, db, "text", rows,
                            [](std::size_t i) { return "a text of a row " + std::to_string(i); });
  measure_type<tidb::blob>(engine, db, "blob", rows, [](std::size_t i) { return tidb::blob(24, std::byte(i)); });
  measure_type<sys_days>(engine, db, "date", rows, [&](std::size_t i) { return day + days(i % 10'000); });
  measure_type<sys_time<microseconds>>(engine, db, "datetime", rows,
                                       [&](std::size_t i) { return day + microseconds(i * 1'000'001); });
  measure_type<microseconds>(engine, db, "time", rows, [](std::size_t i) { return microseconds(i * 100'003); });
  measure_type<tidb::json>(engine, db, "json", rows,
                           [](std::size_t i) { return tidb::json(R"({"n": )" + std::to_string(i) + "}"); });
  measure_type<tidb::uuid>(engine, db, "uuid", rows, [](std::size_t) { return tidb::uuid::random(); });
  measure_type<size>(engine, db, "enum", rows, [](std::size_t i) { return i % 2 == 0 ? size::small : size::large; });
  measure_type<tidb::vector<16>>(engine, db, "vector(16)", rows, [](std::size_t i) {
    return tidb::vector<16>{1, 2, float(i)};
  });
  measure_type<std::optional<std::int64_t>>(engine, db, "bigint NULL", rows, [&](std::size_t i) {
    return i % 2 == 0 ? std::optional(number(i)) : std::nullopt;
  });
}

void embedded(const bench::options& options) {
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("tidbxx_bench_{}", std::rand());
  std::filesystem::create_directories(folder);
  const auto file = (folder / "bench.db").string();
  const std::size_t rows = options.quick ? 20'000 : 1'000'000;
  {
    auto db = tidb::connect("sqlite:" + file);
    db.create_table<entry>();
    std::size_t made = 0;
    db.insert_many([&]() -> std::optional<entry> {
      if (made == rows) return std::nullopt;
      auto row = bench::make_row(made++);
      return row;
    });
  }
  auto db = tidb::connect("sqlite:" + file);
  bench::raw_sqlite raw(file);
  measure_stream("embedded", db, raw, rows, 15);
  measure_typed("embedded", db, rows, options.quick ? 2'000 : 20'000);
  measure_ten_clauses("embedded", db, options.quick ? 5'000 : 50'000);
  measure_types("embedded", db, options.quick ? 2'000 : 100'000);
  std::filesystem::remove_all(folder);
}

void tidb_server(const std::string& url, const bench::options& options) {
  auto db = tidb::connect(url);
  db.create_table<entry>(tidb::if_exists::overwrite);
  auto raw = bench::raw_like(db);
  const std::size_t rows = options.quick ? 20'000 : 1'000'000, part = 100'000;
  for (std::size_t first = 0; first < rows; first += part) {  // within what one transaction bears
    std::vector<entry> some;
    for (std::size_t i = first; i < std::min(first + part, rows); ++i) some.push_back(bench::make_row(i));
    db.insert_many(some);
  }
  measure_stream("tidb", db, raw, rows, options.quick ? 3 : 7);
  measure_typed("tidb", db, rows, options.quick ? 300 : 2'000);
  measure_types("tidb", db, options.quick ? 1'000 : 10'000);
  db.drop_table<entry>();
}

}  // namespace

int main(int argc, char** argv) try {
  const auto options = bench::parse(argc, argv);
  std::srand(static_cast<unsigned>(clock_type::now().time_since_epoch().count()));
  embedded(options);
  if (const char* url = std::getenv("TIDB_TEST_URL"); url != nullptr)
    tidb_server(url, options);
  else
    fmt::print("no TIDB_TEST_URL: TiDB is not measured\n");
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_statements: {}\n", error.what());
  return 1;
}
