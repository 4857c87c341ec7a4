// Options of the analyzer as an index stores them.
#pragma once

#include "tidbxx/search/analyzer.hpp"

#include <string>
#include <string_view>

namespace tidb::detail {

/// As JSON. What is not UTF-8 in a word is replaced.
std::string to_json(const analyzer_options& options);

/// From what `to_json` wrote; a member that is missing has its default.
/// Errors: usage_error for what is not JSON, has a member of another type, or one that this version does not know.
analyzer_options analyzer_options_from(std::string_view json);

}  // namespace tidb::detail
