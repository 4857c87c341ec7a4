// Searches by words on a TiDB: by the index in its tables, beside LIKE on the same server; making the index, and what
// it costs those who insert.
#include "documents.hpp"
#include "support/proxy.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/core.h>

using bench::document;
using bench::quantile;
using bench::word_pair;

namespace {

constexpr std::size_t top = 10;
constexpr std::int64_t first_new_id = 1'000'000;

/// The same, in a table without an index.
struct plain_document {
  std::int64_t id{};
  std::string name{}, section{};
  std::int64_t size{};
  std::string text{};
};
constexpr auto tidb_schema(tidb::of<plain_document>) {
  return tidb::mapping("bench_plain_documents", tidb::column<&plain_document::id>(tidb::primary_key),
                       tidb::column<&plain_document::name>(tidb::varchar(120)),
                       tidb::column<&plain_document::section>(tidb::varchar(40)), tidb::column<&plain_document::size>(),
                       tidb::column<&plain_document::text>(tidb::mediumtext));
}

document with_id(document one, std::int64_t id) {
  one.id = id;
  return one;
}
plain_document plain(const document& one) { return {one.id, one.name, one.section, one.size, one.text}; }

double milliseconds_of(const auto& run) { return 1e3 * bench::seconds_of(run); }

/// The milliseconds of each query both ways.
struct search_times {
  std::vector<double> index{}, like{};
};

/// Rows with either word, those with both first; as near to a search as LIKE comes.
constexpr const char* like_any =
    "SELECT id, name, section, size, text FROM bench_documents WHERE text LIKE ? OR text LIKE ? "
    "ORDER BY (text LIKE ?) + (text LIKE ?) DESC, id LIMIT 10";
/// Any ten rows with both words.
constexpr const char* like_all =
    "SELECT id, name, section, size, text FROM bench_documents WHERE text LIKE ? AND text LIKE ? LIMIT 10";

search_times search_both_ways(const tidb::client& db, const std::vector<word_pair>& pairs, bool all_words) {
  const auto table = db.table<document>();
  search_times times;
  std::size_t found = 0;
  for (const auto& [first, second] : pairs) {
    const auto a = "%" + first + "%", b = "%" + second + "%";
    times.like.push_back(milliseconds_of([&] {
      found += all_words ? db.query<document>(like_all, a, b).all().size()
                         : db.query<document>(like_any, a, b, a, b).all().size();
    }));
    times.index.push_back(milliseconds_of(
        [&] { found += table.search(first + " " + second).match_all(all_words).limit(top).all().size(); }));
  }
  if (found == 0) throw std::runtime_error("nothing was found");
  return times;
}

/// The medians of both ways of asking for any or all of two words.
struct medians {
  double index{}, like{};
};

medians compare_searches(const tidb::client& db, const std::vector<word_pair>& pairs, const std::string& name,
                         bool all_words, double want) {
  search_both_ways(db, {pairs.begin(), pairs.begin() + 3}, all_words);  // statements are prepared, the index is loaded
  const auto times = search_both_ways(db, pairs, all_words);
  const medians made{quantile(times.index, 0.5), quantile(times.like, 0.5)};
  fmt::print("words.tidb.{}: {:.2f} ms by the index (p99 {:.2f}), {:.1f} ms by LIKE (p99 {:.1f})\n", name, made.index,
             quantile(times.index, 0.99), made.like, quantile(times.like, 0.99));
  if (want > 0) fmt::print("ratio words.tidb.{} {:.1f} want >= {}\n", name, made.like / made.index, want);
  return made;
}

void make_index(const tidb::client& db, std::size_t text_bytes) {
  const auto table = db.table<document>();
  const auto whole = bench::seconds_of(
      [&] { table.create_fulltext_index<&document::text>({.existing = tidb::if_exists::overwrite}); });
  const auto stats = table.fulltext_index_stats();
  fmt::print(
      "words.tidb.build: {} documents in {:.2f} s, {:.1f} s until all clients know; {:.3f} of the text's bytes\n",
      stats.rows, stats.seconds, whole, static_cast<double>(stats.bytes_stored) / static_cast<double>(text_bytes));
  fmt::print("ratio words.tidb.build_documents_a_second.{} {:.0f} want >= 2000\n", stats.rows,
             static_cast<double>(stats.rows) / stats.seconds);
}

/// One document in a transaction, into the table with the index and the one without in turn.
void compare_inserts(const tidb::client& db, const std::vector<document>& documents, std::size_t count) {
  std::vector<double> indexed, unindexed;
  for (std::size_t i = 0; i < count; ++i) {
    const auto one = with_id(documents[i], first_new_id + static_cast<std::int64_t>(i));
    const auto other = plain(one);
    const auto with = [&] { db.transaction([&](tidb::transaction& tx) { tx.insert(one); }); };
    const auto without = [&] { db.transaction([&](tidb::transaction& tx) { tx.insert(other); }); };
    indexed.push_back(milliseconds_of(with));
    unindexed.push_back(milliseconds_of(without));
  }
  const auto with = quantile(indexed, 0.5), without = quantile(unindexed, 0.5);
  fmt::print("words.tidb.insert_in_transaction: {:.2f} ms with the index, {:.2f} ms without\n", with, without);
  fmt::print("ratio words.tidb.insert_in_transaction {:.2f} want <= 1.7\n", with / without);
}

/// Counted by a proxy between; nothing here depends on the clock. The median of single inserts, for now and then a
/// client looks whether there are other indexes.
void count_round_trips(const std::string& url, const std::vector<document>& documents) {
  constexpr std::size_t turns = 51;
  tests::tcp_proxy between(url);
  auto db = tidb::connect(between.url());
  auto next = first_new_id + 500'000;
  const auto count = [&](const auto& insert) {
    insert(with_id(documents[0], next++));  // prepares the statements
    std::vector<double> trips;
    for (std::size_t i = 0; i < turns; ++i) {
      between.reset_counts();
      insert(with_id(documents[i], next++));
      trips.push_back(static_cast<double>(between.round_trips()));
    }
    return trips;
  };
  const auto without =
      count([&](const document& one) { db.transaction([&](tidb::transaction& tx) { tx.insert(plain(one)); }); });
  const auto with = count([&](const document& one) { db.transaction([&](tidb::transaction& tx) { tx.insert(one); }); });
  fmt::print("words.tidb.insert_in_transaction: {} round trips with the index (at most {}), {} without\n",
             quantile(with, 0.5), quantile(with, 1), quantile(without, 0.5));
  fmt::print("ratio words.tidb.insert_extra_round_trips {} want <= 1\n", quantile(with, 0.5) - quantile(without, 0.5));
}

/// The same rows into both tables, in transactions of a thousand.
void compare_bulk_inserts(const tidb::client& db, const std::vector<document>& documents) {
  std::vector<document> rows;
  std::vector<plain_document> plain_rows;
  for (std::size_t i = 0; i < std::min<std::size_t>(documents.size(), 5'000); ++i) {
    rows.push_back(with_id(documents[i], first_new_id + 700'000 + static_cast<std::int64_t>(i)));
    plain_rows.push_back(plain(rows.back()));
  }
  const auto in_thousands = [&](const auto& all) {
    return static_cast<double>(all.size()) / bench::seconds_of([&] {
             for (std::size_t from = 0; from < all.size(); from += 1000)
               db.insert_many(std::span(all).subspan(from, std::min<std::size_t>(1000, all.size() - from)));
           });
  };
  const auto without = in_thousands(plain_rows), with = in_thousands(rows);
  fmt::print("words.tidb.insert_many: {:.0f} documents a second with the index, {:.0f} without\n", with, without);
}

void print_growth(const std::string& name, const medians& few, const medians& many, double times) {
  fmt::print("words.tidb.{}: with {:.0f} times the documents {:.2f} times as long by the index, {:.2f} by LIKE\n", name,
             times, many.index / few.index, many.like / few.like);
}

void measure_inserts(const tidb::client& db, const std::string& url, const std::vector<document>& documents,
                     bool quick) {
  db.create_table<plain_document>(tidb::if_exists::overwrite);
  compare_inserts(db, documents, quick ? 50 : 300);
  count_round_trips(url, documents);
  compare_bulk_inserts(db, documents);
  db.drop_table<plain_document>();
}

void run(const std::string& url, const bench::data_settings& given) {
  const auto documents = bench::load_documents(given);
  const auto pairs = bench::choose_pairs(bench::texts_of(documents), given.quick ? 10 : 40);
  auto db = tidb::connect(url);
  medians any[2], all[2];
  const std::size_t sizes[2]{documents.size() / 4, documents.size()};
  for (const auto step : {0, 1}) {
    const std::vector<document> some(documents.begin(), documents.begin() + static_cast<std::ptrdiff_t>(sizes[step]));
    db.create_table<document>(tidb::if_exists::overwrite);
    db.insert_many(some);
    make_index(db, bench::text_bytes(some));
    const auto name = [&](const char* form) { return fmt::format("{}.{}", form, sizes[step]); };
    any[step] = compare_searches(db, pairs, name("any_of_two"), false, step == 1 ? 5 : 0);
    all[step] = compare_searches(db, pairs, name("all_of_two"), true, step == 1 ? 5 : 0);
  }
  const auto times = static_cast<double>(sizes[1]) / static_cast<double>(sizes[0]);
  print_growth("any_of_two", any[0], any[1], times);
  print_growth("all_of_two", all[0], all[1], times);
  measure_inserts(db, url, documents, given.quick);
  compare_searches(db, pairs, "any_of_two.after_inserts", false, 0);
  db.drop_table<document>();
}

}  // namespace

int main(int argc, char** argv) try {
  const auto given = bench::parse_data_settings(argc, argv);
  const char* url = std::getenv("TIDB_TEST_URL");
  if (url == nullptr) {
    fmt::print("no TIDB_TEST_URL: searches by words on TiDB are not measured\n");
    return 0;
  }
  run(url, given);
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_server_words: {}\n", error.what());
  return 1;
}
