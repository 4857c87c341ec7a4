// What identifiers in code are made of.
#pragma once

#include <string_view>
#include <vector>

namespace tidb::detail {

/// The words in `camelCase`, `HTTPServer`, `snake_case`, `utf8Reader` (digits stay with what is before them), as views
/// into `identifier`; one, if there is nothing to part.
void split_identifier(std::string_view identifier, std::vector<std::string_view>& into);

}  // namespace tidb::detail
