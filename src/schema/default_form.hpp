// One form for the values of defaults: `5` is `05`, and `2026-01-31` a DATETIME's midnight.
#pragma once

#include "tidbxx/schema/table_definition.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tidb::detail {

/// The value as the column holds it; nothing if it is none of its type.
std::optional<std::string> form_of_default(const column_definition& column, std::string_view text);

/// The number that the embedded engine holds for the label of an ENUM, or for the labels of a SET with commas between.
std::optional<std::uint64_t> number_of_labels(const column_definition& column, std::string_view text);

}  // namespace tidb::detail
