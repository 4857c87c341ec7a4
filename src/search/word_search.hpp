// One search by words on one state of the database: which way it goes, and its rows.
#pragma once

#include "search/index_use.hpp"
#include "search/key_set.hpp"
#include "search/ranked_rows.hpp"
#include "search/text/text_query.hpp"
#include "search/text/text_search.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tidb::detail {

/// The full-text index in tables of the request. Errors: errc::statement if there is none; usage_error if it is not
/// said which.
const index_entry& expect_text_entry(const executor& on, const index_listing& listing, const search_request& request,
                                     const call_context& context);
/// How the index reads texts now.
std::shared_ptr<const text_reading> reading_of(const index_entry& entry, const call_context& context);
/// The words of the request as that reads them.
text_query query_of(const search_request& request, const text_reading& reading, const call_context& context);

class word_search {
public:
  word_search(const executor& on, const search_request& request, const search_results& into, search_plan& plan,
              const call_context& context)
      : on_(on), request_(request), into_(into), plan_(plan), context_(context) {}

  /// False: try again in a new transaction, for another thread has seen a later state already. Where the index cannot
  /// be used, all texts are read. Errors: index_fault; as expect_text_entry.
  bool find_index();
  void give_up_index(std::string why) { why_not_ = std::move(why); }
  void run();

  /// For a hybrid search: the best `wanted` that meet the conditions.
  struct leg {
    std::vector<found_key> keys{};
    std::vector<std::vector<term_score>> terms{};  ///< of each, if they are to be explained
    indexed_column of{};
  };
  leg best(std::uint64_t wanted);

private:
  void restart();
  void prepare();
  void scan();
  std::vector<found_key> candidates(std::uint64_t wanted, const key_set* allowed);
  /// Each returns how many rows it has handed out.
  std::uint64_t deliver(std::uint64_t wanted, bool whole, key_taker take);
  std::uint64_t unfiltered(std::uint64_t wanted, bool whole, key_taker take);
  std::uint64_t prefiltered(std::uint64_t wanted, bool whole, row_keys matching, key_taker take);
  std::uint64_t postfiltered(std::uint64_t wanted, bool whole, key_taker take);
  std::uint64_t read(std::span<const found_key> keys, bool whole, key_taker take);
  row_keys matching_keys(std::int64_t most);
  std::vector<term_score> explain(std::int64_t number);
  /// Calls `use` with where the postings come from; null if they are in memory.
  void with_payloads(function_ref<void(payload_source*)> use);
  void choose(std::string way, std::string why);

  const executor& on_;
  const search_request& request_;
  const search_results& into_;
  search_plan& plan_;
  const call_context& context_;
  std::shared_ptr<const index_listing> listing_{};
  const index_entry* entry_{};  ///< of the listing
  std::shared_ptr<const index_view> view_{};
  std::shared_ptr<const text_reading> reading_{};
  std::shared_ptr<const text_snapshot> scanned_{};  ///< in place of the view
  const text_snapshot* documents_{};
  indexed_column of_{};
  text_query query_{};
  std::string why_not_{};
  std::vector<found_key> taken_{};  ///< since the last restart, of a search that is explained and of a leg
};

}  // namespace tidb::detail
