// What kind of character is it, as far as words are concerned?
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tidb::detail {

// Bits of a byte's class, so that those of a whole word can be joined.
inline constexpr std::uint8_t ascii_letter = 1;
inline constexpr std::uint8_t ascii_digit = 2;
inline constexpr std::uint8_t ascii_underscore = 4;
inline constexpr std::uint8_t ascii_joiner = 8;  ///< holds two letters or two digits together: . , ; : ' "
inline constexpr std::uint8_t beyond_ascii = 16;

/// Of each byte; 0 for what always separates words.
inline constexpr auto byte_classes = [] {
  std::array<std::uint8_t, 256> made{};
  for (unsigned byte = 0; byte < 256; ++byte)
    made[byte] = byte >= 0x80                                     ? beyond_ascii
                 : byte >= '0' && byte <= '9'                     ? ascii_digit
                 : (byte | 0x20U) >= 'a' && (byte | 0x20U) <= 'z' ? ascii_letter
                 : byte == '_'                                    ? ascii_underscore
                 : std::string_view(".,;:'\"").find(static_cast<char>(byte)) != std::string_view::npos
                     ? ascii_joiner
                     : std::uint8_t{0};
  return made;
}();

constexpr std::uint8_t class_of(char byte) noexcept { return byte_classes[static_cast<unsigned char>(byte)]; }
constexpr bool is_ascii_digit(char byte) noexcept { return class_of(byte) == ascii_digit; }
constexpr bool is_ascii_letter(char byte) noexcept { return class_of(byte) == ascii_letter; }
constexpr char ascii_lower(char byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

bool is_ascii(std::string_view text) noexcept;

struct character {
  char32_t code{};  ///< U+FFFD for a byte that is no UTF-8
  std::uint32_t size{};
};

/// The first character of `text`, which is not empty.
character first_character(std::string_view text) noexcept;

/// Of a script that is written without spaces, or with few: Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese …
bool is_unspaced(char32_t code) noexcept;

/// Belongs to the character before it: combining marks, joiners, halfwidth voicing marks, the rest of a Hangul
/// syllable.
bool extends(char32_t code) noexcept;

/// A picture such as 😀 or a letter of a flag, which stands for a word; signs like © and ™ are none.
bool is_pictograph(char32_t code) noexcept;

bool is_letter_or_digit(char32_t code) noexcept;
bool is_digit(char32_t code) noexcept;
bool is_white_space(char32_t code) noexcept;

/// `text` without what lies beyond `size` bytes, cut between characters.
std::string_view cut_to(std::string_view text, std::size_t size) noexcept;

}  // namespace tidb::detail
