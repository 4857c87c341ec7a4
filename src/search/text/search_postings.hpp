// The postings that one search reads: in memory, or of an outline, fetched for it.
#pragma once

#include "search/text/payload_source.hpp"
#include "search/text/text_segment.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace tidb::detail {

/// Of one segment. The lists of an outline are asked for twice: at first that is only noted, and the cursor has no
/// documents; then fetch_postings() brings what was noted.
class search_postings {
public:
  explicit search_postings(const text_segment& segment) : segment_(&segment) {}

  const text_segment& segment() const { return *segment_; }
  posting_cursor list(const posting_place& place, bool with_positions) {
    return segment_->is_outline() ? list_of_outline(place, with_positions) : segment_->postings(place);
  }
  /// How many were noted so far; what was noted since then is not needed after all.
  std::size_t noted() const { return noted_.size(); }
  void forget(std::size_t noted_since) { noted_.resize(noted_since); }

private:
  struct noted_list {
    posting_place place{};
    bool with_positions{};
  };
  struct fetched_list {
    posting_place place{};
    bool has_positions{};
    std::string postings{}, positions{};  ///< each with `decoder_padding` behind it
  };
  posting_cursor list_of_outline(const posting_place& place, bool with_positions);

  friend void fetch_postings(std::span<search_postings> of, payload_source* from);
  const text_segment* segment_;
  std::vector<noted_list> noted_;
  std::map<std::uint64_t, fetched_list> lists_;  // by the offset of their postings
};

/// What was noted, of all in one go. `from`: null if there are no outlines.
/// Errors: malformed_index for payloads that are missing or damaged; usage_error for an outline without `from`.
void fetch_postings(std::span<search_postings> of, payload_source* from);

}  // namespace tidb::detail
