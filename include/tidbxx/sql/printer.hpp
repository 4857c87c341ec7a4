// Statements as SQL text for one dialect, values apart as parameters.
#pragma once

#include "tidbxx/sql/statement.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::sql {

enum class dialect : std::uint8_t { tidb, sqlite };

/// What one `?` stands for: a value, or the argument number `index` of a prepared statement.
struct slot {
  bool is_argument{};
  std::size_t index{};
  std::size_t comparison{};  ///< of an argument: what it is compared with
  value literal{};
  const node* from{};  ///< the literal's place in the statement that was printed
};

/// A statement's text and what its `?` stand for.
struct printed {
  std::string text{};
  std::vector<slot> slots{};  ///< one for each `?`, in order
};

/// Errors: usage_error for what no SQL can say: an empty SET, an IN of nothing is FALSE and no error.
printed print(const select& statement, dialect to);
printed print(const insert& statement, dialect to);
printed print(const update& statement, dialect to);
printed print(const erase& statement, dialect to);

/// TiDB's non-transactional form, which cannot be prepared: so many rows at a time, each time in a transaction of its
/// own. They are found by ranges of `column`; empty: of the primary key, if that is one column.
std::string print_in_batches(const update& statement, std::string_view column, std::uint64_t rows);
std::string print_in_batches(const erase& statement, std::string_view column, std::uint64_t rows);

/// The name in backticks, which both dialects read as a name and never as a text.
/// Errors: usage_error if it is empty, longer than 64 characters, not UTF-8 or has a NUL.
std::string quote_identifier(std::string_view name);
/// A text as a literal of TiDB or SQLite. For DDL and the few places that take no parameter.
/// Errors: usage_error if it is not UTF-8, and of SQLite's if it has a NUL.
std::string quote_text(std::string_view text, dialect to);
/// A value as a literal that means what it means as a parameter; a real is read back to the last bit.
/// Note: JSON is a text, and so is a vector in TiDB; a negative number begins with its sign.
/// Errors: usage_error for what no column holds: a text that is not UTF-8, a real that is not finite, a date, time or
/// vector outside their ranges; unsupported for an integer that SQLite has not.
std::string quote_value(const value_view& item, dialect to);

/// How an INSERT that cannot carry more than `budget` parameters is split: rows in one statement, at least 1.
std::size_t rows_within(std::size_t columns, std::size_t wanted_rows, std::size_t budget);

}  // namespace tidb::sql
