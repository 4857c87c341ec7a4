// What is at the edge of what an engine takes: the same on each, or an error that says what to do.
#include "support/engines.hpp"

#include <limits>
#include <vector>

using tidb::c;
using tidb::errc;

namespace {

struct item {
  std::int64_t id{};
  std::int64_t count{};
  std::string name{};
};

constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::id>(tidb::primary_key), tidb::column<&item::count>(),
                       tidb::column<&item::name>(tidb::varchar(8)));
}

class limits : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<item>();
    db().insert(item{1, 1, "one"});
  }
};

/// Bytes, with what stands behind a NUL.
template <std::size_t N>
std::string bytes(const char (&text)[N]) {
  return {text, N - 1};
}

TEST_P(limits, a_nul_inside_a_varchar_counts_like_any_character) {
  db().insert(item{2, 2, bytes("a\0bcdefg")});
  EXPECT_EQ(db().select<item>().where(c<&item::id> == 2).one().name, bytes("a\0bcdefg"));
  EXPECT_THROW(db().insert(item{3, 3, bytes("a\0bcdefgh")}), tidb::constraint_violation);
  EXPECT_THROW(db().update<item>().set(c<&item::name> = bytes("\0bcdefghi")).run(), tidb::constraint_violation);
  db().insert(item{4, 4, "ä€𝄞äöüßé"});
  EXPECT_THROW(db().insert(item{5, 5, "ä€𝄞äöüßéx"}), tidb::constraint_violation);
}

TEST_P(limits, text_that_is_not_utf8_is_refused) {
  for (const char* text : {"a\xff", "\xed\xa0\x80", "a\xe4\xbd", "a\xc0\xaf", "a\xf4\x90\x80\x80"}) {
    EXPECT_THROW(db().insert(item{2, 2, text}), tidb::constraint_violation);
    EXPECT_THROW(db().update<item>().set(c<&item::name> = std::string(text)).run(), tidb::error);
    EXPECT_EQ(db().erase<item>().where(c<&item::name> == std::string(text)).run(), 0U);
  }
  EXPECT_EQ(db().select<item>().one().name, "one");
}

TEST_P(limits, a_condition_of_more_than_a_thousand_parts_is_no_trouble) {
  auto all = c<&item::id> > 0 && c<&item::id> < 100;
  auto any = c<&item::id> == 0 || c<&item::id> == 1;
  for (int i = 0; i < 1200; ++i) {
    all = all && c<&item::count> != i + 10;
    any = any || c<&item::count> == i + 10;
  }
  EXPECT_EQ(db().select<item>().where(all).count(), 1);
  EXPECT_EQ(db().select<item>().where(any).count(), 1);
  EXPECT_EQ(db().select<item>().where(all && c<&item::count> == 2).count(), 0);
  EXPECT_EQ(db().select<item>().where(any && c<&item::count> == 2).count(), 0);
}

TEST_P(limits, a_list_beyond_the_engines_limit_is_refused_with_what_to_do) {
  const std::vector<std::int64_t> ids(300'000, 1);
  const auto error = tests::error_of([&] { (void)db().select<item>().where(c<&item::id>.in(ids)).all(); });
  EXPECT_EQ(error.code(), errc::statement);
  EXPECT_NE(error.info().message.find("a statement has at most"), std::string::npos) << error.info().message;
  EXPECT_NE(error.info().message.find("split"), std::string::npos) << error.info().message;
}

TEST_P(limits, a_result_beyond_64_bits_is_refused_by_the_column_and_by_who_reads_it) {
  const auto largest = std::numeric_limits<std::int64_t>::max();
  db().insert(item{2, largest, "most"});
  for (const auto& change : {c<&item::count> = c<&item::count> + 1, c<&item::count> = c<&item::count> * 2}) {
    const auto error = tests::error_of([&] { db().update<item>().set(change).where(c<&item::id> == 2).run(); });
    EXPECT_EQ(error.code(), errc::constraint) << error.what();
    EXPECT_EQ(error.info().sqlstate, "22003");
  }
  EXPECT_THROW((void)db().select<item>(c<&item::count> + 1).where(c<&item::id> == 2).all(), tidb::error);
  EXPECT_EQ(db().select<item>().where(c<&item::id> == 2).one().count, largest);
}

/// Members that are smaller than the columns of the table.
struct small_item {
  std::int64_t id{};
  std::int8_t count{};
  std::uint16_t other{};
};

constexpr auto tidb_schema(tidb::of<small_item>) {
  return tidb::mapping("wide_items", tidb::column<&small_item::id>(tidb::primary_key),
                       tidb::column<&small_item::count>(), tidb::column<&small_item::other>());
}

TEST_P(limits, a_number_beyond_its_members_range_is_refused_by_the_columns_name) {
  db().execute("CREATE TABLE wide_items (id BIGINT PRIMARY KEY, `count` BIGINT, other BIGINT)");
  const auto expect_refused = [&](const char* values, const char* column) {
    db().execute("DELETE FROM wide_items");
    db().execute(std::string("INSERT INTO wide_items VALUES ") + values);
    const auto error = tests::error_of([&] { (void)db().select<small_item>().one(); });
    EXPECT_EQ(error.code(), errc::decode);
    EXPECT_NE(error.info().message.find(column), std::string::npos) << error.info().message;
  };
  expect_refused("(1, 128, 0)", "count");
  expect_refused("(1, -129, 0)", "count");
  expect_refused("(1, 9223372036854775807, 0)", "count");
  expect_refused("(1, 0, 65536)", "other");
  expect_refused("(1, 0, -1)", "other");
  expect_refused("(1, 0, NULL)", "other");
  db().execute("DELETE FROM wide_items");
  db().execute("INSERT INTO wide_items VALUES (1, -128, 65535)");
  EXPECT_EQ(db().select<small_item>().one().other, 65'535);
}

struct other_item {
  std::int64_t id{};
  std::int64_t name{};
  std::string missing{};
};

constexpr auto tidb_schema(tidb::of<other_item>) {
  return tidb::mapping("items", tidb::column<&other_item::id>(tidb::primary_key), tidb::column<&other_item::name>(),
                       tidb::column<&other_item::missing>(tidb::varchar(8)));
}

struct nothing {
  std::int64_t id{};
};

constexpr auto tidb_schema(tidb::of<nothing>) {
  return tidb::mapping("no_such_table", tidb::column<&nothing::id>(tidb::primary_key));
}

TEST_P(limits, a_struct_that_does_not_match_its_table_is_told_where) {
  const auto no_column = tests::error_of([&] { (void)db().select<other_item>().all(); });
  EXPECT_EQ(no_column.code(), errc::statement);
  EXPECT_NE(std::string(no_column.what()).find("missing"), std::string::npos) << no_column.what();
  const auto wrong_type = tests::error_of([&] { (void)db().select(c<&other_item::name>).all(); });
  EXPECT_EQ(wrong_type.code(), errc::decode);
  EXPECT_NE(wrong_type.info().message.find("name"), std::string::npos) << wrong_type.what();
  const auto no_table = tests::error_of([&] { (void)db().select<nothing>().all(); });
  EXPECT_EQ(no_table.code(), errc::statement);
  EXPECT_NE(std::string(no_table.what()).find("no_such_table"), std::string::npos) << no_table.what();
  const auto no_insert = tests::error_of([&] { db().insert(other_item{7, 7, "x"}); });
  EXPECT_NE(std::string(no_insert.what()).find("missing"), std::string::npos) << no_insert.what();
  EXPECT_EQ(db().count<item>(), 1);
}

TEST_P(limits, a_name_that_several_columns_have_is_refused) {
  const auto row = db().query("SELECT id, name, count AS name FROM items").one();
  EXPECT_EQ(row.names(), (std::vector<std::string>{"id", "name", "name"}));
  EXPECT_EQ(row.get<std::int64_t>("id"), 1);
  EXPECT_EQ(row[1].view().text(), "one");
  const auto error = tests::error_of([&] { (void)row["name"]; });
  EXPECT_EQ(error.code(), errc::usage);
  EXPECT_NE(error.info().message.find("2 columns called \"name\""), std::string::npos) << error.info().message;
  EXPECT_THROW((void)row.get<std::string>("name"), tidb::usage_error);
}

RUN_ON_EACH_ENGINE(limits);

}  // namespace
