// TiDB's own full-text index where the server has no full-text search: what is refused, and that what is sent is SQL.
#include "support/engines.hpp"
#include "support/hostile.hpp"
#include "support/indexed_rows.hpp"

#include <string>

using tests::error_of;
using tests::indexed_doc;
using tidb::c;
using tidb::index_kind;

namespace {

constexpr auto index_of = &indexed_doc::text;

class native_texts : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<indexed_doc>();
    db().insert_many(tests::indexed_docs(1, 20));
  }
  tidb::table<indexed_doc> docs() { return db().table<indexed_doc>(); }
};

RUN_ON_EACH_ENGINE(native_texts);

TEST_P(native_texts, are_refused_with_the_remedy_where_there_is_no_full_text_search) {
  const auto refused = error_of([&] { docs().create_fulltext_index<index_of>({.kind = index_kind::server}); });
  EXPECT_EQ(refused.code(), tidb::errc::unsupported) << refused.what();
  EXPECT_EQ(refused.info().entry, "server-index-unsupported");
  EXPECT_NE(refused.info().message.find("leave out .kind"), std::string::npos) << refused.what();
  EXPECT_NE(refused.info().message.find(embedded() ? "the embedded engine" : "TiDB Cloud Starter"), std::string::npos)
      << refused.what();
  EXPECT_FALSE(docs().has_fulltext_index<index_of>());
  EXPECT_EQ(error_of([&] { docs().search("doc").all(); }).info().entry, "no-index");
}

TEST_P(native_texts, leave_nothing_behind_where_they_are_refused) {
  EXPECT_THROW(docs().create_fulltext_index<index_of>({.kind = index_kind::server}), tidb::unsupported);
  const auto tables = embedded() ? "SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE '%tidbxx%'"
                                 : "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND "
                                   "table_name LIKE '%tidbxx%'";
  EXPECT_EQ(db().query<std::int64_t>(tables).value(), 0);
}

TEST_P(native_texts, are_refused_with_options_of_the_other_kind_and_in_transactions) {
  EXPECT_THROW(docs().create_fulltext_index<index_of>({.analyzer = {.language = "german"}, .kind = index_kind::server}),
               tidb::usage_error);
  EXPECT_THROW(docs().create_fulltext_index<index_of>({.boosts = {2}, .kind = index_kind::server}), tidb::usage_error);
  EXPECT_THROW(db().transaction([&](tidb::transaction& tx) {
    tidb::table<indexed_doc>(tx).create_fulltext_index<index_of>({.kind = index_kind::server});
  }),
               tidb::usage_error);
}

/// A registered index that TiDB has not, nor the function that would search it.
class native_text_form : public native_texts {
protected:
  void SetUp() override {
    native_texts::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    const tests::indexes_are_known_soon soon;
    docs().create_vector_index<&indexed_doc::place>();  // where the registry's table comes from
    docs().drop_vector_index<&indexed_doc::place>();
    db().execute("INSERT INTO _tidbxx_index (kind, table_name, column_name, metric, dimensions, version, key_name, "
                 "state, generation, text_form) VALUES ('server_text', 'indexed_docs', 'text', 'bm25', 0, 1, 'gone', "
                 "'native', 0, '{\"columns\":[\"text\"],\"boosts\":[],\"analyzer\":{\"language\":\"none\"},"
                 "\"parser\":\"MULTILINGUAL\"}')");
    EXPECT_FALSE(docs().has_fulltext_index<index_of>());  // which reads the registry
  }
};

INSTANTIATE_TEST_SUITE_P(engines, native_text_form, testing::Values(tests::target::tidb, tests::target::tidb_tls),
                         [](const auto& each) { return tests::to_string(each.param); });

TEST_P(native_text_form, is_sql_whatever_the_words_are) {
  tests::random_source random(tests::fuzz_seed(1));
  for (int i = 0; i < tests::count(200, 5000); ++i) {
    const auto words = "w " + (i % 2 == 0 ? tests::hostile_text(random) : tests::hostile_bytes(random));
    const auto refused = error_of([&] { docs().search(words).where(c<&indexed_doc::shelf> < 50).all(); });
    ASSERT_EQ(refused.info().entry, "unknown-function") << words << ": " << refused.what();
  }
  EXPECT_EQ(docs().count(), 20);
}

TEST_P(native_text_form, is_asked_for_beside_a_vector) {
  const auto near = tests::clustered_vectors(5).next();
  EXPECT_EQ(error_of([&] { docs().search("doc", near).all(); }).info().entry, "unknown-function");
  EXPECT_EQ(docs().search(near).all().size(), 10U);
}

TEST_P(native_text_form, is_refused_to_a_migration_that_moves_its_column) {
  const auto refused = error_of([&] {
    auto wanted = db().reflect_table("indexed_docs");
    wanted.columns.at(1).name = "words";
    tidb::migrate(db(), {wanted}, {.renamed_columns = {{"indexed_docs", "text", "words"}}});
  });
  EXPECT_EQ(refused.code(), tidb::errc::usage) << refused.what();
  EXPECT_NE(refused.info().message.find("does not come along"), std::string::npos) << refused.what();
}

TEST_P(native_text_form, is_replaced_by_one_in_tables) {
  const tests::indexes_are_known_soon soon;
  docs().create_fulltext_index<index_of>();
  EXPECT_EQ(docs().search("doc").all().size(), 10U);
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM _tidbxx_index WHERE kind = 'server_text'").value(), 0);
}

TEST_P(native_text_form, lets_any_sql_change_the_table) {
  db().execute("UPDATE indexed_docs SET text = 'new' WHERE id > 10");
  EXPECT_EQ(docs().count(), 20);
}

TEST_P(native_text_form, goes_when_it_is_dropped) {
  docs().drop_fulltext_index();
  EXPECT_EQ(error_of([&] { docs().search("doc").all(); }).info().entry, "no-index");
  EXPECT_EQ(error_of([&] { docs().drop_fulltext_index(); }).info().entry, "no-index");
}

TEST_P(native_text_form, goes_with_its_table_and_stays_when_that_is_emptied) {
  db().truncate_table("indexed_docs");
  EXPECT_EQ(docs().count(), 0);
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM _tidbxx_index").value(), 1);
  db().drop_table<indexed_doc>();
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM _tidbxx_index").value(), 0);
}

TEST_P(native_text_form, is_checked_and_has_stats_where_nothing_is_there) {
  EXPECT_EQ(docs().fulltext_index_stats().kind, index_kind::server);
  const auto check = docs().check_fulltext_index();
  ASSERT_EQ(check.problems.size(), 1U);
  EXPECT_NE(check.problems[0].find("rebuild_fulltext_index"), std::string::npos) << check.problems[0];
  EXPECT_EQ(error_of([&] { docs().rebuild_fulltext_index(); }).info().entry, "server-index-unsupported");
}

}  // namespace
