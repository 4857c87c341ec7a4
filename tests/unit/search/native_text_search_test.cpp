// Searches by TiDB's own full-text index: the SQL that is sent, and what becomes of recorded answers.
#include "scripted_server.hpp"
#include "search/native_text.hpp"
#include "support/engines.hpp"
#include <tidbxx/tidbxx.hpp>

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace {

using scripted::cells, scripted::number, scripted::real, scripted::text;
using tests::error_of;
using tidb::c;

struct doc {
  std::int64_t id{};
  std::string title{};
  int year{};
  tidb::vector<3> place{};
};
constexpr auto tidb_schema(tidb::of<doc>) {
  return tidb::mapping("docs", tidb::column<&doc::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&doc::title>(tidb::varchar(40)), tidb::column<&doc::year>(),
                       tidb::column<&doc::place>());
}

std::string by_index(const std::string& words, const std::string& conditions = "",
                     const std::string& columns = "`id`, `title`") {
  const auto match = [&](const std::string& column) { return "FTS_MATCH_WORD('" + words + "', " + column + ")"; };
  return "SELECT " + columns + ", " + match("`title`") + " AS `_tidbxx_score` FROM `docs` WHERE " + match("`title`") +
         conditions + " ORDER BY " + match("`docs`.`title`") + " DESC LIMIT ?";
}

/// As the planner writes it for TiDB Cloud Starter.
std::vector<scripted::row> plan_with_index() {
  return {cells(text("Projection_7"), text("10.00"), text("root"), text(""), text("docs.id, docs.title, _FTS_SCORE")),
          cells(text("    └─TableFullScan_12"), text("10.00"), text("mpp[tiflash]"), text("table:docs"),
                text("ftsIndex:top10 cats IN test.docs.title->_FTS_SCORE, keep order:false"))};
}
std::vector<scripted::row> plan_without_index() {
  return {
      cells(text("TableFullScan_12"), text("10.00"), text("cop[tikv]"), text("table:docs"), text("keep order:false"))};
}

class native_text_search : public testing::Test {
protected:
  native_text_search() { server.says("SELECT COUNT(*) FROM information_schema.tables", {cells(number(1))}); }
  static scripted::row listed(std::int64_t id, std::string_view column) {
    return cells(number(id), text("docs"), text(column), text("bm25"), number(0),
                 text("_tidbxx_fts_" + std::string(column)), text("native"), number(0), text("112"),
                 text(tidb::detail::native_text_form(column, tidb::fulltext_parser::multilingual)));
  }
  void has_index() { server.says("FROM `_tidbxx_index` i", {listed(7, "title")}); }
  tidb::table<doc> docs() { return tidb::table<doc>(tidb::statements(server.on())); }
  /// Searches read id and title.
  auto search(std::string_view words) { return docs().search(words).columns<&doc::id, &doc::title>(); }
  static std::vector<scripted::row> rows(std::int64_t count) {
    std::vector<scripted::row> made;
    for (std::int64_t id = 1; id <= count; ++id)
      made.push_back(cells(number(id), text("cats"), real(10 - static_cast<double>(id))));
    return made;
  }
  std::vector<std::string> searches() const { return server.sent_of({"SELECT `id`"}); }

  scripted::server server;
};

using sent = std::vector<std::string>;

TEST_F(native_text_search, has_the_one_form_that_tidb_takes_and_the_servers_scores) {
  has_index();
  server.says(by_index("black cats"), rows(3));
  const auto hits = search("black cats").limit(5).all();
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(std::get<0>(hits[0].row), 1);
  EXPECT_DOUBLE_EQ(hits[0].score, 9);
  EXPECT_TRUE(std::isnan(hits[0].distance));
  EXPECT_EQ(searches(), sent{by_index("black cats")});
  EXPECT_EQ(server.parameters.back().at(0).view().integer, 5);
  EXPECT_EQ(server.count("EXPLAIN"), 0U);
}

TEST_F(native_text_search, takes_its_conditions_along) {
  has_index();
  server.says(by_index("cats", " AND (`year` > ?)"), rows(2));
  EXPECT_EQ(search("cats").where(c<&doc::year> > 2020).all().size(), 2U);
  EXPECT_EQ(searches(), sent{by_index("cats", " AND (`year` > ?)")});
}

TEST_F(native_text_search, leaves_the_first_rows_out_by_itself) {
  has_index();
  server.says(by_index("cats"), rows(5));
  const auto hits = search("cats").offset(2).limit(3).all();
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(std::get<0>(hits[0].row), 3);
  EXPECT_EQ(server.parameters.back().at(0).view().integer, 5);
}

TEST_F(native_text_search, prints_the_words_as_a_literal) {
  has_index();
  server.says("FTS_MATCH_WORD(", rows(1));
  (void)search("it's ?\\\\?").all();
  EXPECT_EQ(searches(), sent{by_index("it''s ?\\\\?")});
}

TEST_F(native_text_search, tells_that_it_goes_by_the_index) {
  has_index();
  server.says("EXPLAIN", plan_with_index());
  server.says(by_index("cats"), rows(10));
  const auto plan = search("cats").explain();
  EXPECT_EQ(plan.way, "server index");
  EXPECT_EQ(plan.reason, "TiDB has an index of its own on the column");
  EXPECT_EQ(plan.warning, "");
  EXPECT_EQ(plan.sql, by_index("cats"));
  EXPECT_EQ(plan.rows, 10U);
}

TEST_F(native_text_search, warns_where_tidb_does_not_take_its_index_and_says_why) {
  has_index();
  server.says("EXPLAIN", plan_without_index());
  server.says(by_index("cats"), rows(1));
  server.says("SHOW CREATE TABLE", {cells(text("docs"), text("CREATE TABLE `docs` (`title` text)"))});
  EXPECT_NE(search("cats").explain().warning.find("rebuild_fulltext_index"), std::string::npos);
}

TEST_F(native_text_search, looks_for_the_words_of_what_it_cannot_be_asked_and_says_so) {
  has_index();
  server.says("EXPLAIN", plan_with_index());
  server.says(by_index("black cats"), rows(1));
  const auto plan = search("\"black cats\" -dogs").explain();
  EXPECT_EQ(plan.sql, by_index("black cats"));
  EXPECT_NE(plan.reason.find("the query has a phrase at byte 0"), std::string::npos) << plan.reason;
}

TEST_F(native_text_search, refuses_what_it_cannot_be_asked_if_that_is_strict) {
  has_index();
  EXPECT_THROW(search("\"black cats\"").strict().all(), tidb::usage_error);
  EXPECT_THROW(search("black cats").strict().match_all().all(), tidb::usage_error);
  EXPECT_EQ(searches(), sent{});
}

TEST_F(native_text_search, without_words_finds_nothing_and_sends_nothing) {
  has_index();
  for (const auto words : {"", " ", "-cats", "\"\""}) EXPECT_TRUE(search(words).all().empty()) << words;
  EXPECT_TRUE(search("cats").limit(0).all().empty());
  EXPECT_EQ(searches(), sent{});
}

TEST_F(native_text_search, is_refused_to_a_transaction_that_has_written) {
  has_index();
  server.fails(by_index("cats"), 1221, "FTS_MATCH_WORD() cannot be used in a transaction with uncommitted changes");
  const auto refused = error_of([&] { search("cats").all(); });
  EXPECT_EQ(refused.code(), tidb::errc::usage);
  EXPECT_NE(refused.info().message.find("after the commit"), std::string::npos) << refused.what();
}

TEST_F(native_text_search, that_has_lost_its_index_says_so_and_looks_again) {
  has_index();
  server.says_nothing("FROM `_tidbxx_index` i", 10);
  server.says("SELECT COUNT(*) FROM `docs` WHERE 1 = 0", {cells(number(0))});
  server.fails(by_index("cats"), 1221, "Full text search can only be used with a matching fulltext index");
  EXPECT_EQ(error_of([&] { search("cats").all(); }).info().entry, "no-fulltext-index");
  EXPECT_EQ(error_of([&] { search("cats").all(); }).info().entry, "no-index");
}

TEST_F(native_text_search, is_told_which_of_several_indexes) {
  server.says("FROM `_tidbxx_index` i", {listed(7, "title"), listed(8, "subtitle")});
  server.says(by_index("cats"), rows(1));
  EXPECT_THROW(search("cats").all(), tidb::usage_error);
  const auto hits = docs().search("cats").text_column<&doc::title>().columns<&doc::id, &doc::title>().all();
  EXPECT_EQ(hits.size(), 1U);
}

TEST_F(native_text_search, is_one_of_the_two_of_a_hybrid_search) {
  has_index();
  server.says("information_schema.key_column_usage", {cells(text("id"), text("bigint(20)"))});
  server.says(by_index("cats", "", "`id`"), {cells(number(2), real(3)), cells(number(3), real(1.5))});
  server.says("VEC_COSINE_DISTANCE", {cells(number(3), real(0.1)), cells(number(4), real(0.2))});
  server.says("SELECT `id`, `title`, `id` FROM `docs` WHERE `id` IN (",
              {cells(number(2), text("two"), number(2)), cells(number(3), text("three"), number(3)),
               cells(number(4), text("four"), number(4))});
  const auto hits = docs().search("cats", {1, 2, 3}).columns<&doc::id, &doc::title>().all();
  ASSERT_EQ(hits.size(), 3U);
  EXPECT_EQ(std::get<0>(hits[0].row), 3);
  EXPECT_EQ(hits[0].text.rank, 2U);
  EXPECT_DOUBLE_EQ(hits[0].text.score, 1.5);
  EXPECT_EQ(hits[0].vector.rank, 1U);
}

TEST_F(native_text_search, with_a_vector_is_explained_without_terms) {
  has_index();
  server.says("information_schema.key_column_usage", {cells(text("id"), text("bigint(20)"))});
  server.says("EXPLAIN", plan_with_index());
  server.says(by_index("cats", "", "`id`"), {cells(number(2), real(3))});
  server.says("VEC_COSINE_DISTANCE", {cells(number(2), real(0.1))});
  server.says("SELECT `id`, `title`, `id` FROM", {cells(number(2), text("two"), number(2))});
  const auto plan = docs().search("cats", {1, 2, 3}).columns<&doc::id, &doc::title>().explain();
  EXPECT_EQ(plan.way, "server index + exact");
  ASSERT_EQ(plan.terms.size(), 1U);
  EXPECT_TRUE(plan.terms[0].empty());
}

TEST_F(native_text_search, and_a_vector_need_a_primary_key) {
  has_index();
  server.says_nothing("information_schema.key_column_usage", 2);
  server.says("VEC_COSINE_DISTANCE", {cells(number(2), real(0.1))});
  EXPECT_THROW((void)docs().search("cats", {1, 2, 3}).all(), tidb::usage_error);
}

TEST_F(native_text_search, marks_the_words_that_are_looked_for) {
  has_index();
  const auto marks = search("\"black cats\" -dogs").highlighter();
  EXPECT_EQ(marks.highlight("Cats and a black dog, no dogs"), "<b>Cats</b> and a <b>black</b> dog, no dogs");
}

}  // namespace
