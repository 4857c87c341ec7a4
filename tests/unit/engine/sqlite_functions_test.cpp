#include "sqlite_support.hpp"
#include "tidbxx/core/distance.hpp"

#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

#include <gtest/gtest.h>

using namespace sqlite_test;
using tidb::value_view;

namespace {

double real(tidb::engine_connection& db, const std::string& sql, std::initializer_list<value_view> parameters = {}) {
  const auto result = run(db, sql, parameters);
  const auto view = result.rows.at(0).at(0).view();
  return view.kind == tidb::value_kind::real ? view.real : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

TEST(sqlite_functions, distances_are_those_of_tidb_to_the_last_bit) {
  auto db = open();
  // What TiDB 8.5.6 answers.
  EXPECT_EQ(real(*db, "SELECT VEC_COSINE_DISTANCE('[1,2,3]', '[1,2,4]')"), 0.00853986601633272);
  EXPECT_EQ(real(*db, "SELECT VEC_COSINE_DISTANCE('[1,2,3]', '[1,2,1]')"), 0.12712843905603044);
  EXPECT_EQ(real(*db, "SELECT vec_cosine_distance('[1,2,3]', '[1,0,0]')"), 0.7327387580875756);
  EXPECT_EQ(real(*db, "SELECT VEC_L2_DISTANCE('[0,0]', '[3,4]')"), 5);
  EXPECT_EQ(real(*db, "SELECT VEC_L1_DISTANCE('[0,0]', '[3,-4]')"), 7);
  EXPECT_EQ(real(*db, "SELECT VEC_NEGATIVE_INNER_PRODUCT('[1,2]', '[3,4]')"), -11);
  EXPECT_EQ(real(*db, "SELECT VEC_L2_NORM('[3,4]')"), 5);
  EXPECT_EQ(cell(*db, "SELECT VEC_DIMS('[1,2,3]')"), "3");
  EXPECT_EQ(cell(*db, "SELECT VEC_DIMS('[]')"), "0");
}

TEST(sqlite_functions, sums_are_made_in_float32_and_in_order) {
  auto db = open();
  // 2^24 + 1 + 1 stays 2^24 in float32, and only in this order.
  EXPECT_EQ(real(*db, "SELECT VEC_L1_DISTANCE('[16777216,1,1]', '[0,0,0]')"), 16777216);
  EXPECT_EQ(real(*db, "SELECT VEC_L1_DISTANCE('[1,1,16777216]', '[0,0,0]')"), 16777218);
  EXPECT_EQ(real(*db, "SELECT VEC_L2_NORM('[4096,1,1]')"), std::sqrt(16777218.0));
  EXPECT_EQ(real(*db, "SELECT VEC_L2_DISTANCE('[4096,1,1]', '[0,0,0]')"), 4096);
  // A product that is rounded before it is added: 1 - (1 + 2^-12)^2 loses its last part.
  const float one = 1 + 0x1p-12F;
  const float left[] = {-1, one};
  const float right[] = {1, one};
  EXPECT_EQ(tidb::detail::negative_inner_product(std::span<const float>(left), std::span<const float>(right)),
            -0x1p-11);
}

TEST(sqlite_functions, a_distance_without_a_direction_is_null) {
  auto db = open();
  EXPECT_EQ(cell(*db, "SELECT VEC_COSINE_DISTANCE('[0,0]', '[1,2]')"), "NULL");
  EXPECT_EQ(cell(*db, "SELECT VEC_COSINE_DISTANCE('[3e38,3e38]', '[3e38,3e38]')"), "NULL");
  EXPECT_TRUE(std::isinf(real(*db, "SELECT VEC_L2_DISTANCE('[3e38]', '[-3e38]')")));
  EXPECT_EQ(cell(*db, "SELECT VEC_L2_DISTANCE(NULL, '[1]')"), "NULL");
  EXPECT_EQ(cell(*db, "SELECT VEC_L2_DISTANCE('[1]', NULL)"), "NULL");
  EXPECT_EQ(cell(*db, "SELECT VEC_DIMS(NULL)"), "NULL");
}

TEST(sqlite_functions, vectors_go_between_text_and_blob) {
  auto db = open();
  const float floats[] = {1, -2.5F, 0.1F};
  EXPECT_EQ(cell(*db, "SELECT VEC_AS_TEXT(?)", {value_view::of(floats)}), "[1,-2.5,0.1]");
  EXPECT_EQ(cell(*db, "SELECT VEC_FROM_TEXT('[1, -2.5, 0.1]') = ?", {value_view::of(floats)}), "1");
  EXPECT_EQ(cell(*db, "SELECT typeof(VEC_FROM_TEXT('[]'))"), "blob");
  EXPECT_EQ(cell(*db, "SELECT VEC_AS_TEXT(VEC_FROM_TEXT('[]'))"), "[]");
}

TEST(sqlite_functions, what_is_no_vector_is_refused_with_the_reason) {
  auto db = open();
  const auto words = [&](const std::string& sql) {
    const auto failure = error_of([&] { run(*db, sql); });
    return failure ? failure->info().server_message : "nothing";
  };
  EXPECT_EQ(words("SELECT VEC_L2_DISTANCE('[1,2,3]', '[1,2,3,4]')"), "vectors have different dimensions: 3 and 4");
  EXPECT_TRUE(words("SELECT VEC_DIMS('[1,x]')").starts_with("Invalid vector text: "));
  EXPECT_TRUE(words("SELECT VEC_DIMS(x'000000')").starts_with("a blob of 3 bytes is not a vector"));
  EXPECT_TRUE(words("SELECT VEC_DIMS(zeroblob(65536))").starts_with("a blob of 65536 bytes is not a vector"));
  EXPECT_TRUE(words("SELECT VEC_DIMS(5)").starts_with("cannot read an integer as a vector"));
  EXPECT_TRUE(words("SELECT VEC_DIMS(0.5)").starts_with("cannot read a number as a vector"));
}

TEST(sqlite_functions, a_text_parameter_is_parsed_for_each_run) {
  auto db = open();
  run(*db, "CREATE TABLE t (id INTEGER PRIMARY KEY, v BLOB)");
  for (const auto* text : {"[1]", "[2]", "[3]"})
    run(*db, "INSERT INTO t (v) VALUES (VEC_FROM_TEXT(?))", {value_view::of(std::string_view(text))});
  for (const auto* text : {"[1]", "[5]", "[1]"}) {
    const auto rows =
        run(*db, "SELECT VEC_L1_DISTANCE(v, ?) FROM t ORDER BY id", {value_view::of(std::string_view(text))}).rows;
    const double wanted = text[1] - '0';
    for (int i = 0; i < 3; ++i)
      EXPECT_EQ(rows.at(static_cast<std::size_t>(i)).at(0).view().real, std::abs(wanted - (i + 1)));
  }
}

TEST(sqlite_functions, a_generated_column_and_an_index_may_use_them) {
  auto db = open();
  run(*db, "CREATE TABLE t (v BLOB CHECK (VEC_DIMS(v) = 2), n AS (VEC_L2_NORM(v)))");
  run(*db, "CREATE INDEX i ON t (VEC_L2_NORM(v))");
  run(*db, "INSERT INTO t (v) VALUES (VEC_FROM_TEXT('[3,4]'))");
  EXPECT_EQ(cell(*db, "SELECT n FROM t WHERE VEC_L2_NORM(v) = 5.0"), "5");
}

namespace {

struct like_case {
  const char* text;
  const char* pattern;
  bool matches;
};

}  // namespace

TEST(sqlite_functions, like_follows_utf8mb4_bin) {
  auto db = open();
  const like_case table[] = {
      {"abc", "abc", true},
      {"abc", "ABC", false},
      {"abc", "a%", true},
      {"abc", "%c", true},
      {"abc", "%b%", true},
      {"abc", "a_c", true},
      {"abc", "a_", false},
      {"abc", "____", false},
      {"", "", true},
      {"", "%", true},
      {"", "_", false},
      {"a", "", false},
      {"abc", "%%%", true},
      {"abc", "%_%_%_%", true},
      {"abc", "%_%_%_%_%", false},
      {"ü", "_", true},
      {"ü", "__", false},
      {"日本語", "_本_", true},
      {"日本語", "%語", true},
      {"😀x", "_x", true},
      {"a%c", "a\\%c", true},
      {"abc", "a\\%c", false},
      {"a_c", "a\\_c", true},
      {"abc", "a\\_c", false},
      {"a\\", "a\\\\", true},
      {"a\\", "a\\", true},
      {"abc", "\\a\\b\\c", true},
      {"aab", "%ab", true},
      {"abab", "%ab", true},
      {"ababc", "a%abc", true},
      {"abc ", "abc", false},
      {"a\nb", "a%b", true},
      {"a\nb", "a_b", true},
      {"mississippi", "m%iss%ip%", true},
      {"a%", "a%\\%", true},
  };
  for (const auto& [text, pattern, matches] : table)
    EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE(?, ?)",
                   {value_view::of(std::string_view(text)), value_view::of(std::string_view(pattern))}),
              matches ? "1" : "0")
        << text << " LIKE " << pattern;
}

TEST(sqlite_functions, like_takes_another_escape_numbers_bytes_and_null) {
  auto db = open();
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE('a%c', 'a!%c', '!')"), "1");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE('a\\b', 'a\\b', '!')"), "1");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE('a%', 'a%%', '%')"), "1");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE('a%', 'a\\%', '')"), "1");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE(125, '1%')"), "1");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE(x'FF00', x'FF5F')"), "1");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE(CAST('ü' AS BLOB), '__')"), "1");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE(NULL, '%')"), "NULL");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE('a', NULL)"), "NULL");
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE('a', 'a', NULL)"), "NULL");
  EXPECT_TRUE(error_of([&] { run(*db, "SELECT TIDB_LIKE('a', 'a', 'xy')"); }));
}

TEST(sqlite_functions, like_is_never_exponential) {
  auto db = open();
  const std::string text(20'000, 'a');
  std::string pattern;
  for (int i = 0; i < 50; ++i) pattern += "%a";
  pattern += "%b";
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(cell(*db, "SELECT TIDB_LIKE(?, ?)",
                 {value_view::of(std::string_view(text)), value_view::of(std::string_view(pattern))}),
            "0");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));
}
