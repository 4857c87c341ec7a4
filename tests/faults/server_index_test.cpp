// A vector index and a full-text index in the tables of a TiDB while indexes come and go, connections are cut and the
// server is killed.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"
#include "support/proxy.hpp"
#include "support/server.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

using tests::indexed_doc;
using tests::row_of;
using tests::text_of;
using tests::vector_of;
using tests::word_of;
using tidb::c;
using namespace std::chrono_literals;

namespace {

constexpr auto index_of = &indexed_doc::place;

void create_indexes(const tidb::client& db) {
  db.table<indexed_doc>().create_vector_index<index_of>();
  db.table<indexed_doc>().create_fulltext_index<&indexed_doc::text>();
}

bool is_found(const tidb::client& db, std::int64_t id, std::int64_t version) {
  const auto hits = db.table<indexed_doc>().search(vector_of(id, version)).limit(1).all();
  return !hits.empty() && hits.front().row.id == id && hits.front().row.text == text_of(id, version);
}

/// Also where there is no index that could find it.
bool is_found_by_words(const tidb::client& db, std::int64_t id, std::int64_t version) {
  try {
    const auto hits = db.table<indexed_doc>().search(word_of(id, version)).all();
    return hits.size() == 1 && hits.front().row.id == id && hits.front().row.text == text_of(id, version);
  } catch (const tidb::error& failed) {
    if (failed.info().message.find("no search index") == std::string::npos) throw;
    return true;
  }
}

/// When the server was killed. The store that TiDB has in tests keeps of a transaction that it acknowledged just before
/// sometimes one row and not the other (seen with plain SQL, too: of 88,000 transactions of two rows 33 were torn by 20
/// kills), so that what was changed then says nothing of an index. Threads: all.
class kill_times {
public:
  void note() {
    const std::lock_guard lock(noting_);
    times_.push_back(std::chrono::steady_clock::now());
  }
  bool came_soon_after(std::chrono::steady_clock::time_point change) const {
    const std::lock_guard lock(noting_);
    return std::ranges::any_of(times_, [&](auto time) { return change > time - 3s && change < time + 1s; });
  }

private:
  mutable std::mutex noting_;
  std::vector<std::chrono::steady_clock::time_point> times_;
};

/// Rows of its own, which nobody else changes, and what it knows of them.
class owner {
public:
  /// `optimizes`: there is an index all the time.
  owner(const tidb::client& db, int number, bool optimizes, const kill_times* kills = nullptr)
      : db_(db), kills_(kills), first_(number * 1'000'000LL), optimizes_(optimizes),
        random_(static_cast<unsigned>(number)) {}

  /// Errors go on to the caller; what was under way then is in doubt.
  void step() {
    const auto kind = any(0, 99);
    const auto known = versions_.empty() ? versions_.end() : std::next(versions_.begin(), any(0, ssize(versions_) - 1));
    if (kind < 45 || versions_.empty()) {
      change(first_ + next_++, 1);
    } else if (kind < 65) {
      change(known->first, known->second + 1);
    } else if (kind < 75) {
      change(known->first, 0);
    } else if (kind < 77 && optimizes_) {
      const auto docs = db_.table<indexed_doc>();
      any(0, 1) == 0 ? docs.optimize<index_of>() : docs.optimize_fulltext_index();
    } else if (!is_torn(known->first)) {
      const bool found = any(0, 1) == 0 ? is_found(db_, known->first, known->second)
                                        : is_found_by_words(db_, known->first, known->second);
      EXPECT_TRUE(found) << known->first << " of version " << known->second;
      ++searched_;
    }
  }
  /// A row in doubt is what it was or what it was to be.
  void check(const tidb::client& db) {
    for (const auto& [id, versions] : doubtful_) {
      const auto there = db.select<indexed_doc>().where(c<&indexed_doc::id> == id).one_or_none();
      const auto version = there ? std::stoll(there->text) : 0;
      EXPECT_TRUE(version == versions.first || version == versions.second) << id;
      versions_.erase(id);
      if (version != 0) versions_[id] = version;
    }
    for (const auto& [id, version] : versions_)
      ASSERT_TRUE(is_torn(id) || (is_found(db, id, version) && is_found_by_words(db, id, version)))
          << id << " of " << version;
  }
  /// Rows of which the store may have kept a part of the last transaction only.
  std::size_t torn() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(changed_, [&](const auto& each) { return is_torn(each.first); }));
  }
  std::size_t rows() const { return versions_.size(); }
  std::size_t searched() const { return searched_; }

private:
  static int ssize(const std::map<std::int64_t, std::int64_t>& of) { return static_cast<int>(of.size()); }
  int any(int from, int to) { return std::uniform_int_distribution(from, to)(random_); }

  void change(std::int64_t id, std::int64_t version) {
    const auto before = versions_.contains(id) ? versions_[id] : 0;
    doubtful_[id] = {before, version};
    versions_.erase(id);
    changed_[id] = std::chrono::steady_clock::now();
    if (version == 0)
      db_.erase<indexed_doc>().where(c<&indexed_doc::id> == id).run();
    else if (before == 0)
      db_.insert(row_of(id, version));
    else
      db_.save(row_of(id, version));
    doubtful_.erase(id);
    changed_[id] = std::chrono::steady_clock::now();
    if (version != 0) versions_[id] = version;
  }
  bool is_torn(std::int64_t id) const {
    const auto changed = changed_.find(id);
    return kills_ != nullptr && changed != changed_.end() && kills_->came_soon_after(changed->second);
  }

  const tidb::client& db_;
  const kill_times* kills_;
  std::int64_t first_;
  bool optimizes_;
  std::int64_t next_{1};
  std::size_t searched_{};
  std::mt19937 random_;
  std::map<std::int64_t, std::int64_t> versions_;
  std::map<std::int64_t, std::pair<std::int64_t, std::int64_t>> doubtful_;
  std::map<std::int64_t, std::chrono::steady_clock::time_point> changed_;  // the last time
};

class server_index_faults : public testing::Test {
protected:
  void SetUp() override {
    if (tests::tidb_url()) return;
    if (tests::ci()) FAIL() << "TIDB_TEST_URL is not set";
    GTEST_SKIP() << "TIDB_TEST_URL is not set: it takes a TiDB";
  }

private:
  tests::indexes_are_known_soon soon_;
};

void fill(const tidb::client& db, std::int64_t rows) {
  db.create_table<indexed_doc>();
  std::vector<indexed_doc> made;
  for (std::int64_t id = 1; id <= rows; ++id) made.push_back(row_of(id, 1));
  db.insert_many(made);
}

void expect_sound(const tidb::client& db) {
  const auto docs = db.table<indexed_doc>();
  for (const auto& check : {docs.check_index<index_of>(), docs.check_fulltext_index()})
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
}

TEST_F(server_index_faults, a_client_that_was_there_before_loses_no_row_while_indexes_come_and_go) {
  const tests::own_database own(tests::tidb_url());
  auto db = tidb::connect(own.url());
  fill(db, 400);
  auto other = tidb::connect(own.url());
  std::atomic<bool> stop{};
  owner rows(other, 1, false);
  std::string failure;
  std::thread worker([&] {
    try {
      while (!stop) rows.step();
    } catch (const std::exception& failed) {
      failure = failed.what();
    }
  });
  std::mt19937 random(9);
  const int rounds = tests::count(10, 1000);
  const auto docs = db.table<indexed_doc>();
  for (int round = 0; round < rounds && failure.empty() && !HasFailure(); ++round) {
    create_indexes(db);
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 60));
    if (round % 10 == 0) expect_sound(db);
    docs.drop_fulltext_index();
    docs.drop_vector_index<index_of>();
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 30));
  }
  create_indexes(db);
  stop = true;
  worker.join();
  EXPECT_EQ(failure, "");
  rows.check(db);
  expect_sound(db);
  std::printf("%d rounds, %zu rows, %zu searches\n", rounds, rows.rows(), rows.searched());
}

class server_index_under_fire : public tests::on_own_server {
  tests::indexes_are_known_soon soon_;
};

TEST_F(server_index_under_fire, loses_no_acknowledged_row_while_connections_are_cut_and_the_server_is_killed) {
  tests::own_server server;
  tests::tcp_proxy between(server.url());
  auto direct = tidb::connect(server.url());
  fill(direct, 2000);
  create_indexes(direct);
  const int kills = tests::count(2, 20);
  const auto stretch = std::chrono::milliseconds(tests::count(8'000, 300'000)) / (kills + 1);
  std::vector<std::unique_ptr<tidb::client>> clients;
  std::vector<std::unique_ptr<owner>> owners;
  std::vector<std::thread> workers;
  std::atomic<bool> stop{};
  std::atomic<int> failures{};
  kill_times killed;
  for (int number = 1; number <= 4; ++number) {
    // for the last one the index is too large
    const std::uint64_t memory = number == 4 ? 120'000 : 100'000'000;
    clients.push_back(std::make_unique<tidb::client>(tests::connect_with_memory(between.url(), memory)));
    owners.push_back(std::make_unique<owner>(*clients.back(), number, true, &killed));
    workers.emplace_back([&, one = owners.back().get()] {
      while (!stop) {
        try {
          one->step();
        } catch (const tidb::usage_error& wrong) {
          ADD_FAILURE() << wrong.what();
        } catch (const tidb::error&) {
          ++failures;
          std::this_thread::sleep_for(10ms);
        }
      }
    });
  }
  std::mt19937 random(20);
  for (int kill = 0; kill <= kills; ++kill) {
    const auto until = std::chrono::steady_clock::now() + stretch;
    while (std::chrono::steady_clock::now() < until) {
      std::this_thread::sleep_for(std::chrono::milliseconds(100 + random() % 500));
      between.cut_all(random() % 2 == 0 ? tests::fault::cut : tests::fault::reset);
    }
    if (kill == kills) break;
    killed.note();
    server.kill();
    server.restart();
  }
  stop = true;
  for (auto& worker : workers) worker.join();
  std::size_t rows = 0, searches = 0, torn = 0;
  for (auto& one : owners) {
    one->check(direct);
    rows += one->rows();
    searches += one->searched();
    torn += one->torn();
  }
  const auto docs = direct.table<indexed_doc>();
  for (const auto& check : {docs.check_index<index_of>(), docs.check_fulltext_index()}) {
    const auto wrong = check.missing + check.stale + check.left_over;
    EXPECT_LE(wrong, torn);
    std::printf("%zu rows may be torn, %zu are\n", torn, static_cast<std::size_t>(wrong));
  }
  docs.rebuild_index<index_of>();
  docs.rebuild_fulltext_index();
  expect_sound(direct);
  std::printf("%d kills, %zu rows, %zu searches, %d errors\n", kills, rows, searches, failures.load());
  EXPECT_GT(failures.load(), 0) << "nothing was cut: this has tested nothing";
}

}  // namespace
