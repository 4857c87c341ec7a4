#include "search/key_set.hpp"

#include <algorithm>
#include <bit>

namespace tidb::detail {

namespace {

// A bitmap of so many bits a key is still smaller than a hash table.
constexpr std::uint64_t most_bits_per_key = 256;

}  // namespace

key_set::key_set(std::vector<std::int64_t> keys) : keys_(std::move(keys)) {
  if (!std::ranges::is_sorted(keys_)) std::ranges::sort(keys_);
  keys_.erase(std::unique(keys_.begin(), keys_.end()), keys_.end());
  if (keys_.empty()) {
    bits_.assign(1, 0);
    return;
  }
  lowest_ = static_cast<std::uint64_t>(keys_.front());
  span_ = static_cast<std::uint64_t>(keys_.back()) - lowest_;
  if (span_ / most_bits_per_key <= keys_.size()) {
    bits_.resize(span_ / 64 + 1);
    for (const auto key : keys_) {
      const auto offset = static_cast<std::uint64_t>(key) - lowest_;
      bits_[offset >> 6] |= std::uint64_t{1} << (offset & 63);
    }
    return;
  }
  // The keys are far apart, so that there is one between the first two that have a gap.
  for (std::size_t i = 0; free_ == 0 && i + 1 < keys_.size(); ++i)
    if (keys_[i + 1] - 1 != keys_[i]) free_ = keys_[i] + 1;
  const auto size = std::bit_ceil(keys_.size() * 2);
  shift_ = 64 - std::countr_zero(size);
  slots_.assign(size, free_);
  for (const auto key : keys_) {
    auto at = home(key);
    while (slots_[at] != free_) at = (at + 1) & (size - 1);
    slots_[at] = key;
  }
}

}  // namespace tidb::detail
