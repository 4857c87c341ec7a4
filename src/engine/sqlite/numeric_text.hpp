// How TiDB reads numbers from text, and writes them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tidb::detail {

/// The part at the start, after blanks, that is a number: sign, digits, point, exponent; empty if there is none.
std::string_view number_prefix(std::string_view text) noexcept;

/// What this text counts as in arithmetic: its numeric prefix; 0 without one.
double to_real(std::string_view text) noexcept;

/// The nearest integer, halves away from zero; what is beyond 64 bits becomes the largest or smallest.
std::int64_t to_integer(double value) noexcept;
/// A text is cut at its point instead.
std::int64_t to_integer(std::string_view text) noexcept;

/// The shortest digits that give this number back, without an exponent.
std::string plain_text(double value);

}  // namespace tidb::detail
