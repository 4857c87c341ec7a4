// A search by words, by the vector that a model makes of them, or by both.
#pragma once

#include "tidbxx/search/search.hpp"

#include <source_location>

namespace tidb::detail {

/// Errors: as of run_search.
void search_words(const executor& on, search_request request, const search_results& into, search_plan& told,
                  std::source_location where);

// In search.cpp.

/// The search by a vector.
void run_vector_search(const executor& on, const search_request& request, const search_results& into, search_plan& told,
                       std::source_location where);
/// Errors: usage_error for a query that is no vector of the column.
void check_query(const search_request& request, std::source_location where);

}  // namespace tidb::detail
