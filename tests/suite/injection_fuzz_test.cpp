// Texts that try to become SQL, wherever a program's text goes into a statement: they come back as they were, or are
// refused, and change nothing else.
#include "support/engines.hpp"
#include "support/hostile.hpp"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

using tidb::c;
using tidb::errc;
namespace sql = tidb::sql;

namespace {

struct note {
  std::int64_t id{};
  std::string text{};
  tidb::blob bytes{};
  std::optional<tidb::json> doc{};
};

constexpr auto tidb_schema(tidb::of<note>) {
  return tidb::mapping("notes", tidb::column<&note::id>(tidb::primary_key), tidb::column<&note::text>(tidb::longtext),
                       tidb::column<&note::bytes>(tidb::longblob), tidb::column<&note::doc>());
}

struct canary {
  std::int64_t id{};
  std::string song{};
};

constexpr auto tidb_schema(tidb::of<canary>) {
  return tidb::mapping("canary", tidb::column<&canary::id>(tidb::primary_key),
                       tidb::column<&canary::song>(tidb::varchar(16)));
}

tidb::blob blob_of(std::string_view text) {
  const auto* first = reinterpret_cast<const std::byte*>(text.data());
  return {first, first + text.size()};
}

class injection_fuzz : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<canary>();
    db().insert(canary{1, "tweet"});
    db().create_table<note>();
    db().insert(note{1, "a", blob_of("a"), tidb::json(R"({"a":{"b":[1,"x"]}})")});
  }

  void TearDown() override {
    if (!IsSkipped()) expect_canary();
    on_each_engine::TearDown();
  }

  void expect_canary() {
    EXPECT_EQ(db().list_tables(), (std::vector<std::string>{"canary", "notes"}));
    const auto birds = db().select<canary>().all();
    ASSERT_EQ(birds.size(), 1U);
    EXPECT_EQ(birds[0].song, "tweet");
  }

  /// Whether it was refused, with the connection as good as before.
  template <class F>
  bool is_refused(F&& call) {
    try {
      call();
      return false;
    } catch (const tidb::error& problem) {
      const auto code = problem.code();
      EXPECT_TRUE(code == errc::usage || code == errc::statement || code == errc::constraint) << problem.what();
      EXPECT_FALSE(problem.poisons_connection()) << problem.what();
      return true;
    }
  }

  sql::dialect dialect() const { return embedded() ? sql::dialect::sqlite : sql::dialect::tidb; }
  std::vector<tidb::row> rows_of(const sql::select& statement) {
    const auto where = std::source_location::current();
    return tidb::detail::read_all<tidb::row>(tidb::detail::bound_select(db().on(), statement, where).request());
  }
  void write(const auto& statement, std::vector<tidb::value> values = {}) {
    const auto printed = sql::print(statement, dialect());
    for (const auto& slot : printed.slots) values.push_back(slot.literal);
    db().execute_values(printed.text, values);
  }

  tests::random_source random{tests::fuzz_seed(1)};
};

/// SELECT this FROM notes.
sql::select from_notes(sql::expression item) {
  sql::select made;
  made.columns.add(std::move(item));
  made.table = "notes";
  return made;
}

sql::expression text_column() { return sql::column("notes", "text"); }

TEST_P(injection_fuzz, values_come_back_whole) {
  for (int i = 0; i < tests::count(150, 5000); ++i) {
    const auto text = tests::hostile_text(random), bytes = tests::hostile_bytes(random);
    db().save(note{2, text, blob_of(bytes), {}});
    const auto found = db().select<note>().where(c<&note::text> == text && c<&note::bytes> == blob_of(bytes)).all();
    ASSERT_EQ(found.size(), 1U) << text;
    ASSERT_EQ(found[0].text, text);
    ASSERT_EQ(found[0].bytes, blob_of(bytes));
    db().update<note>().set(c<&note::text> = text + text).where(c<&note::text>.in({text})).run();
    ASSERT_EQ(db().select(c<&note::text>).where(c<&note::id> == 2).value(), text + text);
  }
}

TEST_P(injection_fuzz, text_that_is_not_utf8_is_stored_nowhere) {
  for (int i = 0; i < tests::count(100, 3000); ++i) {
    const auto text = tests::hostile_bytes(random) + "\xff'";
    ASSERT_TRUE(is_refused([&] { db().save(note{2, text, {}, {}}); })) << text;
    ASSERT_TRUE(is_refused([&] { db().update<note>().set(c<&note::text> = text).run(); })) << text;
    is_refused([&] { EXPECT_EQ(db().erase<note>().where(c<&note::text> == text).run(), 0U); });
    ASSERT_THROW((void)sql::quote_text(text, dialect()), tidb::usage_error);
    ASSERT_THROW((void)sql::quote_identifier(text), tidb::usage_error);
  }
  EXPECT_EQ(db().select<note>().one().text, "a");
}

TEST_P(injection_fuzz, patterns_match_the_text_they_quote) {
  for (int i = 0; i < tests::count(150, 3000); ++i) {
    const auto text = tests::hostile_text(random);
    std::string pattern;
    for (const char letter : text)
      pattern.append(letter == '%' || letter == '_' || letter == '\\' ? 1 : 0, '\\') += letter;
    db().save(note{2, text, {}, {}});
    ASSERT_EQ(db().select<note>().where(c<&note::text>.like(pattern) && c<&note::id> == 2).count(), 1) << text;
    ASSERT_EQ(db().select<note>().where(c<&note::text>.like("%" + pattern) && c<&note::id> == 2).count(), 1) << text;
    (void)db().select<note>().where(c<&note::text>.like(text)).count();
    is_refused([&] { (void)db().select<note>().where(c<&note::text>.like(tests::hostile_bytes(random))).count(); });
    is_refused([&] { (void)db().select<note>().where(c<&note::text>.regexp(tests::hostile_text(random))).count(); });
  }
}

TEST_P(injection_fuzz, any_character_escapes_in_a_pattern) {
  for (int code = 1; code < 256; ++code) {
    const auto letter = static_cast<char>(code);
    const auto count = [&] {
      return db().select<note>().where(c<&note::text>.like(std::string(1, letter) + "a", letter)).count();
    };
    if (code < 128)
      EXPECT_EQ(count(), 1) << code;
    else
      EXPECT_TRUE(is_refused(count)) << code;
  }
}

TEST_P(injection_fuzz, paths_into_documents_are_paths_or_refused) {
  for (int i = 0; i < tests::count(200, 5000); ++i) {
    const auto path =
        tests::below(random, 2) == 0 ? "$." + tests::hostile_text(random, 4) : tests::hostile_text(random, 6);
    is_refused([&] { (void)db().select(json_extract(c<&note::doc>, path)).all(); });
    is_refused([&] { (void)db().select(json_text(c<&note::doc>, "$.\"" + path + "\"")).all(); });
    is_refused([&] { db().update<note>().set(c<&note::doc> = json_set(c<&note::doc>, "$.a." + path, path)).run(); });
    is_refused([&] { (void)db().select(json_extract(c<&note::doc>, tests::hostile_bytes(random))).all(); });
  }
}

TEST_P(injection_fuzz, labels_are_the_names_of_their_columns) {
  for (int i = 0; i < tests::count(150, 3000); ++i) {
    const auto label = tests::hostile_bytes(random, 6);
    std::vector<tidb::row> rows;
    const auto item = sql::label(text_column(), label);
    auto statement = from_notes(item);
    statement.order.add(sql::order_term(item));
    if (is_refused([&] { rows = rows_of(statement); })) continue;
    ASSERT_EQ(rows.at(0).names().at(0), label);
    ASSERT_EQ(rows[0][label].view().text(), "a");
  }
}

TEST_P(injection_fuzz, aliases_name_their_table) {
  for (int i = 0; i < tests::count(150, 3000); ++i) {
    const auto alias = tests::hostile_text(random, 6);
    sql::select statement;
    statement.table = "notes";
    statement.alias = alias;
    statement.columns.add(sql::column(alias, "text"));
    statement.where =
        sql::binary(sql::op::equal, sql::column(alias, "id"), sql::literal(tidb::value_view::of(std::int64_t{1})));
    std::vector<tidb::row> rows;
    if (is_refused([&] { rows = rows_of(statement); })) continue;
    ASSERT_EQ(rows.size(), 1U) << alias;
    statement.with.push_back(
        {alias, {"id", "text"}, std::make_shared<const sql::select>(from_notes(sql::expression(sql::op::star)))});
    is_refused([&] { (void)rows_of(statement); });
  }
}

TEST_P(injection_fuzz, an_unknown_name_in_an_order_or_a_condition_is_refused) {
  for (int i = 0; i < tests::count(100, 2000); ++i) {
    const auto name = tests::hostile_bytes(random, 6) + "z";
    auto statement = from_notes(text_column());
    statement.order.add(sql::order_term(sql::column({}, name)));
    ASSERT_TRUE(is_refused([&] { (void)rows_of(statement); })) << name;
    statement.order = sql::expression(sql::op::row);
    statement.where = sql::unary(sql::op::is_null, sql::column("notes", name));
    ASSERT_TRUE(is_refused([&] { (void)rows_of(statement); })) << name;
    ASSERT_TRUE(is_refused([&] { write(sql::update{.table = "notes", .set = {{name, text_column()}}}); })) << name;
    ASSERT_TRUE(is_refused([&] { write(sql::erase{.table = name}); })) << name;
  }
}

TEST_P(injection_fuzz, separators_stand_between_texts) {
  db().insert(note{2, "b", {}, {}});
  for (int i = 0; i < tests::count(150, 3000); ++i) {
    const auto separator = tests::hostile_bytes(random, 8);
    std::optional<std::string> joined;
    if (is_refused([&] { joined = db().select(group_concat(c<&note::text>, separator, c<&note::id>)).value(); }))
      continue;
    ASSERT_EQ(joined, "a" + separator + "b");
  }
}

TEST_P(injection_fuzz, hints_change_no_result) {
  for (int i = 0; i < tests::count(150, 3000); ++i) {
    const auto hint = tests::hostile_bytes(random, 8);
    std::vector<tidb::row> rows;
    auto statement = from_notes(text_column());
    statement.hints = {hint, "HASH_AGG()"};
    if (is_refused([&] { rows = rows_of(statement); })) continue;
    ASSERT_EQ(rows.size(), 1U) << hint;
    ASSERT_EQ(rows[0][0].view().text(), "a");
  }
}

TEST_P(injection_fuzz, a_time_to_read_as_of_is_a_time_or_refused) {
  for (int i = 0; i < tests::count(100, 2000); ++i) {
    const auto time = tests::hostile_bytes(random, 6) + "x";
    ASSERT_TRUE(is_refused([&] { (void)db().select<note>().as_of(time).all(); })) << time;
  }
}

TEST_P(injection_fuzz, names_of_tables_and_columns_are_kept_or_refused) {
  for (int i = 0; i < tests::count(8, 100); ++i) {
    const auto name = tests::hostile_bytes(random, 6), column = tests::hostile_bytes(random, 6);
    const tidb::table_definition table{
        .name = name,
        .columns = {{"id", {tidb::type_kind::bigint}}, {column, {tidb::type_kind::varchar, false, 16}, true}},
        .primary_key = {"id"}};
    if (is_refused([&] { db().create_table(table); })) continue;
    ASSERT_TRUE(db().has_table(name)) << name;
    ASSERT_EQ(db().list_tables().size(), 3U);
    write(sql::insert{.table = name, .columns = {"id", column}},
          {tidb::value(tidb::value_view::of(std::int64_t{1})), tidb::value(tidb::value_view::of("x"))});
    sql::select statement;
    statement.table = name;
    statement.columns.add(sql::column(name, column));
    const auto rows = rows_of(statement);
    ASSERT_EQ(rows.size(), 1U);
    ASSERT_EQ(rows[0].names()[0], column);
    db().drop_table(name);
    expect_canary();
  }
}

TEST_P(injection_fuzz, labels_of_an_enum_are_kept_or_refused) {
  for (int i = 0; i < tests::count(6, 60); ++i) {
    const auto label = tests::hostile_text(random, 6);
    const tidb::table_definition table{
        .name = "colours",
        .columns = {{"id", {tidb::type_kind::bigint}},
                    {.name = "colour", .type = {tidb::type_kind::enumeration}, .labels = {"red", label}}},
        .primary_key = {"id"}};
    if (is_refused([&] { db().create_table(table); })) continue;
    db().execute("INSERT INTO colours VALUES (1, 2)");
    const auto row = db().query("SELECT colour FROM colours").one();
    if (!embedded()) {
      EXPECT_EQ(row[0].view().text(), label);
    }
    db().drop_table("colours");
  }
}

TEST_P(injection_fuzz, marks_in_sql_of_the_programs_own_are_counted) {
  for (int i = 0; i < tests::count(150, 3000); ++i) {
    const auto text = tests::hostile_text(random, 6);
    if (text.find_first_of(std::string("\\\0", 2)) != text.npos) continue;  // which the dialects write otherwise
    const auto quoted = sql::quote_text(text, sql::dialect::sqlite);
    const auto found = db().select(tidb::raw<std::string>("CONCAT(" + quoted + ", ?)", text)).from<note>().all();
    ASSERT_EQ(found, (std::vector<std::string>{text + text}));
    EXPECT_THROW((void)db().select(tidb::raw<std::string>("CONCAT(" + quoted + ", ?)")).from<note>().all(),
                 tidb::usage_error);
  }
}

TEST_P(injection_fuzz, very_long_texts_are_texts) {
  std::string text;
  while (text.size() < 3'000'000) text += tests::hostile_text(random, 200);
  db().save(note{2, text, blob_of(text), {}});
  EXPECT_EQ(db().select(c<&note::text>).where(c<&note::bytes> == blob_of(text)).value(), text);
  EXPECT_THROW((void)sql::quote_identifier(text), tidb::usage_error);
  const auto literal = sql::quote_value(tidb::value_view::of(std::string_view(text)), dialect());
  EXPECT_EQ(db().query("SELECT " + literal + " AS item").one()["item"].view().text(), text);
}

RUN_ON_EACH_ENGINE(injection_fuzz);

}  // namespace
