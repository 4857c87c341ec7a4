// The text index against SQLite's FTS5: searches, building, bytes. Both have the same words in the same order; neither
// fetches rows.
#include "documents.hpp"
#include "search/text/text_search.hpp"

#include <functional>
#include <memory>
#include <numeric>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <sqlite3.h>

namespace {

using namespace tidb::detail;
using bench::quantile;
using bench::word_pair;

constexpr std::size_t top = 10;

void add_text(text_documents& to, std::int64_t key, std::string_view text) {
  to.add_document(key);
  std::uint32_t position = 0;
  bench::each_word(text, [&](std::string_view word) { to.add(0, word, position++); });
}

class our_index {
public:
  explicit our_index(const std::vector<std::string>& texts) {
    text_documents documents(1);
    for (std::size_t row = 0; row < texts.size(); ++row)
      add_text(documents, static_cast<std::int64_t>(row), texts[row]);
    tokens_ = documents.tokens();
    segment_ = text_segment::of(documents);
    index_ = text_snapshot(1).with_stored({}, segment_);
  }
  const text_segment& segment() const { return *segment_; }
  const text_snapshot& index() const { return *index_; }
  std::size_t search(const text_query& query) const {
    return best_matches(*index_, {.query = query, .wanted = top}).size();
  }

  std::size_t tokens() const { return tokens_; }

private:
  std::size_t tokens_{};
  std::shared_ptr<const text_segment> segment_;
  std::shared_ptr<const text_snapshot> index_;
};

class fts5_index {
public:
  explicit fts5_index(const std::vector<std::string>& texts) {
    check(sqlite3_open(":memory:", &db_));
    run("CREATE VIRTUAL TABLE t USING fts5(text, content='', tokenize='ascii')");
    run("BEGIN");
    auto* insert = prepare("INSERT INTO t (rowid, text) VALUES (?, ?)");
    for (std::size_t row = 0; row < texts.size(); ++row) {
      sqlite3_bind_int64(insert, 1, static_cast<std::int64_t>(row));
      sqlite3_bind_text(insert, 2, texts[row].data(), static_cast<int>(texts[row].size()), SQLITE_STATIC);
      if (sqlite3_step(insert) != SQLITE_DONE) fail();
      sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    run("INSERT INTO t (t) VALUES ('optimize')");
    run("COMMIT");
    search_ = prepare("SELECT rowid FROM t WHERE t MATCH ? ORDER BY rank LIMIT 10");
  }
  ~fts5_index() {
    sqlite3_finalize(search_);
    sqlite3_close(db_);
  }
  fts5_index(const fts5_index&) = delete;
  fts5_index& operator=(const fts5_index&) = delete;

  std::size_t search(const std::string& query) {
    sqlite3_bind_text(search_, 1, query.data(), static_cast<int>(query.size()), SQLITE_STATIC);
    std::size_t rows = 0;
    while (sqlite3_step(search_) == SQLITE_ROW) ++rows;
    if (sqlite3_reset(search_) != SQLITE_OK) fail();
    return rows;
  }

private:
  [[noreturn]] void fail() const { throw std::runtime_error(sqlite3_errmsg(db_)); }
  void check(int result) const {
    if (result != SQLITE_OK) fail();
  }
  void run(const char* sql) const { check(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr)); }
  sqlite3_stmt* prepare(const char* sql) const {
    sqlite3_stmt* made = nullptr;
    check(sqlite3_prepare_v2(db_, sql, -1, &made, nullptr));
    return made;
  }

  sqlite3* db_{};
  sqlite3_stmt* search_{};
};

/// The same question for both.
struct question {
  text_query ours;
  std::string theirs;
};
using asking = std::function<question(const word_pair&)>;

text_query word(const std::string& term) { return {.op = text_op::term, .term = term}; }

/// All queries on both in turn, so that each has what it reads in the processor's caches; the ratio of the medians.
void compare(const std::string& name, double want, const our_index& ours, fts5_index& theirs,
             const std::vector<word_pair>& pairs, std::size_t rounds, const asking& ask) {
  std::vector<question> questions;
  for (const auto& pair : pairs) questions.push_back(ask(pair));
  std::vector<double> our_times, their_times;
  std::vector<std::size_t> our_rows(pairs.size()), their_rows(pairs.size());
  for (std::size_t round = 0; round <= rounds; ++round) {
    if (round == 1) {  // the first warms up
      our_times.clear();
      their_times.clear();
    }
    for (std::size_t i = 0; i < questions.size(); ++i)
      their_times.push_back(1e6 * bench::seconds_of([&] { their_rows[i] = theirs.search(questions[i].theirs); }));
    for (std::size_t i = 0; i < questions.size(); ++i)
      our_times.push_back(1e6 * bench::seconds_of([&] { our_rows[i] = ours.search(questions[i].ours); }));
    if (our_rows != their_rows) throw std::runtime_error(name + ": both have other numbers of hits");
  }
  const auto ratio = quantile(their_times, 0.5) / quantile(our_times, 0.5);
  fmt::print("text.{}: p50 {:.1f} us, p99 {:.1f} us; FTS5 p50 {:.1f} us, p99 {:.1f} us; {:.1f} times its rate\n", name,
             quantile(our_times, 0.5), quantile(our_times, 0.99), quantile(their_times, 0.5),
             quantile(their_times, 0.99), ratio);
  if (want > 0) fmt::print("ratio text.{}.fts5 {:.1f} want >= {}\n", name, ratio, want);
}

void compare_searches(const our_index& ours, fts5_index& theirs, const std::vector<word_pair>& pairs,
                      std::size_t rounds) {
  compare("any_of_two", 10, ours, theirs, pairs, rounds, [](const word_pair& pair) {
    return question{{.parts = {word(pair.first), word(pair.second)}}, pair.first + " OR " + pair.second};
  });
  compare("all_of_two", 0, ours, theirs, pairs, rounds, [](const word_pair& pair) {
    return question{{.op = text_op::all_of, .parts = {word(pair.first), word(pair.second)}},
                    pair.first + " AND " + pair.second};
  });
  compare("phrase", 0, ours, theirs, pairs, rounds, [](const word_pair& pair) {
    return question{{.op = text_op::phrase, .words = {{pair.first, 0}, {pair.second, 1}}},
                    '"' + pair.first + ' ' + pair.second + '"'};
  });
  compare("prefix", 0, ours, theirs, pairs, rounds, [](const word_pair& pair) {
    const auto beginning = pair.first.substr(0, pair.first.size() - 1);
    return question{{.op = text_op::prefix, .term = beginning}, beginning + '*'};
  });
}

/// One document after the other changes; then searches of all.
void measure_changes(const our_index& ours, const std::vector<std::string>& texts, const std::vector<word_pair>& pairs,
                     std::size_t changes) {
  auto index = ours.index().changed({}, nullptr);
  std::vector<double> times;
  for (std::size_t i = 0; i < changes; ++i)
    times.push_back(1e6 * bench::seconds_of([&] {
                      text_documents changed(1);
                      add_text(changed, static_cast<std::int64_t>(i * 7 % texts.size()), texts[i * 13 % texts.size()]);
                      index = index->changed({}, text_segment::of(changed));
                    }));
  fmt::print("text.change: {} one by one, p50 {:.1f} us, mean {:.1f} us\n", changes, quantile(times, 0.5),
             std::accumulate(times.begin(), times.end(), 0.0) / static_cast<double>(changes));
  times.clear();
  for (int round = 0; round < 3; ++round)
    for (const auto& pair : pairs) {
      const text_query query{.parts = {word(pair.first), word(pair.second)}};
      times.push_back(1e6 * bench::seconds_of([&] { best_matches(*index, {.query = query, .wanted = top}); }));
    }
  fmt::print("text.any_of_two after that: p50 {:.1f} us, in {} parts\n", quantile(times, 0.5), index->parts().size());
}

void measure_storing(const our_index& ours, std::size_t text_bytes) {
  const auto& segment = ours.segment();
  std::vector<std::string> payloads;
  const auto writing = bench::seconds_of([&] { payloads = to_payloads(segment, 1 << 20); });
  const auto reading = bench::seconds_of([&] { segment_from_payloads(payloads); });
  std::size_t stored = 0;
  for (const auto& payload : payloads) stored += payload.size();
  fmt::print(
      "text.stored: {} bytes of {} of text ({} terms: {}; postings {}, positions {}); written in {:.0f} ms, read "
      "and checked in {:.0f} ms; {:.1f} MiB in memory\n",
      stored, text_bytes, segment.terms().terms(), segment.terms().bytes().size(), segment.posting_section().size(),
      segment.position_section().size(), writing * 1e3, reading * 1e3,
      static_cast<double>(segment.memory()) / (1 << 20));
  fmt::print("ratio text.bytes_stored {:.3f} want <= 0.6\n",
             static_cast<double>(stored) / static_cast<double>(text_bytes));
  const segment_source source{&segment, nullptr};
  const auto joining = bench::seconds_of([&] { join_segments({&source, 1}); });
  fmt::print("text.join: {:.0f} documents a second\n", static_cast<double>(segment.documents()) / joining);
}

void run(const bench::data_settings& given) {
  const auto all = bench::load_documents(given);
  const auto text_bytes = bench::text_bytes(all);
  const auto pairs = bench::choose_pairs(bench::texts_of(all), given.quick ? 100 : 500);
  std::vector<std::string> texts;
  for (const auto& one : all) texts.push_back(one.text);
  std::vector<double> our_seconds, their_seconds;
  std::unique_ptr<our_index> ours;
  std::unique_ptr<fts5_index> theirs;
  for (int round = 0; round < (given.quick ? 1 : 3); ++round) {
    their_seconds.push_back(bench::seconds_of([&] { theirs = std::make_unique<fts5_index>(texts); }));
    our_seconds.push_back(bench::seconds_of([&] { ours = std::make_unique<our_index>(texts); }));
  }
  const auto rows = static_cast<double>(texts.size());
  fmt::print("text.build: {:.0f} documents a second, FTS5 {:.0f}; {} words\n", rows / quantile(our_seconds, 0.5),
             rows / quantile(their_seconds, 0.5), ours->tokens());
  fmt::print("ratio text.build.fts5 {:.2f} want >= 1\n", quantile(their_seconds, 0.5) / quantile(our_seconds, 0.5));
  measure_storing(*ours, text_bytes);
  compare_searches(*ours, *theirs, pairs, given.quick ? 2 : 5);
  measure_changes(*ours, texts, pairs, given.quick ? 200 : 2000);
}

}  // namespace

int main(int argc, char** argv) try {
  run(bench::parse_data_settings(argc, argv));
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_text: {}\n", error.what());
  return 1;
}
