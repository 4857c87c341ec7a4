// Two schemas at random, rows of the first, and what must be there of them in the second.
#pragma once

#include "support/hostile.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tests {

/// What a column's values mean, whatever type it has.
enum class meaning : std::uint8_t {
  serial,
  number,
  real,
  season,
  word,
  day,
  tags,
  flags,
  moment,
  raw,
  document,
  point
};

inline const std::array<std::string, 3> meant_tags{"x", "y", "z"};

struct meant_column {
  tidb::column_definition column{};
  meaning of{};
  std::string was{};  ///< its name in the first schema; empty: it is new
};

struct meant_table {
  tidb::table_definition table{};  ///< its columns are those below
  std::vector<meant_column> columns{};
  std::string was{};
  /// As texts that mean the same in all types, in the order of columns.
  std::vector<std::vector<std::optional<std::string>>> rows{};
};

struct schema_pair {
  std::vector<meant_table> from{}, to{};
  tidb::migration_options options{};
  static std::vector<tidb::table_definition> tables(const std::vector<meant_table>& all);
};

schema_pair make_schema_pair(std::uint64_t seed);
/// Makes the tables of the first schema with their rows.
void fill(const tidb::client& db, const schema_pair& pair);
/// The first of their values that is not there in the second schema; empty if all are.
std::string what_is_lost(const tidb::client& db, const schema_pair& pair);
/// The pair as SQL, for a message.
std::string describe(const schema_pair& pair);

}  // namespace tests
