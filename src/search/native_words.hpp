// The words of a query for TiDB's own full-text index, which knows no operators: it finds what has any of them.
#pragma once

#include "tidbxx/search/search.hpp"

#include <source_location>
#include <string>
#include <string_view>

namespace tidb::detail {

struct native_words {
  std::string words{};   ///< UTF-8; empty: nothing to look for
  std::string beyond{};  ///< the first thing of the query that the words do not say; empty: there is none
};

/// What is excluded is left out; bytes that are no UTF-8 part words. `column`: of the index.
/// Errors: if the request is strict, usage_error for what is not understood, and for what is beyond words.
native_words native_words_of(const words_request& asked, std::string_view column, std::source_location where);

}  // namespace tidb::detail
