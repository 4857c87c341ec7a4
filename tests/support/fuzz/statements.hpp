// Statements at random over the fuzzer's tables.
#pragma once

#include "support/fuzz/expressions.hpp"

#include <string>
#include <variant>
#include <vector>

namespace tests::fuzz {

struct statement {
  std::variant<tidb::sql::select, tidb::sql::insert, tidb::sql::update, tidb::sql::erase> made{};
  std::vector<kind> columns{};        ///< of a select: what each is
  bool ordered{};                     ///< every row has its place
  std::string table{};                ///< of a write
  std::vector<tidb::value> values{};  ///< of an insert of rows: the parameters
  bool counts{true};                  ///< of a write: the engines count the same
};

/// The same for the same seed, in programs of one compiler.
statement make_statement(std::uint64_t seed);
/// A statement that changes a table.
statement make_write(random_source& random);
/// The one without rows now and then.
const table& table_at_random(random_source& random);

}  // namespace tests::fuzz
