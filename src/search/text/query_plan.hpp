// A query with its terms looked up: what to read of each segment, and what it is worth.
#pragma once

#include "search/text/bm25.hpp"
#include "search/text/text_query.hpp"
#include "search/text/text_snapshot.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidb::detail {

/// A term in one column.
struct planned_term {
  std::size_t term{};  ///< its number in the plan
  std::uint32_t column{};
  std::uint64_t documents{};  ///< that have it and count
  bm25 score{};
};

/// Terms that may stand at one place of a phrase.
struct planned_place {
  std::uint32_t offset{};
  std::vector<std::size_t> terms{};
};

/// A phrase in one column.
struct planned_phrase {
  std::uint32_t column{};
  std::uint64_t documents{};  ///< that have the rarest of its places; more than have the phrase
  bm25 score{};
};

struct plan_node {
  text_op op{};  ///< any but prefix, which becomes any_of
  bool is_required{};
  std::vector<plan_node> parts{};
  std::vector<planned_term> terms{};      ///< of a term, by column
  std::vector<planned_place> places{};    ///< of a phrase, by offset; what it looks like to people is `text`
  std::vector<planned_phrase> phrases{};  ///< by column
  std::uint32_t slop{};
  std::string text{};
};

/// A prefix stands for so many terms: those that most documents have, the first by their bytes among equals. All of a
/// query together, which share them equally, for so many.
inline constexpr std::size_t most_prefix_terms = 1000, most_terms_of_prefixes = 4000;

class query_plan {
public:
  /// `boosts`: of the columns; those that are missing have 1.
  /// Errors: usage_error for a column that there is not, and for a boost that is negative or no number.
  query_plan(const text_snapshot& snapshot, const text_query& query, std::span<const float> boosts);

  const plan_node& root() const { return root_; }
  const std::string& term(std::size_t number) const { return terms_[number]; }
  /// Where the segment of a part has a term in a column; null: nowhere.
  const posting_place* place(std::size_t part, std::size_t term, std::uint32_t column) const;

private:
  /// Those that a prefix stands for.
  const std::vector<std::string>& expand(const std::string& prefix, int column);
  plan_node plan(const text_query& query, double boost);
  plan_node plan_term(const std::string& term, int column, double boost);
  void plan_prefix(const text_query& query, double boost, plan_node& node);
  void plan_phrase(const text_query& query, double boost, plan_node& node);
  std::size_t number_of(const std::string& term);
  std::uint64_t documents(std::size_t term, std::uint32_t column) const;
  bm25 score(std::uint32_t column, double boost, double rarity) const;
  /// All, or the one that is asked for.
  struct column_range {
    std::uint32_t first{}, last{};
  };
  column_range columns(int asked) const;

  const text_snapshot& snapshot_;
  double counted_{};
  std::vector<double> boosts_, averages_;  // by column
  std::vector<std::string> terms_;
  std::unordered_map<std::string, std::size_t> numbers_;
  std::size_t terms_a_prefix_{};
  std::map<std::pair<std::string, int>, std::vector<std::string>> expanded_;  // by prefix and column
  std::vector<std::vector<term_places>> places_;                              // by part and term
  plan_node root_;
};

}  // namespace tidb::detail
