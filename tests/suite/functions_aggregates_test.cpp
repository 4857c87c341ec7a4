// Aggregates.
#include "functions_rows.hpp"

using tests::function_row;

namespace {

class aggregate_functions : public tests::functions {};

TEST_P(aggregate_functions, bits_are_combined) {
  static constexpr function_row rows[] = {
      {"(SELECT BIT_AND(x) FROM (SELECT 5 AS x UNION ALL SELECT 6 UNION ALL SELECT NULL) AS t)", "4"},
      {"(SELECT BIT_OR(x) FROM (SELECT 5 AS x UNION ALL SELECT 6) AS t)", "7"},
      {"(SELECT BIT_XOR(x) FROM (SELECT 5 AS x UNION ALL SELECT 6) AS t)", "3"},
      {"(SELECT BIT_AND(x) FROM (SELECT 5 AS x) AS t WHERE x = 0)", "18446744073709551615"},
      {"(SELECT BIT_OR(x) FROM (SELECT 5 AS x) AS t WHERE x = 0)", "0"},
      {"(SELECT BIT_XOR(x) FROM (SELECT NULL AS x) AS t)", "0"},
  };
  check(rows);
}

TEST_P(aggregate_functions, variances_leave_out_null) {
  static constexpr function_row rows[] = {
      {"(SELECT STD(x) FROM (SELECT 2 AS x UNION ALL SELECT 4 UNION ALL SELECT 9) AS t)", "2.943920288775949"},
      {"(SELECT STDDEV(x) FROM (SELECT 2 AS x UNION ALL SELECT 4 UNION ALL SELECT NULL) AS t)", "1"},
      {"(SELECT STDDEV_POP(x) FROM (SELECT 1 AS x) AS t)", "0"},
      {"(SELECT STDDEV_SAMP(x) FROM (SELECT 2 AS x UNION ALL SELECT 4 UNION ALL SELECT 9) AS t)", "3.605551275463989"},
      {"(SELECT STDDEV_SAMP(x) FROM (SELECT 2 AS x) AS t)", "NULL"},
      {"(SELECT VAR_POP(x) FROM (SELECT 2 AS x UNION ALL SELECT 4) AS t)", "1"},
      {"(SELECT VARIANCE(x) FROM (SELECT 1.5 AS x UNION ALL SELECT 4) AS t)", "1.5625"},
      {"(SELECT VAR_SAMP(x) FROM (SELECT 2 AS x UNION ALL SELECT 4) AS t)", "2"},
      {"(SELECT VAR_SAMP(x) FROM (SELECT 2 AS x) AS t)", "NULL"},
      {"(SELECT VAR_POP(x) FROM (SELECT 2 AS x) AS t WHERE x = 0)", "NULL"},
      {"(SELECT STD(x) FROM (SELECT NULL AS x) AS t)", "NULL"},
      {"(SELECT VAR_POP(x) FROM (SELECT 1000000001 AS x UNION ALL SELECT 1000000003) AS t)", "1"},
      {"(SELECT ANY_VALUE(x) FROM (SELECT 'a' AS x) AS t WHERE x = 'b')", "NULL"},
      {"(SELECT ANY_VALUE(x) FROM (SELECT NULL AS x) AS t)", "NULL"},
  };
  check(rows);
}

TEST_P(aggregate_functions, rows_become_json) {
  static constexpr function_row rows[] = {
      {"(SELECT JSON_ARRAYAGG(x) FROM (SELECT 'a\"b' AS x) AS t)", "[\"a\\\"b\"]"},
      {"(SELECT JSON_ARRAYAGG(x) FROM (SELECT 1 AS x) AS t WHERE x = 0)", "NULL"},
      {"(SELECT JSON_OBJECTAGG(k, v) FROM (SELECT 'b' AS k, 1 AS v UNION ALL SELECT 'a', NULL) AS t)",
       "{\"a\": null, \"b\": 1}"},
      {"(SELECT JSON_OBJECTAGG(k, v) FROM (SELECT 'a' AS k, 1 AS v) AS t WHERE v = 0)", "NULL"},
      {"(SELECT JSON_OBJECTAGG(k, v) FROM (SELECT NULL AS k, 1 AS v) AS t)", "ERROR"},
  };
  check(rows);
}

TEST_P(aggregate_functions, rows_are_joined_in_order) {
  static constexpr function_row rows[] = {
      {"(SELECT TIDB_GROUP_CONCAT(x, ';', y, 1) FROM (SELECT 'a' AS x, 2 AS y UNION ALL SELECT 'b', 1) AS t)", "b;a",
       "(SELECT GROUP_CONCAT(x ORDER BY y SEPARATOR ';') FROM (SELECT 'a' AS x, 2 AS y UNION ALL SELECT 'b', 1) AS t)"},
      {"(SELECT TIDB_GROUP_CONCAT(x, '', y, -1, x, 1) FROM (SELECT 'b' AS x, 2 AS y UNION ALL SELECT 'a', 2 UNION ALL "
       "SELECT 'c', 9) AS t)",
       "cab",
       "(SELECT GROUP_CONCAT(x ORDER BY y DESC, x SEPARATOR '') FROM (SELECT 'b' AS x, 2 AS y UNION ALL SELECT 'a', 2 "
       "UNION ALL SELECT 'c', 9) AS t)"},
      {"(SELECT TIDB_GROUP_CONCAT(x, ',', x, 1) FROM (SELECT NULL AS x UNION ALL SELECT 10 UNION ALL SELECT 9) AS t)",
       "9,10",
       "(SELECT GROUP_CONCAT(x ORDER BY x SEPARATOR ',') FROM (SELECT NULL AS x UNION ALL SELECT 10 UNION ALL SELECT "
       "9) AS t)"},
      {"(SELECT TIDB_GROUP_CONCAT(x, ',', y, 1) FROM (SELECT 'a' AS x, 1 AS y UNION ALL SELECT 'b', NULL) AS t)", "b,a",
       "(SELECT GROUP_CONCAT(x ORDER BY y SEPARATOR ',') FROM (SELECT 'a' AS x, 1 AS y UNION ALL SELECT 'b', NULL) AS "
       "t)"},
      {"(SELECT TIDB_GROUP_CONCAT(x, ',') FROM (SELECT 'a' AS x) AS t WHERE x = 'b')", "NULL",
       "(SELECT GROUP_CONCAT(x) FROM (SELECT 'a' AS x) AS t WHERE x = 'b')"},
      {"(SELECT TIDB_GROUP_CONCAT(x, ',') FROM (SELECT NULL AS x) AS t)", "NULL",
       "(SELECT GROUP_CONCAT(x) FROM (SELECT NULL AS x) AS t)"},
      {"(SELECT TIDB_LENGTH(TIDB_GROUP_CONCAT(x, ',')) FROM (SELECT REPEAT('ab', 600000) AS x) AS t)", "1024",
       "(SELECT LENGTH(GROUP_CONCAT(x)) FROM (SELECT REPEAT('ab', 600000) AS x) AS t)"},
  };
  check(rows);
}

RUN_ON_EACH_ENGINE(aggregate_functions);

}  // namespace
