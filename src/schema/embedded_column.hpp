// A column of the embedded engine: what SQLite is told of its type, and the check that makes it as strict as TiDB's.
#pragma once

#include "tidbxx/schema/table_definition.hpp"

#include <optional>
#include <string>

namespace tidb::detail {

/// The declared type with its collation. TiDB's name, unless that would let SQLite make a number of a text.
std::string embedded_type(column_type type);

/// The condition that makes an embedded column as strict as TiDB's, and what its name says of it.
struct strictness {
  std::string tag{};
  std::string condition{};
};

/// Nothing for a type that takes all.
std::optional<strictness> embedded_check(const column_definition& column);

}  // namespace tidb::detail
