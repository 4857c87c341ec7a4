// A table that was opened by its name, as statements know it.
#pragma once

#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/schema/table_definition.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

struct dynamic_facts {
  table_definition definition{};
  std::vector<std::vector<std::string_view>> labels{};
  std::vector<column_facts> columns{};  ///< they borrow from the definition
  std::shared_ptr<const std::vector<std::string>> names{};

  explicit dynamic_facts(table_definition found);
  dynamic_facts(const dynamic_facts&) = delete;
  dynamic_facts& operator=(const dynamic_facts&) = delete;

  /// The column's place. Errors: usage_error that says what it was wanted for.
  std::size_t place_of(std::string_view column, std::string_view wanted_for, std::source_location where) const;
  /// The only column of vectors; none if there are several.
  std::optional<std::size_t> only_vectors() const;
  /// Errors: usage_error if the column is not there, or has none.
  const column_facts& vectors(std::string_view column, std::source_location where) const;
  /// Errors: usage_error if the column is not there, or has no text.
  const column_facts& texts(std::string_view column, std::source_location where) const;
};

/// A cell of a row, the same on both engines: the embedded one keeps an ENUM as a number, a SET as bits and a vector as
/// bytes; TiDB gives a vector as text.
value dynamic_value(const value_view& cell, const column_facts& column);

}  // namespace tidb::detail
