// One form for expressions that say the same: each engine keeps them as it likes.
#pragma once

#include "tidbxx/sql/printer.hpp"

#include <string>
#include <string_view>

namespace tidb::detail {

/// The expression with a parenthesis around each operation and nowhere else, words in small letters, names without
/// quotes: equal for expressions that differ only in these, and in the character sets that TiDB writes before texts.
std::string form_of_expression(std::string_view sql, sql::dialect of);

}  // namespace tidb::detail
