// Whether bytes are what encode_postings() makes.
#pragma once

#include "search/text/posting_list.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// For one list after the other. What it reads must have `decoder_padding` behind it.
class posting_check {
public:
  /// `positions`: nothing if none will be read. `lengths`: of the documents, by slot. Errors: malformed_index.
  void check(const posting_place& place, std::string_view postings, std::optional<std::string_view> positions,
             std::span<const std::uint32_t> lengths);

private:
  using numbers = std::vector<std::uint32_t>;
  /// Ascending, behind `previous`; the very first may be 0.
  static void read_ascending(byte_reader& in, std::uint64_t count, std::uint32_t previous, bool is_first, numbers& out);
  static void read_frequencies(byte_reader& in, std::uint64_t count, numbers& out);
  /// `has_table`: says what the block must be.
  void check_block(byte_reader& postings, std::size_t block, bool has_table);
  /// Of the block that was checked last.
  void check_positions(byte_reader& positions, std::size_t block, bool has_table);

  std::span<const std::uint32_t> lengths_;
  std::size_t documents_{};
  text_slot previous_{};
  numbers last_, bytes_, largest_, shortest_, position_bytes_;  // the table
  numbers slots_, frequencies_, positions_;
};

}  // namespace tidb::detail
