// A full-text index beside what else happens to its table: files, sessions, migrations, DDL of other tools, threads;
// and an index of vectors of the same table.
#include "support/engines.hpp"
#include "support/indexed_rows.hpp"
#include "support/text_index.hpp"

#include <atomic>
#include <chrono>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using tests::error_of;
using tests::indexed_doc;
using tests::numbers;
using tests::row_of;
using tests::word_of;
using tidb::c;

namespace {

class text_beside_others : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<indexed_doc>();
    std::vector<indexed_doc> rows;
    for (std::int64_t id = 1; id <= 300; ++id) rows.push_back(row_of(id, 1));
    db().insert_many(rows);
    docs().create_fulltext_index<&indexed_doc::text>();
    other_.emplace(tidb::connect(url()));
  }
  void TearDown() override {
    other_.reset();
    on_each_engine::TearDown();
  }

  tidb::table<indexed_doc> docs() { return db().table<indexed_doc>(); }
  tidb::client& other() { return *other_; }
  void expect_found(const std::string& words, const numbers& ids) {
    for (const auto* on : {&db(), &other()}) {
      const auto search = on->table<indexed_doc>().search(words).limit(1000);
      const auto plan = search.explain();
      EXPECT_EQ(plan.way, "index") << plan.reason;
      EXPECT_EQ(tests::ids_of(search.all()), ids) << words;
    }
  }
  void expect_sound() {
    const auto check = docs().check_fulltext_index();
    EXPECT_TRUE(check.ok()) << check.problems.at(0);
  }
  /// What another client's registry may be behind.
  static void wait_until_known() { std::this_thread::sleep_for(std::chrono::milliseconds(120)); }

private:
  tests::indexes_are_known_soon soon_;
  std::optional<tidb::client> other_;
};

TEST_P(text_beside_others, a_file_that_is_loaded_is_found_by_the_next_search) {
  const tests::temporary_folder folder;
  const auto file = (folder.path() / "docs.csv").string();
  std::ofstream out(file);
  out << "id,text,shelf\n";
  for (int i = 0; i < 700; ++i) out << 2000 + i << ",\"loaded, " << word_of(2000 + i, 1) << "\",1\n";
  out.close();
  EXPECT_EQ(db().load_csv<indexed_doc>(file), 700U);
  for (const std::int64_t id : {2000, 2350, 2699}) expect_found(word_of(id, 1), {id});
  EXPECT_EQ(docs().search("loaded").limit(1000).all().size(), 700U);
  expect_sound();
}

TEST_P(text_beside_others, what_a_session_flushes_is_found_by_the_next_search) {
  tidb::session work(db());
  const auto added = work.add(row_of(2000, 1));
  work.get<indexed_doc>(7)->text = "changed " + word_of(7, 2);
  work.remove(work.get<indexed_doc>(8));
  work.commit();
  expect_found(word_of(2000, 1), {2000});
  expect_found(word_of(7, 2), {7});
  expect_found(word_of(7, 1) + " " + word_of(8, 1), {});
  added->text = "again";
  work.commit();
  expect_found("again " + word_of(2000, 1), {2000});
  expect_sound();
}

TEST_P(text_beside_others, a_table_that_another_tool_empties_has_no_rows_any_more) {
  expect_found(word_of(9, 1), {9});
  other().execute(embedded() ? "DELETE FROM indexed_docs" : "TRUNCATE TABLE indexed_docs");
  EXPECT_TRUE(docs().search(word_of(9, 1)).all().empty());
  wait_until_known();
  db().insert(row_of(2000, 1));
  expect_found(word_of(2000, 1) + " " + word_of(9, 1), {2000});
  expect_sound();
}

TEST_P(text_beside_others, a_table_that_another_tool_renames_is_searched_by_its_old_name_once_it_is_back) {
  other().execute("ALTER TABLE indexed_docs RENAME TO shelved_docs");
  EXPECT_THROW((void)docs().search("w3").all(), tidb::error);
  other().execute("ALTER TABLE shelved_docs RENAME TO indexed_docs");
  wait_until_known();
  db().insert(row_of(2000, 1));
  expect_found(word_of(2000, 1), {2000});
  expect_sound();
}

TEST_P(text_beside_others, a_table_that_another_tool_alters_loses_no_row) {
  other().execute("ALTER TABLE indexed_docs ADD COLUMN more INT DEFAULT 5");
  db().insert(row_of(2000, 1));
  expect_found(word_of(2000, 1), {2000});
  other().execute("ALTER TABLE indexed_docs DROP COLUMN more");
  other().execute("CREATE INDEX by_shelf ON indexed_docs (shelf)");
  db().save(row_of(2000, 2));
  expect_found(word_of(2000, 2) + " " + word_of(2000, 1), {2000});
  const auto few = docs().search("w3").where(c<&indexed_doc::shelf> == 5);
  EXPECT_EQ(few.explain().way, "index, prefilter");
  for (const auto& hit : few.all()) EXPECT_EQ(hit.row.shelf, 5);
  expect_sound();
}

TEST_P(text_beside_others, it_goes_with_a_migration_to_other_names) {
  auto wanted = tidb::definition_of<indexed_doc>();
  wanted.name = "papers";
  tidb::migrate(db(), {wanted}, {.renamed_tables = {{"indexed_docs", "papers"}}});
  EXPECT_THROW((void)docs().search("w3").all(), tidb::error);
  wanted.name = "indexed_docs";
  tidb::migrate(db(), {wanted}, {.renamed_tables = {{"papers", "indexed_docs"}}});
  wait_until_known();
  expect_found(word_of(42, 1), {42});
  wanted.primary_key = {"shelf", "id"};
  tidb::migrate(db(), {wanted});
  wait_until_known();
  expect_found(word_of(42, 1), {42});
  expect_sound();
}

TEST_P(text_beside_others, an_index_of_vectors_of_the_same_table_knows_of_the_same_writes) {
  docs().create_vector_index<&indexed_doc::place>();
  db().save(row_of(7, 2));
  db().erase<indexed_doc>().where(c<&indexed_doc::id> == 8).run();
  db().update<indexed_doc>().set(c<&indexed_doc::text> = std::string("retold")).where(c<&indexed_doc::id> == 9).run();
  expect_found(word_of(7, 2) + " retold " + word_of(8, 1) + " " + word_of(9, 1), {7, 9});
  EXPECT_EQ(docs().search(tests::vector_of(7, 2)).limit(1).all().at(0).row.id, 7);
  EXPECT_NE(docs().search(tests::vector_of(8, 1)).limit(1).all().at(0).row.id, 8);
  const auto both = docs().search(word_of(7, 2), tests::vector_of(7, 2)).limit(1).all().at(0);
  EXPECT_EQ(both.row.id, 7);
  EXPECT_EQ(both.text.rank, 1U);
  EXPECT_EQ(both.vector.rank, 1U);
  docs().drop_vector_index<&indexed_doc::place>();
  db().save(row_of(7, 3));
  expect_found(word_of(7, 3), {7});
  expect_sound();
}

TEST_P(text_beside_others, other_boosts_and_synonyms_ask_for_no_rebuild) {
  const auto blocks = [&] {
    const auto id = db().query<std::int64_t>("SELECT id FROM _tidbxx_index").value();
    return db().query<std::string>("SELECT id FROM _tidbxx_" + std::to_string(id) + "_block ORDER BY id").all();
  };
  const auto before = blocks();
  const auto score = docs().search(word_of(5, 1)).all().at(0).score;
  docs().create_fulltext_index<&indexed_doc::text>(
      {.analyzer = {.synonyms = {{.from = {"fifth"}, .to = {word_of(5, 1)}}}},
       .boosts = {2},
       .existing = tidb::if_exists::overwrite});
  EXPECT_EQ(blocks(), before);
  wait_until_known();
  for (const auto* on : {&db(), &other()}) {
    EXPECT_NEAR(on->table<indexed_doc>().search(word_of(5, 1)).all().at(0).score, 2 * score, 1e-5);
    EXPECT_EQ(tests::ids_of(on->table<indexed_doc>().search("fifth").all()), numbers{5});
  }
  other().table<indexed_doc>().rebuild_fulltext_index();
  wait_until_known();
  for (const auto* on : {&db(), &other()})
    EXPECT_NEAR(on->table<indexed_doc>().search(word_of(5, 1)).all().at(0).score, 2 * score, 1e-5);
  docs().create_fulltext_index<&indexed_doc::text>(
      {.analyzer = {.language = "none"}, .existing = tidb::if_exists::overwrite});
  EXPECT_NE(blocks(), before);
  expect_sound();
}

TEST_P(text_beside_others, many_threads_write_and_search) {
  std::atomic<int> wrong{};
  std::vector<std::jthread> threads;
  const int writes = embedded() ? 60 : 25;
  for (std::int64_t each = 1; each <= 4; ++each)
    threads.emplace_back([&, each] {
      for (std::int64_t i = 0; i < writes; ++i) {
        const auto id = 100'000 * each + i;
        db().insert(row_of(id, 1));
        if (docs().search(word_of(id, 1)).all().size() != 1) ++wrong;
        if (i % 3 != 0) continue;
        db().erase<indexed_doc>().where(c<&indexed_doc::id> == id).run();
        if (!docs().search(word_of(id, 1)).all().empty()) ++wrong;
        if (i % 9 == 0) docs().optimize_fulltext_index();
      }
    });
  threads.clear();
  EXPECT_EQ(wrong, 0);
  expect_sound();
}

TEST_P(text_beside_others, of_two_who_write_one_row_the_last_is_found) {
  std::vector<std::jthread> threads;
  for (const auto* on : {&db(), &other()})
    threads.emplace_back([&, on] {
      const std::string name = on == &db() ? "first" : "second";
      for (int i = 0; i < 30; ++i)
        on->transaction([&](tidb::transaction& tx) {
          auto row = tx.select<indexed_doc>().where(c<&indexed_doc::id> == 5).for_update().one();
          row.text = name + std::to_string(i) + " " + std::to_string(++row.shelf);
          tx.save(row);
        });
    });
  threads.clear();
  const auto row = db().select<indexed_doc>().where(c<&indexed_doc::id> == 5).one();
  EXPECT_EQ(row.shelf, row_of(5, 1).shelf + 60);
  expect_found('"' + row.text + '"', {5});
  for (const auto* word : {"first0", "second0"})
    if (row.text.find(word) == std::string::npos) expect_found(word, {});
  expect_sound();
}

RUN_ON_EACH_ENGINE(text_beside_others);

}  // namespace
