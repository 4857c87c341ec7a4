// A pool under more threads than it has connections, and over servers that fail.
#include "support/engines.hpp"

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace {

class pool_faults : public tests::on_each_engine {};

TEST_P(pool_faults, a_thousand_threads_share_eight_connections_and_none_starves) {
  db().execute("CREATE TABLE numbers (id INT PRIMARY KEY)");
  db().execute("INSERT INTO numbers VALUES (1), (2), (3)");
  tidb::pool shared(url(), {.max_size = 8, .checkout_timeout = 120s});
  const auto client = tidb::connect(shared);
  constexpr int threads = 1000;
  const int turns = tests::count(2, 20);
  std::atomic<int> served{};
  std::vector<std::thread> all;
  all.reserve(threads);
  for (int number = 0; number < threads; ++number)
    all.emplace_back([&, client] {
      for (int turn = 0; turn < turns; ++turn)
        if (client.query<std::int64_t>("SELECT COUNT(*) FROM numbers").value() == 3) ++served;
    });
  for (auto& thread : all) thread.join();
  EXPECT_EQ(served, threads * turns);
  const auto stats = shared.stats();
  EXPECT_LE(stats.opened, 8U);
  EXPECT_EQ(stats.in_use, 0U);
  EXPECT_EQ(stats.waiting, 0U);
  EXPECT_EQ(stats.failed, 0U);
}

TEST_P(pool_faults, a_closed_pool_says_so_and_leaves_nothing_open) {
  tidb::pool shared(url(), {.max_size = 4, .min_size = 3});
  shared.warm_up();
  EXPECT_EQ(shared.stats().open, 3U);
  const auto client = tidb::connect(shared);
  std::atomic<bool> inside{};
  std::thread busy([&] {
    client.transaction([&](tidb::transaction& tx) {
      inside = true;
      while (shared.stats().idle > 0) std::this_thread::sleep_for(1ms);  // until the pool closes them
      EXPECT_EQ(tx.query<std::int64_t>("SELECT 1").value(), 1);
    });
  });
  while (!inside) std::this_thread::sleep_for(1ms);
  EXPECT_TRUE(shared.close(30s));
  busy.join();
  EXPECT_EQ(shared.stats().open, 0U);
  const auto error = tests::error_of([&] { (void)client.query<std::int64_t>("SELECT 1").value(); });
  EXPECT_EQ(error.code(), tidb::errc::usage);
  EXPECT_NE(std::string(error.what()).find("pool is closed"), std::string::npos) << error.what();
}

RUN_ON_EACH_ENGINE(pool_faults);

}  // namespace
