// load_csv: the same rows and the same errors on every engine.
#include "support/engines.hpp"

#include <chrono>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <sys/stat.h>

using tidb::c;
using tidb::errc;
using namespace std::string_literals;

namespace {

struct player {
  std::int64_t id{};
  std::string name{};
  int coins{};
  std::optional<std::string> motto{};
  friend bool operator==(const player&, const player&) = default;
};
constexpr auto tidb_schema(tidb::of<player>) {
  return tidb::mapping("players", tidb::column<&player::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&player::name>(tidb::varchar(32), tidb::unique), tidb::column<&player::coins>(),
                       tidb::column<&player::motto>());
}

enum class color { red, green };
constexpr auto tidb_labels(tidb::of<color>) { return tidb::labels<color>({{color::red, "red"}, {color::green, "2"}}); }

struct thing {
  std::int64_t id{};
  std::uint8_t tiny{};
  std::uint64_t large{};
  tidb::decimal price{};
  double weight{};
  float height{};
  bool sold{};
  color paint{};
  tidb::enum_set<color> others{};
  std::chrono::sys_time<std::chrono::microseconds> made{};
  std::chrono::sys_seconds stamp{};
  std::chrono::year_month_day day{std::chrono::year(2000), std::chrono::month(1), std::chrono::day(1)};
  std::chrono::microseconds took{};
  std::chrono::year since{1999};
  std::uint16_t flags{};
  tidb::blob bytes{};
  tidb::uuid key{};
  tidb::json document{};
  tidb::vector<3> place{};
  friend bool operator==(const thing&, const thing&) = default;
};
constexpr auto tidb_schema(tidb::of<thing>) {
  return tidb::mapping("things", tidb::column<&thing::id>(tidb::primary_key), tidb::column<&thing::tiny>(),
                       tidb::column<&thing::large>(), tidb::column<&thing::price>(tidb::numeric(30, 2)),
                       tidb::column<&thing::weight>(), tidb::column<&thing::height>(), tidb::column<&thing::sold>(),
                       tidb::column<&thing::paint>(), tidb::column<&thing::others>(), tidb::column<&thing::made>(),
                       tidb::column<&thing::stamp>(tidb::timestamp(0)), tidb::column<&thing::day>(),
                       tidb::column<&thing::took>(), tidb::column<&thing::since>(),
                       tidb::column<&thing::flags>(tidb::bit(12)), tidb::column<&thing::bytes>(),
                       tidb::column<&thing::key>(), tidb::column<&thing::document>(), tidb::column<&thing::place>());
}

class load : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<player>();
  }
  std::string file(std::string_view text, const std::string& name = "players.csv") {
    const auto path = (folder_.path() / name).string();
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }
  std::vector<player> players() { return db().select<player>().order_by(c<&player::id>).all(); }
  /// The file is refused, nothing of it stays, and the message says these words.
  void expect_refused(std::string_view text, errc code, std::string_view words, const tidb::csv_options& options = {}) {
    const auto path = file(text);
    const auto error = tests::error_of([&] { db().load_csv<player>(path, options); });
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_NE(std::string_view(error.what()).find(words), std::string_view::npos) << error.what() << "\n" << words;
    EXPECT_EQ(db().count<player>(), 0) << text;
  }
  const std::filesystem::path& folder() const { return folder_.path(); }

private:
  tests::temporary_folder folder_;
};

using players_t = std::vector<player>;

TEST_P(load, the_header_names_the_columns_in_any_order) {
  const auto path = file("coins,name,id\n5,Ann,1\n-7,\"B, \"\"ob\"\"\",2\n");
  EXPECT_EQ(db().load_csv<player>(path), 2U);
  EXPECT_EQ(players(), (players_t{{1, "Ann", 5, {}}, {2, "B, \"ob\"", -7, {}}}));
}

TEST_P(load, null_and_the_empty_text_are_told_apart) {
  db().load_csv<player>(file("id,name,coins,motto\n1,a,0,\n2,b,0,\"\"\n3,c,0,NULL\n"));
  db().load_csv<player>(file("4|d|0|\n5|e|0|-\n6|f|0|'-'\n"),
                        {.header = false, .delimiter = '|', .quote = '\'', .null = "-"});
  EXPECT_EQ(
      players(),
      (players_t{
          {1, "a", 0, {}}, {2, "b", 0, ""}, {3, "c", 0, "NULL"}, {4, "d", 0, ""}, {5, "e", 0, {}}, {6, "f", 0, "-"}}));
}

TEST_P(load, members_say_what_the_fields_are) {
  const auto path = file("Name of the player;Coins\nAnn;5\nBob;6\n");
  EXPECT_EQ((db().load_csv<player, &player::name, &player::coins>(path, {.delimiter = ';'})), 2U);
  const auto found = db().select<player>().order_by(c<&player::name>).all();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].name, "Bob");
  EXPECT_EQ(found[1].coins, 6);
  EXPECT_GT(found[0].id, 0);
  EXPECT_NE(found[0].id, found[1].id);
}

TEST_P(load, an_empty_key_and_0_are_generated) {
  EXPECT_EQ(db().load_csv<player>(file("id,name,coins\n,Ann,1\n0,Bob,2\n1000000,Cy,3\n")), 3U);
  const auto found = db().select<player>().order_by(c<&player::name>).all();
  ASSERT_EQ(found.size(), 3U);
  EXPECT_GT(found[0].id, 0);
  EXPECT_GT(found[1].id, 0);
  EXPECT_EQ(found[2].id, 1'000'000);
}

TEST_P(load, special_characters_arrive_as_they_are) {
  const auto odd = "tab\t back\\slash \\N nul\0 'quote' \r\n \" line \x01 äöü 東京 😀 \\"s;
  std::string quoted;
  for (const char letter : odd) quoted.append(letter == '"' ? 2 : 1, letter);
  db().load_csv<player>(file("id,name,coins,motto\r\n1,\\N,0,\"" + quoted + "\"\r\n2,\\,0,\\t\r\n"));
  EXPECT_EQ(players(), (players_t{{1, "\\N", 0, odd}, {2, "\\", 0, "\\t"}}));
}

TEST_P(load, every_type_comes_back_from_what_csv_wrote) {
  db().create_table<thing>();
  thing one{.id = 1,
            .tiny = 255,
            .large = 9'223'372'036'854'775'807ULL,
            .price = tidb::decimal("-12345678901234567890.50"),
            .weight = 0.1,
            .height = 0.1F,
            .sold = true,
            .paint = color::green,
            .others = {color::red, color::green},
            .took = -std::chrono::microseconds(61'000'001),
            .flags = 0xABC,
            .key = tidb::uuid("123e4567-e89b-12d3-a456-426614174000"),
            .place = {1, -2.5e-10F, 3e30F}};
  one.made = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::microseconds(1);
  one.stamp = std::chrono::sys_days(std::chrono::year(2026) / 1 / 31) + std::chrono::hours(3);
  for (int i = 0; i < 256; ++i) one.bytes.push_back(static_cast<std::byte>(i));
  one.document = tidb::json(R"({"a\tb": ["\"", "\\", null, 1.5]})");
  const thing two{
      .id = 2, .price = tidb::decimal("0.00"), .paint = color::red, .stamp = one.stamp, .since = std::chrono::year(0)};
  db().insert(one);
  db().insert(two);
  const auto text = db().select<thing>().order_by(c<&thing::id>).csv();
  db().erase<thing>().run();
  EXPECT_EQ(db().load_csv<thing>(file(text)), 2U);
  const auto back = db().select<thing>().order_by(c<&thing::id>).all();
  ASSERT_EQ(back.size(), 2U);
  EXPECT_EQ(back[0], one);
  EXPECT_EQ(back[1], two);
  EXPECT_EQ(db().select<thing>().order_by(c<&thing::id>).csv(), text);
}

TEST_P(load, a_byte_order_mark_and_blank_lines_are_passed_over) {
  EXPECT_EQ(db().load_csv<player>(file("\xEF\xBB\xBFname,coins\r\n\r\nAnn,1\r\n\n")), 1U);
}

TEST_P(load, many_rows_are_loaded) {
  std::string text = "id,name,coins,motto\n";
  for (int i = 1; i <= 20'000; ++i)
    text += std::to_string(i) + ",player_" + std::to_string(i) + "," + std::to_string(i % 100) + ",\n";
  EXPECT_EQ(db().load_csv<player>(file(text)), 20'000U);
  EXPECT_EQ(db().count<player>(), 20'000);
  EXPECT_EQ(db().query<std::int64_t>("SELECT SUM(coins) FROM players").value(), 200 * 99 * 50);
}

TEST_P(load, a_file_without_rows_loads_none) {
  EXPECT_EQ(db().load_csv<player>(file("id,name,coins\n")), 0U);
  EXPECT_EQ(db().load_csv<player>(file(""), {.header = false}), 0U);
}

TEST_P(load, a_file_that_cannot_be_read_is_named) {
  const auto missing = tests::error_of([&] { db().load_csv<player>((folder() / "none.csv").string()); });
  EXPECT_EQ(missing.code(), errc::storage);
  EXPECT_NE(std::string_view(missing.what()).find("none.csv"), std::string_view::npos) << missing.what();
  const auto a_folder = tests::error_of([&] { db().load_csv<player>(folder().string()); });
  EXPECT_EQ(a_folder.code(), errc::storage) << a_folder.what();
}

TEST_P(load, a_header_that_fits_no_column_is_refused) {
  expect_refused("", errc::decode, "is empty");
  expect_refused("id,name,colour\n1,a,b\n", errc::decode, ":1: the header names \"colour\"");
  expect_refused("id,name,name\n1,a,b\n", errc::decode, "twice");
  expect_refused("id,na\"me\n", errc::decode, ":1: ");
}

TEST_P(load, a_wrong_number_of_fields_is_told_with_its_line) {
  expect_refused("name,coins\nAnn,1\nBob\n", errc::decode, "players.csv:3: the row has 1 field, where 2 are expected");
  expect_refused("name,coins\n\"two\nlines\",1\nBob,2,3\n", errc::decode, ":4: the row has 3 fields");
}

TEST_P(load, a_value_that_its_column_does_not_take_is_told_with_its_line) {
  expect_refused("name,coins\nAnn,1\nBob,many\n", errc::decode, ":3: the column \"coins\" (INT): \"many\" is no whole");
  expect_refused("name,coins\nAnn,1.5\n", errc::decode, ":2: the column \"coins\"");
  expect_refused("name,coins\nAnn,3000000000\n", errc::decode, "out of the column's range");
  expect_refused("name,coins\nAnn, 1\n", errc::decode, "no whole number");
  expect_refused("name,coins\nAnn,\"\"\n", errc::decode, "no whole number");
  expect_refused("name,coins\n\xff\xfe,1\n", errc::decode, "not UTF-8");
  expect_refused("name,coins\nAnn,\n", errc::constraint, ":2: the column \"coins\" is NULL");
}

TEST_P(load, a_quote_that_is_never_closed_is_refused) {
  expect_refused("name,coins\nAnn,1\n\"Bob,2\nCy,3\n", errc::decode, ":3: a quote is opened and never closed");
}

TEST_P(load, a_row_that_the_table_refuses_undoes_all) {
  std::string text = "name,coins\n";
  for (int i = 0; i < 3'000; ++i) text += "player_" + std::to_string(i) + ",1\n";
  expect_refused(text + "player_7,1\n", errc::constraint, "");
  expect_refused(text + std::string(33, 'x') + ",1\n", errc::constraint, "name");
  expect_refused("id,coins\n1,2\n", errc::constraint, "name");
}

TEST_P(load, a_key_that_is_there_already_is_refused_and_its_row_stays) {
  db().insert(player{1, "Ann", 5, {}});
  const auto path = file("id,name,coins\n2,Bob,1\n1,Cy,2\n");
  EXPECT_THROW(db().load_csv<player>(path), tidb::constraint_violation);
  EXPECT_EQ(players(), (players_t{{1, "Ann", 5, {}}}));
}

TEST_P(load, in_a_transaction_it_is_undone_by_itself_or_with_the_rest) {
  const auto good = file("name,coins\nAnn,1\nBob,2\n", "good.csv");
  const auto bad = file("name,coins\nCy,3\nCy,4\n", "bad.csv");
  db().transaction([&](tidb::transaction& tx) {
    tx.insert(player{.name = "Dee"});
    EXPECT_EQ(tx.load_csv<player>(good), 2U);
    EXPECT_THROW(tx.load_csv<player>(bad), tidb::constraint_violation);
    EXPECT_EQ(tx.count<player>(), 3);
  });
  EXPECT_EQ(db().count<player>(), 3);
  const auto more = file("name,coins\nEve,1\n", "more.csv");
  EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
    tx.load_csv<player>(more);
    throw std::runtime_error("enough");
  }),
               std::runtime_error);
  EXPECT_EQ(db().count<player>(), 3);
}

TEST_P(load, a_pipe_is_read_once) {
  const auto path = (folder() / "pipe").string();
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path) << "name,coins\nAnn,1\nBob,2\n"; });
  EXPECT_EQ(db().load_csv<player>(path), 2U);
  writer.join();
}

/// Counts the keys that it is told of.
class key_counter : public tidb::write_observer {
public:
  void wrote(tidb::engine_connection&, const tidb::write_event& event) override { keys += event.keys.size(); }
  std::size_t keys{};
};

TEST_P(load, who_follows_the_writes_is_told_of_every_row_and_the_rows_are_the_same) {
  key_counter counter;
  tidb::pool shared(url());
  shared.observe(&counter);
  const auto watched = tidb::connect(shared);
  EXPECT_EQ(watched.load_csv<player>(file("name,coins,motto\n\\N,1,\n\"B\tob\",2,\"\"\n")), 2U);
  EXPECT_EQ(counter.keys, 2U);
  EXPECT_THROW(watched.load_csv<player>(file("name,coins\nCy,1\nCy,2\n")), tidb::constraint_violation);
  EXPECT_EQ(tests::error_of([&] { watched.load_csv<player>(file("name,coins\nCy,1\nDee,x\n")); }).code(), errc::decode);
  EXPECT_EQ(tests::error_of([&] { watched.load_csv<player>(file("id,coins\n1,2\n")); }).code(), errc::constraint);
  shared.observe(nullptr);
  const auto found = players();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].name, "\\N");
  EXPECT_EQ(found[0].motto, std::nullopt);
  EXPECT_EQ(found[1].name, "B\tob");
  EXPECT_EQ(found[1].motto, "");
}

TEST_P(load, the_servers_own_settings_do_not_matter) {
  if (embedded()) GTEST_SKIP() << "there is no server";
  const auto path = file("id,name,coins,motto\n1,a\\b,0,\"x\ty\"\n");
  for (const auto* modes : {"STRICT_TRANS_TABLES,NO_BACKSLASH_ESCAPES", "STRICT_ALL_TABLES,ANSI_QUOTES"}) {
    db().transaction([&](tidb::transaction& tx) {
      tx.execute("SET SESSION sql_mode = '" + std::string(modes) + "'");
      tx.load_csv<player>(path);
    });
    EXPECT_EQ(players(), (players_t{{1, "a\\b", 0, "x\ty"}})) << modes;
    db().erase<player>().run();
  }
}

RUN_ON_EACH_ENGINE_AND_TLS(load);

}  // namespace
