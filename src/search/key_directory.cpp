#include "search/key_directory.hpp"

#include <algorithm>
#include <ranges>

namespace tidb::detail {

key_directory::key_directory(const std::vector<entry>& entries) { levels_.push_back(to_level(entries)); }

std::shared_ptr<const key_directory::level> key_directory::to_level(const std::vector<entry>& entries) {
  auto made = std::make_shared<level>();
  made->keys.reserve(entries.size());
  made->partitions.reserve(entries.size());
  for (const auto& [key, partition] : entries) {
    made->keys.push_back(key);
    made->partitions.push_back(partition);
  }
  return made;
}

std::uint32_t key_directory::find(std::int64_t key) const {
  for (const auto& one : std::views::reverse(levels_)) {
    const auto& keys = one->keys;
    const auto at = std::ranges::lower_bound(keys, key);
    if (at != keys.end() && *at == key) return one->partitions[static_cast<std::size_t>(at - keys.begin())];
  }
  return nowhere;
}

key_directory key_directory::changed(const std::vector<entry>& entries) const {
  key_directory made;
  made.levels_ = levels_;
  if (entries.empty()) return made;
  auto& levels = made.levels_;
  levels.push_back(to_level(entries));
  // Levels grow by a factor, so that a key is merged a few times in all; the oldest, which is nearly everything, is
  // touched when an eighth has changed.
  while (levels.size() > 1) {
    const auto newer = levels.back(), older = levels[levels.size() - 2];
    const bool oldest = levels.size() == 2;
    if (older->keys.size() > newer->keys.size() * (oldest ? 8 : 2)) break;
    levels.pop_back();
    levels.back() = merged(*older, *newer, oldest);
  }
  return made;
}

std::shared_ptr<const key_directory::level> key_directory::merged(const level& older, const level& newer, bool oldest) {
  auto made = std::make_shared<level>();
  made->keys.reserve(older.keys.size() + newer.keys.size());
  made->partitions.reserve(older.keys.size() + newer.keys.size());
  const auto take = [&](const level& from, std::size_t at) {
    // what left need not be remembered where there is nothing older
    if (oldest && from.partitions[at] == nowhere) return;
    made->keys.push_back(from.keys[at]);
    made->partitions.push_back(from.partitions[at]);
  };
  std::size_t a = 0, b = 0;
  while (a < older.keys.size() || b < newer.keys.size()) {
    if (b == newer.keys.size() || (a < older.keys.size() && older.keys[a] < newer.keys[b])) {
      take(older, a++);
    } else {
      if (a < older.keys.size() && older.keys[a] == newer.keys[b]) ++a;
      take(newer, b++);
    }
  }
  return made;
}

std::size_t key_directory::bytes() const {
  std::size_t sum = 0;
  for (const auto& one : levels_) sum += one->keys.size() * (sizeof(std::int64_t) + sizeof(std::uint32_t));
  return sum;
}

}  // namespace tidb::detail
