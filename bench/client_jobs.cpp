// One job of the client's, timed from inside: what sqlalchemy_client.py runs in turn with its own.
#include "entry.hpp"

#include <chrono>
#include <cstdlib>
#include <stdexcept>
#include <string>

#include <fmt/core.h>

using bench::entry;
using tidb::c;

int main(int argc, char** argv) try {
  const char* url = std::getenv("TIDB_TEST_URL");
  if (argc != 4 || url == nullptr) {
    fmt::print(stderr, "usage: TIDB_TEST_URL=… {} insert|read|lookup|flush COUNT ROWS\n", argv[0]);
    return 2;
  }
  const std::string job = argv[1];
  const auto count = static_cast<std::size_t>(std::stoull(argv[2]));
  const auto rows = static_cast<std::size_t>(std::stoull(argv[3]));
  auto db = tidb::connect(url);
  tidb::session work(db);
  if (job == "flush") work.query<entry>().where(c<&entry::id> < static_cast<std::int64_t>(count)).all();
  const auto start = std::chrono::steady_clock::now();
  if (job == "insert") {
    db.insert_many(bench::make_rows(count));
  } else if (job == "read") {
    if (db.select<entry>().all().size() != count) throw std::runtime_error("rows are missing");
  } else if (job == "flush") {
    for (std::size_t id = 0; id < count; ++id) work.get<entry>(id)->coins += 1;
    work.commit();
  } else {
    const auto by_id = db.prepare(tidb::select<entry>().where(c<&entry::id> == tidb::param<0>));
    for (std::size_t turn = 0; turn < count; ++turn)
      if (by_id.one(bench::lookup_id(turn, rows)).goods != 100) throw std::runtime_error("wrong row");
  }
  fmt::print("{}\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  return 0;
} catch (const std::exception& error) {
  fmt::print(stderr, "bench_client_jobs: {}\n", error.what());
  return 1;
}
