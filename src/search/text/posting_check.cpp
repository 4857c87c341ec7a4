#include "search/text/posting_check.hpp"

#include "search/text/checked_numbers.hpp"

#include <algorithm>
#include <limits>

namespace tidb::detail {

namespace {

constexpr auto what = "the postings of a text index";

}  // namespace

void posting_check::check(const posting_place& place, std::string_view postings,
                          std::optional<std::string_view> positions, std::span<const std::uint32_t> lengths) {
  byte_reader in(postings, what), positions_in(positions.value_or(std::string_view()), what);
  if (place.documents > lengths.size()) in.fail("has more documents than there are");
  lengths_ = lengths;
  documents_ = place.documents;
  previous_ = 0;
  const auto blocks = (documents_ + posting_block - 1) / posting_block;
  if (blocks > 1) {
    read_ascending(in, blocks, 0, true, last_);
    checked_decode(in, blocks, bytes_);
    read_frequencies(in, blocks, largest_);
    checked_decode(in, blocks, shortest_);
    checked_decode(in, blocks, position_bytes_);
  }
  for (std::size_t block = 0; block < blocks; ++block) {
    check_block(in, block, blocks > 1);
    if (positions) check_positions(positions_in, block, blocks > 1);
  }
  if (in.left() != 0 || positions_in.left() != 0) in.fail("has bytes behind its end");
}

void posting_check::check_block(byte_reader& postings, std::size_t block, bool has_table) {
  const auto bytes = postings.left();
  const auto count = std::min(posting_block, documents_ - block * posting_block);
  read_ascending(postings, count, previous_, block == 0, slots_);
  previous_ = slots_.back();
  if (previous_ >= lengths_.size()) postings.fail("has a document that there is not");
  read_frequencies(postings, count, frequencies_);
  if (!has_table) return;
  std::uint32_t shortest = std::numeric_limits<std::uint32_t>::max();
  for (const auto slot : slots_) shortest = std::min(shortest, lengths_[slot]);
  if (last_[block] != previous_ || bytes_[block] != bytes - postings.left() ||
      largest_[block] != std::ranges::max(frequencies_) || shortest_[block] != shortest)
    postings.fail("has a block that is not what its table says");
}

void posting_check::check_positions(byte_reader& positions, std::size_t block, bool has_table) {
  const auto bytes = positions.left();
  std::uint64_t in_block = 0;
  for (const auto frequency : frequencies_) in_block += frequency;
  checked_decode(positions, in_block, positions_);
  if (has_table && position_bytes_[block] != bytes - positions.left())
    positions.fail("has a block of positions that is not what its table says");
}

void posting_check::read_ascending(byte_reader& in, std::uint64_t count, std::uint32_t previous, bool is_first,
                                   numbers& out) {
  checked_decode(in, count, out);
  std::uint64_t sum = previous;
  for (auto& step : out) {
    if (step == 0 && !is_first) in.fail("has documents out of order");
    is_first = false;
    sum += step;
    if (sum >= no_slot) in.fail("has a document that there is not");
    step = static_cast<std::uint32_t>(sum);
  }
}

void posting_check::read_frequencies(byte_reader& in, std::uint64_t count, numbers& out) {
  checked_decode_0124(in, count, out);
  for (auto& number : out)
    if (number++ == std::numeric_limits<std::uint32_t>::max()) in.fail("has a frequency that is too large");
}

}  // namespace tidb::detail
