// The keys that a filter leaves.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tidb::detail {

/// From keys in any order, some perhaps twice. Immutable; shared by threads.
/// Cost: contains() is one or two loads: a bitmap where the keys are dense, a hash table where they are not.
class key_set {
public:
  explicit key_set(std::vector<std::int64_t> keys);

  bool contains(std::int64_t key) const {
    const auto offset = static_cast<std::uint64_t>(key) - lowest_;
    if (offset > span_) return false;
    if (slots_.empty()) return (bits_[offset >> 6] >> (offset & 63) & 1) != 0;
    return in_slots(key);
  }
  std::size_t size() const { return keys_.size(); }
  /// Ascending, each once.
  std::span<const std::int64_t> keys() const { return keys_; }

private:
  bool in_slots(std::int64_t key) const {
    for (auto at = home(key);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at] == free_) return false;
      if (slots_[at] == key) return true;
    }
  }
  std::size_t home(std::int64_t key) const {
    return static_cast<std::size_t>(static_cast<std::uint64_t>(key) * 0x9E3779B97F4A7C15U >> shift_);
  }

  std::vector<std::int64_t> keys_;
  std::vector<std::uint64_t> bits_;
  std::vector<std::int64_t> slots_;
  std::uint64_t lowest_{}, span_{};
  std::int64_t free_{};  // a key that is not in the set
  int shift_{};
};

}  // namespace tidb::detail
