// What tells two definitions of a table apart.
#pragma once

#include "tidbxx/schema/table_definition.hpp"

#include <string>
#include <vector>

namespace tidb {

/// One thing that is not as it shall be.
struct table_difference {
  std::string what{};    ///< "column `coins`", "index `by_team`", "primary key", "comment" …
  std::string wanted{};  ///< as TiDB's SQL; empty: it shall not be there
  std::string found{};   ///< as TiDB's SQL; empty: it is not there
};

/// What of `found`, such as `client::reflect_table` gives, is not as `wanted` says; empty if both make the same table.
/// SQL that cannot be read is compared word by word. The order of columns does not count, nor how SQL is written:
/// spaces, quotes, parentheses that change nothing.
std::vector<table_difference> compare_tables(const table_definition& wanted, const table_definition& found,
                                             engine_kind engine);

}  // namespace tidb
