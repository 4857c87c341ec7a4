// Typed statements: the same result on every engine.
#include "support/engines.hpp"

#include <iterator>
#include <random>
#include <string>
#include <vector>

using tidb::c;

namespace {

struct player {
  std::int64_t id{};
  std::string name{};
  int coins{}, goods{};
  friend bool operator==(const player&, const player&) = default;
};

constexpr auto tidb_schema(tidb::of<player>) {
  return tidb::mapping("players", tidb::column<&player::id>(tidb::primary_key, tidb::auto_increment),
                       tidb::column<&player::name>(tidb::varchar(32), tidb::unique), tidb::column<&player::coins>(),
                       tidb::column<&player::goods>());
}

class statements : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<player>();
    std::vector<player> rows;
    for (int i = 1; i <= 10; ++i) rows.push_back({i, "player_" + std::to_string(i), i * 10, i});
    db().insert_many(rows);
  }
  std::vector<std::int64_t> ids(const tidb::expr<bool, tidb::tables<player>>& condition) {
    std::vector<std::int64_t> found;
    db().select<player>().where(condition).order_by(c<&player::id>).each([&](const player& p) {
      found.push_back(p.id);
    });
    return found;
  }
};

using ids_t = std::vector<std::int64_t>;

TEST_P(statements, comparisons_choose_rows_in_both_orders) {
  EXPECT_EQ(ids(c<&player::coins> == 30), (ids_t{3}));
  EXPECT_EQ(ids(30 == c<&player::coins>), (ids_t{3}));
  EXPECT_EQ(ids(c<&player::coins> > 80), (ids_t{9, 10}));
  EXPECT_EQ(ids(20 >= c<&player::coins>), (ids_t{1, 2}));
  EXPECT_EQ(ids(c<&player::name> != "player_1" && c<&player::id> < 4), (ids_t{2, 3}));
  EXPECT_EQ(ids(c<&player::id> == c<&player::goods> && c<&player::id> <= 2), (ids_t{1, 2}));
}

TEST_P(statements, conditions_nest_as_written) {
  EXPECT_EQ(ids((c<&player::id> == 1 || c<&player::id> == 2) && c<&player::coins> == 20), (ids_t{2}));
  EXPECT_EQ(ids(c<&player::id> == 1 || (c<&player::id> == 2 && c<&player::coins> == 10)), (ids_t{1}));
  EXPECT_EQ(ids(!(c<&player::id> > 1)), (ids_t{1}));
}

TEST_P(statements, in_takes_a_list_a_range_and_nothing) {
  EXPECT_EQ(ids(c<&player::id>.in({2, 4, 99})), (ids_t{2, 4}));
  EXPECT_EQ(ids(c<&player::name>.in(std::vector<std::string>{"player_3"})), (ids_t{3}));
  EXPECT_EQ(ids(c<&player::id>.in(std::vector<int>{})), ids_t{});
  EXPECT_EQ(ids(c<&player::id>.not_in({1, 2, 3, 4, 5, 6, 7, 8})), (ids_t{9, 10}));
  EXPECT_EQ(ids(c<&player::id>.not_in(std::vector<int>{})).size(), 10U);
}

TEST_P(statements, like_is_case_sensitive_and_backslash_escapes) {
  EXPECT_EQ(ids(c<&player::name>.like("player__")).size(), 9U);
  EXPECT_EQ(ids(c<&player::name>.like("player\\_1")), (ids_t{1}));
  EXPECT_EQ(ids(c<&player::name>.like("%\\_1_")), (ids_t{10}));
  EXPECT_EQ(ids(c<&player::name>.like("PLAYER%")), ids_t{});
  EXPECT_EQ(ids(c<&player::name>.not_like("%1%")).size(), 8U);
}

TEST_P(statements, text_compares_by_case) {
  db().insert(player{.name = "Player_1"});
  EXPECT_EQ(ids(c<&player::name> == "player_1"), (ids_t{1}));
}

TEST_P(statements, between_includes_both_ends) { EXPECT_EQ(ids(c<&player::coins>.between(20, 40)), (ids_t{2, 3, 4})); }

TEST_P(statements, arithmetic_computes_in_conditions_and_beside_rows) {
  EXPECT_EQ(ids(c<&player::coins> - c<&player::goods> * 9 == 3), (ids_t{3}));
  EXPECT_EQ(ids(c<&player::id> % 4 == 0), (ids_t{4, 8}));
  EXPECT_EQ(ids(-c<&player::id> == -7), (ids_t{7}));
  const auto third = (c<&player::id> / 3).as("third");
  const auto rows = db().select<player>(third).where(third < 1).order_by(third).all();
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_DOUBLE_EQ(std::get<1>(rows[0]).value(), 1.0 / 3);
  const auto nothing = db().select<player>(c<&player::id> / (c<&player::id> - 1)).where(c<&player::id> == 1).one();
  EXPECT_FALSE(std::get<1>(nothing).has_value());
}

TEST_P(statements, order_limit_and_offset_page_through_rows) {
  const auto page = db().select<player>().order_by(tidb::desc(c<&player::coins>)).limit(2).offset(1).all();
  ASSERT_EQ(page.size(), 2U);
  EXPECT_EQ(page[0].id, 9);
  EXPECT_EQ(page[1].id, 8);
  EXPECT_EQ(db().select<player>().order_by(c<&player::id>).offset(8).all().size(), 2U);
  EXPECT_TRUE(db().select<player>().limit(0).all().empty());
}

TEST_P(statements, count_ignores_the_limit) {
  EXPECT_EQ(db().select<player>().where(c<&player::coins> > 50).limit(1).count(), 5);
  EXPECT_EQ(db().count<player>(), 10);
}

TEST_P(statements, one_tells_none_from_several) {
  EXPECT_EQ(db().select<player>().where(c<&player::id> == 4).one().name, "player_4");
  EXPECT_EQ(tests::error_of([&] { db().select<player>().where(c<&player::id> == 99).one(); }).code(),
            tidb::errc::no_row);
  EXPECT_EQ(tests::error_of([&] { db().select<player>().one(); }).code(), tidb::errc::too_many_rows);
  EXPECT_FALSE(db().select<player>().where(c<&player::id> == 99).one_or_none());
  EXPECT_EQ(tests::error_of([&] { db().select<player>().one_or_none(); }).code(), tidb::errc::too_many_rows);
}

TEST_P(statements, insert_gives_back_the_generated_key) {
  const auto made = db().insert(player{.name = "new", .coins = 1, .goods = 2});
  EXPECT_GT(made.id, 10);
  EXPECT_EQ(db().select<player>().where(c<&player::id> == made.id).one(), made);
  const auto given = db().insert(player{.id = 1'000'000, .name = "given"});
  EXPECT_EQ(given.id, 1'000'000);
}

TEST_P(statements, insert_many_splits_by_itself_and_inserts_all) {
  std::vector<player> rows;
  for (int i = 0; i < 25'000; ++i) rows.push_back({.name = "bulk_" + std::to_string(i), .coins = i});
  EXPECT_EQ(db().insert_many(rows), 25'000U);
  EXPECT_EQ(db().count<player>(), 25'010);
  EXPECT_EQ(db().select<player>().where(c<&player::name> == "bulk_24999").one().coins, 24'999);
  EXPECT_EQ(db().insert_many(std::vector<player>{}), 0U);
}

TEST_P(statements, a_refused_row_undoes_the_whole_insert_many) {
  std::vector<player> rows;
  for (int i = 0; i < 5'000; ++i) rows.push_back({.name = "bulk_" + std::to_string(i)});
  rows.push_back({.name = "player_1"});
  EXPECT_THROW(db().insert_many(rows), tidb::constraint_violation);
  EXPECT_EQ(db().count<player>(), 10);
}

TEST_P(statements, updates_count_the_rows_that_matched) {
  EXPECT_EQ(db().update<player>().set(c<&player::coins> = 10).where(c<&player::id> == 1).run(), 1U);
  EXPECT_EQ(db().update<player>()
                .set(c<&player::coins> = c<&player::coins> + c<&player::goods>, c<&player::goods> = 0)
                .where(c<&player::id>.in({2, 3}))
                .run(),
            2U);
  EXPECT_EQ(db().select<player>().where(c<&player::id> == 3).one(), (player{3, "player_3", 33, 0}));
  EXPECT_EQ(db().update<player>().set(c<&player::coins> = 1).where(c<&player::id> == 99).run(), 0U);
}

TEST_P(statements, an_update_without_changes_is_refused) {
  EXPECT_THROW(db().update<player>().where(c<&player::id> == 1).run(), tidb::usage_error);
}

TEST_P(statements, erase_deletes_what_matches) {
  EXPECT_EQ(db().erase<player>().where(c<&player::coins> > 50).run(), 5U);
  EXPECT_EQ(db().count<player>(), 5);
  EXPECT_EQ(db().erase<player>().run(), 5U);
}

TEST_P(statements, save_inserts_or_updates_by_the_primary_key) {
  db().save(player{5, "renamed", 1, 1});
  EXPECT_EQ(db().select<player>().where(c<&player::id> == 5).one().name, "renamed");
  db().save(player{50, "fifty", 1, 1});
  EXPECT_EQ(db().count<player>(), 11);
  EXPECT_GT(db().save(player{0, "fresh", 1, 1}).id, 0);
}

TEST_P(statements, save_refuses_another_rows_unique_value) {
  EXPECT_THROW(db().save(player{5, "player_6", 1, 1}), tidb::constraint_violation);
  EXPECT_THROW(db().save(player{50, "player_6", 1, 1}), tidb::constraint_violation);
  EXPECT_EQ(db().select<player>().where(c<&player::id> == 6).one(), (player{6, "player_6", 60, 6}));
  EXPECT_EQ(db().count<player>(), 10);
}

TEST_P(statements, a_duplicate_is_a_constraint_violation) {
  const auto error = tests::error_of([&] { db().insert(player{.name = "player_1"}); });
  EXPECT_EQ(error.code(), tidb::errc::constraint);
  EXPECT_FALSE(error.is_retryable());
  EXPECT_NE(std::string(error.what()).find("name"), std::string::npos) << error.what();
}

TEST_P(statements, a_text_that_is_too_long_names_its_column) {
  const auto error = tests::error_of([&] { db().insert(player{.name = std::string(33, 'x')}); });
  EXPECT_EQ(error.code(), tidb::errc::constraint);
  EXPECT_NE(std::string(error.what()).find("name"), std::string::npos) << error.what();
  db().insert(player{.name = "äöü€" + std::string(28, 'x')});  // 32 characters, more bytes
}

TEST_P(statements, an_update_beyond_the_columns_range_is_refused) {
  const auto error = tests::error_of([&] { db().update<player>().set(c<&player::coins> = 3'000'000'000).run(); });
  EXPECT_EQ(error.code(), tidb::errc::constraint);
  EXPECT_NE(std::string(error.what()).find("coins"), std::string::npos) << error.what();
}

TEST_P(statements, prepared_selects_take_arguments) {
  const auto by_id = db().prepare(tidb::select<player>().where(c<&player::id> == tidb::param<0>));
  EXPECT_EQ(by_id.one(4).name, "player_4");
  EXPECT_EQ(by_id.one(5).name, "player_5");
  EXPECT_FALSE(by_id.one_or_none(99));
  const auto mixed = db().prepare(tidb::select<player>()
                                      .where(c<&player::coins> >= tidb::param<1> && c<&player::name>.like("player%") &&
                                             c<&player::coins> <= tidb::param<0>)
                                      .order_by(c<&player::id>)
                                      .limit(tidb::param<2>));
  EXPECT_EQ(mixed.all(90, 20, 3).size(), 3U);
  EXPECT_THROW(by_id.one(), tidb::usage_error);
  EXPECT_THROW(by_id.one(1, 2), tidb::usage_error);
  EXPECT_THROW((void)db().select<player>().where(c<&player::id> == tidb::param<0>).all(), tidb::usage_error);
}

TEST_P(statements, raw_sql_takes_parameters_and_reads_typed_rows) {
  std::vector<std::string> names;
  for (const auto& [id, name] : db().query<std::int64_t, std::string>(
           "SELECT id, name FROM players WHERE coins > ? AND name <> ? ORDER BY id", 80, "player_10"))
    names.push_back(std::to_string(id) + name);
  EXPECT_EQ(names, (std::vector<std::string>{"9player_9"}));
  EXPECT_EQ(db().query<std::int64_t>("SELECT COUNT(*) FROM players").value(), 10);
  EXPECT_EQ(db().query<player>("SELECT * FROM players WHERE id = ?", 2).one(), (player{2, "player_2", 20, 2}));
  EXPECT_EQ(db().execute("UPDATE players SET coins = ? WHERE id <= ?", 5, 3).affected_rows, 3U);
}

TEST_P(statements, rows_without_a_struct_have_names) {
  const auto row = db().query("SELECT id, name AS title FROM players WHERE id = 1").one();
  EXPECT_EQ(row.names(), (std::vector<std::string>{"id", "title"}));
  EXPECT_EQ(row.get<std::string>("title"), "player_1");
  const auto error = tests::error_of([&] { (void)row["nothing"]; });
  EXPECT_NE(std::string(error.what()).find("id, title"), std::string::npos) << error.what();
}

TEST_P(statements, a_wrong_number_of_columns_or_parameters_is_refused) {
  EXPECT_THROW((db().query<std::int64_t, std::string>("SELECT 1").all()), tidb::usage_error);
  EXPECT_THROW(db().query<std::int64_t>("SELECT ?").all(), tidb::usage_error);
  EXPECT_THROW(db().execute("UPDATE players SET coins = 1", 1), tidb::usage_error);
}

TEST_P(statements, an_unknown_table_or_column_is_named) {
  const auto table = tests::error_of([&] { (void)db().query<int>("SELECT x FROM nowhere").all(); });
  EXPECT_EQ(table.code(), tidb::errc::statement);
  EXPECT_NE(std::string(table.what()).find("nowhere"), std::string::npos) << table.what();
  const auto column = tests::error_of([&] { (void)db().query<int>("SELECT colour FROM players").all(); });
  EXPECT_EQ(column.code(), tidb::errc::statement);
  EXPECT_NE(std::string(column.what()).find("colour"), std::string::npos) << column.what();
  EXPECT_STREQ(std::filesystem::path(column.info().where.file_name()).filename().c_str(), "statements_test.cpp");
}

TEST_P(statements, a_column_that_the_table_lacks_is_named_in_typed_statements) {
  db().execute("ALTER TABLE players DROP COLUMN goods");
  const auto error = tests::error_of([&] { (void)db().select<player>().all(); });
  EXPECT_EQ(error.code(), tidb::errc::statement);
  EXPECT_NE(std::string(error.what()).find("goods"), std::string::npos) << error.what();
}

TEST_P(statements, transaction_control_as_text_is_refused) {
  for (const auto* text : {"BEGIN", "commit", " /* x */ ROLLBACK", "-- y\nSTART TRANSACTION"})
    EXPECT_THROW(db().execute(text), tidb::usage_error) << text;
}

TEST_P(statements, each_streams_every_row) {
  std::vector<player> rows;
  for (int i = 0; i < 3'000; ++i) rows.push_back({.name = "bulk_" + std::to_string(i), .coins = 1});
  db().insert_many(rows);
  std::int64_t sum = 0;
  db().select<player>().where(c<&player::coins> == 1).each([&](const player& p) { sum += p.coins; });
  EXPECT_EQ(sum, 3'000);
}

TEST_P(statements, an_exception_from_each_leaves_the_client_usable) {
  EXPECT_THROW(db().select<player>().each([](const player&) { throw std::runtime_error("enough"); }),
               std::runtime_error);
  EXPECT_EQ(db().count<player>(), 10);
}

TEST_P(statements, a_clients_own_rows_can_be_written_while_it_streams) {
  db().select<player>().order_by(c<&player::id>).each([&](const player& p) {
    db().update<player>().set(c<&player::goods> = 0).where(c<&player::id> == p.id).run();
  });
  EXPECT_EQ(ids(c<&player::goods> == 0).size(), 10U);
}

TEST_P(statements, a_column_orders_also_beside_a_label_of_its_name) {
  const auto negated = (c<&player::id> * -1).as("id");
  EXPECT_EQ(std::get<0>(db().select<player>(negated).order_by(c<&player::id>).limit(1).all().at(0)).id, 1);
  EXPECT_EQ(std::get<0>(db().select<player>(negated).order_by(negated).limit(1).all().at(0)).id, 10);
}

TEST_P(statements, a_condition_of_many_parts_is_no_trouble) {
  auto built = db().select<player>();
  for (int i = 0; i < 900; ++i) built.where(c<&player::id> != i + 1'000);
  EXPECT_EQ(built.count(), 10);
}

TEST_P(statements, limits_beyond_what_engines_count_to_are_refused) {
  EXPECT_THROW((void)db().select<player>().limit(~std::uint64_t{0}), tidb::usage_error);
  EXPECT_THROW((void)db().select<player>().offset(~std::uint64_t{0}), tidb::usage_error);
}

TEST_P(statements, a_moved_from_client_says_so) {
  auto moved = tidb::connect(url());
  const auto kept = std::move(moved);
  // NOLINTBEGIN(bugprone-use-after-move): the point
  EXPECT_THROW((void)moved.count<player>(), tidb::usage_error);
  EXPECT_THROW((void)moved.endpoint(), tidb::usage_error);
  EXPECT_THROW((void)moved.engine(), tidb::usage_error);
  EXPECT_THROW((void)moved.counters(), tidb::usage_error);
  EXPECT_THROW(moved.on_statement({}), tidb::usage_error);
  EXPECT_THROW((void)moved.stats(), tidb::usage_error);
  EXPECT_THROW(moved.close(), tidb::usage_error);
  // NOLINTEND(bugprone-use-after-move)
  EXPECT_EQ(kept.count<player>(), 10);
}

TEST_P(statements, a_moved_from_pool_says_so) {
  tidb::pool moved(url());
  const auto kept = std::move(moved);
  // NOLINTBEGIN(bugprone-use-after-move): the point
  EXPECT_THROW((void)moved.counters(), tidb::usage_error);
  EXPECT_THROW(moved.on_statement({}), tidb::usage_error);
  EXPECT_THROW((void)moved.stats(), tidb::usage_error);
  // NOLINTEND(bugprone-use-after-move)
  EXPECT_EQ(kept.stats().open, 0U);
}

TEST_P(statements, texts_and_names_printed_into_sql_come_back_whole) {
  std::mt19937 random(7);
  const std::string pieces[] = {"'",  "\"", "\\", "`",    "%", "_",  ";",  "--", "/*", "?",
                                "\n", "\r", "\t", "\x1a", "ä", "日", "😀", "a",  "\\'"};
  const auto dialect = embedded() ? tidb::sql::dialect::sqlite : tidb::sql::dialect::tidb;
  for (int round = 0; round < tests::count(100, 5000); ++round) {
    std::string text = "x";  // a name must not end with a space, nor be empty
    for (auto left = random() % 12; left > 0; --left) text += pieces[random() % std::size(pieces)];
    const auto row = db().query("SELECT " + tidb::sql::quote_text(text, dialect) + " AS " +
                                    tidb::sql::quote_identifier(text) + ", ?",
                                1)
                         .one();
    ASSERT_EQ(row[0].view().text(), text);
    ASSERT_EQ(row.names()[0], text);
  }
}

RUN_ON_EACH_ENGINE(statements);

}  // namespace
