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

}  // namespace tidb::detail
