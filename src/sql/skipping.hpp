// What an engine does not read as SQL's words: comments and quoted texts, as each dialect tells them apart.
#pragma once

#include "tidbxx/sql/printer.hpp"

#include <cstddef>
#include <string_view>

namespace tidb::sql {

/// The bytes of the comment that the text begins with, or 0. Note: `/*! … */` and `/*T! … */` are none to TiDB, which
/// runs what is in them.
std::size_t comment_size(std::string_view text, dialect of) noexcept;

/// The bytes of the quoted text or name that the text begins with, or 0. A doubled quote reads as two texts, which
/// comes to the same.
std::size_t quoted_size(std::string_view text, dialect of) noexcept;

}  // namespace tidb::sql
