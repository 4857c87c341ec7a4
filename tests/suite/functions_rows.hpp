// SQL functions that compute alike on every engine: tables of an expression and its value.
#pragma once

#include "support/engines.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tests {

struct function_row {
  const char* expression;         ///< as the embedded engine takes it
  const char* expected;           ///< its text; "NULL"; or "ERROR"
  const char* on_tidb = nullptr;  ///< where TiDB has other syntax: the expression for it
};

/// The expression for TiDB: its own names, and its literals, in which a backslash escapes.
inline std::string for_tidb(const function_row& row) {
  std::string sql = row.on_tidb != nullptr ? row.on_tidb : row.expression;
  constexpr std::string_view prefix = "TIDB_";
  for (auto at = sql.find(prefix); at != sql.npos; at = sql.find(prefix)) sql.erase(at, prefix.size());
  for (auto at = sql.find('\\'); at != sql.npos; at = sql.find('\\', at + 2)) sql.insert(at, 1, '\\');
  return "CAST((" + sql + ") AS CHAR(2000))";
}

inline std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// Text must be the same; numbers, which the engines write differently, must be equal to the last digit but one.
inline bool same(const tidb::value_view& cell, std::string_view expected) {
  const auto text = cell.kind == tidb::value_kind::blob ? std::string(cell.text()) : tidb::to_string(cell);
  if (text == expected) return true;
  if (cell.kind != tidb::value_kind::real && cell.kind != tidb::value_kind::integer) return false;
  const auto left = number(text), right = number(expected);
  return left && right && std::abs(*left - *right) <= std::abs(*right) * 1e-15;
}

class functions : public on_each_engine {
protected:
  void check(std::span<const function_row> rows) {
    if (embedded()) {
      for (const auto& row : rows)
        check_row(db(), "SELECT " + std::string(row.expression) + " AS result", row.expected);
      return;
    }
    // A transaction keeps to one connection, and columns have this collation unless they say otherwise.
    db().transaction([&](tidb::transaction& tx) {
      tx.execute("SET collation_connection = utf8mb4_bin");
      for (const auto& row : rows) check_row(tx, "SELECT " + for_tidb(row) + " AS result", row.expected);
    });
  }

private:
  template <class Client>
  static void check_row(Client& client, const std::string& sql, const char* expected) {
    try {
      const auto found = client.query(sql).one();
      const auto cell = found["result"].view();
      EXPECT_TRUE(same(cell, expected)) << sql << " is " << tidb::to_string(cell) << ", not " << expected;
    } catch (const tidb::error& failure) {
      EXPECT_STREQ(expected, "ERROR") << sql << ": " << failure.what();
    }
  }
};

}  // namespace tests
