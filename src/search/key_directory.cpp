#include "search/key_directory.hpp"

#include <algorithm>
#include <ranges>
#include <utility>

namespace tidb::detail {

namespace {

// A dense array may be so many times as long as there are keys: a key apart takes three times as much.
constexpr std::uint64_t most_holes = 2;

}  // namespace

key_directory::key_directory(std::vector<entry> entries) { levels_.push_back(to_level(std::move(entries), true)); }

std::optional<key_directory> key_directory::of_dense(std::span<const entry> entries) {
  if (entries.empty()) return std::nullopt;
  const auto [low, high] = std::ranges::minmax(entries, {}, &entry::key);
  const auto span = static_cast<std::uint64_t>(high.key) - static_cast<std::uint64_t>(low.key);
  if (span >= most_holes * entries.size()) return std::nullopt;
  auto made = std::make_shared<level>();
  made->first = low.key;
  made->partitions.assign(span + 1, nowhere);
  for (const auto& [key, partition] : entries) {
    auto& place = made->partitions[static_cast<std::size_t>(key - low.key)];
    if (place != nowhere) return std::nullopt;
    place = partition;
  }
  key_directory all;
  all.levels_.push_back(std::move(made));
  return all;
}

std::shared_ptr<const key_directory::level> key_directory::to_level(std::vector<entry> entries, bool oldest) {
  auto made = std::make_shared<level>();
  // what left need not be remembered where there is nothing older
  if (oldest) std::erase_if(entries, [](const entry& one) { return one.partition == nowhere; });
  if (entries.empty()) return made;
  made->first = entries.front().key;
  const auto span = static_cast<std::uint64_t>(entries.back().key) - static_cast<std::uint64_t>(made->first);
  if (oldest && span < most_holes * entries.size()) {
    made->partitions.assign(span + 1, nowhere);
    for (const auto& [key, partition] : entries)
      made->partitions[static_cast<std::size_t>(key - made->first)] = partition;
    return made;
  }
  made->keys.reserve(entries.size());
  made->partitions.reserve(entries.size());
  for (const auto& [key, partition] : entries) {
    made->keys.push_back(key);
    made->partitions.push_back(partition);
  }
  return made;
}

std::vector<key_directory::entry> key_directory::entries_of(const level& of) {
  std::vector<entry> made;
  made.reserve(of.partitions.size());
  for (std::size_t i = 0; i < of.partitions.size(); ++i) {
    if (!of.keys.empty())
      made.push_back({of.keys[i], of.partitions[i]});
    else if (of.partitions[i] != nowhere)
      made.push_back({of.first + static_cast<std::int64_t>(i), of.partitions[i]});
  }
  return made;
}

std::uint32_t key_directory::find(std::int64_t key) const {
  for (const auto& one : std::views::reverse(levels_)) {
    const auto& keys = one->keys;
    if (keys.empty()) {  // the oldest
      const auto at = static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(one->first);
      return at < one->partitions.size() ? one->partitions[at] : nowhere;
    }
    const auto at = std::ranges::lower_bound(keys, key);
    if (at != keys.end() && *at == key) return one->partitions[static_cast<std::size_t>(at - keys.begin())];
  }
  return nowhere;
}

key_directory key_directory::changed(std::vector<entry> entries) const {
  key_directory made;
  made.levels_ = levels_;
  if (entries.empty()) return made;
  auto& levels = made.levels_;
  // Levels grow by a factor, so that a key is merged a few times in all; the oldest, which is nearly everything, is
  // touched when an eighth has changed.
  while (!levels.empty() && levels.back()->partitions.size() <= entries.size() * (levels.size() == 1 ? 8 : 2)) {
    const auto older = entries_of(*levels.back());
    levels.pop_back();
    std::vector<entry> both;
    both.reserve(older.size() + entries.size());
    // of equal keys the newer comes first, and stays
    std::ranges::merge(entries, older, std::back_inserter(both), {}, &entry::key, &entry::key);
    both.erase(std::ranges::unique(both, {}, &entry::key).begin(), both.end());
    entries = std::move(both);
  }
  const bool oldest = levels.empty();
  levels.push_back(to_level(std::move(entries), oldest));
  return made;
}

std::size_t key_directory::bytes() const {
  std::size_t sum = 0;
  for (const auto& one : levels_)
    sum += one->keys.size() * sizeof(std::int64_t) + one->partitions.size() * sizeof(std::uint32_t);
  return sum;
}

}  // namespace tidb::detail
