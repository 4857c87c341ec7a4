// Several processes that write into one file: each waits for the others, and nobody hears of it.
#include "support/engines.hpp"
#include "support/processes.hpp"

#include <cstdlib>
#include <memory>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;

constexpr int processes = 4;
constexpr int rows_each = 150;

struct line {
  std::int64_t id{};
  int process{};
  std::string text{};
};

constexpr auto tidb_schema(tidb::of<line>) {
  return tidb::mapping("lines", tidb::column<&line::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&line::process>(), tidb::column<&line::text>(tidb::varchar(64)));
}

std::string variable(const char* name) {
  const char* text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread
  return text == nullptr ? std::string() : text;
}

std::string url_in(const tests::temporary_folder& folder, const std::string& query) {
  return "sqlite:" + (folder.path() / "lines.db").string() + query;
}

}  // namespace

TEST(embedded_processes, writers_of_several_processes_wait_for_each_other) {
  const tests::temporary_folder folder;
  auto db = tidb::connect(url_in(folder, ""));
  db.create_table<line>();
  std::vector<std::unique_ptr<tests::child_process>> writers;
  for (int number = 0; number < processes; ++number)
    // Half of them wait by lock_timeout, and half by the deadline of their calls.
    writers.push_back(std::make_unique<tests::child_process>(
        "embedded_processes.DISABLED_writer",
        std::map<std::string, std::string>{
            {"TIDBXX_LINES", url_in(folder, number % 2 == 0 ? "?lock_timeout=60" : "?lock_timeout=0")},
            {"TIDBXX_WRITER", std::to_string(number)}}));
  for (auto& writer : writers) EXPECT_TRUE(writer->finish()) << "a writer saw an error";
  EXPECT_EQ(db.query<int>("SELECT count(*) FROM lines").one(), processes * rows_each * 2);
  EXPECT_EQ(db.query<int>("SELECT count(DISTINCT text) FROM lines").one(), processes * rows_each * 2);
}

/// The program of the processes that the test above starts: single writes, and transactions that read first.
TEST(embedded_processes, DISABLED_writer) {
  const auto url = variable("TIDBXX_LINES");
  if (url.empty()) GTEST_SKIP() << "runs as a child of the other test only";
  const int number = std::stoi(variable("TIDBXX_WRITER"));
  const auto name = "line of " + std::to_string(number) + ": ";
  auto db = tidb::connect(url).with({.timeout = number % 2 == 0 ? 0ms : 60'000ms});
  for (int i = 0; i < rows_each; ++i) {
    db.insert(line{0, number, name + std::to_string(i)});
    db.transaction([&](tidb::transaction& tx) {
      const auto before = tx.query<int>("SELECT count(*) FROM lines WHERE process = ?", number).one();
      EXPECT_EQ(before, 2 * i + 1);
      tx.insert(line{0, number, name + "second " + std::to_string(i)});
    });
  }
}
