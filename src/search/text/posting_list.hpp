// The documents that have a term in one column, with frequencies and positions: in blocks of 128, compressed.
// Source: Lemire, Kurz & Rupp, "Stream VByte", 2018; Ding & Suel, "Faster top-k document retrieval using block-max
// indexes", SIGIR 2011.
#pragma once

#include "search/text/number_block.hpp"
#include "search/text/term_dictionary.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace tidb::detail {

/// A document's number in its segment, in the order of the keys.
using text_slot = std::uint32_t;
inline constexpr text_slot no_slot = std::numeric_limits<text_slot>::max();
inline constexpr std::size_t posting_block = 128;

struct plain_postings {
  std::vector<text_slot> slots{};  ///< ascending
  std::vector<std::uint32_t> frequencies{};
  std::vector<std::uint32_t> positions{};  ///< of all these documents, one after the other; ascending in each

  void clear() {
    slots.clear();
    frequencies.clear();
    positions.clear();
  }
};

/// Appends them to both sections. `lengths`: of the documents, by slot.
posting_place encode_postings(std::uint32_t column, const plain_postings& list, std::span<const std::uint32_t> lengths,
                              std::string& postings, std::string& positions);

/// Where one list lies in memory.
struct posting_bytes {
  const std::uint8_t* postings{};
  const std::uint8_t* positions{};
  std::uint32_t documents{};
};

/// Goes through a list forwards. What it reads was checked.
class posting_cursor {
public:
  /// `lengths`: as they were when the list was encoded. Both must outlive the cursor.
  posting_cursor(posting_bytes list, std::span<const std::uint32_t> lengths);

  std::uint32_t documents() const { return list_.documents; }

  // Blocks, without reading them.

  std::size_t blocks() const { return blocks_; }
  /// Moves to the first block from here that ends with `slot` or behind it. False if there is none.
  bool seek_block(text_slot slot) {
    if (block_ < blocks_ && last(block_) < slot) skip_blocks(slot);
    return block_ < blocks_;
  }
  std::size_t block() const { return block_; }
  text_slot last(std::size_t block) const { return table_[block]; }
  std::uint32_t largest_frequency(std::size_t block) const { return table_[blocks_ * 2 + block]; }
  std::uint32_t shortest_length(std::size_t block) const { return table_[blocks_ * 3 + block]; }

  // Documents.

  /// The one that it is at; no_slot behind the last. Before the first advance() nothing.
  text_slot at() const { return at_; }
  /// To the first document from here that is not before `slot`.
  text_slot advance(text_slot slot);
  std::uint32_t frequency() { return frequencies()[index_]; }
  /// Of the document that it is at, and of all by slot.
  std::uint32_t length() const { return lengths_[at_]; }
  std::span<const std::uint32_t> lengths() const { return lengths_; }
  /// Until the next call.
  std::span<const std::uint32_t> positions();

  // The block that seek_block() found, read; where that is another, the cursor is at no document any more.

  std::span<const text_slot> slots() {
    read_block();
    return {slots_.data(), count_};
  }
  /// Of these, or of the block of the document that it is at.
  const std::uint32_t* frequencies() {
    if (!has_frequencies_) read_frequencies();
    return frequencies_.data();
  }

private:
  void read_table();
  void skip_blocks(text_slot slot);
  void read_block() {
    if (read_ != block_) decode_block();
  }
  void decode_block();
  void read_frequencies();
  void read_positions();
  std::uint32_t begin_of(std::size_t block) const { return block == 0 ? 0 : table_[blocks_ + block - 1]; }
  std::uint32_t positions_of(std::size_t block) const { return block == 0 ? 0 : table_[blocks_ * 4 + block - 1]; }

  posting_bytes list_;
  std::span<const std::uint32_t> lengths_;
  std::size_t blocks_{};
  std::size_t block_{};
  std::size_t read_{std::numeric_limits<std::size_t>::max()};  // the block that is decoded
  std::size_t count_{}, index_{};
  text_slot at_{};
  bool has_frequencies_{}, has_positions_{};
  const std::uint8_t* frequency_bytes_{};
  std::array<text_slot, posting_block> slots_;
  std::array<std::uint32_t, posting_block> frequencies_;
  // of each block: the last document, the end of its bytes, largest frequency, shortest length, end of its positions
  std::vector<std::uint32_t> table_;
  std::vector<std::uint32_t> positions_;                          // of the document, or of the whole block
  const std::uint8_t* position_steps_{};                          // of the block, if each takes one byte
  std::array<std::uint32_t, posting_block + 1> position_begins_;  // of each document's
};

}  // namespace tidb::detail
