// Expressions at random, such as the typed layer permits: each operand of the kind that it takes.
#pragma once

#include "support/fuzz/tables.hpp"
#include "support/hostile.hpp"

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tests::fuzz {

/// A table in FROM and what its columns are.
struct source {
  std::string table{};
  std::string alias{};
  std::vector<column> columns{};
  const std::string& name() const { return alias.empty() ? table : alias; }
};

/// An expression and what it gives.
struct made {
  tidb::sql::expression expression{};
  kind of{};
};

class expression_maker {
public:
  explicit expression_maker(random_source& random) : random_(random) {}

  /// Columns come from these tables.
  std::vector<source> from{};
  /// The queries around: a subquery may use their columns.
  std::vector<source> outer{};
  /// Of a grouped query: only these and aggregates may be used.
  std::optional<std::vector<made>> group{};
  bool subqueries{true};
  /// Of a write: TiDB refuses there what is only a warning in a select, a division by zero or a text that is no number.
  bool strict{};

  tidb::sql::expression of(kind wanted, int depth);
  tidb::sql::expression condition(int depth);
  tidb::sql::expression aggregate(kind wanted, int depth);
  tidb::sql::expression windowed(kind wanted, int depth);
  tidb::sql::expression literal(kind wanted);
  tidb::sql::expression value_literal(kind wanted);  ///< which is not NULL
  /// A column of this kind, if there is one.
  std::optional<tidb::sql::expression> column_of(kind wanted);
  kind any_kind();

  std::size_t pick(std::size_t end) { return below(random_, end); }
  bool once_in(std::size_t times) { return pick(times) == 0; }
  random_source& random() { return random_; }

private:
  using expression = tidb::sql::expression;
  using list = std::vector<expression>;

  expression leaf(kind wanted);
  expression group_leaf(kind wanted);
  expression integer(int depth);
  expression real(int depth);
  expression decimal(int depth);
  expression text(int depth);
  expression bytes();
  expression date(int depth);
  expression datetime(int depth);
  expression json(int depth);
  /// CASE, COALESCE, NULLIF, IF, GREATEST and LEAST, a scalar subquery: of any kind.
  expression choice(kind wanted, int depth);
  expression instant(int depth);
  expression comparison(int depth);
  expression membership(int depth);
  expression exists(int depth);
  expression scalar(kind wanted, int depth);
  tidb::sql::select subquery();

  expression number(std::int64_t item);
  expression word(std::string_view item);
  expression any_word(std::initializer_list<std::string_view> items);
  expression small_number(std::int64_t low, std::int64_t high);

  random_source& random_;
  std::size_t aliases_{};
};

/// An exact operation of decimals, as the typed layer marks them.
tidb::sql::expression exact(tidb::sql::expression inner);

}  // namespace tests::fuzz
