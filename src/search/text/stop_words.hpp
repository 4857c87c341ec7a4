// The words that nearly every text of a language has.
#pragma once

#include <string_view>

namespace tidb::detail {

/// In small letters, a space between two; empty for a language that has no list here.
std::string_view stop_words_of(std::string_view language) noexcept;

}  // namespace tidb::detail
