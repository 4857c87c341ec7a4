// A full-text index: how it comes and goes, and what it learns of writers and of its table.
#include "support/engines.hpp"
#include "support/text_index.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using tests::article;
using tests::error_of;
using tests::ids_of;
using tests::numbers;
using tidb::c;

namespace {

class text_index : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<article>();
    db().insert_many(tests::articles_of(1, 200));
  }
  tidb::table<article> articles() { return db().table<article>(); }
  void make() { articles().create_fulltext_index<&article::title, &article::body>(); }
  static numbers found(const tidb::client& on, const std::string& words) {
    const auto search = on.table<article>().search(words).limit(1000);
    const auto plan = search.explain();
    EXPECT_EQ(plan.way, "index") << plan.reason;
    return ids_of(search.all());
  }
  /// By this client, and by one that has to read the index first.
  void expect_found(const std::string& words, const numbers& ids) {
    EXPECT_EQ(found(db(), words), ids) << words;
    EXPECT_EQ(found(tidb::connect(url()), words), ids) << words;
  }
  void expect_sound() {
    const auto check = articles().check_fulltext_index();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
  }
  /// Rows and scores are those of an index that is made now.
  void expect_fresh() {
    expect_sound();
    const tests::bm25 oracle(db().select<article>().all());
    articles().rebuild_fulltext_index();
    expect_sound();
    for (const auto* words : {"w0", "w9 w3 unusual", "w30 w31 w32"})
      tests::expect_best(articles().search(words).limit(50).all(), oracle.any_of(words), 50);
  }
  std::int64_t own_tables() {
    return db()
        .query<std::int64_t>(embedded() ? "SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE '\\_tidbxx\\_%' ESCAPE "
                                          "'\\' AND type = 'table'"
                                        : "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = "
                                          "DATABASE() AND table_name LIKE '\\_tidbxx\\_%'")
        .value();
  }
  /// What another client's registry may be behind.
  static void wait_until_known() { std::this_thread::sleep_for(std::chrono::milliseconds(120)); }

private:
  tests::indexes_are_known_soon soon_;
};

TEST_P(text_index, is_made_once_and_dropped_with_all_its_tables) {
  make();
  EXPECT_TRUE(articles().has_fulltext_index());
  EXPECT_TRUE(articles().has_fulltext_index<&article::body>());
  EXPECT_EQ(db().list_tables(), std::vector<std::string>{"articles"});
  const auto twice = error_of([&] { make(); });
  EXPECT_EQ(twice.code(), tidb::errc::statement);
  EXPECT_NE(twice.info().message.find("articles.title"), std::string::npos) << twice.what();
  EXPECT_EQ(error_of([&] { articles().create_fulltext_index<&article::body>(); }).code(), tidb::errc::statement);
  articles().create_fulltext_index<&article::title, &article::body>({.existing = tidb::if_exists::skip});
  articles().create_fulltext_index<&article::title, &article::body>(
      {.boosts = {1, 1}, .existing = tidb::if_exists::skip});  // what they are without
  EXPECT_THROW(articles().create_fulltext_index<&article::body>({.existing = tidb::if_exists::skip}),
               tidb::usage_error);
  articles().create_fulltext_index<&article::body>({.existing = tidb::if_exists::overwrite});
  EXPECT_FALSE(articles().has_fulltext_index<&article::title>());
  expect_sound();
  articles().drop_fulltext_index();
  EXPECT_FALSE(articles().has_fulltext_index());
  EXPECT_EQ(own_tables(), 1);  // the registry
  EXPECT_EQ(error_of([&] { articles().drop_fulltext_index(); }).code(), tidb::errc::statement);
}

TEST_P(text_index, has_to_be_there_for_a_search_by_words) {
  const auto none = error_of([&] { (void)articles().search("w0").all(); });
  EXPECT_EQ(none.code(), tidb::errc::statement);
  EXPECT_EQ(std::string(none.what()).find("create_vector_index"), std::string::npos) << none.what();
  EXPECT_NE(std::string(none.what()).find("create_fulltext_index"), std::string::npos) << none.what();
  EXPECT_EQ(error_of([&] { (void)articles().search("w0").highlighter(); }).code(), tidb::errc::statement);
  EXPECT_EQ(error_of([&] { (void)articles().check_fulltext_index(); }).code(), tidb::errc::statement);
  EXPECT_THROW((void)articles().search("w0").sql(), tidb::usage_error);
}

TEST_P(text_index, refuses_what_it_cannot_be_of) {
  using options = tidb::fulltext_index_options_of<article>;
  const auto refused = [&](const options& as) {
    EXPECT_THROW(articles().create_fulltext_index<&article::body>(as), tidb::usage_error);
  };
  refused({.analyzer = {.language = "klingon"}});
  refused({.boosts = {1, 2}});
  refused({.boosts = {-1}});
  refused({.boosts = {1e39}});
  refused({.boosts = {std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_THROW((articles().create_fulltext_index<&article::body, &article::body>()), tidb::usage_error);
  EXPECT_THROW(
      db().transaction([](tidb::transaction& tx) { tidb::table<article>(tx).create_fulltext_index<&article::body>(); }),
      tidb::usage_error);
  EXPECT_FALSE(articles().has_fulltext_index());
  db().drop_table<article>();
  EXPECT_EQ(error_of([&] { make(); }).code(), tidb::errc::statement);
  EXPECT_EQ(error_of([&] { (void)articles().search("w0").all(); }).info().entry, "unknown-table");
}

TEST_P(text_index, of_several_columns_of_a_table_are_apart) {
  articles().create_fulltext_index<&article::title>();
  articles().create_fulltext_index<&article::body>({.analyzer = {.language = "none"}});
  db().insert(article{900, "unusual headings", "unusual contents", 1});
  EXPECT_THROW((void)articles().search("unusual").all(), tidb::usage_error);
  EXPECT_EQ(ids_of(articles().search("heading").text_column<&article::title>().all()), numbers{900});
  EXPECT_TRUE(articles().search("heading").text_column<&article::body>().all().empty());
  EXPECT_EQ(ids_of(articles().search("contents").text_column<&article::body>().all()), numbers{900});
  EXPECT_TRUE(articles().search("content").text_column<&article::body>().all().empty()) << "this one does not stem";
  EXPECT_THROW(articles().drop_fulltext_index(), tidb::usage_error);
  articles().drop_fulltext_index<&article::title>();
  EXPECT_EQ(ids_of(articles().search("contents").all()), numbers{900});
  expect_sound();
}

TEST_P(text_index, is_exact_about_what_was_just_written) {
  make();
  (void)found(db(), "w0");
  db().insert(article{900, "unusual", "first", 1});
  expect_found("unusual", {900});
  db().save(article{900, "unusual", "second", 1});
  expect_found("first", {});
  expect_found("second", {900});
  db().update<article>().set(c<&article::body> = std::string("third")).where(c<&article::id> == 900).run();
  expect_found("second", {});
  expect_found("third", {900});
  db().update<article>().set(c<&article::shelf> = 7).where(c<&article::id> == 900).run();
  expect_found("third", {900});
  db().insert_many({article{901, "unusual", "more", 1}, article{902, std::nullopt, "unusual", 1}});
  db().update_many(std::vector{article{901, "other", "more", 1}});
  expect_found("unusual", {900, 902});
  db().save_many(std::vector{article{902, "common", "x", 1}, article{903, "unusual", "y", 1}});
  expect_found("unusual", {900, 903});
  const std::vector again{article{903, "upserted", "y", 1}, article{904, "upserted", "z", 1}};
  db().upsert(again).set(c<&article::title> = tidb::inserted(c<&article::title>)).run();
  expect_found("upserted", {903, 904});
  db().insert_missing(std::vector{article{904, "missing", "", 1}, article{905, "missing", "", 1}});
  expect_found("missing", {905});
  db().erase<article>().where(c<&article::id> >= 900 && c<&article::id> != 904).run();
  expect_found("unusual upserted missing", {904});
  expect_fresh();
}

TEST_P(text_index, leaves_out_rows_without_text) {
  make();
  db().insert_many({article{900, std::nullopt, std::nullopt, 1}, article{901, "", "", 1}, article{902, "", " .!? ", 1},
                    article{903, std::nullopt, "unusual", 1}});
  expect_found("unusual", {903});
  db().update<article>().set(c<&article::body> = std::nullopt).where(c<&article::id> == 903).run();
  db().update<article>().set(c<&article::title> = std::string("unusual")).where(c<&article::id> == 900).run();
  expect_found("unusual", {900});
  expect_fresh();
}

TEST_P(text_index, is_searched_by_a_transaction_with_what_it_wrote) {
  make();
  auto other = tidb::connect(url());
  (void)found(other, "w0");
  struct undone {};
  const auto write = [&](bool undo) {
    db().transaction([&](tidb::transaction& tx) {
      const tidb::table<article> inside(tx);
      tx.insert(article{900, "unusual", "one", 1});
      EXPECT_EQ(ids_of(inside.search("unusual").all()), numbers{900});
      tx.insert(article{901, "unusual", "two", 1});
      tx.erase<article>().where(c<&article::id> == 900).run();
      EXPECT_EQ(ids_of(inside.search("unusual").all()), numbers{901});
      EXPECT_EQ(ids_of(inside.search("unusual").where(c<&article::shelf> == 1).all()), numbers{901});
      EXPECT_EQ(ids_of(other.table<article>().search("unusual").all()), numbers{});
      if (undo) throw undone{};
    });
  };
  EXPECT_THROW(write(true), undone);
  expect_found("unusual", {});
  EXPECT_EQ(articles().fulltext_index_stats().delta, 0U);
  write(false);
  expect_found("unusual", {901});
  EXPECT_EQ(ids_of(other.table<article>().search("unusual").all()), numbers{901});
  expect_fresh();
}

TEST_P(text_index, is_merged_and_checked_and_made_anew) {
  make();
  EXPECT_EQ(articles().fulltext_index_stats().rows, 199U) << "one has no text at all";
  for (int part = 0; part < 5; ++part) {
    db().insert_many(tests::articles_of(1000 + part * 1000, 800, static_cast<unsigned>(part + 2)));
    db().erase<article>().where(c<&article::id> >= 1000 + part * 1000 && c<&article::shelf> < 12).run();
  }
  EXPECT_LE(articles().fulltext_index_stats().delta, 3'100U) << "writers merge what makes the delta long";
  articles().optimize_fulltext_index();
  const auto stats = articles().fulltext_index_stats();
  EXPECT_EQ(stats.delta, 0U);
  EXPECT_EQ(stats.rows, tests::bm25(db().select<article>().all()).documents());
  EXPECT_GT(stats.bytes_stored, 1000U);
  EXPECT_GT(stats.bytes_in_memory, 1000U);
  EXPECT_EQ(stats.built_because, "it was created");
  EXPECT_EQ(articles().check_fulltext_index().rows, stats.rows);
  expect_fresh();
  EXPECT_EQ(articles().fulltext_index_stats().built_because, "rebuild_index was called");
}

TEST_P(text_index, grows_from_an_empty_table) {
  db().erase<article>().where(c<&article::id> > 0).run();
  make();
  expect_found("w0", {});
  for (int part = 0; part < 3; ++part) db().insert_many(tests::articles_of(1 + part * 900, 900, 5));
  EXPECT_GT(found(db(), "w0").size(), 100U);
  articles().optimize_fulltext_index();
  expect_fresh();
}

TEST_P(text_index, goes_and_comes_with_its_table) {
  make();
  db().truncate_table<article>();
  expect_found("w0", {});
  db().insert(article{900, "unusual", "", 1});
  expect_found("unusual", {900});
  expect_sound();
  db().create_table<article>(tidb::if_exists::overwrite);
  EXPECT_FALSE(articles().has_fulltext_index());
  db().insert(article{901, "unusual", "", 1});
  make();
  expect_found("unusual", {901});
  db().drop_table<article>();
  EXPECT_EQ(own_tables(), 1);
}

TEST_P(text_index, is_built_anew_when_another_tool_has_made_the_table_anew) {
  make();
  (void)found(db(), "w0");
  auto other = tidb::connect(url());
  if (embedded()) {
    const auto made = db().query<std::string>("SELECT sql FROM sqlite_schema WHERE name = 'articles'").value();
    other.execute("DROP TABLE articles");
    other.execute(made);
  } else {
    other.execute("RENAME TABLE articles TO old_articles");
    other.execute("CREATE TABLE articles LIKE old_articles");
  }
  wait_until_known();
  db().insert(article{900, "unusual", "", 1});
  EXPECT_EQ(ids_of(articles().search("unusual").all()), numbers{900});
  expect_found("w0", {});
  EXPECT_NE(articles().fulltext_index_stats().built_because.find("anew"), std::string::npos);
  expect_fresh();
}

TEST_P(text_index, is_built_anew_when_a_tool_has_made_the_table_anew_by_another_key_while_changes_are_not_merged) {
  make();
  (void)found(db(), "w0");
  db().insert(article{800, "unusual", "", 1});
  auto other = tidb::connect(url());
  other.execute(embedded() ? "CREATE TABLE new_articles (number INTEGER PRIMARY KEY, title TEXT, body TEXT)"
                           : "CREATE TABLE new_articles (number BIGINT PRIMARY KEY, title VARCHAR(255), body TEXT)");
  other.execute("INSERT INTO new_articles VALUES (7, 'unusual', 'again')");
  if (embedded()) other.execute("DROP TABLE articles");
  other.execute(embedded() ? "ALTER TABLE new_articles RENAME TO articles"
                           : "RENAME TABLE articles TO old_articles, new_articles TO articles");
  wait_until_known();
  auto anew = tidb::connect(url());
  const auto hits = anew.open_table("articles").search("unusual").all();
  ASSERT_EQ(hits.size(), 1U);
  EXPECT_EQ(hits[0].row.get<std::int64_t>("number"), 7);
}

TEST_P(text_index, is_not_of_a_column_that_the_database_computes) {
  db().execute("ALTER TABLE articles ADD COLUMN both_texts TEXT AS (title)");
  const auto refused = error_of([&] { db().open_table("articles").create_fulltext_index({"both_texts"}); });
  EXPECT_EQ(refused.code(), tidb::errc::unsupported);
  EXPECT_NE(std::string(refused.what()).find("computes"), std::string::npos) << refused.what();
  EXPECT_TRUE(db().list_search_indexes("articles").empty());
}

TEST_P(text_index, whose_making_nobody_finished_is_in_the_way_until_it_is_dropped) {
  if (embedded()) GTEST_SKIP() << "one transaction makes it there";
  articles().create_fulltext_index<&article::body>();
  const auto form = db().query<std::string>("SELECT text_form FROM _tidbxx_index").value();
  articles().drop_fulltext_index();
  db().execute(
      "INSERT INTO _tidbxx_index (kind, table_name, column_name, metric, dimensions, version, key_name, state, "
      "generation, tracked_by, text_form) VALUES ('text', 'articles', 'body', 'bm25', 0, 1, 'id', 'making', 1, "
      "'', ?)",
      form);
  const auto refused = error_of([&] { make(); });
  EXPECT_EQ(refused.code(), tidb::errc::usage);
  EXPECT_NE(std::string(refused.what()).find("articles.body"), std::string::npos) << refused.what();
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM _tidbxx_index").value(), 1);
  articles().drop_fulltext_index<&article::body>();
  make();
  expect_sound();
}

TEST_P(text_index, sees_that_only_the_case_of_a_word_has_changed) {
  if (!embedded()) GTEST_SKIP() << "on TiDB writers tell of every change";
  db().execute("CREATE TABLE names (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE)");
  db().execute("INSERT INTO names VALUES (1, 'getusername')");
  const auto names = db().open_table("names");
  names.create_fulltext_index({"name"}, {.analyzer = {.split_identifiers = true}});
  EXPECT_TRUE(names.search("user").all().empty());
  db().execute("UPDATE names SET name = 'getUserName'");
  EXPECT_EQ(names.search("user").all().size(), 1U);
}

TEST_P(text_index, whose_form_does_not_read_is_refused_until_it_is_overwritten) {
  make();
  (void)found(db(), "w0");
  db().execute("UPDATE _tidbxx_index SET text_form = '{}'");
  wait_until_known();
  auto other = tidb::connect(url());
  for (const auto& call :
       std::vector<std::function<void()>>{[&] { (void)other.table<article>().search("w0").highlighter(); },
                                          [&] { other.table<article>().rebuild_fulltext_index(); }}) {
    const auto refused = error_of(call);
    EXPECT_EQ(refused.code(), tidb::errc::unsupported);
    EXPECT_NE(std::string(refused.what()).find("if_exists::overwrite"), std::string::npos) << refused.what();
  }
  other.table<article>().create_fulltext_index<&article::title, &article::body>(
      {.existing = tidb::if_exists::overwrite});
  wait_until_known();
  expect_sound();
  expect_found("unusual", {});
}

TEST_P(text_index, is_found_by_clients_that_were_there_before) {
  auto other = tidb::connect(url());
  EXPECT_THROW((void)other.table<article>().search("w0").all(), tidb::error);
  make();
  other.insert(article{900, "unusual", "", 1});
  expect_found("unusual", {900});
  wait_until_known();
  EXPECT_EQ(found(other, "unusual"), numbers{900});
  articles().drop_fulltext_index();
  other.insert(article{901, "unusual", "", 1});
  EXPECT_THROW((void)other.table<article>().search("w0").all(), tidb::error);
}

TEST_P(text_index, keeps_to_the_memory_that_it_may_have) {
  make();
  const auto narrow = tidb::connect(url() + (embedded() ? "?" : "&") + "index_memory=1000");
  const auto search = narrow.table<article>().search("w0 w9").limit(20);
  const auto plan = search.explain();
  EXPECT_EQ(plan.way, "scan");
  EXPECT_NE(plan.reason.find("index_memory"), std::string::npos) << plan.reason;
  tests::expect_best(search.all(), tests::bm25(db().select<article>().all()).any_of("w0 w9"), 20);
}

TEST_P(text_index, is_mended_where_a_block_or_the_manifest_is_damaged) {
  make();
  const auto expected = found(db(), "w3");
  for (const auto* damage : {"block SET checksum = checksum + 1", "manifest SET body = 'x'", "block"}) {
    const auto id = std::to_string(db().query<std::int64_t>("SELECT id FROM _tidbxx_index").value());
    const std::string of(damage);
    db().execute((of == "block" ? "DELETE FROM _tidbxx_" : "UPDATE _tidbxx_") + id + "_" + of);
    EXPECT_EQ(found(tidb::connect(url()), "w3"), expected) << damage;
    expect_sound();
  }
}

TEST_P(text_index, hears_of_raw_sql_by_triggers_or_by_touches) {
  make();
  const auto insert = "INSERT INTO articles (id, title, body, shelf) VALUES (900, 'unusual', 'x', 1)";
  if (embedded()) {
    auto other = tidb::connect(url());
    other.execute(insert);
    other.execute("UPDATE articles SET title = 'unusual' WHERE id = 5");
    other.execute("UPDATE articles SET id = 901 WHERE id = 900");
    other.execute("REPLACE INTO articles (id, title, body, shelf) VALUES (901, NULL, 'unusual', 2)");
    other.execute("DELETE FROM articles WHERE id = 6");
    expect_found("unusual", {5, 901});
    return expect_fresh();
  }
  EXPECT_THROW(db().execute(insert), tidb::usage_error);
  EXPECT_THROW(db().execute("UPDATE articles SET shelf = 3"), tidb::usage_error);
  db().transaction([&](tidb::transaction& tx) {
    tx.touches<article>(std::vector{5, 6, 900});
    tx.execute(insert);
    tx.execute("UPDATE articles SET title = 'unusual' WHERE id = 5");
    tx.execute("DELETE FROM articles WHERE id = 6");
  });
  expect_found("unusual", {5, 900});
  db().transaction([&](tidb::transaction& tx) {
    tx.touches<article>(std::vector<int>{});  // as another tool would: it tells of nothing
    tx.execute("DELETE FROM articles WHERE id IN (5, 7)");
    tx.execute("INSERT INTO articles (id, title, shelf) VALUES (901, 'unusual', 1)");
  });
  const auto check = articles().check_fulltext_index();
  EXPECT_EQ(check.missing, 1U);
  EXPECT_EQ(check.left_over, 1U);
  expect_found("unusual", {900});
  articles().rebuild_fulltext_index();
  expect_found("unusual", {900, 901});
  expect_fresh();
}

TEST_P(text_index, goes_with_its_table_to_another_name) {
  if (!embedded()) GTEST_SKIP() << "on TiDB a migration does it";
  make();
  auto other = tidb::connect(url());
  other.execute("ALTER TABLE articles RENAME TO papers");
  EXPECT_THROW((void)articles().search("w0").all(), tidb::error);
  other.execute("INSERT INTO papers (id, title, shelf) VALUES (900, 'unusual', 1)");
  other.execute("ALTER TABLE papers RENAME TO articles");
  expect_found("unusual", {900});
  expect_fresh();
}

RUN_ON_EACH_ENGINE(text_index);

}  // namespace
