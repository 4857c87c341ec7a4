#include "search/text/posting_list.hpp"

#include <algorithm>
#include <numeric>

namespace tidb::detail {

// A block: differences of documents, then frequencies less 1. A list of one block is that and nothing more. Before
// several there is a table: last documents as differences, sizes of the blocks in bytes, largest frequencies less 1,
// shortest lengths, and sizes of the blocks of positions. A block of positions has of each document the first position,
// then differences.

namespace {

// Most frequencies are 1: these codes take no byte for a 0.
std::size_t encode_small(const std::vector<std::uint32_t>& numbers, std::uint8_t* out) {
  return streamvbyte_encode_0124(numbers.data(), static_cast<std::uint32_t>(numbers.size()), out);
}
std::size_t encode_plain(const std::vector<std::uint32_t>& numbers, std::uint8_t* out) {
  return streamvbyte_encode(numbers.data(), static_cast<std::uint32_t>(numbers.size()), out);
}

template <class Encode>
std::uint32_t append(std::string& to, std::size_t numbers, const Encode& encode) {
  const auto size = to.size();
  to.resize(size + streamvbyte_max_compressedbytes(static_cast<std::uint32_t>(numbers)));
  const auto written = encode(reinterpret_cast<std::uint8_t*>(to.data() + size));
  to.resize(size + written);
  return static_cast<std::uint32_t>(written);
}

struct block_table {
  std::vector<std::uint32_t> last, bytes, largest, shortest, position_bytes;
};

/// The positions of some documents, and how many bytes they took.
std::uint32_t append_positions(std::string& to, std::span<const std::uint32_t> frequencies,
                               std::span<const std::uint32_t> positions) {
  std::vector<std::uint32_t> steps(positions.begin(), positions.end());
  auto* of_document = steps.data();
  for (const auto frequency : frequencies) {
    std::adjacent_difference(of_document, of_document + frequency, of_document);
    of_document += frequency;
  }
  return append(to, steps.size(), [&](std::uint8_t* out) { return encode_plain(steps, out); });
}

void append_table(std::string& to, const block_table& table) {
  const auto blocks = static_cast<std::uint32_t>(table.last.size());
  append(to, blocks, [&](std::uint8_t* out) { return streamvbyte_delta_encode(table.last.data(), blocks, out, 0); });
  append(to, blocks, [&](std::uint8_t* out) { return encode_plain(table.bytes, out); });
  append(to, blocks, [&](std::uint8_t* out) { return encode_small(table.largest, out); });
  append(to, blocks, [&](std::uint8_t* out) { return encode_plain(table.shortest, out); });
  append(to, blocks, [&](std::uint8_t* out) { return encode_plain(table.position_bytes, out); });
}

}  // namespace

posting_place encode_postings(std::uint32_t column, const plain_postings& list, std::span<const std::uint32_t> lengths,
                              std::string& postings, std::string& positions) {
  posting_place place{.column = column,
                      .documents = static_cast<std::uint32_t>(list.slots.size()),
                      .postings = postings.size(),
                      .positions = positions.size()};
  block_table table;
  std::string blocks;
  std::vector<std::uint32_t> small;
  text_slot previous = 0;
  std::size_t position = 0;
  for (std::size_t first = 0; first < list.slots.size(); first += posting_block) {
    const auto count = std::min(posting_block, list.slots.size() - first);
    const auto slots = std::span(list.slots).subspan(first, count);
    const auto frequencies = std::span(list.frequencies).subspan(first, count);
    small.assign(frequencies.begin(), frequencies.end());
    for (auto& frequency : small) --frequency;
    auto bytes = append(blocks, count, [&](std::uint8_t* out) {
      return streamvbyte_delta_encode(slots.data(), static_cast<std::uint32_t>(count), out, previous);
    });
    bytes += append(blocks, count, [&](std::uint8_t* out) { return encode_small(small, out); });
    const auto in_block = std::accumulate(frequencies.begin(), frequencies.end(), std::size_t{0});
    table.position_bytes.push_back(
        append_positions(positions, frequencies, std::span(list.positions).subspan(position, in_block)));
    position += in_block;
    previous = slots.back();
    table.last.push_back(previous);
    table.bytes.push_back(bytes);
    table.largest.push_back(std::ranges::max(small));
    table.shortest.push_back(lengths[*std::ranges::min_element(slots, {}, [&](text_slot s) { return lengths[s]; })]);
  }
  if (table.last.size() > 1) append_table(postings, table);
  postings += blocks;
  place.posting_bytes = static_cast<std::uint32_t>(postings.size() - place.postings);
  place.position_bytes = static_cast<std::uint32_t>(positions.size() - place.positions);
  return place;
}

posting_cursor::posting_cursor(posting_bytes list, std::span<const std::uint32_t> lengths)
    : list_(list), lengths_(lengths), blocks_((list.documents + posting_block - 1) / posting_block) {
  read_table();
}

void posting_cursor::read_table() {
  table_.resize(blocks_ * 5);
  if (blocks_ == 1) {
    // small enough to look
    const auto slots = this->slots();
    const auto* frequency = frequencies();
    table_[0] = slots.back();
    table_[2] = *std::max_element(frequency, frequency + count_);
    table_[3] = std::numeric_limits<std::uint32_t>::max();
    for (const auto slot : slots) table_[3] = std::min(table_[3], lengths_[slot]);
    return;
  }
  auto* column = table_.data();
  const auto* in = list_.postings;
  in += decode_ascending(in, column, blocks_, 0);
  in += decode_plain(in, column += blocks_, blocks_);
  in += decode_0124(in, column += blocks_, blocks_);
  in += decode_plain(in, column += blocks_, blocks_);
  in += decode_plain(in, column += blocks_, blocks_);
  list_.postings = in;
  for (std::size_t block = 1; block < blocks_; ++block) {
    table_[blocks_ + block] += table_[blocks_ + block - 1];
    table_[blocks_ * 4 + block] += table_[blocks_ * 4 + block - 1];
  }
  for (std::size_t block = 0; block < blocks_; ++block) ++table_[blocks_ * 2 + block];
}

/// Gallops: the next is often near.
void posting_cursor::skip_blocks(text_slot slot) {
  std::size_t step = 1;
  while (block_ + step < blocks_ && table_[block_ + step] < slot) step *= 2;
  const auto* begin = table_.data() + block_ + step / 2;
  const auto* end = table_.data() + std::min(block_ + step + 1, blocks_);
  block_ = static_cast<std::size_t>(std::lower_bound(begin, end, slot) - table_.data());
}

void posting_cursor::decode_block() {
  count_ = block_ + 1 < blocks_ ? posting_block : list_.documents - block_ * posting_block;
  const auto previous = block_ == 0 ? 0 : last(block_ - 1);
  const auto* in = list_.postings + begin_of(block_);
  frequency_bytes_ = in + decode_ascending(in, slots_.data(), count_, previous);
  read_ = block_;
  index_ = 0;
  has_frequencies_ = has_positions_ = false;
}

void posting_cursor::read_frequencies() {
  decode_0124(frequency_bytes_, frequencies_.data(), count_);
  for (std::size_t i = 0; i < count_; ++i) ++frequencies_[i];
  has_frequencies_ = true;
}

text_slot posting_cursor::advance(text_slot slot) {
  if (!seek_block(slot)) return at_ = no_slot;
  read_block();
  // often it is the next
  if (slots_[index_] < slot && slots_[++index_] < slot)
    index_ = static_cast<std::size_t>(std::lower_bound(slots_.begin() + static_cast<std::ptrdiff_t>(index_),
                                                       slots_.begin() + static_cast<std::ptrdiff_t>(count_), slot) -
                                      slots_.begin());
  return at_ = slots_[index_];
}

/// Finds the positions of the block; reads them, if those of one document cannot be read alone.
void posting_cursor::read_positions() {
  const auto* frequency = frequencies();
  position_begins_[0] = 0;
  std::partial_sum(frequency, frequency + count_, position_begins_.begin() + 1);
  const auto count = std::size_t{position_begins_[count_]}, codes = (count + 3) / 4;
  const auto* in = list_.positions + positions_of(read_);
  has_positions_ = true;
  position_steps_ = have_none_of(in, codes, 0xFF) ? in + codes : nullptr;
  if (position_steps_ != nullptr) return;
  positions_.resize(count);
  decode_plain(in, positions_.data(), count);
  for (std::size_t i = 0; i < count_; ++i)
    for (auto at = position_begins_[i] + 1; at < position_begins_[i + 1]; ++at) positions_[at] += positions_[at - 1];
}

std::span<const std::uint32_t> posting_cursor::positions() {
  if (!has_positions_) read_positions();
  const auto begin = position_begins_[index_], count = position_begins_[index_ + 1] - begin;
  if (position_steps_ == nullptr) return std::span(positions_).subspan(begin, count);
  positions_.resize(count);
  std::uint32_t position = 0;
  for (std::uint32_t i = 0; i < count; ++i) positions_[i] = position += position_steps_[begin + i];
  return positions_;
}

}  // namespace tidb::detail
