// Words in the form in which they are compared: one case, one way to write a character, and without accents.
#pragma once

#include "search/text/analyzer_options.hpp"

#include <string>
#include <string_view>

namespace tidb::detail {

class folding {
public:
  explicit folding(const analyzer_options& options);

  /// Small letters in the form NFKC, digits of every script as 0 to 9, the apostrophe as '. With accents folded, also
  /// without marks that make no letter of the language: stress in Russian, points in Hebrew and Arabic. This is what
  /// stemmers know.
  std::string normalized(std::string_view word) const;

  /// A normalised word without the accents of its letters, if they are folded.
  std::string without_accents(std::string_view word) const;

  bool accents() const noexcept { return accents_; }
  /// In Turkish the small letter of I is ı, so that even ASCII takes the long way.
  bool has_dotless_i() const noexcept { return dotless_i_; }

private:
  void append_folded(std::string& text, char32_t code) const;

  bool accents_;
  bool dotless_i_;
  std::u32string_view kept_{};  // letters of the language, not accents on others
  std::u32string_view written_{}, stemmed_{};
};

}  // namespace tidb::detail
