// Searches by words that TiDB's own full-text index answers.
#pragma once

#include "search/index_catalog.hpp"
#include "search/ranked_rows.hpp"
#include "search/word_search.hpp"
#include "tidbxx/sql/printer.hpp"
#include "tidbxx/sql/statement.hpp"

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

namespace tidb::detail {

/// The index of the request, if it is one of TiDB's own. Lifetime: of the listing. Errors: usage_error if it is not
/// said which of several.
const index_place* find_native_text(const index_listing& listing, const search_request& request,
                                    const call_context& context);
/// There is one, of whatever kind.
bool has_text_index(const index_listing& listing, const search_request& request);

/// The key by which a hybrid search knows the rows. Errors: usage_error without one. Cost: one statement.
indexed_column key_of_native_text(const executor& on, const index_place& place, const call_context& context);

/// The best `rows` that have any of the words and meet the conditions, in the one form for which TiDB takes its index:
/// a condition, an order and a LIMIT by the same match, with the words as a literal. The columns that were asked for,
/// then the score.
sql::select native_text_statement(const search_request& request, std::string_view words, std::string_view column,
                                  std::uint64_t rows);

/// One search by such an index.
class native_text_search {
public:
  native_text_search(const executor& on, const search_request& request, const search_results& into, search_plan& plan,
                     const call_context& context)
      : on_(on), request_(request), into_(into), plan_(plan), context_(context) {}

  /// False: the table has none.
  bool find_index();
  void run();
  /// For a hybrid search, as word_search has it.
  word_search::leg best(std::uint64_t wanted);

private:
  using row_taker = function_ref<void(const open_rows&, double score)>;
  /// Calls `restart` before the first row, and again if it has to begin anew.
  void read(const search_request& request, std::uint64_t wanted, function_ref<void()> restart, row_taker take);
  void explain(const sql::printed& made, std::span<const value_view> parameters);

  const executor& on_;
  const search_request& request_;
  const search_results& into_;
  search_plan& plan_;
  const call_context& context_;
  std::shared_ptr<const index_listing> listing_{};
  const index_place* place_{};  ///< of the listing
};

}  // namespace tidb::detail
