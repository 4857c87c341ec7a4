// The stemmers of Snowball.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sb_stemmer;

namespace tidb::detail {

/// The stemmer of one language. Not to be used by two threads at once.
class stemmer {
public:
  /// `language` is one of `languages()`, or "none", which leaves words as they are.
  /// Errors: usage_error for another.
  explicit stemmer(const std::string& language);

  /// Of a word in small letters. Valid until the next call.
  std::string_view stem(std::string_view word);
  bool is_none() const noexcept { return stemmer_ == nullptr; }

  static std::vector<std::string> languages();

private:
  struct closer {
    void operator()(sb_stemmer* open) const noexcept;
  };
  std::unique_ptr<sb_stemmer, closer> stemmer_;
};

}  // namespace tidb::detail
