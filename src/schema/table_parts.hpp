// The parts of a table, each in the one form of all that say the same.
#pragma once

#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/sql/printer.hpp"

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace tidb::detail {

enum class part_kind : std::uint8_t {
  column,
  primary_key,
  index,
  unique_index,
  foreign_key,
  check,
  collation,
  comment,
  auto_id_cache,
  shard_row_id_bits,
  option,
  not_told,
};

/// Which part it is; `name` in small letters, empty where there is only one.
struct part_name {
  part_kind kind{};
  std::string name{};
  friend auto operator<=>(const part_name&, const part_name&) = default;
};

/// "column `coins`", "primary key" …
std::string to_string(const part_name& part);

/// Each part of a table and what it is, as TiDB's SQL.
using table_parts = std::map<part_name, std::string>;
table_parts parts_of(const table_definition& table, sql::dialect by);

struct part_difference {
  part_name part{};
  std::string wanted{}, found{};  ///< empty: it shall not be there, it is not there
};
std::vector<part_difference> differences_of(const table_definition& wanted, const table_definition& found,
                                            sql::dialect by);

}  // namespace tidb::detail
