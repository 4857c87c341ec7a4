// The little that the embedded engine must know of SQL text before SQLite reads it.
#pragma once

#include <string_view>

namespace tidb::detail {

/// `sql` without the white space, comments and `also` characters at its start.
std::string_view skip_blank(std::string_view sql, std::string_view also = {});

/// True for INSERT and REPLACE, also behind a WITH clause.
bool is_insert(std::string_view sql);

}  // namespace tidb::detail
