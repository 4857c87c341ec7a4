// The cells of a row on their way to a column.
#pragma once

#include "tidbxx/core/column_type.hpp"
#include "tidbxx/core/value.hpp"
#include "tidbxx/sql/expression.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <source_location>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// Whether a column of this type would hold something else than some values it is given: TiDB rounds them, pads them or
/// cuts them off, and says so in a warning only. And whether there are values of its C++ types that no engine takes.
constexpr bool must_fit(column_type type) {
  switch (type.kind) {
  case type_kind::decimal:
  case type_kind::char_:
  case type_kind::binary:
  case type_kind::year:
  case type_kind::enumeration:
  case type_kind::date:
  case type_kind::datetime:
  case type_kind::timestamp:
  case type_kind::time: return true;
  default: return false;
  }
}

/// Values that the cells of rows borrow and the rows themselves do not hold.
class kept_cells {
public:
  explicit kept_cells(std::source_location where) : where_(where) {}

  value_view keep(const value_view& cell);
  /// The cell as the column will hold it: a decimal with the column's scale, others as they are.
  /// Errors: usage_error that names the column, for a value that it would not hold exactly.
  value_view fit(const value_view& cell, std::string_view column, column_type type);

  std::size_t size() const noexcept { return values_.size(); }
  void forget_first(std::size_t count);

private:
  std::source_location where_;
  std::vector<std::unique_ptr<value>> values_;
};

/// The same for a value that is set; expressions are left as they are.
void fit_literal(sql::expression& item, std::string_view column, column_type type);
/// A decimal that is computed gets the column's scale: a half is rounded away from zero, as TiDB does by itself.
void round_computed(sql::expression& item, std::uint8_t scale);

}  // namespace tidb::detail
