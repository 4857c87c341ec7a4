// Searches by words in whole calls on the embedded engine, against SQLite's FTS5 by its C API: the ten best with their
// rows, making the index, its bytes. FTS5 has its default tokenizer, and once more one that makes stems, as ours does.
#include "fts5_table.hpp"
#include "measure.hpp"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <unistd.h>

using bench::document;
using bench::fts5_table;
using bench::quantile;
using bench::word_pair;

namespace {

constexpr std::size_t top = 10;

struct yardstick {
  std::string name{};
  std::unique_ptr<fts5_table> table{};
};

/// The store of ours and those of the yardstick, with the same rows.
class stores {
public:
  stores(const std::filesystem::path& folder, const std::vector<document>& documents)
      : db_(tidb::connect("sqlite:" + (folder / "ours.db").string())) {
    db_.create_table<document>();
    db_.insert_many(documents);
    for (const auto& [name, tokenizer] : {std::pair("fts5", "unicode61"), std::pair("fts5_porter", "porter unicode61")})
      yardsticks_.push_back(
          {name, std::make_unique<fts5_table>((folder / name).string() + ".db", documents, tokenizer)});
  }
  tidb::table<document> ours() const { return db_.table<document>(); }
  const tidb::client& db() const { return db_; }
  const std::vector<yardstick>& yardsticks() const { return yardsticks_; }

private:
  tidb::client db_;
  std::vector<yardstick> yardsticks_;
};

void make_indexes(const stores& all, std::size_t rows, int pairs) {
  for (const auto& [name, table] : all.yardsticks())
    bench::compare(
        "words.indexing." + name, 0.5, pairs, rows, [&] { table->make_index(); },
        [&] { all.ours().create_fulltext_index<&document::text>(); },
        [&] {
          table->drop_index();
          if (all.ours().has_fulltext_index()) all.ours().drop_fulltext_index();
        });
  for (const auto& [name, table] : all.yardsticks()) {
    table->drop_index();
    table->make_index();
  }
}

/// A ratio of what is stored to what is indexed.
void measure_bytes(const stores& all, const std::vector<document>& documents) {
  const auto text = static_cast<double>(bench::text_bytes(documents));
  const auto stats = all.ours().fulltext_index_stats();
  for (const auto& [name, table] : all.yardsticks())
    fmt::print("words.index_bytes: {} stores {:.3f} of the text\n", name,
               static_cast<double>(table->index_bytes()) / text);
  fmt::print("words.index_bytes: {} of {} bytes of text; {:.1f} MiB in memory\n", stats.bytes_stored, text,
             static_cast<double>(stats.bytes_in_memory) / (1 << 20));
  fmt::print("ratio words.index_bytes {:.3f} want <= 0.6\n", static_cast<double>(stats.bytes_stored) / text);
}

/// How both ask for two words.
struct question {
  std::string name{}, ours{}, theirs{};
  double want{};  ///< how many times their rate
};

std::size_t search_ours(const tidb::table<document>& table, const std::string& words) {
  return table.search(words).limit(top).all().size();
}

/// All questions of one form, on ours and on one yardstick in turn.
void compare_searches(const stores& all, const std::vector<question>& questions, int pairs) {
  const auto table = all.ours();
  for (const auto& [name, theirs] : all.yardsticks()) {
    std::size_t our_rows = 0, their_rows = 0;
    std::vector<document> found;
    bench::compare(
        fmt::format("words.{}.{}", questions.front().name, name), questions.front().want, pairs, questions.size(),
        [&] {
          for (const auto& one : questions) {
            found.clear();
            theirs->search(one.theirs, found);
            their_rows += found.size();
          }
        },
        [&] {
          for (const auto& one : questions) our_rows += search_ours(table, one.ours);
        });
    if (our_rows == 0 || their_rows == 0) throw std::runtime_error(name + " or ours found nothing");
    fmt::print("words.{}.{}: rows found, ours {}, theirs {}\n", questions.front().name, name, our_rows, their_rows);
  }
}

void print_times(const stores& all, const std::vector<question>& questions) {
  const auto table = all.ours();
  std::vector<double> times;
  for (const auto& one : questions) times.push_back(1e6 * bench::seconds_of([&] { search_ours(table, one.ours); }));
  const auto plan = table.search(questions.front().ours).limit(top).explain();
  fmt::print("words.{}: p50 {:.0f} us, p99 {:.0f} us; of \"{}\" {:.0f} to find the index's state, {:.0f} in the index, "
             "{:.0f} for rows ({})\n",
             questions.front().name, quantile(times, 0.5), quantile(times, 0.99), questions.front().ours,
             plan.refresh_us, plan.index_us, plan.rows_us, plan.way);
}

std::vector<question> ask(const std::vector<word_pair>& pairs, const std::string& name, double want, const auto& ours,
                          const auto& theirs) {
  std::vector<question> made;
  for (const auto& pair : pairs) made.push_back({name, ours(pair), theirs(pair), want});
  return made;
}

void measure_searches(const stores& all, const std::vector<word_pair>& pairs, int rounds) {
  const auto joined = [](const char* by) {
    return [by](const word_pair& pair) { return fmt::format("{} {} {}", pair.first, by, pair.second); };
  };
  const auto phrase = [](const word_pair& pair) { return fmt::format("\"{} {}\"", pair.first, pair.second); };
  const auto prefix = [](const word_pair& pair) { return pair.first.substr(0, pair.first.size() - 1) + '*'; };
  // only the first has a target; the others may not be slower than what everybody has
  for (const auto& questions : {ask(pairs, "any_of_two", 10, joined("OR"), joined("OR")),
                                ask(pairs, "all_of_two", 1, joined("AND"), joined("AND")),
                                ask(pairs, "phrase", 1, phrase, phrase), ask(pairs, "prefix", 1, prefix, prefix)}) {
    compare_searches(all, questions, rounds);
    print_times(all, questions);
  }
}

/// Into tables that have their index from the start.
void measure_inserts(const stores& all, const std::vector<document>& documents) {
  const auto rows = static_cast<double>(documents.size());
  for (const auto& [name, table] : all.yardsticks()) {
    table->drop_index();
    fmt::print("words.insert: {} takes {:.0f} rows a second with its index there\n", name,
               rows / bench::seconds_of([&] { table->insert_with_index(documents); }));
  }
  all.db().truncate_table<document>();
  const auto insert = [&] {
    for (std::size_t from = 0; from < documents.size(); from += 1000)
      all.db().insert_many(std::span(documents).subspan(from, std::min<std::size_t>(1000, documents.size() - from)));
  };
  fmt::print("words.insert: ours {:.0f}\n", rows / bench::seconds_of(insert));
}

void run(const bench::data_settings& given) {
  const auto documents = bench::load_documents(given);
  const auto pairs = bench::choose_pairs(bench::texts_of(documents), given.quick ? 50 : 100);
  const auto folder = std::filesystem::temp_directory_path() / fmt::format("tidbxx_bench_words_{}", getpid());
  std::filesystem::create_directories(folder);
  {
    const stores all(folder, documents);
    make_indexes(all, documents.size(), given.quick ? 1 : 3);
    measure_bytes(all, documents);
    measure_searches(all, pairs, given.quick ? 3 : 15);
    measure_inserts(all, documents);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace

int main(int argc, char** argv) try {
  run(bench::parse_data_settings(argc, argv));
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_word_search: {}\n", error.what());
  return 1;
}
