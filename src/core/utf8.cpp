#include "core/utf8.hpp"

#include <cstdint>
#include <cstring>

namespace tidb::detail {
namespace {

std::string_view skip_ascii(std::string_view text) noexcept {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  while (text.size() >= sizeof(std::uint64_t)) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data(), sizeof eight);
    if ((eight & high_bits) != 0) break;
    text.remove_prefix(sizeof eight);
  }
  while (!text.empty() && static_cast<unsigned char>(text.front()) < 0x80) text.remove_prefix(1);
  return text;
}

/// The size of the character of several bytes at the start; 0 if it is none.
std::size_t size_of_character(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const auto lead = byte(0);
  const std::size_t size = lead < 0xC2 ? 0 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : lead < 0xF5 ? 4 : 0;
  if (size == 0 || text.size() < size) return 0;
  for (std::size_t i = 1; i < size; ++i)
    if ((byte(i) & 0xC0) != 0x80) return 0;
  const bool too_long = (lead == 0xE0 && byte(1) < 0xA0) || (lead == 0xF0 && byte(1) < 0x90);
  const bool surrogate = lead == 0xED && byte(1) >= 0xA0;
  const bool beyond = lead == 0xF4 && byte(1) >= 0x90;
  return too_long || surrogate || beyond ? 0 : size;
}

}  // namespace

bool is_utf8(std::string_view text) noexcept {
  for (text = skip_ascii(text); !text.empty(); text = skip_ascii(text)) {
    const auto size = size_of_character(text);
    if (size == 0) return false;
    text.remove_prefix(size);
  }
  return true;
}

std::size_t unit_size(std::string_view text, text_unit unit) noexcept {
  if (unit == text_unit::byte || static_cast<unsigned char>(text.front()) < 0x80) return 1;
  const auto size = size_of_character(text);
  return size != 0 ? size : 1;
}

std::int32_t code_point(std::string_view bytes) noexcept {
  const auto lead = static_cast<unsigned char>(bytes.front());
  if (bytes.size() == 1) return lead < 0x80 ? lead : -1;
  std::int32_t value = lead & (0x7F >> bytes.size());
  for (const char byte : bytes.substr(1)) value = value << 6 | (static_cast<unsigned char>(byte) & 0x3F);
  return value;
}

void append_code_point(std::string& text, std::int32_t character) {
  const auto tail = [&](int shift) { text += static_cast<char>(0x80 | (character >> shift & 0x3F)); };
  if (character < 0x80) {
    text += static_cast<char>(character);
  } else if (character < 0x800) {
    text += static_cast<char>(0xC0 | character >> 6);
    tail(0);
  } else if (character < 0x10000) {
    text += static_cast<char>(0xE0 | character >> 12);
    tail(6);
    tail(0);
  } else {
    text += static_cast<char>(0xF0 | character >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

std::size_t count_units(std::string_view text, text_unit unit) noexcept {
  if (unit == text_unit::byte) return text.size();
  std::size_t count = 0;
  for (; !text.empty(); ++count) text.remove_prefix(unit_size(text, unit));
  return count;
}

std::size_t offset_of(std::string_view text, std::size_t count, text_unit unit) noexcept {
  if (unit == text_unit::byte) return count < text.size() ? count : text.size();
  std::size_t offset = 0;
  for (; count > 0 && offset < text.size(); --count) offset += unit_size(text.substr(offset), unit);
  return offset;
}

}  // namespace tidb::detail
