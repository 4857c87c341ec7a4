// A cell together with what its column is.
#pragma once

#include "tidbxx/core/value.hpp"
#include "tidbxx/orm/mapping.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace tidb::detail {

/// The cell as a person knows it: the embedded engine keeps an ENUM as a number, a SET as bits and a vector as bytes.
/// Lifetime: borrows from the cell's engine and the column. Not movable, for `cell` may point into it.
struct typed_cell {
  value_view cell{};
  type_kind type{type_kind::text};  ///< what is not known is printed as it comes, as text is

  /// `column` may be nullptr.
  typed_cell(const value_view& from, const column_facts* column);
  typed_cell(const typed_cell&) = delete;
  typed_cell& operator=(const typed_cell&) = delete;

private:
  void name(std::span<const std::string_view> labels);

  std::string own_{};
};

/// A real in the shortest form that reads back as the same number of the column.
std::string shortest(double number, type_kind type);

}  // namespace tidb::detail
