// Statements and rows of great size and depth: they work, or an error says what to do; nothing is ever lost for it.
#include "support/engines.hpp"

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using tidb::c;
using tidb::errc;
namespace sql = tidb::sql;

namespace {

struct item {
  std::int64_t id{};
  std::int64_t count{};
};

constexpr auto tidb_schema(tidb::of<item>) {
  return tidb::mapping("items", tidb::column<&item::id>(tidb::primary_key), tidb::column<&item::count>());
}

struct page {
  std::int64_t id{};
  std::string text{};
};

constexpr auto tidb_schema(tidb::of<page>) {
  return tidb::mapping("pages", tidb::column<&page::id>(tidb::primary_key), tidb::column<&page::text>(tidb::longtext));
}

constexpr std::size_t mebibyte = std::size_t{1} << 20U;

class size_limits : public tests::on_each_engine {
protected:
  void SetUp() override {
    on_each_engine::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    db().create_table<item>();
    db().create_table<page>();
    db().insert(item{1, 1});
  }

  std::vector<tidb::row> rows_of(const sql::select& statement) {
    const auto where = std::source_location::current();
    return tidb::detail::read_all<tidb::row>(tidb::detail::bound_select(db().on(), statement, where).request());
  }

  /// It gives the one row there is, or says that it is too deep; the connection is good in any case.
  void expect_rows_or_too_deep(const sql::select& statement) {
    try {
      EXPECT_EQ(rows_of(statement).size(), 1U);
    } catch (const tidb::error& problem) {
      const auto message = problem.info().message;
      EXPECT_TRUE(message.find("too deep") != message.npos) << problem.what();
      EXPECT_FALSE(problem.poisons_connection());
    }
    EXPECT_EQ(db().count<item>(), 1);
  }
};

sql::select from_items(sql::expression column) {
  sql::select made;
  made.columns.add(column);
  made.table = "items";
  return made;
}

sql::expression id() { return sql::column("items", "id"); }
sql::expression number(std::int64_t item) { return sql::literal(tidb::value_view::of(item)); }
sql::expression is_positive() { return sql::binary(sql::op::greater, id(), number(0)); }

TEST_P(size_limits, a_statement_has_as_many_parameters_as_its_engine_takes) {
  const std::vector<std::int64_t> most(65'535, 1);
  if (db().features().max_parameters >= most.size()) {
    EXPECT_EQ(db().select<item>().where(c<&item::id>.in(most)).count(), 1);
  }
  if (embedded()) return;  // whose own limit is that of the SQLite there is
  const std::vector<std::int64_t> more(65'536, 1);
  const auto error = tests::error_of([&] { (void)db().select<item>().where(c<&item::id>.in(more)).all(); });
  EXPECT_EQ(error.code(), errc::statement);
  EXPECT_NE(error.info().message.find("65535"), std::string::npos) << error.info().message;
  EXPECT_EQ(db().count<item>(), 1);
}

TEST_P(size_limits, rows_of_many_parameters_are_sent_in_parts) {
  std::vector<item> rows;
  for (std::int64_t id = 2; id < 80'002; ++id) rows.push_back({id, id});
  EXPECT_EQ(db().insert_many(rows), 80'000U);
  EXPECT_EQ(db().count<item>(), 80'001);
}

TEST_P(size_limits, a_row_larger_than_the_server_takes_says_which_limit_it_is) {
  const std::string small(5 * mebibyte, 's'), medium(7 * mebibyte, 'm'), large(70 * mebibyte, 'l');
  db().insert(page{1, small});
  EXPECT_EQ(db().select<page>().where(c<&page::id> == 1).one().text.size(), small.size());
  if (embedded()) {
    db().insert(page{3, large});
    EXPECT_EQ(db().select<page>().where(c<&page::id> == 3).one().text, large);
    return;
  }
  const auto too_large = tests::error_of([&] { db().insert(page{2, medium}); });
  EXPECT_NE(too_large.info().message.find("txn-entry-size-limit"), std::string::npos) << too_large.info().message;
  const auto no_packet = tests::error_of([&] { db().insert(page{3, large}); });
  EXPECT_NE(no_packet.info().message.find("max_allowed_packet"), std::string::npos) << no_packet.info().message;
  EXPECT_FALSE(no_packet.was_sent());
  EXPECT_EQ(db().count<page>(), 1);
}

TEST_P(size_limits, a_statement_may_be_ten_megabytes_long) {
  const std::string text(10 * mebibyte, 'x');
  EXPECT_EQ(db().query<std::string>("SELECT '" + text + "'").value(), text);
  EXPECT_EQ(db().query<std::int64_t>("SELECT 1 /*" + text + "*/").value(), 1);
}

TEST_P(size_limits, ten_thousand_conditions_are_no_trouble) {
  auto all = db().select<item>();
  for (int i = 0; i < 10'000; ++i) all.where(c<&item::count> != i + 10);
  EXPECT_EQ(all.count(), 1);
}

TEST_P(size_limits, thousands_of_conditions_inside_one_another_are_no_trouble) {
  auto left = is_positive(), right = is_positive();
  for (int i = 0; i < 3'000; ++i) {
    sql::expression outer(sql::op::logical_and);
    outer.add(is_positive()).add(right);
    right = std::move(outer);
    sql::expression around(sql::op::logical_and);
    around.add(left).add(is_positive());
    left = std::move(around);
  }
  auto statement = from_items(id());
  statement.where = std::move(right);
  EXPECT_EQ(rows_of(statement).size(), 1U);
  statement.where = std::move(left);
  EXPECT_EQ(rows_of(statement).size(), 1U);
}

/// `around` so many times around a condition or a number.
sql::expression deep(std::size_t levels, sql::expression inner,
                     const std::function<sql::expression(sql::expression)>& around) {
  for (std::size_t i = 0; i < levels; ++i) inner = around(std::move(inner));
  return inner;
}

TEST_P(size_limits, what_lies_too_deep_is_refused_and_crashes_nothing) {
  for (const std::size_t levels : {20U, 90U, 300U, 900U, 5'000U}) {
    auto statement = from_items(id());
    statement.where =
        deep(levels, is_positive(), [](auto inner) { return sql::unary(sql::op::logical_not, std::move(inner)); });
    expect_rows_or_too_deep(statement);
    statement.where = deep(levels, is_positive(), [](auto inner) {
      return sql::binary(sql::op::logical_and, is_positive(),
                         sql::binary(sql::op::logical_or, is_positive(), std::move(inner)));
    });
    expect_rows_or_too_deep(statement);
    statement.where = sql::expression();
    const auto column = [&](sql::expression item) {
      statement.columns = sql::expression(sql::op::row).add(item);
      expect_rows_or_too_deep(statement);
    };
    column(deep(levels, id(), [](auto inner) { return sql::binary(sql::op::subtract, std::move(inner), number(1)); }));
    column(deep(levels, id(), [](auto inner) { return sql::binary(sql::op::subtract, number(1), std::move(inner)); }));
    column(deep(levels, id(), [](auto inner) { return sql::function("ABS", {std::move(inner)}); }));
    column(deep(levels, id(), [](auto inner) {
      sql::expression cases(sql::op::case_when);
      return cases.add(is_positive()).add(number(1)).add(inner);
    }));
  }
}

TEST_P(size_limits, a_condition_too_deep_to_be_printed_says_so) {
  auto condition = c<&item::id> > 0;
  for (int i = 0; i < 5'000; ++i) condition = !condition;
  const auto error = tests::error_of([&] { (void)db().select<item>().where(condition).all(); });
  EXPECT_EQ(error.code(), errc::usage);
  EXPECT_NE(error.info().message.find("too deep"), std::string::npos) << error.info().message;
  EXPECT_EQ(db().count<item>(), 1);
}

TEST_P(size_limits, queries_too_deep_in_one_another_are_refused_and_crash_nothing) {
  for (const std::size_t levels : {3U, 10'000U, 100'000U}) {
    auto scalar = std::make_shared<sql::select>(from_items(id()));
    auto common = std::make_shared<sql::select>(from_items(id()));
    auto part = std::make_shared<sql::select>(from_items(id()));
    for (std::size_t i = 0; i < levels; ++i) {
      auto outer = std::make_shared<sql::select>(from_items(sql::of_query(sql::op::query, std::move(scalar))));
      scalar = std::move(outer);
      auto named = std::make_shared<sql::select>();
      named->with.push_back({"some", {"id"}, std::move(common)});
      named->columns.add(sql::column("some", "id"));
      named->table = "some";
      common = std::move(named);
      auto several = std::make_shared<sql::select>(from_items(id()));
      several->sets.push_back({sql::set_kind::union_distinct, std::move(part)});
      part = std::move(several);
    }
    expect_rows_or_too_deep(*scalar);
    expect_rows_or_too_deep(*common);
    expect_rows_or_too_deep(*part);
  }
}

RUN_ON_EACH_ENGINE_AND_TLS(size_limits);

}  // namespace
