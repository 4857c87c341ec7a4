// Making, listing and dropping tables, and opening connections: the same on every engine.
#include "support/engines.hpp"

#include <algorithm>
#include <fstream>

using tidb::c;

namespace {

struct item {
  std::string code{};
  int part{};
  double price{};
};

constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::code>("item code", tidb::primary_key, tidb::varchar(8)),
                       tidb::column<&item::part>(tidb::primary_key), tidb::column<&item::price>());
}

class tables : public tests::on_each_engine {};

TEST_P(tables, a_table_is_made_listed_emptied_and_dropped) {
  EXPECT_FALSE(db().has_table<item>());
  db().create_table<item>();
  EXPECT_TRUE(db().has_table<item>());
  EXPECT_EQ(db().list_tables(), (std::vector<std::string>{"items"}));
  db().insert(item{"a", 1, 0.5});
  db().truncate_table<item>();
  EXPECT_EQ(db().count<item>(), 0);
  db().drop_table<item>();
  EXPECT_FALSE(db().has_table<item>());
  EXPECT_TRUE(db().list_tables().empty());
}

TEST_P(tables, an_existing_table_is_refused_skipped_or_made_anew) {
  db().create_table<item>();
  db().insert(item{"a", 1, 0.5});
  EXPECT_EQ(tests::error_of([&] { db().create_table<item>(); }).code(), tidb::errc::statement);
  db().create_table<item>(tidb::if_exists::skip);
  EXPECT_EQ(db().count<item>(), 1);
  db().create_table<item>(tidb::if_exists::overwrite);
  EXPECT_EQ(db().count<item>(), 0);
}

TEST_P(tables, a_composite_key_with_an_odd_name_works) {
  db().create_table<item>();
  db().insert_many({item{"a", 1, 0.5}, item{"a", 2, 1.5}});
  EXPECT_THROW(db().insert(item{"a", 1, 9}), tidb::constraint_violation);
  db().save(item{"a", 2, 7});
  db().save(item{"b", 2, 8});
  EXPECT_EQ(db().select<item>().where(c<&item::code> == "a" && c<&item::part> == 2).one().price, 7);
  EXPECT_EQ(db().count<item>(), 3);
}

TEST_P(tables, a_dropped_table_that_is_not_there_is_an_error) {
  EXPECT_EQ(tests::error_of([&] { db().drop_table("nothing"); }).code(), tidb::errc::statement);
}

TEST_P(tables, wrong_definitions_are_refused_before_anything_is_sent) {
  const auto refused = [&](const tidb::table_definition& table, const std::string& reason) {
    const auto error = tests::error_of([&] { db().create_table(table); });
    EXPECT_EQ(error.code(), tidb::errc::usage);
    EXPECT_NE(std::string(error.what()).find(reason), std::string::npos) << error.what();
  };
  const tidb::column_type number{tidb::type_kind::integer, false, 0};
  refused({.name = "t"}, "no columns");
  refused({.name = "t", .columns = {{"a", number}, {"a", number}}}, "\"a\"");
  refused({.name = "t", .columns = {{"a", {tidb::type_kind::varchar, false, 16'384}}}}, "16383");
  refused({.name = "t", .columns = {{"a", number}}, .primary_key = {"b"}}, "\"b\"");
  refused({.name = std::string(65, 't'), .columns = {{"a", number}}}, "64");
  refused({.name = "", .columns = {{"a", number}}}, "empty");
  EXPECT_TRUE(db().list_tables().empty());
}

TEST_P(tables, names_are_never_code) {
  const std::string odd = "a`b\"c'; DROP TABLE x --";
  db().create_table({.name = odd, .columns = {{odd, {tidb::type_kind::integer, false, 0}, true}}});
  EXPECT_EQ(db().list_tables(), (std::vector<std::string>{odd}));
  db().drop_table(odd);
}

TEST_P(tables, a_column_may_have_the_longest_name) {
  const std::string longest(64, 'x');
  db().create_table({.name = "t", .columns = {{longest, {tidb::type_kind::integer, false, 0}}}});
  EXPECT_EQ(tests::error_of([&] { db().execute("INSERT INTO t VALUES (3000000000)"); }).code(), tidb::errc::constraint);
}

TEST_P(tables, features_tell_what_the_engine_is) {
  const auto features = db().features();
  if (embedded()) {
    EXPECT_EQ(features.deployment, "embedded");
    EXPECT_EQ(db().engine(), tidb::engine_kind::embedded);
  } else {
    EXPECT_NE(features.version.find("TiDB"), std::string::npos);
    EXPECT_EQ(features.deployment, "TiDB self-managed");
    EXPECT_EQ(features.tls.empty(), GetParam() != tests::target::tidb_tls) << features.tls;
  }
  EXPECT_GT(db().ping().count(), -1);
}

TEST_P(tables, a_connection_string_with_a_wrong_database_names_it) {
  if (embedded()) GTEST_SKIP() << "a file has no database inside";
  auto wrong = url();
  wrong = wrong.substr(0, wrong.find("ensure_database") - 1);
  wrong.replace(wrong.find("tidbxx_test_"), 12, "no_such_base_");
  const auto error = tests::error_of([&] { (void)tidb::connect(wrong); });
  EXPECT_NE(std::string(error.what()).find("no_such_base_"), std::string::npos) << error.what();
}

RUN_ON_EACH_ENGINE_AND_TLS(tables);

TEST(embedded_files, one_that_is_no_database_is_refused_and_left_alone) {
  const tests::temporary_folder folder;
  const auto path = (folder.path() / "notes.txt").string();
  const std::string text(5'000, 'x');
  std::ofstream(path) << text;
  const auto error = tests::error_of([&] { (void)tidb::connect("sqlite:" + path); });
  EXPECT_EQ(error.code(), tidb::errc::storage);
  EXPECT_NE(std::string(error.what()).find("notes.txt"), std::string::npos) << error.what();
  std::string after(6'000, '\0');
  std::ifstream in(path);
  in.read(after.data(), 6'000);
  EXPECT_EQ(in.gcount(), 5'000);
}

TEST(embedded_files, one_with_index_tables_of_a_newer_version_is_refused) {
  const tests::temporary_folder folder;
  const auto url = "sqlite:" + (folder.path() / "new.db").string();
  {
    auto db = tidb::connect(url);
    db.execute("CREATE TABLE _tidbxx_index (name TEXT, version INTEGER)");
    db.execute("INSERT INTO _tidbxx_index VALUES ('x', 2)");
    EXPECT_TRUE(db.list_tables().empty());
  }
  const auto error = tests::error_of([&] { (void)tidb::connect(url); });
  EXPECT_EQ(error.code(), tidb::errc::storage);
  EXPECT_NE(std::string(error.what()).find("newer"), std::string::npos) << error.what();
}

TEST(embedded_files, a_missing_folder_is_named) {
  const auto error = tests::error_of([] { (void)tidb::connect("sqlite:/no/such/folder/x.db"); });
  EXPECT_EQ(error.code(), tidb::errc::storage);
  EXPECT_NE(std::string(error.what()).find("/no/such/folder"), std::string::npos) << error.what();
}

}  // namespace
