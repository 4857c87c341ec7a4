// The same mistake has the same error on every engine: class, entry and verdict.
#include "support/engines.hpp"

#include <functional>
#include <string>

using tidb::c;
using tidb::errc;

namespace {

struct item {
  std::int64_t id{};
  std::string name{};
  std::optional<int> coins{};
  tidb::json data{};
};

constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::id>(tidb::primary_key),
                       tidb::column<&item::name>(tidb::varchar(8), tidb::unique), tidb::column<&item::coins>(),
                       tidb::column<&item::data>());
}

class errors : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<item>();
    db().insert(item{.id = 1, .name = "one"});
  }
  void expect(errc code, std::string_view entry, const std::function<void()>& mistake) {
    const auto error = tests::error_of(mistake);
    EXPECT_EQ(error.code(), code) << error.what();
    EXPECT_EQ(error.info().entry, entry) << error.what();
    EXPECT_FALSE(error.is_retryable()) << error.what();
    EXPECT_FALSE(error.poisons_connection()) << error.what();
    EXPECT_TRUE(std::string(error.what()).ends_with("docs/errors.md#" + std::string(entry))) << error.what();
  }
};

TEST_P(errors, of_rows_are_the_same) {
  expect(errc::constraint, "duplicate-key", [&] { db().insert(item{.id = 2, .name = "one"}); });
  expect(errc::constraint, "duplicate-key", [&] { db().insert(item{.id = 1, .name = "two"}); });
  expect(errc::constraint, "value-too-long", [&] { db().insert(item{.id = 2, .name = "ninechars"}); });
  expect(errc::constraint, "value-out-of-range",
         [&] { db().update<item>().set(c<&item::coins> = 3'000'000'000).run(); });
  expect(errc::constraint, "null-refused", [&] { db().execute("UPDATE items SET name = NULL"); });
  expect(errc::constraint, "invalid-json", [&] { db().execute("UPDATE items SET data = '{'"); });
}

TEST_P(errors, of_statements_are_the_same) {
  expect(errc::statement, "syntax-error", [&] { db().execute("SELEC 1"); });
  expect(errc::statement, "unknown-table", [&] { db().execute("UPDATE nowhere SET a = 1"); });
  expect(errc::statement, "unknown-column", [&] { db().execute("UPDATE items SET colour = 1"); });
  expect(errc::statement, "unknown-function", [&] { db().execute("UPDATE items SET coins = no_such_function(1)"); });
  expect(errc::statement, "table-exists", [&] { db().create_table<item>(); });
}

TEST_P(errors, of_results_are_the_same) {
  expect(errc::no_row, "no-row", [&] { (void)db().select<item>().where(c<&item::id> == 9).one(); });
  db().insert(item{.id = 2, .name = "two"});
  expect(errc::too_many_rows, "too-many-rows", [&] { (void)db().select<item>().one(); });
  expect(errc::decode, "decode", [&] { (void)db().query<int>("SELECT 'abc' AS amount").value(); });
}

RUN_ON_EACH_ENGINE_AND_TLS(errors);

}  // namespace
