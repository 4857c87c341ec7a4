// Small things about text.
#pragma once

#include <string>
#include <string_view>

namespace tidb::detail {

/// A to Z as small letters.
inline std::string lower(std::string_view text) {
  std::string out(text);
  for (char& letter : out)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return out;
}

/// Without the blanks at its ends.
inline std::string_view trimmed(std::string_view text, std::string_view blanks = " ") noexcept {
  const auto begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return text.substr(text.size());
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

}  // namespace tidb::detail
