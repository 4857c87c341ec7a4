// Full-text search over a snapshot: which documents match best.
#pragma once

#include "search/key_set.hpp"
#include "search/text/payload_source.hpp"
#include "search/text/text_query.hpp"
#include "search/text/text_snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

struct text_request {
  const text_query& query;
  std::size_t wanted{10};
  std::span<const float> boosts{};  ///< of the columns, from 0; those that are missing have 1
  const key_set* allowed{};         ///< null: all documents
  payload_source* payloads{};       ///< reads what outlines need; null where all segments are whole
};

struct text_hit {
  std::int64_t key{};
  double score{};
  std::string_view name{};  ///< of a key that is no integer; lives as long as the snapshot

  bool operator==(const text_hit&) const = default;
};

/// The best `wanted` matches, the highest score first, the lowest key among equals; all if there are fewer, so that as
/// many as wanted say that there are at least so many.
///
/// Scores: a term has in each column the boosts times BM25; the sum over columns, and over everything that matches, is
/// always taken in the order of the query, so that it does not depend on how the documents are spread over segments. A
/// phrase has the sum of how rare its places are, and as its frequency the number of its occurrences, each of which
/// counts 1 / (1 + places apart). What is excluded adds nothing.
/// Note: a prefix stands for at most `most_prefix_terms` terms (query_plan.hpp), so that a short one may miss documents
/// that have only rarer ones. Where nothing is asked for (an all_of without parts) nothing is found.
/// Errors: usage_error for a column that there is not, for boosts below 0, and for outlines without `payloads`;
/// malformed_index for payloads that are missing or damaged.
std::vector<text_hit> best_matches(const text_snapshot& snapshot, const text_request& request);

/// What a term or phrase adds to a document's score.
struct text_contribution {
  std::string term{};
  std::uint32_t column{};
  std::uint64_t documents{};  ///< that have the term, or the rarest place of the phrase
  double frequency{};
  std::uint32_t length{};  ///< of the document in this column
  double score{};

  bool operator==(const text_contribution&) const = default;
};

struct text_explanation {
  double score{};
  std::uint64_t counted{};               ///< documents that the statistics are of
  std::vector<double> average_length{};  ///< by column
  std::vector<text_contribution> parts{};

  bool operator==(const text_explanation&) const = default;
};

/// Nothing if the document does not match, or is not there. `wanted` and `allowed` do not matter. Errors: the same.
std::optional<text_explanation> explain_match(const text_snapshot& snapshot, const text_request& request,
                                              std::int64_t key);

}  // namespace tidb::detail
