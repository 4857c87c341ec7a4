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

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

enum class stop_word_use : std::uint8_t {
  keep,             ///< they are words like any other
  drop_in_queries,  ///< indexed, and left out of a query that has other words: "the who" is still found
  drop,  ///< not indexed either, which saves about a third of an index; a gap keeps the others in their places
};

/// Words of queries that also find others; with `to` empty, all of `from` mean the same. Several words ("new york") are
/// found as a phrase, and find others where a query has them as a phrase.
struct synonym_rule {
  std::vector<std::string> from{};
  std::vector<std::string> to{};

  bool operator==(const synonym_rule&) const = default;
};

/// How a text becomes terms. An index keeps these beside its terms, for its queries must be read alike.
struct analyzer_options {
  std::string language{"english"};  ///< a stemmer of Snowball by its English name, or "none"
  bool fold_accents{true};          ///< "café" is "cafe"; letters of the language's own alphabet stay (å in Swedish)
  stop_word_use stop_words{stop_word_use::drop_in_queries};
  std::vector<std::string> own_stop_words{};  ///< instead of the language's
  /// Documents have words as they are beside their stems, so that any beginning of a word finds it: without,
  /// `informat*` finds no "information", whose stem is "inform". A third more tokens in English.
  bool unstemmed_words{};
  bool split_identifiers{};              ///< `getUserName`, `user_name`, `user.name`: found by their parts, too
  std::vector<synonym_rule> synonyms{};  ///< used in queries only: a change asks for no rebuild

  bool operator==(const analyzer_options&) const = default;
};

enum class text_use : std::uint8_t {
  document,  ///< all terms that may find it, several at a position
  query,     ///< one term a position, as precise as can be
  prefix,    ///< like a query, but words are as they begin: not stemmed, no stop words, identifiers whole
};

enum class word_kind : std::uint8_t { word, character, pair };

/// A term, and where it was.
struct text_token {
  std::string term{};
  std::uint32_t position{}, begin{}, end{};
  word_kind kind{};
  bool is_stop_word{};

  bool operator==(const text_token&) const = default;
};

/// The terms that an index with these options has of a text, or looks for. Errors: usage_error for a language without a
/// stemmer.
std::vector<text_token> analyze(std::string_view text, const analyzer_options& options = {},
                                text_use use = text_use::document);

}  // namespace tidb
