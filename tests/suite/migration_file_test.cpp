// Migrations of an embedded file: what else is in it stays right, or they are refused.
#include "support/engines.hpp"
#include "support/vector_index.hpp"

#include <algorithm>
#include <string>
#include <vector>

namespace {

using tests::indexed_doc;
using tidb::column_default;
using tidb::table_definition;
using tidb::type_kind;

class migration_file : public tests::vector_index {
protected:
  static table_definition docs_table() { return tidb::definition_of<indexed_doc>(); }
  void migrate(const table_definition& wanted, const tidb::migration_options& options = {}) {
    (void)tidb::migrate(db(), {wanted}, options);
    EXPECT_EQ(tidb::to_string(tidb::schema_diff(db(), {wanted}, options)), "");
  }
  std::string error_of_migrating(const table_definition& wanted, const tidb::migration_options& options = {}) {
    return tests::error_of([&] { (void)tidb::migrate(db(), {wanted}, options); }).what();
  }
  static table_definition with_note(table_definition table) {
    table.columns.push_back({.name = "note", .type = {type_kind::varchar, false, 9}, .nullable = true});
    return table;
  }
  bool is_searched_by_index() {
    return docs().search(tests::indexed_docs(1, 1)[0].place.value()).explain().way == "index";
  }
};

TEST_F(migration_file, a_vector_index_stays_when_its_table_is_made_anew) {
  fill();
  const auto built = stats().seconds;
  migrate(with_note(docs_table()));
  EXPECT_TRUE(is_searched_by_index());
  expect_sound();
  expect_every_row_is_found();
  EXPECT_EQ(stats().seconds, built) << "it was built anew";
  db().insert_many(tests::indexed_docs(4000, 50));
  expect_sound();
  expect_every_row_is_found();
}

TEST_F(migration_file, a_vector_index_follows_its_column_to_another_name_and_back) {
  fill(1500);
  auto wanted = docs_table();
  for (auto& column : wanted.columns)
    if (column.name == "place") column.name = "spot";
  migrate(wanted, {.renamed_columns = {{wanted.name, "place", "spot"}}});
  EXPECT_EQ(number("SELECT COUNT(*) FROM _tidbxx_index"), 1);
  migrate(docs_table(), {.renamed_columns = {{wanted.name, "spot", "place"}}});
  docs().rebuild_index<&indexed_doc::place>();
  EXPECT_TRUE(is_searched_by_index());
  expect_sound();
  expect_every_row_is_found();
}

TEST_F(migration_file, a_vector_index_of_a_table_that_gets_another_key_has_the_new_keys) {
  fill(1500);
  auto wanted = docs_table();
  const auto key = wanted.primary_key.front();
  for (auto& column : wanted.columns)
    if (column.name == key) column.auto_increment = false;
  wanted.primary_key.clear();
  migrate(wanted);
  db().execute("DELETE FROM indexed_docs WHERE id < 100");
  migrate(docs_table());
  docs().rebuild_index<&indexed_doc::place>();
  EXPECT_TRUE(is_searched_by_index());
  expect_sound();
  expect_every_row_is_found();
}

TEST_F(migration_file, a_vector_index_goes_with_its_column_and_with_its_table) {
  fill(1500);
  auto wanted = docs_table();
  std::erase_if(wanted.columns, [](const auto& column) { return column.name == "place"; });
  migrate(wanted, {.lose_data = true});
  EXPECT_EQ(number("SELECT COUNT(*) FROM _tidbxx_index"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'trigger'"), 0);
  migrate(docs_table());
  docs().create_vector_index<&indexed_doc::place>();
  (void)tidb::migrate(db(), {}, {.drop_others = true, .lose_data = true});
  EXPECT_EQ(number("SELECT COUNT(*) FROM _tidbxx_index"), 0);
  EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE '\\_tidbxx\\_1\\_%' ESCAPE '\\'"), 0);
}

TEST_F(migration_file, triggers_views_and_other_tables_of_other_tools_stay) {
  db().insert_many(tests::indexed_docs(1, 20));
  raw("CREATE TABLE log (what TEXT); "
      "CREATE TRIGGER noted AFTER DELETE ON indexed_docs BEGIN INSERT INTO log VALUES (OLD.id); END; "
      "CREATE VIEW ids AS SELECT id FROM indexed_docs; "
      "CREATE TABLE child (doc INTEGER REFERENCES indexed_docs (id) ON DELETE CASCADE); "
      "INSERT INTO child VALUES (7)");
  migrate(with_note(docs_table()));
  EXPECT_EQ(number("SELECT COUNT(*) FROM ids"), 20);
  EXPECT_EQ(number("SELECT COUNT(*) FROM child"), 1);
  db().execute("DELETE FROM indexed_docs WHERE id = 7");
  EXPECT_EQ(db().query<std::string>("SELECT what FROM log").value(), "7");
  EXPECT_EQ(number("SELECT COUNT(*) FROM child"), 0);
  // to another name they follow
  auto renamed = with_note(docs_table());
  renamed.name = "papers";
  migrate(renamed, {.renamed_tables = {{"indexed_docs", "papers"}}});
  EXPECT_EQ(number("SELECT COUNT(*) FROM ids"), 19);
  db().execute("DELETE FROM papers WHERE id = 8");
  EXPECT_EQ(number("SELECT COUNT(*) FROM log"), 2);
}

TEST_F(migration_file, a_view_or_a_trigger_that_would_break_keeps_the_table_as_it_is) {
  const auto with = with_note(docs_table());
  migrate(with);
  db().insert_many(tests::indexed_docs(1, 5));
  const auto refused = [&](const std::string& make, const std::string& name, const std::string& drop) {
    raw(make);
    const auto why = error_of_migrating(docs_table(), {.lose_data = true});
    EXPECT_NE(why.find(name), std::string::npos) << why;
    EXPECT_NE(why.find("nothing was changed"), std::string::npos) << why;
    EXPECT_TRUE(tidb::compare_tables(with, db().reflect_table(with.name), db().engine()).empty());
    EXPECT_EQ(number("SELECT COUNT(*) FROM indexed_docs"), 5);
    raw(drop);
  };
  refused("CREATE VIEW notes AS SELECT note FROM indexed_docs", "notes", "DROP VIEW notes");
  refused("CREATE TRIGGER noted AFTER INSERT ON indexed_docs BEGIN UPDATE indexed_docs SET note = 'x' WHERE note IS "
          "NULL; END",
          "noted", "DROP TRIGGER noted");
  migrate(docs_table(), {.lose_data = true});
}

TEST_F(migration_file, what_a_definition_does_not_tell_is_not_lost_without_a_word) {
  raw("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE)");
  const table_definition wanted{.name = "t",
                                .columns = {{.name = "id", .type = {type_kind::bigint}},
                                            {.name = "name", .type = {type_kind::varchar, false, 9}, .nullable = true}},
                                .primary_key = {"id"}};
  const auto why = error_of_migrating(wanted);
  EXPECT_NE(why.find("COLLATE NOCASE of `name`"), std::string::npos) << why;
}

TEST_F(migration_file, tables_of_other_tools_get_the_types_that_are_wanted) {
  raw("CREATE TABLE t (id INTEGER PRIMARY KEY, size INT, name TEXT); "
      "INSERT INTO t VALUES (1, 5, 'a'), (2, 6, 'b'); CREATE INDEX by_size ON t (size)");
  const table_definition wanted{
      .name = "t",
      .columns = {{.name = "id", .type = {type_kind::bigint}, .auto_increment = true},
                  {.name = "size", .type = {type_kind::decimal, false, 8, 2}, .default_to = column_default{"1"}},
                  {.name = "name", .type = {type_kind::varchar, false, 1}}},
      .primary_key = {"id"},
      .indexes = {{.name = "by_size", .parts = {{.column = "size"}}}}};
  migrate(wanted);
  EXPECT_EQ(db().query<std::string>("SELECT size FROM t WHERE id = 2").value(), "6.00");
  db().execute("DELETE FROM t WHERE id = 2");
  auto more = with_note(wanted);
  migrate(more);
  db().execute("INSERT INTO t (name) VALUES ('c')");
  EXPECT_EQ(number("SELECT MAX(id) FROM t"), 3) << "a key was given twice";
}

TEST_F(migration_file, references_that_were_wrong_before_are_no_matter_and_new_ones_are) {
  db().insert_many(tests::indexed_docs(1, 5));
  raw("CREATE TABLE child (doc INTEGER REFERENCES indexed_docs (id)); INSERT INTO child VALUES (2), (99)");
  migrate(with_note(docs_table()));
  EXPECT_EQ(number("SELECT COUNT(*) FROM indexed_docs"), 5);
  auto keyless = with_note(docs_table());
  keyless.primary_key.clear();  // the child's key would have nothing to refer to
  const auto why = error_of_migrating(keyless);
  EXPECT_NE(why.find("foreign key mismatch"), std::string::npos) << why;
  EXPECT_TRUE(tidb::compare_tables(with_note(docs_table()), db().reflect_table("indexed_docs"), db().engine()).empty());
}

TEST_F(migration_file, virtual_tables_stay_or_go_whole) {
  raw("CREATE VIRTUAL TABLE texts USING fts5(body); INSERT INTO texts VALUES ('some words')");
  migrate(with_note(docs_table()));
  EXPECT_EQ(number("SELECT COUNT(*) FROM texts WHERE texts MATCH 'words'"), 1);
  (void)tidb::migrate(db(), {docs_table()}, {.drop_others = true, .lose_data = true});
  EXPECT_EQ(number("SELECT COUNT(*) FROM sqlite_schema WHERE name LIKE 'texts%'"), 0);
}

TEST_F(migration_file, foreign_keys_are_looked_at_again_afterwards) {
  migrate(with_note(docs_table()));
  EXPECT_EQ(number("PRAGMA foreign_keys"), 1);
  EXPECT_EQ(number("PRAGMA legacy_alter_table"), 0);
}

}  // namespace
