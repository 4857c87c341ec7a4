// Vector search on a TiDB: by the index in its tables, beside the exact search of the same server.
#include "data_settings.hpp"
#include "vector_data.hpp"
#include <tidbxx/tidbxx.hpp>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>

using tidb::c;

namespace {

constexpr std::size_t dims = 384;

struct item {
  std::int64_t id{};
  std::string text{};
  tidb::vector<dims> place{};
};
constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("bench_items", tidb::column<&item::id>(tidb::primary_key),
                       tidb::column<&item::text>(tidb::varchar(32)), tidb::column<&item::place>());
}

/// The same, in a table without an index.
struct plain_item {
  std::int64_t id{};
  std::string text{};
  tidb::vector<dims> place{};
};
constexpr auto tidb_schema(tidb::of<plain_item>) {
  return tidb::mapping("bench_plain_items", tidb::column<&plain_item::id>(tidb::primary_key),
                       tidb::column<&plain_item::text>(tidb::varchar(32)), tidb::column<&plain_item::place>());
}

item item_of(const bench::vector_data& data, std::size_t row, std::size_t id) {
  item made{.id = static_cast<std::int64_t>(id), .text = "item " + std::to_string(id)};
  std::copy_n(data.row(row), dims, made.place.begin());
  return made;
}

std::vector<item> items_of(const bench::vector_data& data, std::size_t count) {
  std::vector<item> made;
  made.reserve(count);
  for (std::size_t row = 0; row < count; ++row) made.push_back(item_of(data, row, row));
  return made;
}

double median(std::vector<double> times) {
  std::ranges::sort(times);
  return times[times.size() / 2];
}

class measured {
public:
  measured(const tidb::client& db, const bench::vector_data& data) : db_(db), data_(data) {}

  /// The median of a search's milliseconds; the recall by the side.
  double search(double recall, std::size_t queries, double* found = nullptr) {
    const auto items = db_.table<item>();
    std::vector<double> times;
    std::size_t right = 0;
    for (std::size_t query = 0; query < queries; ++query) {
      const std::vector<float> wanted(data_.query(query), data_.query(query) + dims);
      std::vector<tidb::hit<std::int64_t>> hits;
      times.push_back(
          1e3 * bench::seconds_of([&] {
            hits = items.search(std::span<const float>(wanted)).recall(recall).columns<&item::id>().limit(10).all();
          }));
      const auto truth = data_.truth_of(query);
      for (const auto& hit : hits) right += std::ranges::count(truth, hit.row) != 0 ? 1 : 0;
    }
    if (found != nullptr) *found = static_cast<double>(right) / static_cast<double>(queries * bench::neighbours);
    return median(std::move(times));
  }

  /// Both in turn; the ratio with its target.
  double compare(const std::string& name, double want, std::size_t queries) {
    search(0.99, 5);
    const auto exact = search(1, std::min<std::size_t>(queries, 40));
    const auto indexed = search(0.99, queries);
    fmt::print("tidb.search.{}: {:.2f} ms by the index, {:.1f} ms exact\n", name, indexed, exact);
    if (want > 0) fmt::print("ratio tidb.search.{} {:.1f} want >= {}\n", name, exact / indexed, want);
    return indexed;
  }

private:
  const tidb::client& db_;
  const bench::vector_data& data_;
};

void make_index(const tidb::client& db, std::size_t rows) {
  const auto items = db.table<item>();
  items.create_vector_index<&item::place>({.existing = tidb::if_exists::overwrite});
  const auto stats = items.index_stats<&item::place>();
  fmt::print("tidb.build: {} rows in {:.2f} s, {} partitions, {:.1f} MiB stored\n", stats.rows, stats.seconds,
             stats.partitions, static_cast<double>(stats.bytes_stored) / (1 << 20));
  fmt::print("ratio tidb.build_rows_a_second.{} {:.0f} want >= 10000\n", rows,
             static_cast<double>(stats.rows) / stats.seconds);
}

/// By a client that may have a quarter of the index in memory, and reads the rest as searches come to it.
void search_in_parts(const tidb::client& db, const std::string& url, const bench::vector_data& data,
                     std::size_t queries) {
  const auto bytes = db.table<item>().index_stats<&item::place>().bytes_in_memory;
  const auto narrow = tidb::connect(url + (url.find('?') == std::string::npos ? "?" : "&") +
                                    "index_memory=" + std::to_string(bytes / 4));
  measured one(narrow, data);
  double recall = 0;
  one.search(0.99, queries, &recall);
  fmt::print("ratio tidb.recall.in_parts {:.4f} want >= 0.99\n", recall);
  one.compare("in_parts", 0, queries);
  std::uint64_t blocks = 0, read = 0;
  for (std::size_t query = 0; query < queries; ++query) {
    const std::span<const float> wanted(data.query(query), dims);
    const auto plan = narrow.table<item>().search(wanted).explain();
    blocks += plan.blocks_read + plan.blocks_cached;
    read += plan.blocks_read;
  }
  fmt::print("tidb.search.in_parts: {:.1f} blocks a search, of which {:.1f} are read\n",
             static_cast<double>(blocks) / static_cast<double>(queries),
             static_cast<double>(read) / static_cast<double>(queries));
}

/// One row in a transaction, into the table with the index and the one without in turn.
void compare_inserts(const tidb::client& db, const bench::vector_data& data, std::size_t count) {
  db.create_table<plain_item>(tidb::if_exists::overwrite);
  std::vector<double> indexed, plain;
  for (std::size_t i = 0; i < count; ++i) {
    const auto one = item_of(data, i, 1'000'000 + i);
    const plain_item other{one.id, one.text, one.place};
    indexed.push_back(1e3 * bench::seconds_of([&] { db.transaction([&](tidb::transaction& tx) { tx.insert(one); }); }));
    plain.push_back(1e3 * bench::seconds_of([&] { db.transaction([&](tidb::transaction& tx) { tx.insert(other); }); }));
  }
  const auto with = median(std::move(indexed)), without = median(std::move(plain));
  fmt::print("tidb.insert_in_transaction: {:.2f} ms with the index, {:.2f} ms without\n", with, without);
  fmt::print("ratio tidb.insert_in_transaction {:.2f} want <= 1.7\n", with / without);
  db.drop_table<plain_item>();
}

/// Rows get the vectors of others and then their own again, so that the true neighbours stay.
void churn(const tidb::client& db, const bench::vector_data& data, std::size_t changes) {
  constexpr std::size_t at_once = 500;
  std::mt19937 random(3);
  std::vector<item> others, own;
  for (std::size_t done = 0; done < changes; done += 2 * at_once) {
    others.clear();
    own.clear();
    const auto first = random() % (data.count() - at_once);
    for (auto row = first; row < first + at_once; ++row) {
      others.push_back(item_of(data, (row + 1) % data.count(), row));
      own.push_back(item_of(data, row, row));
    }
    db.update_many(others);
    db.update_many(own);
  }
}

void run(const std::string& url, const bench::data_settings& given) {
  const auto all =
      given.data.empty() ? bench::make_vectors(given.rows, dims, 200) : bench::load_vectors(given.data, given.rows);
  const std::size_t queries = given.quick ? 50 : std::min<std::size_t>(all.query_count(), 500);
  auto db = tidb::connect(url);
  std::vector<double> by_index;
  for (const auto rows : {all.count() / 4, all.count()}) {
    const auto data = rows == all.count() ? all : bench::part_of(all, rows);
    db.create_table<item>(tidb::if_exists::overwrite);
    fmt::print("tidb.insert: {} rows in {:.1f} s\n", rows,
               bench::seconds_of([&] { db.insert_many(items_of(data, rows)); }));
    make_index(db, rows);
    measured one(db, data);
    double recall = 0;
    one.search(0.99, queries, &recall);
    fmt::print("ratio tidb.recall.{} {:.4f} want >= 0.99\n", rows, recall);
    one.compare(fmt::format("{}_rows", rows), rows == all.count() ? 15 : 0, queries);
    if (rows != all.count()) continue;
    search_in_parts(db, url, data, std::min<std::size_t>(queries, 100));
    compare_inserts(db, data, 300);
    db.erase<item>().where(c<&item::id> >= 1'000'000).run();
    db.table<item>().optimize<&item::place>();
    db.update_many(items_of(data, 2'000));
    one.compare("2000_in_the_delta", 5, queries);
    db.table<item>().optimize<&item::place>();
    churn(db, data, given.quick ? 10'000 : 100'000);
    one.compare("after_churn", 5, queries);
    one.search(0.99, queries, &recall);
    fmt::print("ratio tidb.recall.after_churn {:.4f} want >= 0.99\n", recall);
  }
  db.drop_table<item>();
}

}  // namespace

int main(int argc, char** argv) try {
  const auto given = bench::parse_data_settings(argc, argv);
  const char* url = std::getenv("TIDB_TEST_URL");
  if (url == nullptr) {
    fmt::print("no TIDB_TEST_URL: search on TiDB is not measured\n");
    return 0;
  }
  run(url, given);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_server_search: {}\n", error.what());
  return 1;
}
