// From text to terms, for documents and queries alike.
//
// Words are those of Unicode (UAX 29), with these decisions:
// - A full stop parts letters (`example.com` is two words) and joins digits (`3.14`, `192.168.0.1` are one). A comma
//   and an apostrophe join digits, too; where they part thousands they are left out: `1,000` and `1000` are the same.
// - An apostrophe joins letters (`don't`), except where a language elides (French, Italian, Catalan): `l'eau` is two.
// - An underscore joins, and is left out at the ends of a word. Other signs part words: `C++` is `c`.
// - Scripts without spaces (Chinese, Japanese, Korean, Thai, Lao, Khmer, Burmese) have no words but characters, each
//   with a position and a term of its own; beside it, at the same position, is the pair that it begins. A query for
//   several characters asks for its pairs side by side, one for a single character for that.
// - An emoji or a flag is a word.
// - Bytes that are no UTF-8 part words, like any sign.
// - With `split_identifiers` the parts of `getUserName` have positions of their own, the whole that of the first: the
//   phrase "user name" finds it, and so does `getusername`.
#pragma once

#include "search/text/analyzer_options.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

enum class text_use : std::uint8_t {
  document,  ///< all terms that may find it, several at a position
  query,     ///< one term a position, as precise as can be
  prefix,    ///< like a query, but words are as they begin: not stemmed, no stop words, identifiers whole
};

enum class word_kind : std::uint8_t { word, character, pair };

struct token_view {
  std::string_view term{};   ///< at most 255 bytes: what is longer is cut
  std::uint32_t position{};  ///< counts words and, in scripts without spaces, characters
  std::uint32_t begin{};     ///< in bytes, of the text as it was given
  std::uint32_t end{};
  word_kind kind{};
  bool is_stop_word{};  ///< in a query; what is not indexed is not given at all
};

struct text_token {
  std::string term{};
  std::uint32_t position{}, begin{}, end{};
  word_kind kind{};
  bool is_stop_word{};

  bool operator==(const text_token&) const = default;
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
