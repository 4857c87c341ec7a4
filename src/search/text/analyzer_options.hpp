// How a text becomes terms. An index stores these beside its terms, for its queries must be analysed alike.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

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

/// As JSON. What is not UTF-8 in a word is replaced.
std::string to_json(const analyzer_options& options);

/// From what `to_json` wrote; a member that is missing has its default.
/// Errors: usage_error for what is not JSON, has a member of another type, or one that this version does not know.
analyzer_options analyzer_options_from(std::string_view json);

}  // namespace tidb::detail
