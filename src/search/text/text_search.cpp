#include "search/text/text_search.hpp"

#include "search/text/any_of_search.hpp"
#include "search/text/matcher.hpp"
#include "search/text/query_plan.hpp"
#include "search/text/search_postings.hpp"
#include "search/text/slot_filter.hpp"
#include "search/text/top_hits.hpp"

#include <algorithm>
#include <numeric>
#include <utility>

namespace tidb::detail {

namespace {

/// All terms of a query that is nothing but terms, any of them, in its order; false for another.
bool is_any_of_terms(const plan_node& node, std::vector<const planned_term*>& terms) {
  for (const auto& term : node.terms) terms.push_back(&term);
  if (node.op == text_op::term) return true;
  return node.op == text_op::any_of && std::ranges::all_of(node.parts, [&](const plan_node& part) {
           return !part.is_required && is_any_of_terms(part, terms);
         });
}

/// Makes the matcher of an outline, only to learn what it reads.
void note_postings(const query_plan& plan, std::size_t part, search_postings& postings) {
  if (postings.segment().is_outline()) make_matcher(plan, plan.root(), part, postings);
}

class snapshot_search {
public:
  snapshot_search(const text_snapshot& snapshot, const text_request& request)
      : snapshot_(snapshot), allowed_(request.allowed), plan_(snapshot, request.query, request.boosts),
        top_(request.wanted), is_any_of_terms_(is_any_of_terms(plan_.root(), terms_)) {
    postings_.reserve(snapshot.parts().size());
    for (const auto& part : snapshot.parts()) postings_.emplace_back(*part.segment);
    for (std::size_t part = 0; part < postings_.size(); ++part) note_postings(plan_, part, postings_[part]);
    fetch_postings(postings_, request.payloads);
  }

  std::vector<text_hit> run() {
    // the large ones first: what they have keeps others out
    std::vector<std::size_t> order(snapshot_.parts().size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::stable_sort(order, std::greater<>{},
                             [&](std::size_t part) { return snapshot_.parts()[part].segment->documents(); });
    for (const auto part : order) search(part);
    auto hits = top_.take();
    for (auto& hit : hits) hit.name = snapshot_.name_of(hit.key);
    return hits;
  }

private:
  void search(std::size_t part) {
    slot_filter filter(snapshot_.parts()[part], allowed_);
    if (is_any_of_terms_ && !filter.is_sparse())
      search_terms(part, filter);
    else
      search_matches(part, filter);
  }
  void search_terms(std::size_t part, const slot_filter& filter) {
    const auto& in = snapshot_.parts()[part];
    any_of_search search(in, filter, top_);
    for (const auto* term : terms_)
      if (const auto* place = plan_.place(part, term->term, term->column))
        search.add(postings_[part].list(*place, false), term->score);
    search.run();
  }
  void search_matches(std::size_t part, slot_filter& filter) {
    const auto root = make_matcher(plan_, plan_.root(), part, postings_[part]);
    if (root == nullptr) return;
    const auto keys = snapshot_.parts()[part].segment->keys();
    text_slot bounded = 0;  // before here the best were not ruled out
    for (text_slot from = 0; (from = filter.next(from)) != no_slot;) {
      if (from >= bounded && top_.limit() >= 0) {
        const auto [most, last] = root->bound(from);
        bounded = last == no_slot ? no_slot : last + 1;
        if (most < top_.limit()) {
          from = bounded;
          continue;
        }
      }
      const auto slot = root->advance(from);
      from = filter.next(slot);
      if (from == no_slot) return;
      if (from != slot) continue;
      ++from;
      if (!filter.passes(slot)) continue;
      score_sum sum;
      root->score(sum);
      top_.offer(keys[slot], sum.value());
    }
  }

  const text_snapshot& snapshot_;
  const key_set* allowed_;
  query_plan plan_;
  std::vector<const planned_term*> terms_;
  std::vector<search_postings> postings_;  // by part
  top_hits top_;
  bool is_any_of_terms_;
};

}  // namespace

std::vector<text_hit> best_matches(const text_snapshot& snapshot, const text_request& request) {
  if (request.wanted == 0) return {};
  return snapshot_search(snapshot, request).run();
}

std::optional<text_explanation> explain_match(const text_snapshot& snapshot, const text_request& request,
                                              std::int64_t key) {
  const query_plan plan(snapshot, request.query, request.boosts);
  for (std::size_t part = 0; part < snapshot.parts().size(); ++part) {
    const auto& in = snapshot.parts()[part];
    const auto slot = in.segment->slot_of(key);
    if (slot == no_slot || !in.is_alive(slot)) continue;
    search_postings postings(*in.segment);
    note_postings(plan, part, postings);
    fetch_postings({&postings, 1}, request.payloads);
    const auto root = make_matcher(plan, plan.root(), part, postings);
    if (root == nullptr || root->advance(slot) != slot) return std::nullopt;
    text_explanation made{.counted = snapshot.counted()};
    score_sum sum(&made.parts);
    root->score(sum);
    made.score = sum.value();
    for (std::uint32_t column = 0; column < snapshot.columns(); ++column)
      made.average_length.push_back(static_cast<double>(snapshot.total_length(column)) /
                                    static_cast<double>(made.counted));
    return made;
  }
  return std::nullopt;
}

}  // namespace tidb::detail
