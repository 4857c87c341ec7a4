// The text of a field as a value of its column.
#pragma once

#include "tidbxx/orm/cells.hpp"
#include "tidbxx/orm/mapping.hpp"

#include <source_location>
#include <string>
#include <string_view>

namespace tidb::detail {

/// Reads texts as to_string prints the values; a bool may also be `true` or `false`. Nothing is rounded, cut off or
/// padded.
class field_values {
public:
  explicit field_values(std::source_location where) : kept_(where) {}

  /// Why the column takes no such text, or empty; then `out` is the value.
  /// Lifetime: it borrows from the text, and from this until `forget`.
  std::string read(std::string_view text, const column_facts& column, value_view& out);
  void forget() { kept_.forget_first(kept_.size()); }

private:
  std::string read_bytes(std::string_view text, value_view& out);
  std::string read_vector(std::string_view text, std::size_t dimensions, value_view& out);
  std::string fit(const column_facts& column, value_view& out);

  kept_cells kept_;
};

}  // namespace tidb::detail
