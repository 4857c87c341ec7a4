#include "search/text/text_segment.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace tidb::detail {

namespace {

/// The documents that stay, in the order of their keys, and the slots that they get.
class joined_documents {
public:
  explicit joined_documents(std::span<const segment_source> sources) {
    std::vector<document> all;
    for (std::uint32_t source = 0; source < sources.size(); ++source) {
      const auto& [segment, gone] = sources[source];
      slots_.emplace_back(segment->documents(), no_slot);
      for (text_slot slot = 0; slot < segment->documents(); ++slot)
        if (gone == nullptr || !gone->contains(slot)) all.push_back({segment->keys()[slot], source, slot});
    }
    std::ranges::sort(all, {}, &document::key);
    const bool have_names =
        std::ranges::any_of(sources, [](const segment_source& one) { return !one.segment->names().empty(); });
    lengths_.resize(sources.empty() ? 0 : sources.front().segment->columns());
    for (const auto& [key, source, slot] : all) {
      slots_[source][slot] = static_cast<text_slot>(keys_.size());
      keys_.push_back(key);
      if (have_names) names_.add(sources[source].segment->name(slot));
      for (std::uint32_t column = 0; column < lengths_.size(); ++column)
        lengths_[column].push_back(sources[source].segment->lengths(column)[slot]);
    }
  }
  /// no_slot: it left.
  text_slot slot(std::size_t source, text_slot before) const { return slots_[source][before]; }
  segment_writer writer() { return {std::move(keys_), std::move(names_), std::move(lengths_)}; }

private:
  struct document {
    std::int64_t key{};
    std::uint32_t source{};
    text_slot slot{};
  };
  std::vector<std::vector<text_slot>> slots_;
  std::vector<std::int64_t> keys_;
  key_names names_;
  std::vector<std::vector<std::uint32_t>> lengths_;
};

/// Gathers a term's postings from several segments.
class joined_postings {
public:
  void clear() {
    gathered_.clear();
    list_.clear();
  }
  void add(posting_cursor from, std::size_t source, const joined_documents& documents) {
    for (text_slot before = from.advance(0); before != no_slot; before = from.advance(before + 1)) {
      const auto slot = documents.slot(source, before);
      if (slot == no_slot) continue;
      const auto positions = from.positions();
      gathered_.push_back({slot, from.frequency(), list_.positions.size()});
      list_.positions.insert(list_.positions.end(), positions.begin(), positions.end());
    }
  }
  /// By slot.
  void finish(plain_postings& out) {
    out.clear();
    const bool in_order = std::ranges::is_sorted(gathered_, {}, &posting::slot);
    if (!in_order) std::ranges::sort(gathered_, {}, &posting::slot);
    for (const auto& [slot, frequency, first] : gathered_) {
      out.slots.push_back(slot);
      out.frequencies.push_back(frequency);
      if (!in_order)
        out.positions.insert(out.positions.end(), &list_.positions[first], &list_.positions[first] + frequency);
    }
    if (in_order) out.positions = list_.positions;
  }

private:
  struct posting {
    text_slot slot{};
    std::uint32_t frequency{};
    std::size_t first{};  // of its positions
  };
  std::vector<posting> gathered_;
  plain_postings list_;
};

/// Terms of all sources in byte order.
class joined_terms {
public:
  explicit joined_terms(std::span<const segment_source> sources) {
    for (const auto& [segment, gone] : sources) {
      walks_.emplace_back(segment->terms().all());
      if (!walks_.back()->next()) walks_.back().reset();
    }
  }
  /// Which sources have the next term; none at the end. They are at it until this is called again.
  const std::vector<std::size_t>& next() {
    for (const auto source : at_)
      if (!walks_[source]->next()) walks_[source].reset();
    at_.clear();
    for (std::size_t source = 0; source < walks_.size(); ++source) {
      if (!walks_[source]) continue;
      const auto term = walks_[source]->term();
      if (!at_.empty() && term > this->term()) continue;
      if (!at_.empty() && term < this->term()) at_.clear();
      at_.push_back(source);
    }
    return at_;
  }
  std::string_view term() const { return walks_[at_.front()]->term(); }
  const term_places& places(std::size_t source) const { return walks_[source]->places(); }

private:
  std::vector<std::optional<term_dictionary::walk>> walks_;
  std::vector<std::size_t> at_;
};

}  // namespace

std::shared_ptr<const text_segment> join_segments(std::span<const segment_source> sources) {
  if (std::ranges::any_of(sources, [](const segment_source& one) { return one.segment->is_outline(); }))
    throw_usage("segments of a text index that are read in parts are not joined");
  joined_documents documents(sources);
  auto writer = documents.writer();
  joined_terms terms(sources);
  const auto columns = sources.front().segment->columns();
  std::vector<joined_postings> gathered(columns);
  std::vector<plain_postings> lists(columns);
  for (const auto* having = &terms.next(); !having->empty(); having = &terms.next()) {
    for (auto& column : gathered) column.clear();
    for (const auto source : *having)
      for (const auto& place : terms.places(source))
        gathered[place.column].add(sources[source].segment->postings(place), source, documents);
    for (std::uint32_t column = 0; column < columns; ++column) gathered[column].finish(lists[column]);
    writer.add(terms.term(), lists);
  }
  return writer.finish();
}

}  // namespace tidb::detail
