// All documents of a text index in memory, at one moment.
#pragma once

#include "search/text/text_segment.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// Immutable; shared by threads.
///
/// What counts for scores: every document of a stored segment, whether it has left or not, until the segment is joined
/// with others; and of the changes since, those that are alive. So two clients that read the same segments and know of
/// the same changes, in whatever order and portions, have the same scores.
class text_snapshot {
public:
  struct part {
    std::shared_ptr<const text_segment> segment;
    std::shared_ptr<const slot_set> gone;  ///< null: none

    bool is_alive(text_slot slot) const { return gone == nullptr || !gone->contains(slot); }
  };

  explicit text_snapshot(std::uint32_t columns) : columns_(columns) {}

  /// After what a stored segment says: the keys in `gone` leave (unknown ones are ignored), then its documents come and
  /// replace those of the same key. Null: only keys leave. What had changed before counts as stored from then on.
  std::shared_ptr<const text_snapshot> with_stored(std::span<const std::int64_t> gone,
                                                   std::shared_ptr<const text_segment> added) const;
  /// The same for changes that are not in a stored segment yet.
  /// Cost: grows with the change, and a document is copied a few times until all is stored.
  std::shared_ptr<const text_snapshot> changed(std::span<const std::int64_t> gone,
                                               std::shared_ptr<const text_segment> added) const;
  /// All that is alive in one segment: for writing it down. Null if nothing is. Errors: usage_error if a segment is an
  /// outline.
  std::shared_ptr<const text_segment> joined() const;

  std::uint32_t columns() const { return columns_; }
  bool contains(std::int64_t key) const;
  /// Of a document that is alive; empty where keys are integers. Lifetime: the snapshot's.
  std::string_view name_of(std::int64_t key) const;
  /// That are alive.
  std::size_t documents() const { return alive_; }
  std::size_t memory() const;

  // For the search.

  /// The oldest first; of a key at most one is alive.
  std::span<const part> parts() const { return parts_; }
  /// Documents that count.
  std::uint64_t counted() const;
  std::uint64_t total_length(std::uint32_t column) const;

private:
  std::shared_ptr<text_snapshot> without(std::span<const std::int64_t> gone, const text_segment* replaced) const;
  void append(std::shared_ptr<const text_segment> added);
  void sweep();

  std::uint32_t columns_;
  std::vector<part> parts_;
  std::size_t stored_{};  // so many of them are stored segments
  std::size_t alive_{};
};

}  // namespace tidb::detail
