// A vector index beside what else happens to its table: files, sessions, users with few rights, DDL of other tools.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"

#include <chrono>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using tests::error_of;
using tests::indexed_doc;
using tidb::c;

namespace {

constexpr auto index_of = &indexed_doc::place;

tests::embedding far(unsigned seed) { return tests::clustered_vectors(1000 + seed).next(); }

class index_beside_others : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<indexed_doc>();
    db().insert_many(tests::indexed_docs(1, 600));
    docs().create_vector_index<index_of>();
    other_.emplace(tidb::connect(url()));
  }
  void TearDown() override {
    other_.reset();
    on_each_engine::TearDown();
  }

  tidb::table<indexed_doc> docs() { return db().table<indexed_doc>(); }
  tidb::client& other() { return *other_; }
  static std::int64_t nearest(const tidb::client& on, const tests::embedding& to) {
    const auto docs = on.table<indexed_doc>();
    const auto plan = docs.search(to).explain();
    EXPECT_TRUE(plan.way.starts_with("index")) << plan.reason;
    return docs.search(to).limit(1).all().at(0).row.id;
  }
  void expect_nearest(const tests::embedding& to, std::int64_t id) {
    EXPECT_EQ(nearest(db(), to), id);
    EXPECT_EQ(nearest(other(), to), id);
  }
  void expect_sound() {
    const auto check = docs().check_index<index_of>();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
  }
  /// What another client's registry may be behind.
  static void wait_until_known() { std::this_thread::sleep_for(std::chrono::milliseconds(120)); }

  tests::indexes_are_known_soon soon_;

private:
  std::optional<tidb::client> other_;
};

TEST_P(index_beside_others, a_file_that_is_loaded_is_found_by_the_next_search) {
  const tests::temporary_folder folder;
  const auto file = (folder.path() / "docs.csv").string();
  std::ofstream out(file);
  out << "id,text,shelf,place\n";
  for (unsigned i = 0; i < 700; ++i) out << 2000 + i << ",loaded,1,\"" << tidb::to_text(far(i)) << "\"\n";
  out << "3000,without,1,\n";
  out.close();
  (void)nearest(other(), far(1));
  EXPECT_EQ(db().load_csv<indexed_doc>(file), 701U);
  for (const unsigned seed : {0U, 1U, 350U, 699U}) expect_nearest(far(seed), 2000 + seed);
  const auto again = error_of([&] { db().load_csv<indexed_doc>(file); });
  EXPECT_EQ(again.code(), tidb::errc::constraint);
  expect_sound();
}

TEST_P(index_beside_others, what_a_session_flushes_is_found_by_the_next_search) {
  (void)nearest(other(), far(1));
  tidb::session work(db());
  const auto added = work.add(indexed_doc{2000, "added", 1, far(1)});
  const auto changed = work.get<indexed_doc>(7);
  changed->place = far(2);
  const auto removed = work.get<indexed_doc>(8);
  const auto was = *removed->place;
  work.remove(removed);
  work.commit();
  expect_nearest(far(1), 2000);
  expect_nearest(far(2), 7);
  EXPECT_NE(nearest(db(), was), 8);
  added->place = far(3);
  work.commit();
  expect_nearest(far(3), 2000);
  EXPECT_NE(nearest(other(), far(1)), 2000);
  changed->place.reset();
  work.commit();
  EXPECT_NE(nearest(other(), far(2)), 7);
  expect_sound();
}

TEST_P(index_beside_others, a_table_that_another_tool_truncates_has_no_rows_any_more) {
  const auto before = far(1);
  db().insert(indexed_doc{2000, "before", 1, before});
  expect_nearest(before, 2000);
  other().execute(embedded() ? "DELETE FROM indexed_docs" : "TRUNCATE TABLE indexed_docs");
  EXPECT_TRUE(docs().search(before).all().empty());
  wait_until_known();
  db().insert_many(tests::indexed_docs(3000, 400));
  db().insert(indexed_doc{4000, "after", 1, far(2)});
  expect_nearest(far(2), 4000);
  EXPECT_GE(nearest(db(), before), 3000);
  expect_sound();
}

TEST_P(index_beside_others, a_table_that_another_tool_renames_is_searched_by_its_new_name_and_back) {
  other().execute("ALTER TABLE indexed_docs RENAME TO shelved_docs");
  EXPECT_THROW((void)docs().search(far(1)).all(), tidb::error);
  other().execute("ALTER TABLE shelved_docs RENAME TO indexed_docs");
  wait_until_known();
  db().insert(indexed_doc{2000, "after", 1, far(1)});
  expect_nearest(far(1), 2000);
  expect_sound();
}

TEST_P(index_beside_others, a_table_that_another_tool_alters_loses_no_row) {
  other().execute("ALTER TABLE indexed_docs ADD COLUMN more INT DEFAULT 5");
  db().insert(indexed_doc{2000, "after", 1, far(1)});
  expect_nearest(far(1), 2000);
  other().execute("ALTER TABLE indexed_docs DROP COLUMN more");
  db().insert(indexed_doc{2001, "later", 1, far(2)});
  expect_nearest(far(2), 2001);
  if (!embedded()) other().execute("ALTER TABLE indexed_docs MODIFY COLUMN text VARCHAR(200) NOT NULL");
  other().execute("CREATE INDEX by_shelf ON indexed_docs (shelf)");
  db().save(indexed_doc{2001, "later", 1, far(3)});
  expect_nearest(far(3), 2001);
  expect_sound();
}

TEST_P(index_beside_others, a_column_that_another_tool_makes_anew_has_its_new_vectors) {
  if (embedded()) GTEST_SKIP() << "SQLite drops no column that triggers name";
  other().execute("ALTER TABLE indexed_docs DROP COLUMN place");
  other().execute("ALTER TABLE indexed_docs ADD COLUMN place VECTOR(24)");
  EXPECT_TRUE(docs().search(far(1)).all().empty());
  db().save(indexed_doc{7, "again", 1, far(1)});
  EXPECT_EQ(docs().search(far(1)).limit(1).all().at(0).row.id, 7);
}

TEST_P(index_beside_others, a_database_that_is_made_anew_has_no_index) {
  if (embedded()) GTEST_SKIP() << "a file is not made anew while it is open";
  expect_nearest(far(1), nearest(db(), far(1)));
  const auto name = db().query<std::string>("SELECT DATABASE()").value();
  auto elsewhere = tidb::connect(*tests::tidb_url(GetParam()));
  elsewhere.execute("DROP DATABASE `" + name + "`");
  elsewhere.execute("CREATE DATABASE `" + name + "`");
  auto fresh = tidb::connect(url());
  fresh.create_table<indexed_doc>();
  fresh.insert_many(tests::indexed_docs(3000, 400));
  wait_until_known();
  for (auto* each : {&db(), &other()}) {
    each->insert(indexed_doc{each == &db() ? 2000 : 2001, "new", 1, far(1)});
    const auto hits = each->table<indexed_doc>().search(far(1)).limit(1).all();
    EXPECT_GE(hits.at(0).row.id, 2000);
    EXPECT_EQ(each->table<indexed_doc>().search(far(1)).explain().way, "exact");
  }
  fresh.table<indexed_doc>().create_vector_index<index_of>();
  wait_until_known();
  db().insert(indexed_doc{2002, "newer", 1, far(2)});
  expect_nearest(far(2), 2002);
  expect_sound();
}

RUN_ON_EACH_ENGINE(index_beside_others);

/// Users of a TiDB with few rights.
class index_users : public testing::Test {
protected:
  void SetUp() override {
    const auto base = tests::tidb_url();
    if (!base) {
      if (tests::ci()) FAIL() << "TIDB_TEST_URL is not set";
      GTEST_SKIP() << "TIDB_TEST_URL is not set: it takes a TiDB";
    }
    own_.emplace(base);
    name_ = db().query<std::string>("SELECT DATABASE()").value();
    user_ = "few_" + name_.substr(name_.size() > 12 ? name_.size() - 12 : 0);
    db().execute("CREATE USER " + user_ + " IDENTIFIED BY 's3cr3t-few'");
    db().create_table<indexed_doc>();
    db().insert_many(tests::indexed_docs(1, 600));
  }
  void TearDown() override {
    if (own_) db().execute("DROP USER " + user_);
    own_.reset();
  }

  tidb::client& db() { return own_->db(); }
  void grant(const std::string& rights, const std::string& on = "*") {
    db().execute("GRANT " + rights + " ON `" + name_ + "`." + on + " TO " + user_);
  }
  tidb::client as_user() {
    auto url = own_->url().substr(0, own_->url().find("ensure_database") - 1);
    const auto begin = url.find("//") + 2;
    return tidb::connect(url.replace(begin, url.find('@') - begin, user_ + ":s3cr3t-few"));
  }

private:
  tests::indexes_are_known_soon soon_;
  std::optional<tests::own_database> own_;
  std::string name_, user_;
};

TEST_F(index_users, who_may_make_no_tables_are_told_the_right_and_the_ddl) {
  grant("SELECT, INSERT, UPDATE, DELETE");
  auto user = as_user();
  const auto refused = error_of([&] { user.table<indexed_doc>().create_vector_index<index_of>(); });
  EXPECT_EQ(refused.code(), tidb::errc::access_denied);
  const std::string message = refused.what();
  EXPECT_NE(message.find("GRANT CREATE, ALTER, DROP, SELECT, INSERT, UPDATE, DELETE"), std::string::npos) << message;
  EXPECT_NE(message.find("CREATE TABLE IF NOT EXISTS `_tidbxx_index`"), std::string::npos) << message;
  EXPECT_EQ(user.table<indexed_doc>().search(far(1)).explain().way, "exact");
  grant("CREATE, ALTER, DROP, SELECT, INSERT, UPDATE, DELETE");
  user.table<indexed_doc>().create_vector_index<index_of>();
  EXPECT_EQ(user.table<indexed_doc>().search(far(1)).explain().way, "index");
}

TEST_F(index_users, who_may_make_no_tables_keep_the_name_of_a_model_in_one_that_somebody_has_made) {
  grant("SELECT, INSERT, UPDATE, DELETE");
  auto user = as_user();
  const auto bind = [&] {
    const auto model = [](std::string_view) { return std::vector<float>(tests::indexed_dimensions, 1); };
    user.table<indexed_doc>().embed_with<index_of, &indexed_doc::text>(model, {.model = "ones"});
  };
  const auto refused = error_of(bind);
  EXPECT_EQ(refused.code(), tidb::errc::access_denied);
  const auto& message = refused.info().message;
  const auto ddl = message.find("CREATE TABLE");
  ASSERT_NE(ddl, std::string::npos) << message;
  db().execute(message.substr(ddl));
  bind();
  EXPECT_EQ(db().query<std::string>("SELECT model FROM _tidbxx_embedding").value(), "ones");
}

TEST_F(index_users, who_may_write_the_tables_of_an_index_need_not_have_made_it) {
  grant("SELECT, INSERT, UPDATE, DELETE");
  auto user = as_user();
  user.insert(indexed_doc{2000, "before", 1, far(1)});
  db().table<indexed_doc>().create_vector_index<index_of>();
  user.insert(indexed_doc{2001, "after", 1, far(2)});
  EXPECT_EQ(db().table<indexed_doc>().search(far(2)).limit(1).all().at(0).row.id, 2001);
  const auto docs = user.table<indexed_doc>();
  EXPECT_EQ(docs.search(far(1)).limit(1).all().at(0).row.id, 2000);
  EXPECT_EQ(docs.search(far(1)).explain().way, "index");
}

TEST_F(index_users, who_may_not_read_the_registry_write_as_another_tool_does_and_search_exactly) {
  db().table<indexed_doc>().create_vector_index<index_of>();
  grant("SELECT, INSERT, UPDATE, DELETE", "indexed_docs");
  auto user = as_user();
  user.insert(indexed_doc{2000, "unseen", 1, far(1)});
  const auto docs = user.table<indexed_doc>();
  EXPECT_EQ(docs.search(far(1)).limit(1).all().at(0).row.id, 2000);
  EXPECT_EQ(docs.search(far(1)).explain().way, "exact");
  EXPECT_NE(db().table<indexed_doc>().search(far(1)).limit(1).all().at(0).row.id, 2000);
  EXPECT_EQ(db().table<indexed_doc>().check_index<index_of>().missing, 1U);
  db().table<indexed_doc>().rebuild_index<index_of>();
  EXPECT_EQ(db().table<indexed_doc>().search(far(1)).limit(1).all().at(0).row.id, 2000);
}

}  // namespace
