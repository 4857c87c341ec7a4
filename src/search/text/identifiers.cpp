#include "search/text/identifiers.hpp"

#include "search/text/characters.hpp"

#include <cstdint>

#include <unicode/uchar.h>

namespace tidb::detail {

namespace {

enum class letter : std::uint8_t { small, capital, digit, underscore, other };

letter kind_of(char32_t code) noexcept {
  if (code == '_') return letter::underscore;
  if (code < 0x80 && is_ascii_digit(static_cast<char>(code))) return letter::digit;
  const auto known = static_cast<UChar32>(code);
  if (u_isUUppercase(known) != 0) return letter::capital;
  return u_isULowercase(known) != 0 ? letter::small : letter::other;
}

}  // namespace

void split_identifier(std::string_view identifier, std::vector<std::string_view>& into) {
  std::size_t begin = 0, last_at = 0;
  auto last = letter::underscore, before_last = letter::underscore;
  const auto part = [&](std::size_t from, std::size_t to) {
    if (to > from) into.push_back(identifier.substr(from, to - from));
  };
  for (std::size_t i = 0; i < identifier.size();) {
    const auto [code, size] = first_character(identifier.substr(i));
    if (extends(code)) {
      i += size;
      continue;
    }
    const auto kind = kind_of(code);
    if (kind == letter::underscore) {
      part(begin, i);
      begin = i + size;
    } else if (kind == letter::capital && (last == letter::small || last == letter::digit)) {
      part(begin, i);
      begin = i;
    } else if (kind == letter::small && last == letter::capital && before_last == letter::capital) {
      // The last capital of several begins the next word: HTTPServer.
      part(begin, last_at);
      begin = last_at;
    }
    before_last = last, last = kind, last_at = i;
    i += size;
  }
  part(begin, identifier.size());
}

}  // namespace tidb::detail
