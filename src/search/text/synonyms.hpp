// What else a query's words may be called.
#pragma once

#include "search/text/text_query.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

class text_analyzer;

/// Words as they are in a phrase: the first at offset 0.
using phrase_words = std::vector<phrase_word>;

struct query_terms {
  phrase_words words{};  ///< without stop words if there are others
  bool only_stop_words{true};
};

query_terms query_terms_of(const text_analyzer& analyzer, std::string_view text);

class synonym_table {
public:
  synonym_table() = default;
  /// Of the analyzer's options, analysed by itself.
  explicit synonym_table(const text_analyzer& analyzer);

  /// Each a word or several that find what `words` find, without `words` themselves.
  const std::vector<phrase_words>& of(const phrase_words& words) const;

private:
  void add(const phrase_words& from, const phrase_words& to);

  std::map<std::string, std::vector<phrase_words>> others_{};
};

}  // namespace tidb::detail
