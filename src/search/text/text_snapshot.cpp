#include "search/text/text_snapshot.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <utility>

namespace tidb::detail {

namespace {

/// The marks of documents that leave in one change, on copies.
class leaving {
public:
  explicit leaving(std::vector<text_snapshot::part>& parts) : parts_(parts), marks_(parts.size()) {}

  /// How many left: one or none.
  std::size_t remove(std::int64_t key) {
    for (std::size_t i = parts_.size(); i-- > 0;) {
      const auto slot = parts_[i].segment->slot_of(key);
      if (slot != no_slot && marks(i).insert(slot)) return 1;
    }
    return 0;
  }
  void finish() {
    for (std::size_t i = 0; i < parts_.size(); ++i)
      if (marks_[i] && marks_[i]->size() != 0) parts_[i].gone = std::move(marks_[i]);
  }

private:
  slot_set& marks(std::size_t i) {
    auto& made = marks_[i];
    if (!made)
      made = parts_[i].gone ? std::make_shared<slot_set>(*parts_[i].gone)
                            : std::make_shared<slot_set>(parts_[i].segment->documents());
    return *made;
  }

  std::vector<text_snapshot::part>& parts_;
  std::vector<std::shared_ptr<slot_set>> marks_;
};

std::shared_ptr<const text_segment> joined_parts(std::span<const text_snapshot::part> parts) {
  std::vector<segment_source> sources;
  for (const auto& [segment, gone] : parts) sources.push_back({segment.get(), gone.get()});
  return join_segments(sources);
}

}  // namespace

std::shared_ptr<text_snapshot> text_snapshot::without(std::span<const std::int64_t> gone,
                                                      const text_segment* replaced) const {
  if (replaced != nullptr && replaced->columns() != columns_)
    throw_usage("a segment of " + std::to_string(replaced->columns()) + " columns for a text index that has " +
                std::to_string(columns_));
  auto made = std::make_shared<text_snapshot>(*this);
  leaving keys(made->parts_);
  for (const auto key : gone) made->alive_ -= keys.remove(key);
  if (replaced != nullptr)
    for (const auto key : replaced->keys()) made->alive_ -= keys.remove(key);
  keys.finish();
  return made;
}

void text_snapshot::append(std::shared_ptr<const text_segment> added) {
  if (added == nullptr || added->documents() == 0) return;
  alive_ += added->documents();
  parts_.push_back({std::move(added), nullptr});
}

std::shared_ptr<const text_snapshot> text_snapshot::with_stored(std::span<const std::int64_t> gone,
                                                                std::shared_ptr<const text_segment> added) const {
  auto made = without(gone, added.get());
  made->append(std::move(added));
  made->stored_ = made->parts_.size();
  return made;
}

std::shared_ptr<const text_snapshot> text_snapshot::changed(std::span<const std::int64_t> gone,
                                                            std::shared_ptr<const text_segment> added) const {
  auto made = without(gone, added.get());
  made->sweep();
  made->append(std::move(added));
  // Parts grow by a factor, so that a document is copied a few times in all.
  auto& parts = made->parts_;
  while (parts.size() > made->stored_ + 1 &&
         parts[parts.size() - 2].segment->documents() <= 2 * parts.back().segment->documents()) {
    const auto newest = std::span(parts).last(2);
    parts[parts.size() - 2] = {joined_parts(newest), nullptr};
    parts.pop_back();
  }
  return made;
}

/// Documents that are not stored and left count no longer.
void text_snapshot::sweep() {
  for (auto at = stored_; at < parts_.size(); ++at) {
    auto& one = parts_[at];
    if (one.gone != nullptr) one = {joined_parts({&one, 1}), nullptr};
  }
  std::erase_if(parts_, [&](const part& one) { return one.segment->documents() == 0; });
}

std::shared_ptr<const text_segment> text_snapshot::joined() const {
  return alive_ == 0 ? nullptr : joined_parts(parts_);
}

bool text_snapshot::contains(std::int64_t key) const {
  return std::ranges::any_of(parts_, [&](const part& one) {
    const auto slot = one.segment->slot_of(key);
    return slot != no_slot && one.is_alive(slot);
  });
}

std::string_view text_snapshot::name_of(std::int64_t key) const {
  for (const auto& one : parts_) {
    if (one.segment->names().empty()) continue;
    const auto slot = one.segment->slot_of(key);
    if (slot != no_slot && one.is_alive(slot)) return one.segment->name(slot);
  }
  return {};
}

std::uint64_t text_snapshot::counted() const {
  std::uint64_t sum = 0;
  for (const auto& one : parts_) sum += one.segment->documents();
  return sum;
}

std::uint64_t text_snapshot::total_length(std::uint32_t column) const {
  std::uint64_t sum = 0;
  for (const auto& one : parts_) sum += one.segment->total_length(column);
  return sum;
}

std::size_t text_snapshot::memory() const {
  std::size_t sum = 0;
  for (const auto& [segment, gone] : parts_) sum += segment->memory() + (gone == nullptr ? 0 : gone->memory());
  return sum;
}

}  // namespace tidb::detail
