#include "search/text/text_segment.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace tidb::detail {

text_segment::text_segment(sections parts) : parts_(std::move(parts)) {
  for (const auto& of_column : parts_.lengths)
    totals_.push_back(std::accumulate(of_column.begin(), of_column.end(), std::uint64_t{0}));
}

text_slot text_segment::slot_of(std::int64_t key) const {
  const auto at = std::ranges::lower_bound(parts_.keys, key);
  return at == parts_.keys.end() || *at != key ? no_slot : static_cast<text_slot>(at - parts_.keys.begin());
}

posting_cursor text_segment::postings(const posting_place& place) const {
  const auto* postings = reinterpret_cast<const std::uint8_t*>(parts_.postings.data());
  const auto* positions = reinterpret_cast<const std::uint8_t*>(parts_.positions.data());
  return {{postings + place.postings, positions + place.positions, place.documents}, parts_.lengths[place.column]};
}

std::string_view text_segment::posting_section() const {
  return std::string_view(parts_.postings).substr(0, parts_.postings.size() - decoder_padding);
}

std::string_view text_segment::position_section() const {
  return std::string_view(parts_.positions).substr(0, parts_.positions.size() - decoder_padding);
}

std::size_t text_segment::memory() const {
  auto sum = outline_memory() + parts_.postings.size() + parts_.positions.size();
  for (const auto& name : parts_.stored.payloads) sum += sizeof(name) + name.size();
  return sum;
}

std::size_t text_segment::outline_memory() const {
  return parts_.keys.size() * (sizeof(std::int64_t) + columns() * sizeof(std::uint32_t)) + parts_.names.bytes() +
         parts_.terms.memory();
}

segment_writer::segment_writer(std::vector<std::int64_t> keys, key_names names,
                               std::vector<std::vector<std::uint32_t>> lengths)
    : terms_(static_cast<std::uint32_t>(lengths.size())) {
  if (names.text().size() > std::numeric_limits<std::uint32_t>::max())
    throw_usage("the keys of a segment of a text index have more than 4 GiB");
  parts_.keys = std::move(keys);
  parts_.names = std::move(names);
  parts_.lengths = std::move(lengths);
}

void segment_writer::add(std::string_view term, std::span<const plain_postings> lists) {
  places_.clear();
  for (std::uint32_t column = 0; column < lists.size(); ++column)
    if (!lists[column].slots.empty())
      places_.push_back(
          encode_postings(column, lists[column], parts_.lengths[column], parts_.postings, parts_.positions));
  if (!places_.empty()) terms_.add(term, places_);
}

std::shared_ptr<const text_segment> segment_writer::finish() {
  const auto count = terms_.terms();
  parts_.terms = term_dictionary(static_cast<std::uint32_t>(parts_.lengths.size()), count, terms_.take());
  for (auto* section : {&parts_.postings, &parts_.positions}) {
    section->append(decoder_padding, '\0');
    section->shrink_to_fit();
  }
  return std::make_shared<const text_segment>(std::move(parts_));
}

namespace {

/// Documents by key, the later of a key that comes twice.
std::vector<std::uint32_t> in_key_order(const text_documents& documents) {
  std::vector<std::uint32_t> order(documents.size());
  std::iota(order.begin(), order.end(), 0U);
  const auto key = [&](std::uint32_t document) { return documents.documents()[document].key; };
  if (!std::ranges::is_sorted(order, std::less_equal<>{}, key)) std::ranges::stable_sort(order, {}, key);
  const auto rest = std::unique(order.rbegin(), order.rend(), [&](auto a, auto b) { return key(a) == key(b); });
  order.erase(order.begin(), rest.base());
  return order;
}

/// All tokens, grouped by term and column; slots ascending in each group.
class grouped_tokens {
public:
  struct token {
    text_slot slot{};
    std::uint32_t position{};
  };

  grouped_tokens(const text_documents& documents, std::span<const std::uint32_t> order)
      : columns_(documents.columns()), begins_(documents.terms().size() * columns_ + 1) {
    for (const auto document : order)
      for (const auto& one : documents.tokens_of(document)) ++begins_[group(one) + 1];
    std::partial_sum(begins_.begin(), begins_.end(), begins_.begin());
    tokens_.resize(begins_.back());
    auto next = begins_;
    for (text_slot slot = 0; slot < order.size(); ++slot)
      for (const auto& one : documents.tokens_of(order[slot])) tokens_[next[group(one)]++] = {slot, one.position};
  }
  void read(std::uint32_t term, std::uint32_t column, plain_postings& out) const {
    out.clear();
    const auto at = std::size_t{term} * columns_ + column;
    for (auto i = begins_[at]; i < begins_[at + 1]; ++i) {
      const auto& [slot, position] = tokens_[i];
      if (out.slots.empty() || out.slots.back() != slot) {
        out.slots.push_back(slot);
        out.frequencies.push_back(0);
      } else if (out.positions.back() == position) {
        continue;
      }
      ++out.frequencies.back();
      out.positions.push_back(position);
    }
  }

private:
  std::size_t group(const text_documents::token& of) const { return std::size_t{of.term} * columns_ + of.column; }

  std::size_t columns_;
  std::vector<std::size_t> begins_;
  std::vector<token> tokens_;
};

}  // namespace

std::shared_ptr<const text_segment> text_segment::of(const text_documents& documents) {
  const auto order = in_key_order(documents);
  std::vector<std::int64_t> keys;
  key_names names;
  std::vector<std::vector<std::uint32_t>> lengths(documents.columns());
  for (const auto document : order) {
    keys.push_back(documents.documents()[document].key);
    if (!documents.names().empty()) names.add(documents.names()[document]);
    for (std::uint32_t column = 0; column < documents.columns(); ++column)
      lengths[column].push_back(documents.length(document, column));
  }
  const grouped_tokens tokens(documents, order);
  const auto& table = documents.terms();
  std::vector<std::uint32_t> terms(table.size());
  std::iota(terms.begin(), terms.end(), 0U);
  std::ranges::sort(terms, {}, [&](std::uint32_t term) { return table.term(term); });
  segment_writer writer(std::move(keys), std::move(names), std::move(lengths));
  std::vector<plain_postings> lists(documents.columns());
  for (const auto term : terms) {
    for (std::uint32_t column = 0; column < lists.size(); ++column) tokens.read(term, column, lists[column]);
    writer.add(table.term(term), lists);
  }
  return writer.finish();
}

}  // namespace tidb::detail
