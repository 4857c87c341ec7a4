// Servers that ask for files of this machine, which a client can be made to send.
#include "support/engines.hpp"
#include "support/file_asker.hpp"

#include <fstream>
#include <string>

namespace {

struct player {
  std::string name{};
  int coins{};
};
constexpr auto tidb_schema(tidb::of<player>) {
  return tidb::mapping("players", tidb::column<&player::name>(), tidb::column<&player::coins>());
}

class file_requests : public testing::Test {
  tests::temporary_folder folder_;  // before what is written into it

protected:
  std::string write(const std::string& name, const std::string& text) {
    const auto path = (folder_.path() / name).string();
    std::ofstream(path) << text;
    return path;
  }
  /// It asked so many times, and never got the secret.
  static void expect_refused(const tests::file_asker& server, int asked) {
    EXPECT_EQ(server.asked(), asked);
    EXPECT_EQ(server.received().find("the secret"), std::string::npos);
  }
  const std::string secret = write("secret.txt", "the secret of this machine");
  const std::string players = write("players.csv", "name,coins\nAnn,5\n");
};

TEST_F(file_requests, at_the_login_are_refused) {
  const tests::file_asker server("VERSION()", {secret});
  const auto error = tests::error_of([&] { tidb::connect(server.url()).query<int>("SELECT 1").value(); });
  EXPECT_EQ(error.info().entry, "file-refused") << error.what();
  expect_refused(server, 1);
}

TEST_F(file_requests, in_the_middle_of_other_statements_are_refused_and_the_connection_is_dropped) {
  const tests::file_asker server("players", {secret});
  const auto db = tidb::connect(server.url());
  for (const auto* sql : {"CREATE TABLE players (id INT)", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE players"}) {
    const auto error = tests::error_of([&] { db.execute(sql); });
    EXPECT_EQ(error.info().entry, "file-refused") << error.what();
    EXPECT_TRUE(error.poisons_connection());
  }
  expect_refused(server, 2);
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(file_requests, that_load_csv_has_caused_get_the_rows) {
  const tests::file_asker server("LOAD DATA", {"tidbxx rows"});
  const auto db = tidb::connect(server.url());
  const auto error = tests::error_of([&] { db.load_csv<player>(players); });
  EXPECT_NE(std::string(error.what()).find("took 0 of 1 rows"), std::string::npos) << error.what();
  EXPECT_NE(server.received().find("Ann\t5\n"), std::string::npos);
  EXPECT_EQ(server.received().find("players.csv"), std::string::npos);  // the server need not know
}

TEST_F(file_requests, for_another_file_while_load_csv_runs_are_refused_and_the_connection_is_dropped) {
  const tests::file_asker server("LOAD DATA", {secret});
  const auto db = tidb::connect(server.url());
  const auto error = tests::error_of([&] { db.load_csv<player>(players); });
  EXPECT_EQ(error.info().entry, "file-refused") << error.what();
  EXPECT_TRUE(error.poisons_connection());
  expect_refused(server, 1);
  db.execute("DO 1");
  EXPECT_EQ(server.connections(), 2);
}

TEST_F(file_requests, after_the_rows_were_sent_are_refused) {
  const tests::file_asker server("LOAD DATA", {"tidbxx rows", "tidbxx rows"});
  const auto db = tidb::connect(server.url());
  const auto error = tests::error_of([&] { db.load_csv<player>(players); });
  EXPECT_EQ(error.info().entry, "file-refused") << error.what();
  expect_refused(server, 2);
  const auto received = server.received();
  EXPECT_EQ(received.find("Ann\t5"), received.rfind("Ann\t5"));  // once
}

}  // namespace
