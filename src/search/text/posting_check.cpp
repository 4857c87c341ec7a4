#include "search/text/checked_numbers.hpp"
#include "search/text/posting_list.hpp"

#include <algorithm>

namespace tidb::detail {

namespace {

constexpr auto what = "the postings of a text index";

class checked_numbers {
public:
  explicit checked_numbers(std::string_view bytes) : in_(bytes, what) {}

  std::vector<std::uint32_t> plain(std::uint64_t count) { return checked_decode(in_, count); }
  std::vector<std::uint32_t> small(std::uint64_t count) {
    auto made = checked_decode_0124(in_, count);
    for (auto& number : made)
      if (number++ == std::numeric_limits<std::uint32_t>::max()) in_.fail("has a frequency that is too large");
    return made;
  }
  /// Ascending, behind `previous`; the very first may be 0.
  std::vector<std::uint32_t> ascending(std::uint64_t count, std::uint32_t previous, bool is_first) {
    auto steps = plain(count);
    std::uint64_t sum = previous;
    for (auto& step : steps) {
      if (step == 0 && !is_first) in_.fail("has documents out of order");
      is_first = false;
      sum += step;
      if (sum >= no_slot) in_.fail("has a document that there is not");
      step = static_cast<std::uint32_t>(sum);
    }
    return steps;
  }
  std::size_t left() const { return in_.left(); }
  [[noreturn]] void fail(const std::string& why) const { in_.fail(why); }

private:
  byte_reader in_;
};

struct checked_table {
  std::vector<std::uint32_t> last, bytes, largest, shortest, position_bytes;
};

class list_check {
public:
  list_check(const posting_place& place, std::string_view postings, std::string_view positions,
             std::span<const std::uint32_t> lengths)
      : place_(place), postings_(postings), positions_(positions), lengths_(lengths) {}

  void run() {
    const auto blocks = (place_.documents + posting_block - 1) / posting_block;
    if (place_.documents > lengths_.size()) postings_.fail("has more documents than there are");
    if (blocks > 1) {
      table_.last = postings_.ascending(blocks, 0, true);
      table_.bytes = postings_.plain(blocks);
      table_.largest = postings_.small(blocks);
      table_.shortest = postings_.plain(blocks);
      table_.position_bytes = postings_.plain(blocks);
    }
    for (std::size_t block = 0; block < blocks; ++block) check_block(block);
    if (postings_.left() != 0 || positions_.left() != 0) postings_.fail("has bytes behind its end");
  }

private:
  void check_block(std::size_t block) {
    const auto bytes = postings_.left();
    const auto count = std::min<std::size_t>(posting_block, place_.documents - block * posting_block);
    const auto slots = postings_.ascending(count, previous_, block == 0);
    if (slots.back() >= lengths_.size()) postings_.fail("has a document that there is not");
    const auto frequencies = postings_.small(count);
    std::uint64_t in_block = 0;
    for (const auto frequency : frequencies) in_block += frequency;
    const auto position_bytes = positions_.left();
    positions_.plain(in_block);
    previous_ = slots.back();
    if (table_.last.empty()) return;
    std::uint32_t shortest = std::numeric_limits<std::uint32_t>::max();
    for (const auto slot : slots) shortest = std::min(shortest, lengths_[slot]);
    if (table_.last[block] != previous_ || table_.bytes[block] != bytes - postings_.left() ||
        table_.largest[block] != std::ranges::max(frequencies) || table_.shortest[block] != shortest ||
        table_.position_bytes[block] != position_bytes - positions_.left())
      postings_.fail("has a block that is not what its table says");
  }

  const posting_place& place_;
  checked_numbers postings_, positions_;
  std::span<const std::uint32_t> lengths_;
  checked_table table_;
  text_slot previous_{};
};

}  // namespace

void check_postings(const posting_place& place, std::string_view postings, std::string_view positions,
                    std::span<const std::uint32_t> lengths) {
  list_check(place, postings, positions, lengths).run();
}

}  // namespace tidb::detail
