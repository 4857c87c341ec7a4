// The analyzer itself; what it does is said of its options.
#pragma once

#include "search/text/analyzer_options.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

struct token_view {
  std::string_view term{};   ///< at most 255 bytes: what is longer is cut
  std::uint32_t position{};  ///< counts words and, in scripts without spaces, characters
  std::uint32_t begin{};     ///< in bytes, of the text as it was given
  std::uint32_t end{};
  word_kind kind{};
  bool is_stop_word{};  ///< in a query; what is not indexed is not given at all
};

class synonym_table;
using token_sink = std::function<void(const token_view&)>;

/// Safe to use from several threads at once.
class text_analyzer {
public:
  /// Errors: usage_error for a language without a stemmer (but "none").
  explicit text_analyzer(analyzer_options options = {});
  ~text_analyzer();
  text_analyzer(text_analyzer&&) noexcept;
  text_analyzer& operator=(text_analyzer&&) noexcept;

  /// Calls `take` with each token, in the order of positions; a view is valid during its call. Never an error of the
  /// text's. Gives how many positions there are, gaps included. What lies beyond 2 GiB is not looked at.
  std::uint32_t each_token(std::string_view text, text_use use, const token_sink& take) const;
  std::vector<text_token> tokens(std::string_view text, text_use use = text_use::document) const;
  /// The same tokens by ICU's rules alone, without the shorter way that ASCII has: for comparing both.
  std::vector<text_token> tokens_by_icu(std::string_view text, text_use use = text_use::document) const;

  const analyzer_options& options() const noexcept;
  const synonym_table& synonyms() const noexcept;

  /// What else terms depend on: this code, Unicode's version, the stemmers. An index of another version wants a
  /// rebuild.
  static std::string version();

private:
  struct shared;
  std::unique_ptr<shared> shared_;
};

}  // namespace tidb::detail
