// A connection is lost at every packet of connecting, preparing, executing, fetching and committing.
#include "support/engines.hpp"
#include "support/proxy.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using tests::direction;
using tests::fault;
using tests::fault_point;
using tidb::errc;

const std::vector<int> numbers{1, 2, 3, 4, 5};

/// What the client was told of one change.
struct answer {
  std::optional<tidb::error> failed{};
  std::string scene{};
};

std::string describe(const fault_point& where) {
  constexpr const char* places[] = {"before", "inside", "after", "answered"};
  return fmt::format("{} packet {} to the {}", places[static_cast<int>(where.where)], where.packet,
                     where.way == direction::to_server ? "server" : "client");
}

class cuts : public testing::TestWithParam<std::tuple<tests::target, fault>> {
protected:
  void SetUp() override {
    const auto url = tests::tidb_url(std::get<0>(GetParam()));
    if (!url && tests::ci()) FAIL() << "CI promises a TiDB, but TIDB_TEST_URL or TIDB_TEST_CA is not set";
    if (!url) GTEST_SKIP() << "TIDB_TEST_URL (for TLS also TIDB_TEST_CA) names no TiDB";
    direct_.emplace(tidb::connect(*url));
    direct_->execute("DROP TABLE IF EXISTS cuts, cut_numbers");
    direct_->execute("CREATE TABLE cuts (id INT PRIMARY KEY)");
    direct_->execute("CREATE TABLE cut_numbers (n INT PRIMARY KEY)");
    for (int n : numbers) direct_->execute("INSERT INTO cut_numbers VALUES (?)", n);
    between_.emplace(*url);
  }
  void TearDown() override {
    between_.reset();
    if (direct_) direct_->execute("DROP TABLE cuts, cut_numbers");
  }

  /// Every packet counts for plain cuts; what differs from them only in how the loss looks is sampled unless soaking.
  static std::size_t quick_stride() {
    const auto [engine, how] = GetParam();
    return how == fault::swallow ? 11 : how == fault::reset ? 7 : engine == tests::target::tidb ? 1 : 3;
  }
  bool silent() const { return std::get<1>(GetParam()) == fault::swallow; }

  /// Runs one step; its error, if it is of a class that a lost connection may end in.
  template <class F>
  std::optional<tidb::error> step(const char* name, bool commits, F&& call) {
    SCOPED_TRACE(name);
    const auto start = std::chrono::steady_clock::now();
    std::optional<tidb::error> failed;
    try {
      call();
    } catch (const tidb::error& error) {
      failed = error;
      const auto lost = error.code() == errc::connection || (silent() && error.code() == errc::timeout);
      EXPECT_TRUE(lost || (commits && error.outcome_is_unknown())) << error.what();
    }
    EXPECT_LT(std::chrono::steady_clock::now() - start, 10s);
    return failed;
  }

  /// Connects, writes, reads and commits through the proxy, which breaks a connection somewhere on the way.
  /// True if nothing failed.
  bool run(const fault_point& where) {
    const int first = ++last_id_, second = ++last_id_;
    between_->strike(where, std::get<1>(GetParam()));
    tidb::pool connections(between_->url());
    const auto through = tidb::connect(connections);
    const auto db = silent() ? through.with({.timeout = 300ms}) : through;
    const auto insert = "INSERT INTO cuts VALUES (?)";

    const auto connected = step("connect", false, [&] { db.ping(); });
    const auto inserted = step("insert", true, [&] { db.execute(insert, first); });
    tell(first, inserted, "execute", where);
    const auto read =
        step("read", false, [&] { EXPECT_EQ(db.query<int>("SELECT n FROM cut_numbers ORDER BY n").all(), numbers); });
    // Running it again takes its time, so only some do.
    const tidb::transaction_options options{.max_tries = where.packet % 3 == 0 ? 8 : 1};
    const auto committed = step("transaction", true, [&] {
      db.transaction(options, [&](tidb::transaction& tx) {
        tx.execute(insert, second);
        EXPECT_EQ(tx.query<int>("SELECT COUNT(*) FROM cuts WHERE id = ?", second).one(), 1);
      });
    });
    tell(second, committed, "COMMIT", where);
    if (!silent()) {  // then there was time to do it again, wherever that is safe
      EXPECT_FALSE(read) << read->what();
      EXPECT_TRUE(!committed || committed->outcome_is_unknown() || options.max_tries == 1) << committed->what();
    }
    if (between_->struck()) {
      SCOPED_TRACE("after it");
      expect_in_order(through.with({.timeout = 10s}), first);
    }
    between_->cut_all();
    return !connected && !inserted && !read && !committed;
  }

  /// An unknown outcome is only for a change whose own packet, or the answer to it, was lost.
  void tell(int id, const std::optional<tidb::error>& failed, const char* question, const fault_point& where) {
    told_[id] = {failed, describe(where)};
    const bool readable = std::get<0>(GetParam()) == tests::target::tidb;
    if (!failed || !failed->outcome_is_unknown() || silent() || !readable) return;
    // Behind the answer to the question before, the next one may be on its way already.
    if (where.way == direction::to_client && where.where == fault_point::place::after) return;
    const auto asked = between_->question();
    const bool executes = asked.size() > 4 && asked[4] == '\x17';
    EXPECT_TRUE(question == std::string("execute") ? executes : asked.find(question) != std::string::npos)
        << failed->what();
  }

  /// The client goes on, on a connection where questions and answers belong together.
  void expect_in_order(const tidb::client& db, int number) {
    // One connection may still be waiting to be found dead; by a limit only if it is silent.
    step("ping", false, [&] { (silent() ? db.with({.timeout = 300ms}) : db).ping(); });
    EXPECT_EQ(db.query<int>("SELECT ?", number).one(), number);
    EXPECT_EQ(db.query<int>("SELECT n FROM cut_numbers ORDER BY n").all(), numbers);
  }

  /// What was reported as done is there, and what was reported as failed is not.
  void expect_told_the_truth() {
    std::map<int, bool> there;
    for (int id : direct_->query<int>("SELECT id FROM cuts").all()) there[id] = true;
    for (const auto& [id, what] : told_) {
      SCOPED_TRACE(what.scene);
      if (!what.failed) {
        EXPECT_TRUE(there[id]) << "reported as done";
      } else if (!what.failed->outcome_is_unknown()) {
        EXPECT_FALSE(there[id]) << "reported as failed: " << what.failed->what();
      }
    }
  }

  void strike_everywhere(direction way, fault_point::place place) {
    const auto stride = tests::soaking() ? 1 : quick_stride();
    for (std::size_t packet = 1;; packet += stride) {
      const fault_point where{.way = way, .packet = packet, .where = place};
      SCOPED_TRACE(describe(where));
      const bool unharmed = run(where);
      if (HasFatalFailure()) return;
      if (!between_->struck()) {
        EXPECT_TRUE(unharmed || silent());  // whose limit is short
        EXPECT_GT(packet, 5U);
        break;
      }
    }
    expect_told_the_truth();
  }

  std::optional<tidb::client> direct_;
  std::optional<tests::tcp_proxy> between_;
  std::map<int, answer> told_;
  int last_id_{};
};

TEST_P(cuts, before_each_packet_to_the_server) { strike_everywhere(direction::to_server, fault_point::place::before); }
TEST_P(cuts, inside_each_packet_to_the_server) { strike_everywhere(direction::to_server, fault_point::place::inside); }
TEST_P(cuts, after_each_packet_to_the_server) { strike_everywhere(direction::to_server, fault_point::place::after); }
TEST_P(cuts, before_each_packet_to_the_client) { strike_everywhere(direction::to_client, fault_point::place::before); }
TEST_P(cuts, inside_each_packet_to_the_client) { strike_everywhere(direction::to_client, fault_point::place::inside); }
TEST_P(cuts, after_each_packet_to_the_client) { strike_everywhere(direction::to_client, fault_point::place::after); }

std::string name_of(const testing::TestParamInfo<std::tuple<tests::target, fault>>& each) {
  constexpr const char* names[] = {"cut", "reset", "swallow"};
  return tests::to_string(std::get<0>(each.param)) + "_" + names[static_cast<int>(std::get<1>(each.param))];
}

INSTANTIATE_TEST_SUITE_P(plain, cuts,
                         testing::Combine(testing::Values(tests::target::tidb),
                                          testing::Values(fault::cut, fault::reset, fault::swallow)),
                         name_of);
INSTANTIATE_TEST_SUITE_P(encrypted, cuts,
                         testing::Combine(testing::Values(tests::target::tidb_tls),
                                          testing::Values(fault::cut, fault::reset, fault::swallow)),
                         name_of);

}  // namespace
