// The best documents that have any of some terms: the search that most are.
// Source: Turtle & Flood, "Query evaluation: strategies and optimizations", 1995 (MaxScore); Broder et al., "Efficient
// query evaluation using a two-level retrieval process", CIKM 2003 (WAND); Ding & Suel, "Faster top-k document
// retrieval using block-max indexes", SIGIR 2011.
#pragma once

#include "search/text/bm25.hpp"
#include "search/text/posting_list.hpp"
#include "search/text/slot_filter.hpp"
#include "search/text/top_hits.hpp"

#include <array>
#include <cstdint>
#include <vector>

namespace tidb::detail {

/// The documents are gone through in windows, in which each term's blocks say what it can add at most. The terms that
/// together add too little for a document to be among the best are only looked up where the others found one.
class any_of_search {
public:
  any_of_search(const text_snapshot::part& part, const slot_filter& filter, top_hits& top)
      : part_(part), filter_(filter), top_(top) {}

  /// In the order in which scores are added up.
  void add(posting_cursor postings, bm25 score);
  void run();

private:
  struct scored_list {
    posting_cursor postings;
    bm25 score;
    double most{};  ///< of all documents

    double most_in_block() const {
      return score(postings.largest_frequency(postings.block()), postings.shortest_length(postings.block()));
    }
    double at() { return score(postings.frequency(), postings.length()); }
  };
  struct entry {
    scored_list* list{};
    double most{};   ///< in this window
    double up_to{};  ///< the sum of these of this list and those before it
  };

  text_slot documents() const { return static_cast<text_slot>(part_.segment->documents()); }
  void run_many();
  template <class Body>
  void each_found(text_slot from, const Body& body);
  bool plan_window(text_slot from);
  double most_in_window(scored_list& list, text_slot from) const;
  void read_one(scored_list& list, text_slot from);
  void read_several(text_slot from);
  void add_scores(scored_list& list, text_slot from);
  void consider(text_slot slot, double sum);

  static constexpr std::size_t buffered = 4096;

  const text_snapshot::part& part_;
  const slot_filter& filter_;
  top_hits& top_;
  std::vector<scored_list> lists_;
  std::vector<scored_list*> by_most_;
  std::vector<entry> window_;  // the lists, those that are only looked up first
  std::size_t looked_up_{};    // so many of them
  text_slot end_{};            // of the window
  std::array<double, buffered> sums_{};
  std::array<std::uint64_t, buffered / 64> found_{};
};

}  // namespace tidb::detail
