// The column that each type and option makes.
#include <tidbxx/tidbxx.hpp>

#include <chrono>
#include <string>

#include <gtest/gtest.h>

namespace {

using tidb::type_kind;

std::string column_of(tidb::column_type type, tidb::engine_kind engine, std::vector<std::string> labels = {}) {
  const tidb::column_definition column{.name = "a", .type = type, .nullable = true, .labels = std::move(labels)};
  auto text = create_table_sql({.name = "t", .columns = {column}}, engine, false);
  const auto begin = text.find("`a` ") + 4;
  const auto end = text.find(engine == tidb::engine_kind::tidb ? " NULL" : " CONSTRAINT");
  return text.substr(begin, std::min(end, text.find("\n)")) - begin);
}

TEST(type_sql, tidb_gets_the_type_by_its_name) {
  const auto tidb = [](tidb::column_type type, std::vector<std::string> labels = {}) {
    return column_of(type, tidb::engine_kind::tidb, std::move(labels));
  };
  EXPECT_EQ(tidb({type_kind::decimal, false, 10, 2}), "DECIMAL(10,2)");
  EXPECT_EQ(tidb({type_kind::char_, false, 2}), "CHAR(2)");
  EXPECT_EQ(tidb({type_kind::varbinary, false, 9}), "VARBINARY(9)");
  EXPECT_EQ(tidb({type_kind::datetime, false, 0, 6}), "DATETIME(6)");
  EXPECT_EQ(tidb({type_kind::datetime}), "DATETIME");
  EXPECT_EQ(tidb({type_kind::timestamp, false, 0, 3}), "TIMESTAMP(3)");
  EXPECT_EQ(tidb({type_kind::bit, false, 7}), "BIT(7)");
  EXPECT_EQ(tidb({type_kind::enumeration}, {"red", "it's"}), "ENUM('red','it''s')");
  EXPECT_EQ(tidb({type_kind::set}, {"a", "b"}), "SET('a','b')");
}

TEST(type_sql, embedded_columns_keep_texts_as_they_are_and_have_their_order) {
  const auto embedded = [](tidb::column_type type, std::vector<std::string> labels = {}) {
    return column_of(type, tidb::engine_kind::embedded, std::move(labels));
  };
  EXPECT_EQ(embedded({type_kind::decimal, false, 10, 2}), "DECIMAL_TEXT(10,2) COLLATE TIDBXX_DECIMAL");
  EXPECT_EQ(embedded({type_kind::time, false, 0, 6}), "TIME(6) COLLATE TIDBXX_TIME");
  EXPECT_EQ(embedded({type_kind::json}), "JSON_TEXT");
  EXPECT_EQ(embedded({type_kind::enumeration}, {"red"}), "ENUM_INTEGER /*T!ENUM('red') */");
  EXPECT_EQ(embedded({type_kind::set}, {"red"}), "SET_INTEGER /*T!SET('red') */");
}

enum class level { low, high };
constexpr auto tidb_labels(tidb::of<level>) {
  return tidb::labels<level>({{level::low, "low"}, {level::high, "high"}});
}

struct options {
  std::string country{};
  tidb::decimal price{};
  std::chrono::sys_seconds at{};
  std::optional<level> how{};
  unsigned flags{};
  int built{};
};

TEST(type_sql, options_say_what_a_column_is) {
  EXPECT_EQ((tidb::column<&options::country>(tidb::char_(2)).type), (tidb::column_type{type_kind::char_, false, 2}));
  EXPECT_EQ((tidb::column<&options::price>(tidb::numeric(10, 2)).type),
            (tidb::column_type{type_kind::decimal, false, 10, 2}));
  EXPECT_EQ((tidb::column<&options::at>().type), (tidb::column_type{type_kind::datetime, false, 0, 6}));
  EXPECT_EQ((tidb::column<&options::at>(tidb::datetime(0)).type), (tidb::column_type{type_kind::datetime}));
  EXPECT_EQ((tidb::column<&options::at>(tidb::timestamp).type), (tidb::column_type{type_kind::timestamp, false, 0, 6}));
  EXPECT_EQ((tidb::column<&options::at>(tidb::timestamp(3)).type),
            (tidb::column_type{type_kind::timestamp, false, 0, 3}));
  EXPECT_EQ((tidb::column<&options::flags>(tidb::bit(5)).type), (tidb::column_type{type_kind::bit, false, 5}));
  EXPECT_EQ((tidb::column<&options::built>(tidb::year).type), (tidb::column_type{type_kind::year}));
  const auto how = tidb::column<&options::how>();
  EXPECT_TRUE(how.nullable);
  ASSERT_EQ(how.labels.size(), 2U);
  EXPECT_EQ(how.labels[1], "high");
}

}  // namespace
