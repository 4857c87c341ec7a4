#include "search/text/term_table.hpp"

#include <algorithm>

#include <xxhash.h>

namespace tidb::detail {

std::uint32_t term_table::number_of(std::string_view term) {
  if (places_.size() <= 2 * begins_.size()) grow();
  const auto hash = static_cast<std::uint32_t>(XXH3_64bits(term.data(), term.size()));
  const auto mask = places_.size() - 1;
  for (auto at = hash & mask;; at = (at + 1) & mask) {
    auto& found = places_[at];
    if (found.number == nobody) {
      found = {hash, static_cast<std::uint32_t>(begins_.size())};
      begins_.push_back(bytes_.size());
      bytes_.append(term);
      return found.number;
    }
    if (found.hash == hash && this->term(found.number) == term) return found.number;
  }
}

void term_table::grow() {
  std::vector<place> larger(std::max<std::size_t>(16, places_.size() * 2));
  const auto mask = larger.size() - 1;
  for (const auto& one : places_) {
    if (one.number == nobody) continue;
    auto at = one.hash & mask;
    while (larger[at].number != nobody) at = (at + 1) & mask;
    larger[at] = one;
  }
  places_ = std::move(larger);
}

}  // namespace tidb::detail
