// One search on one state of the database: which way it goes, and its rows.
#pragma once

#include "search/index_use.hpp"
#include "search/row_filter.hpp"
#include "search/snapshot_search.hpp"
#include "tidbxx/search/search.hpp"
#include "tidbxx/sql/printer.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace tidb::detail {

class indexed_search {
public:
  /// `inside`: the transaction that the search is in, on the embedded engine.
  indexed_search(const executor& inside, const search_request& request, const search_results& into, search_plan& plan,
                 const call_context& context)
      : on_(inside), request_(request), into_(into), plan_(plan), context_(context) {}

  /// Looks for an index that can be used; why not, is in the plan. False: try again in a new transaction, for another
  /// thread has seen a later state already.
  /// Errors: index_fault.
  bool find_index();
  void give_up_index(std::string why);
  void run();

private:
  /// Hands out the nearest `wanted` rows that match, as many as there are; the number.
  std::uint64_t deliver(std::uint64_t wanted);
  void deliver_groups(std::uint64_t wanted);
  /// How many groups there are, up to `most`.
  std::uint64_t count_groups(std::uint64_t most);
  std::uint64_t unfiltered(std::uint64_t wanted);
  std::uint64_t too_few(std::uint64_t wanted);
  std::uint64_t filtered(std::uint64_t wanted);
  std::int64_t most_matching() const;
  std::uint64_t prefiltered(std::uint64_t wanted, row_keys matching);
  std::uint64_t postfiltered(std::uint64_t wanted);
  /// Of the rows with these keys; of all rows without any. The number includes rows beyond the greatest distance, which
  /// are not handed out: one of them tells that no nearer one is missing.
  std::uint64_t read(const row_keys* keys, std::uint64_t wanted);
  const indexed_column& indexed() const { return view_->manifest.of; }
  sql::expression key_condition(const row_keys& keys) const;
  bool read_once(const sql::select& statement, std::uint64_t& count);
  bool read_rows(const statement_text& text, std::span<const value_view> parameters, std::uint64_t& count);
  void take(const open_rows& rows, double distance, std::uint64_t number);
  row_keys nearest(std::uint64_t wanted, const key_set* allowed, double recall);
  std::vector<proposal> propose_from(const index_view& view, const vector_query& query, search_cost& cost);
  /// The keys of the rows that meet the conditions.
  row_keys matching_keys(std::int64_t most);
  bool filter_has_index();
  row_filter filter() const { return {on_, request_, indexed(), context_}; }
  std::uint64_t exact(std::uint64_t wanted, std::string why);
  // by TiDB's own index, in native_search.cpp
  void look_for_native();
  std::uint64_t from_native(std::uint64_t wanted);
  std::uint64_t filtered_native(std::uint64_t wanted, std::uint64_t proposed);
  bool finds_few_by_index();
  /// The number, as `read` has it; nothing if rows without a distance were among them.
  std::optional<std::uint64_t> read_native(const sql::select& statement);
  void explain_native(const sql::printed& made, std::span<const value_view> parameters);
  /// Without what was handed out so far.
  std::uint64_t exact_after_all(std::uint64_t wanted, std::string why);
  void choose(std::string way, std::string why);

  const executor& on_;
  const search_request& request_;
  const search_results& into_;
  search_plan& plan_;
  const call_context& context_;
  std::shared_ptr<const index_listing> listing_;
  std::shared_ptr<const index_view> view_;
  const index_entry* entry_{};   ///< of the view, in the listing
  const index_place* native_{};  ///< of the listing
  std::set<std::string> groups_{};
  std::uint64_t asked_{};  ///< rows or groups, those of the offset included
  bool seen_too_far_{};    ///< a row beyond the greatest distance
};

/// `all` with the request's conditions, order and limit, and the distance as one column more (then the group).
/// `skip_null`: leave out rows without a distance by a condition.
/// `only_near`: leave out rows beyond the request's greatest distance by a condition.
sql::select search_statement(const search_request& request, std::uint64_t rows, bool skip_null, bool only_near = true);

}  // namespace tidb::detail
