// Whether text is UTF-8: SQLite stores whatever it is given, and TiDB refuses it.
#pragma once

#include <string_view>

namespace tidb::detail {

/// False for stray and missing bytes, for longer forms than needed, surrogates, and what lies beyond U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

}  // namespace tidb::detail
