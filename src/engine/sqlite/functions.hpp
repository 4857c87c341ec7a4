// The SQL functions that every embedded connection has, named as TiDB's.
#pragma once

#include "core/utf8.hpp"

#include <string_view>

#include <sqlite3.h>

namespace tidb::detail {

/// The flags of all our functions: UTF-8, the same answer for the same arguments, harmless in triggers and views.
inline constexpr int pure_function = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS;

/// An aggregate of our own: the integers as a blob, eight bytes each as they lie in memory, in the order they come;
/// NULL of none.
inline constexpr const char* collect_function = "TIDBXX_COLLECT";

/// Who opened a connection, and may have given it functions of its own.
enum class handle_owner { library, program };

/// Registers all functions; a program's own stay, unless they have TIDB_ or VEC_ in front. Gives SQLite's result code.
int register_functions(sqlite3* handle, handle_owner owner) noexcept;

/// The part of them that is about vectors: VEC_COSINE_DISTANCE and its like.
int register_vector_functions(sqlite3* handle) noexcept;

/// The part of them that is about decimals, which are text: the collation TIDBXX_DECIMAL of their columns, and
/// TIDBXX_DECIMAL_ADD, _SUBTRACT, _MULTIPLY and _ROUND(number, scale) as the operators of tidb::decimal;
/// TIDBXX_DECIMAL_COMPARE, below, at or above 0; the aggregates TIDBXX_DECIMAL_SUM and TIDBXX_DECIMAL_AVG, NULL of
/// none. NULL gives NULL. Also the collation TIDBXX_TIME of durations.
int register_decimal_functions(sqlite3* handle) noexcept;

/// LIKE as TiDB has it under utf8mb4_bin: case-sensitive, `%` any run, `_` one unit (a code point, or a byte of bytes);
/// the escape goes before both. Cost: at most text × pattern steps, whatever the number of `%`.
bool like(std::string_view text, std::string_view pattern, std::string_view escape, text_unit unit) noexcept;

}  // namespace tidb::detail
