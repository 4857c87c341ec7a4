#include "search/text/characters.hpp"

#include "core/utf8.hpp"

#include <algorithm>

#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace tidb::detail {

namespace {

UChar32 icu(char32_t code) noexcept { return static_cast<UChar32>(code); }

bool has_script_without_spaces(char32_t code) noexcept {
  UErrorCode status = U_ZERO_ERROR;
  switch (uscript_getScript(icu(code), &status)) {
  case USCRIPT_HAN:
  case USCRIPT_HIRAGANA:
  case USCRIPT_KATAKANA:
  case USCRIPT_BOPOMOFO:
  case USCRIPT_HANGUL: return true;
  // This class has the scripts of South East Asia, whose words only a dictionary can tell.
  default: return u_getIntPropertyValue(icu(code), UCHAR_LINE_BREAK) == U_LB_COMPLEX_CONTEXT;
  }
}

}  // namespace

bool is_ascii(std::string_view text) noexcept {
  return std::ranges::none_of(text, [](char byte) { return static_cast<unsigned char>(byte) >= 0x80; });
}

character first_character(std::string_view text) noexcept {
  const auto size = unit_size(text, text_unit::code_point);
  const auto code = code_point(text.substr(0, size));
  return {.code = code < 0 ? U'\uFFFD' : static_cast<char32_t>(code), .size = static_cast<std::uint32_t>(size)};
}

bool is_unspaced(char32_t code) noexcept {
  if (code < 0x0E01) return false;
  if ((code >= 0x4E00 && code <= 0x9FFF) || (code >= 0xAC00 && code <= 0xD7A3)) return true;
  // The prolonged sound mark and its halfwidth form are of no one script, yet part of Japanese words.
  if (code == 0x30FC || code == 0xFF70) return true;
  // Letters, their marks, numbers such as 〇, and signs that stand for words: ㌔.
  constexpr auto wanted = U_GC_L_MASK | U_GC_M_MASK | U_GC_NL_MASK | U_GC_SO_MASK;
  return (U_GET_GC_MASK(icu(code)) & wanted) != 0 && has_script_without_spaces(code);
}

bool extends(char32_t code) noexcept {
  if (code < 0x0300) return code == 0x00AD;
  if (code >= 0x3400 && code <= 0xD7A3) return u_getIntPropertyValue(icu(code), UCHAR_WORD_BREAK) == U_WB_EXTEND;
  if (code >= 0x1160 && code <= 0x11FF) return true;
  if (code == 0xFF9E || code == 0xFF9F) return true;
  // Khmer texts have spaces of no width in the middle of words.
  if (code == 0x200B) return true;
  switch (u_getIntPropertyValue(icu(code), UCHAR_WORD_BREAK)) {
  case U_WB_EXTEND:
  case U_WB_FORMAT:
  case U_WB_ZWJ: return true;
  default: return false;
  }
}

bool is_pictograph(char32_t code) noexcept {
  if (code < 0x2190) return false;
  return u_hasBinaryProperty(icu(code), UCHAR_EXTENDED_PICTOGRAPHIC) != 0 ||
         u_hasBinaryProperty(icu(code), UCHAR_REGIONAL_INDICATOR) != 0;
}

bool is_letter_or_digit(char32_t code) noexcept { return u_isUAlphabetic(icu(code)) != 0 || u_isdigit(icu(code)) != 0; }

bool is_digit(char32_t code) noexcept { return u_isdigit(icu(code)) != 0; }

bool is_white_space(char32_t code) noexcept { return u_isUWhiteSpace(icu(code)) != 0; }

std::string_view cut_to(std::string_view text, std::size_t size) noexcept {
  if (text.size() <= size) return text;
  while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
  return text.substr(0, size);
}

}  // namespace tidb::detail
