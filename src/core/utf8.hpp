// Whether text is UTF-8: SQLite stores whatever it is given, and TiDB refuses it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tidb::detail {

/// What text is counted in: characters, or bytes if it is binary.
enum class text_unit { code_point, byte };

/// False for stray and missing bytes, for longer forms than needed, surrogates, and what lies beyond U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

/// How many bytes the unit at the start of `text`, which is not empty, has; a broken character counts byte by byte.
std::size_t unit_size(std::string_view text, text_unit unit) noexcept;

/// The code point that `bytes`, one whole character, are; -1 for a broken one.
std::int32_t code_point(std::string_view bytes) noexcept;

/// Appends a code point's bytes.
void append_code_point(std::string& text, std::int32_t character);

/// How many units `text` has.
std::size_t count_units(std::string_view text, text_unit unit) noexcept;

/// Where the unit after `count` units begins, in bytes; the end of `text` if it has fewer.
std::size_t offset_of(std::string_view text, std::size_t count, text_unit unit) noexcept;

}  // namespace tidb::detail
