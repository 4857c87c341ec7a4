// What goes through the documents of a segment that match a part of a query.
#pragma once

#include "search/text/query_plan.hpp"
#include "search/text/search_postings.hpp"
#include "search/text/text_search.hpp"

#include <memory>
#include <vector>

namespace tidb::detail {

/// Scores are added up from left to right; for an explanation they are also written down.
class score_sum {
public:
  explicit score_sum(std::vector<text_contribution>* parts = nullptr) : parts_(parts) {}

  void add(double score) { sum_ += score; }
  /// Where to write down what was added; null: nowhere.
  std::vector<text_contribution>* parts() const { return parts_; }
  double value() const { return sum_; }

private:
  double sum_{};
  std::vector<text_contribution>* parts_;
};

/// No document up to `last` scores more.
struct score_bound {
  double most{};
  text_slot last{no_slot};
};

class matcher {
public:
  virtual ~matcher() = default;
  matcher() = default;
  matcher(const matcher&) = delete;
  matcher& operator=(const matcher&) = delete;

  /// The match that it is at; no_slot behind the last, and nothing before the first advance().
  text_slot at() const { return at_; }
  /// To the first match from here that is not before `slot`.
  virtual text_slot advance(text_slot slot) = 0;
  /// Of the match that it is at.
  virtual void score(score_sum& sum) = 0;
  /// For documents from `slot`, which must not be before an earlier call's, nor behind what advance() is called with
  /// next.
  virtual score_bound bound(text_slot slot) = 0;
  /// About how many documents it may match.
  virtual std::uint64_t cost() const = 0;

protected:
  text_slot at_{};
};

using matcher_ptr = std::unique_ptr<matcher>;

/// Of the segment of a part of the snapshot, `postings`. These and the plan must outlive it. Null: nothing can match.
matcher_ptr make_matcher(const query_plan& plan, const plan_node& node, std::size_t part, search_postings& postings);
/// One that matches a phrase in one column; all its places occur in the segment.
matcher_ptr make_phrase_matcher(const query_plan& plan, const plan_node& node, const planned_phrase& phrase,
                                std::size_t part, search_postings& postings);

}  // namespace tidb::detail
