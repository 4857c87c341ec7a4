// What becomes of a column's values when its type changes: the same on both engines, and never another value.
#pragma once

#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/sql/printer.hpp"

#include <optional>
#include <string>

namespace tidb::detail {

struct conversion {
  std::string value{};  ///< SQL of the new value
  std::string keeps{};  ///< SQL that is true of each value that stays what it is; empty: all do
};

/// Whether values of the one column are those of the other as they are.
bool holds_the_same(const column_definition& from, const column_definition& to);
/// Nothing for types that are not made of each other.
std::optional<conversion> conversion_of(const column_definition& from, const column_definition& to, sql::dialect by);

}  // namespace tidb::detail
