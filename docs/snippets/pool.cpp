// A pool of one's own. Compiled, not run: the server is made up.
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <cstdio>

void share_a_pool() {
  using namespace std::chrono_literals;
  // [shared]
  tidb::pool shared("mysql://user:secret@host:4000/shop", {.max_size = 16, .min_size = 4, .checkout_timeout = 5s});
  shared.warm_up();  // connects now; else the first statements do
  auto orders = tidb::connect(shared);
  auto stock = tidb::connect(shared);
  // [/shared]

  // [session]
  auto reports = tidb::connect({.host = "host", .session_variables = {{"tidb_isolation_read_engines", "tiflash"}}});
  // [/session]

  // [servers]
  auto spread = tidb::connect("mysql://user:secret@first,second:4001/shop");
  // [/servers]

  // [watching]
  const auto now = shared.stats();
  std::printf("%zu open, %zu in use, %zu waiting, %llu reconnects\n", now.open, now.in_use, now.waiting,
              static_cast<unsigned long long>(now.reconnects));

  shared.close(10s);  // lends no more, and waits up to 10 s for what is in use
  // [/watching]
}

int main() {}
