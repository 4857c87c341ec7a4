// A full-text index whose writers are killed and undone in the middle of what they do, on each engine.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"
#include "support/processes.hpp"
#include "support/text_index.hpp"

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

using tests::indexed_doc;
using tests::row_of;
using tests::text_of;
using tests::word_of;
using tidb::c;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t failed = 2;

/// What a writer tells before (0) and after (1) it has changed rows from `first` on to a version; 0: they are not there.
struct report {
  std::int64_t first{};
  std::int64_t count{};
  std::int64_t version{};
  std::int64_t done{};
};

std::string variable(const char* name) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return text == nullptr ? std::string() : text;
}

/// Changes some rows at a time until it is killed, and merges as often.
void write_until_killed(const tidb::client& db, const std::function<bool(const report&)>& tell) {
  std::mt19937 random(std::random_device{}());
  const auto docs = db.table<indexed_doc>();
  std::int64_t version = 1 + db.select(tidb::max(c<&indexed_doc::shelf>)).one().value_or(0);
  for (;; ++version) {
    const report change{static_cast<std::int64_t>(random() % 400), static_cast<std::int64_t>(1 + random() % 40),
                        random() % 4 == 0 ? 0 : version, 0};
    if (!tell(change)) return;
    db.transaction([&](tidb::transaction& tx) {
      tx.erase<indexed_doc>()
          .where(c<&indexed_doc::id> >= change.first && c<&indexed_doc::id> < change.first + change.count)
          .run();
      std::vector<indexed_doc> rows;
      for (std::int64_t i = 0; i < change.count && change.version != 0; ++i) {
        rows.push_back(row_of(change.first + i, change.version));
        rows.back().shelf = version;
      }
      if (!rows.empty()) tx.insert_many(rows);
    });
    if (!tell({change.first, change.count, change.version, 1})) return;
    if (random() % 2 == 0) docs.optimize_fulltext_index();
  }
}

class text_index_faults : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<indexed_doc>();
    std::vector<indexed_doc> rows;
    for (std::int64_t id = 1000; id < 3000; ++id) rows.push_back(row_of(id, 1));
    db().insert_many(rows);
    docs().create_fulltext_index<&indexed_doc::text>();
    ASSERT_EQ(fcntl(reports_.reader, F_SETFL, O_NONBLOCK), 0);
  }
  tidb::table<indexed_doc> docs() { return db().table<indexed_doc>(); }

  std::unique_ptr<tests::child_process> start_writer() {
    connections_ = connections();
    return std::make_unique<tests::child_process>("text_index_faults_writer.DISABLED_writer",
                                                  std::map<std::string, std::string>{{"TIDBXX_DATABASE", url()}},
                                                  reports_.writer);
  }
  /// Once it has begun.
  void kill_some_time_later(tests::child_process& one, std::chrono::milliseconds time) {
    pollfd begun{.fd = reports_.reader, .events = POLLIN, .revents = 0};
    ASSERT_EQ(poll(&begun, 1, 60'000), 1) << "the writer has told nothing";
    std::this_thread::sleep_for(time);
    one.kill();
  }
  /// What the killed one had sent, the server may still do.
  void wait_until_it_is_gone() {
    for (int tries = 0; tries < 500 && connections() > connections_; ++tries) std::this_thread::sleep_for(20ms);
  }
  /// What the one that was killed has told. It waits once some thousand reports are in the pipe.
  void read_reports() {
    report told;
    while (read(reports_.reader, &told, sizeof told) == sizeof told) {
      ++told_;
      ASSERT_NE(told.done, failed) << "a writer has ended by itself";
      if (told.done == 0) intended_ = told;
      if (told.done == 1) take(std::exchange(intended_, std::nullopt).value());
    }
  }

  /// Every acknowledged change is there and is found; of the last one all or nothing.
  void check_rows() {
    std::map<std::int64_t, std::int64_t> there;
    for (const auto& row : db().select<indexed_doc>().where(c<&indexed_doc::id> < 1000).all())
      there[row.id] = std::stoll(row.text);
    const auto before = versions_;
    if (there != versions_ && intended_) take(*intended_);
    intended_.reset();
    EXPECT_TRUE(there == before || there == versions_);
    versions_ = there;
    for (const auto& [id, version] : before)
      if (!there.contains(id) || there[id] != version) expect_found(id, version, false);
    std::size_t looked = 0;
    for (const auto& [id, version] : there)
      if (++looked % 16 == 0) expect_found(id, version, true);
    const auto check = docs().check_fulltext_index();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
  }
  void expect_found(std::int64_t id, std::int64_t version, bool is_there) {
    const auto hits = docs().search(word_of(id, version)).all();
    ASSERT_EQ(hits.size(), is_there ? 1U : 0U) << id << " of version " << version;
    for (const auto& hit : hits) EXPECT_EQ(hit.row.text, text_of(id, version));
  }
  /// The same rows as an index that is made now, which has the same scores as the texts themselves.
  void expect_as_when_made_anew() {
    const std::string words = "w3 w5 w17";
    const auto found = [&] { return docs().search(words).limit(100'000).all(); };
    const auto before = tests::ids_of(found());
    docs().rebuild_fulltext_index();
    EXPECT_EQ(tests::ids_of(found()), before);
    tests::bm25 oracle(1);
    for (const auto& row : db().select<indexed_doc>().all()) oracle.add(row.id, {row.text});
    tests::expect_best(found(), oracle.any_of(words), 100'000);
    const auto check = docs().check_fulltext_index();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
  }
  std::size_t told() const { return told_; }

private:
  std::int64_t connections() {
    if (embedded()) return 0;
    return db()
        .query<std::int64_t>("SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE()")
        .value();
  }
  void take(const report& change) {
    for (auto id = change.first; id < change.first + change.count; ++id) {
      versions_.erase(id);
      if (change.version != 0) versions_[id] = change.version;
    }
  }

  tests::indexes_are_known_soon soon_;
  tests::pipe_ends reports_;
  std::map<std::int64_t, std::int64_t> versions_;
  std::optional<report> intended_;
  std::size_t told_{};
  std::int64_t connections_{};
};

TEST_P(text_index_faults, nothing_acknowledged_is_lost_when_the_writer_is_killed) {
  std::mt19937 random(5);
  const int kills = GetParam() == tests::target::tidb_tls ? 2 : tests::count(5, 100);
  for (int round = 0; round < kills && !HasFailure(); ++round) {
    auto one = start_writer();
    kill_some_time_later(*one, std::chrono::milliseconds(random() % 500));
    wait_until_it_is_gone();
    read_reports();
    check_rows();
  }
  expect_as_when_made_anew();
  std::printf("%d kills, %zu reports\n", kills, told());
  EXPECT_GT(told(), 0U);
}

TEST_P(text_index_faults, what_is_undone_is_not_found_while_others_merge) {
  const int rounds = GetParam() == tests::target::tidb_tls ? 5 : tests::count(25, 100);
  std::atomic<bool> stop{};
  std::jthread merging([&] {
    const auto other = tidb::connect(url());
    for (std::int64_t version = 1; !stop; ++version) {
      other.save(row_of(2000 + version % 100, version + 1));
      other.table<indexed_doc>().optimize_fulltext_index();
      std::this_thread::sleep_for(5ms);
    }
  });
  struct undone {};
  std::mt19937 random(7);
  for (int round = 0; round < rounds; ++round) {
    const auto first = static_cast<std::int64_t>(random() % 300);
    const auto write = [&](tidb::transaction& tx) {
      std::vector<indexed_doc> rows;
      for (auto id = first; id < first + 30; ++id) rows.push_back(row_of(id, 1'000'000 + round));
      tx.insert_many(rows);
      tx.erase<indexed_doc>().where(c<&indexed_doc::id> >= 1000 && c<&indexed_doc::id> < 1030).run();
      const tidb::table<indexed_doc> inside(tx);
      EXPECT_EQ(inside.search(word_of(first, 1'000'000 + round)).all().size(), 1U);
      EXPECT_TRUE(inside.search(word_of(1000, 1)).all().empty());
      throw undone{};
    };
    EXPECT_THROW(db().transaction(write), undone);
    expect_found(first, 1'000'000 + round, false);
    expect_found(1000, 1, true);
  }
  stop = true;
  merging.join();
  expect_as_when_made_anew();
}

RUN_ON_EACH_ENGINE(text_index_faults);

/// The program of the processes that the test above starts.
TEST(text_index_faults_writer, DISABLED_writer) {
  const auto url = variable("TIDBXX_DATABASE");
  if (url.empty()) GTEST_SKIP() << "runs as a child of the other tests only";
  const auto db = tidb::connect(url);
  const auto tell = [](const report& what) { return write(3, &what, sizeof what) == sizeof what; };
  std::thread([&] {
    try {
      write_until_killed(db, tell);
    } catch (const std::exception& why) {
      std::fprintf(stderr, "%s\n", why.what());
      tell({.done = failed});
    }
  }).detach();
  tests::wait_for_parent();
  std::_Exit(0);
}

}  // namespace
