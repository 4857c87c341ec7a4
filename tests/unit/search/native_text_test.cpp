// TiDB's own full-text index, which few servers have: what is sent, and what becomes of recorded answers.
#include "scripted_server.hpp"
#include "search/native_text.hpp"
#include "support/engines.hpp"

#include <chrono>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

namespace {

using namespace std::chrono_literals;
using scripted::cells, scripted::number, scripted::real, scripted::text;
using tests::error_of;
using tidb::fulltext_parser;

constexpr tidb::detail::index_target title{"docs", "title"};
const auto here = std::source_location::current();

std::string created(std::string_view index = "") {
  return "CREATE TABLE `docs` (\n  `id` bigint(20) NOT NULL AUTO_INCREMENT,\n  `title` text DEFAULT NULL,\n  "
         "PRIMARY KEY (`id`) /*T![clustered_index] CLUSTERED */" +
         std::string(index) + "\n) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin";
}
const std::string with_index = ",\n  FULLTEXT INDEX `_tidbxx_fts_title`(`title`) WITH PARSER MULTILINGUAL";
const std::string with_other = ",\n  FULLTEXT KEY `theirs`(`title`) WITH PARSER STANDARD";

constexpr const char* trial = "SELECT 1 FROM `docs` WHERE FTS_MATCH_WORD('tidbxx', `title`) LIMIT 1";
constexpr const char* add_index = "ALTER TABLE `docs` ADD FULLTEXT INDEX `_tidbxx_fts_title` (`title`) WITH PARSER "
                                  "MULTILINGUAL ADD_COLUMNAR_REPLICA_ON_DEMAND";
constexpr const char* drop_index = "ALTER TABLE `docs` DROP INDEX `_tidbxx_fts_title`";
constexpr const char* registry = "CREATE TABLE IF NOT EXISTS `_tidbxx_index`";
constexpr const char* registered = "INSERT INTO `_tidbxx_index`";
constexpr const char* unregistered = "DELETE FROM `_tidbxx_index` WHERE id = ?";

class native_text : public testing::Test {
protected:
  native_text() {
    // a table, and no index of it
    server.says("SELECT CAST(tidb_table_id AS CHAR) FROM", {cells(text("112"))});
    server.says("SELECT COUNT(*) FROM information_schema.tables", {cells(number(1))});
  }
  void no_index() { server.says_nothing("FROM `_tidbxx_index` i", 10); }
  void has_index(fulltext_parser parser = fulltext_parser::multilingual) {
    server.says("FROM `_tidbxx_index` i",
                {cells(number(7), text("docs"), text("title"), text("bm25"), number(0), text("_tidbxx_fts_title"),
                       text("native"), number(0), text("112"), text(tidb::detail::native_text_form("title", parser)))});
  }
  void has_own_index() {
    server.says(
        "FROM `_tidbxx_index` i",
        {cells(number(7), text("docs"), text("title"), text("bm25"), number(0), text("id"), text("ready"), number(1),
               text("112"), text(R"({"columns":["title","body"],"boosts":[],"analyzer":{"language":"english"}})"))});
  }
  void shows(const std::string& table) { server.says("SHOW CREATE TABLE", {cells(text("docs"), text(table))}); }
  void replica(bool available) {
    server.says("information_schema.tiflash_replica", {cells(number(1), number(available ? 1 : 0), real(0.5))});
  }
  /// A server with full-text search, without an index at first.
  void can_search() {
    server.fails(trial, 1221, "Full text search can only be used with a matching fulltext index");
    server.says_nothing(trial, 1);
  }
  void create(tidb::fulltext_index_options options = {}) {
    options.kind = tidb::index_kind::server;
    const std::vector<std::string_view> columns{title.column};
    tidb::detail::create_fulltext_index(server.on(), title.table, columns, options, here);
  }
  /// The statements that change something, cut where the rest is of no interest.
  std::vector<std::string> changes() const {
    auto all = server.sent_of({"ALTER", "CREATE", "INSERT", "DELETE", "UPDATE", "DROP", "TRUNCATE"});
    for (auto& each : all)
      for (const std::string_view start : {registry, registered})
        if (each.starts_with(start)) each = start;
    return all;
  }

  scripted::server server;
};

using changed = std::vector<std::string>;

TEST_F(native_text, is_made_where_the_server_has_full_text_search) {
  no_index();
  can_search();
  shows(created());
  shows(created(with_index));
  replica(true);
  create();
  EXPECT_EQ(changes(), (changed{registry, add_index, registered}));
  EXPECT_EQ(server.count(trial), 2U);
}

TEST_F(native_text, has_the_parser_that_is_asked_for) {
  for (const auto& [parser, name] :
       {std::pair(fulltext_parser::standard, "STANDARD"), std::pair(fulltext_parser::multilingual, "MULTILINGUAL"),
        std::pair(fulltext_parser::ngram, "NGRAM")}) {
    scripted::server each;
    each.says("SELECT CAST(tidb_table_id AS CHAR) FROM", {cells(text("112"))});
    each.says("SELECT COUNT(*) FROM information_schema.tables", {cells(number(0))});
    each.says_nothing(trial, 1);
    each.says("SHOW CREATE TABLE", {cells(text("docs"), text(created()))});
    each.says("SHOW CREATE TABLE", {cells(text("docs"), text(created(with_index)))});
    each.says_nothing("information_schema.tiflash_replica", 3);
    const std::vector<std::string_view> columns{"title"};
    tidb::detail::create_fulltext_index(each.on(), "docs", columns,
                                        {.kind = tidb::index_kind::server, .parser = parser}, here);
    EXPECT_EQ(each.count(std::string("WITH PARSER ") + name + " ADD_COLUMNAR_REPLICA_ON_DEMAND"), 1U);
  }
}

TEST_F(native_text, waits_until_the_table_is_copied) {
  no_index();
  can_search();
  shows(created());
  shows(created(with_index));
  replica(false);
  replica(false);
  replica(true);
  create();
  EXPECT_EQ(changes(), (changed{registry, add_index, registered}));
  EXPECT_EQ(server.count("information_schema.tiflash_replica"), 3U);
}

TEST_F(native_text, is_not_left_behind_where_the_copy_is_not_there_in_time) {
  no_index();
  can_search();
  shows(created());
  replica(false);
  server.says("information_schema.cluster_info", {cells(number(1))});
  EXPECT_EQ(error_of([&] { create({.replica_timeout = 1ms}); }).code(), tidb::errc::timeout);
  EXPECT_EQ(changes(), (changed{registry, add_index, drop_index}));
}

TEST_F(native_text, is_refused_with_the_remedy_where_there_is_no_full_text_search) {
  no_index();
  shows(created());
  server.fails(trial, 1305, "FUNCTION test.FTS_MATCH_WORD does not exist");
  server.fails(trial, 1105, "FTS_MATCH_WORD() is only supported in starter deployment mode");
  for (int i = 0; i < 2; ++i) {
    const auto refused = error_of([&] { create(); });
    EXPECT_EQ(refused.code(), tidb::errc::unsupported) << refused.what();
    EXPECT_EQ(refused.info().entry, "server-index-unsupported");
    EXPECT_NE(refused.info().message.find("leave out .kind"), std::string::npos) << refused.what();
    EXPECT_NE(refused.info().message.find("\"docs.title\""), std::string::npos) << refused.what();
  }
  EXPECT_EQ(changes(), changed{});
}

TEST_F(native_text, is_not_believed_where_the_server_takes_the_statement_and_makes_none) {
  no_index();
  can_search();
  shows(created());
  replica(true);
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "server-index-unsupported");
  EXPECT_EQ(changes(), (changed{registry, add_index, drop_index}));
}

TEST_F(native_text, is_not_believed_where_the_server_makes_it_and_does_not_search_by_it) {
  no_index();
  server.fails(trial, 1105, "cannot use 'FTS_MATCH_WORD()' outside of fulltext index");
  shows(created());
  shows(created(with_index));
  replica(true);
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "server-index-unsupported");
  EXPECT_EQ(changes(), (changed{registry, add_index, drop_index}));
}

TEST_F(native_text, leaves_other_errors_of_the_trial_as_they_are) {
  no_index();
  shows(created());
  server.fails(trial, 1142, "SELECT command denied to user 'reader'@'%' for table 'docs'");
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "privilege-missing");
  EXPECT_EQ(changes(), changed{});
}

TEST_F(native_text, that_is_there_is_an_error_or_stays_or_is_made_anew) {
  has_index();
  server.says_nothing(trial, 1);
  shows(created(with_index));
  replica(true);
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "index-exists");
  create({.existing = tidb::if_exists::skip});
  const auto other =
      error_of([&] { create({.existing = tidb::if_exists::skip, .parser = fulltext_parser::standard}); });
  EXPECT_EQ(other.code(), tidb::errc::usage);
  EXPECT_NE(other.info().message.find("another parser"), std::string::npos) << other.what();
  EXPECT_EQ(changes(), changed{});
  create({.existing = tidb::if_exists::overwrite});
  EXPECT_EQ(changes(), (changed{registry, drop_index, add_index, registered}));
}

TEST_F(native_text, of_another_tool_is_taken_over_by_skip) {
  no_index();
  shows(created(with_other));
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "index-exists");
  create({.existing = tidb::if_exists::skip});
  EXPECT_EQ(changes(), (changed{registry, registered}));
  EXPECT_EQ(server.parameters.at(server.sent.size() - 1).at(6).view().text(), "theirs");
}

TEST_F(native_text, takes_the_place_of_one_in_tables_only_by_overwrite) {
  has_own_index();
  shows(created());
  EXPECT_EQ(error_of([&] { create(); }).info().entry, "index-exists");
  const auto other = error_of([&] { create({.existing = tidb::if_exists::skip}); });
  EXPECT_EQ(other.code(), tidb::errc::usage);
  EXPECT_NE(other.info().message.find("tidbxx's own, not the server's"), std::string::npos) << other.what();
  EXPECT_EQ(changes(), changed{});
}

TEST_F(native_text, is_not_replaced_by_one_in_tables_unasked) {
  has_index();
  shows(created(with_index));
  const std::vector<std::string_view> columns{"body", "title"};
  const auto own = [&](tidb::if_exists existing) {
    tidb::detail::create_fulltext_index(server.on(), "docs", columns, {.existing = existing}, here);
  };
  EXPECT_EQ(error_of([&] { own(tidb::if_exists::raise); }).info().entry, "index-exists");
  EXPECT_EQ(error_of([&] { own(tidb::if_exists::skip); }).code(), tidb::errc::usage);
  EXPECT_EQ(changes(), changed{});
}

TEST_F(native_text, is_of_one_column_and_has_a_parser_alone) {
  const std::vector<std::string_view> two{"title", "body"};
  const auto several = error_of(
      [&] { tidb::detail::create_fulltext_index(server.on(), "docs", two, {.kind = tidb::index_kind::server}, here); });
  EXPECT_EQ(several.code(), tidb::errc::usage);
  EXPECT_NE(several.info().message.find("of one column"), std::string::npos) << several.what();
  EXPECT_THROW(create({.analyzer = {.language = "german"}}), tidb::usage_error);
  EXPECT_THROW(create({.boosts = {2}}), tidb::usage_error);
  EXPECT_THROW(create({.tracked_by = tidb::time_column<void>("changed_at")}), tidb::usage_error);
  EXPECT_TRUE(server.sent.empty());
}

TEST_F(native_text, is_seen_and_dropped_with_or_without_its_column_said) {
  for (const auto column : {"title", ""}) {
    server = {};
    server.says("SELECT COUNT(*) FROM information_schema.tables", {cells(number(1))});
    has_index();
    shows(created(with_index));
    const tidb::detail::index_target of{"docs", column};
    EXPECT_TRUE(tidb::detail::has_index(server.on(), of, here));
    tidb::detail::drop_index(server.on(), of, here);
    EXPECT_EQ(changes(), (changed{drop_index, unregistered}));
  }
}

TEST_F(native_text, tells_what_tiflash_has_indexed) {
  has_index();
  replica(true);
  server.says("information_schema.tiflash_indexes", {cells(number(1000), number(20), number(300), text(""))});
  const auto stats = tidb::detail::stats_of_index(server.on(), title, here);
  EXPECT_EQ(stats.kind, tidb::index_kind::server);
  EXPECT_EQ(stats.rows, 1000U);
  EXPECT_EQ(stats.delta, 20U);
  EXPECT_EQ(stats.not_indexed, 300U);
}

TEST_F(native_text, is_checked_by_what_tidb_tells) {
  has_index();
  shows(created(with_index));
  shows(created());
  replica(true);
  server.says("information_schema.tiflash_indexes", {cells(number(1000), number(20), number(300), text(""))});
  EXPECT_TRUE(tidb::detail::check_index(server.on(), title, here).ok());
  const auto gone = tidb::detail::check_index(server.on(), title, here);
  ASSERT_EQ(gone.problems.size(), 1U);
  EXPECT_NE(gone.problems[0].find("rebuild_fulltext_index"), std::string::npos) << gone.problems[0];
}

TEST_F(native_text, is_compacted_and_made_anew_in_tiflash) {
  has_index();
  server.says_nothing(trial, 1);
  shows(created(with_index));
  replica(true);
  tidb::detail::optimize_index(server.on(), title, here);
  tidb::detail::rebuild_index(server.on(), title, here);
  EXPECT_EQ(changes(), (changed{"ALTER TABLE `docs` COMPACT TIFLASH REPLICA", drop_index, add_index}));
}

TEST_F(native_text, goes_before_its_table) {
  has_index();
  shows(created(with_index));
  tidb::detail::drop_with_indexes(server.on(), "docs", "DROP TABLE `docs`", server.on().context(here));
  EXPECT_EQ(changes(), (changed{drop_index, "DROP TABLE `docs`", unregistered}));
}

TEST_F(native_text, is_made_again_where_its_table_cannot_be_dropped) {
  has_index();
  server.says_nothing(trial, 1);
  shows(created(with_index));
  replica(true);
  server.fails("DROP TABLE `docs`", 3730, "Cannot drop table 'docs' referenced by a foreign key constraint");
  EXPECT_THROW(tidb::detail::drop_with_indexes(server.on(), "docs", "DROP TABLE `docs`", server.on().context(here)),
               tidb::error);
  EXPECT_EQ(changes(), (changed{drop_index, "DROP TABLE `docs`", add_index}));
}

TEST_F(native_text, is_made_again_for_a_table_that_was_emptied) {
  has_index();
  server.says_nothing(trial, 1);
  shows(created(with_index));
  replica(true);
  tidb::detail::empty_with_indexes(server.on(), "docs", "TRUNCATE TABLE `docs`", server.on().context(here));
  EXPECT_EQ(changes(), (changed{drop_index, "TRUNCATE TABLE `docs`", add_index}));
}

TEST_F(native_text, that_another_tool_has_dropped_is_not_made_again) {
  has_index();
  shows(created());
  tidb::detail::empty_with_indexes(server.on(), "docs", "TRUNCATE TABLE `docs`", server.on().context(here));
  EXPECT_EQ(changes(), changed{"TRUNCATE TABLE `docs`"});
}

TEST_F(native_text, of_another_table_stays_when_a_table_is_dropped) {
  has_index();
  tidb::detail::drop_with_indexes(server.on(), "other", "DROP TABLE `other`", server.on().context(here));
  EXPECT_EQ(changes(), changed{"DROP TABLE `other`"});
}

TEST_F(native_text, is_found_in_the_table_by_its_column_alone) {
  using tidb::detail::fulltext_index_in;
  const auto table = created(",\n  FULLTEXT KEY `both`(`title`,`body`) WITH PARSER STANDARD,\n  FULLTEXT INDEX "
                             "`one`(`Title`) WITH PARSER NGRAM,\n  FULLTEXT KEY `two` (`body` WITH (multilingual))");
  EXPECT_EQ(fulltext_index_in(table, "title"), "one");
  EXPECT_EQ(fulltext_index_in(table, "body"), "two");
  EXPECT_EQ(fulltext_index_in(table, "other"), "");
  EXPECT_EQ(fulltext_index_in(created(), "title"), "");
}

}  // namespace
