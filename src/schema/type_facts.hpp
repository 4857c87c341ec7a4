// What kinds of types there are, and how much they hold.
#pragma once

#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/sql/printer.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tidb::detail {

enum class family : std::uint8_t { integer, year, decimal, real, text, bytes, instant, date, time, labels, other };
family family_of(type_kind kind);

/// The numbers that an integer type and a YEAR hold.
struct number_range {
  std::int64_t least{};
  std::uint64_t most{};
};
number_range range_of(column_type type);

/// The most bytes of a text or of bytes.
std::uint64_t bytes_of(column_type type);
/// Its length is in characters.
bool counts_characters(column_type type);
/// What a column that may not be NULL holds of rows that were there before it, as TiDB has it; nothing for a type
/// without such a value.
std::optional<std::string> zero_of(const column_definition& column, sql::dialect by);

}  // namespace tidb::detail
