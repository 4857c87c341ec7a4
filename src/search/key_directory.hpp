// Which partition has a key: arrays by key, the newer before the older.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace tidb::detail {

/// Immutable; a change shares the larger arrays with what it came from.
class key_directory {
public:
  static constexpr std::uint32_t nowhere = 0xFFFFFFFFU;
  struct entry {
    std::int64_t key{};
    std::uint32_t partition{};  ///< nowhere: the key left
  };

  key_directory() = default;
  /// `entries`: ascending, each key once.
  explicit key_directory(std::vector<entry> entries);

  /// Of entries in any order, if their keys nearly follow one another and none comes twice: without sorting them.
  static std::optional<key_directory> of_dense(std::span<const entry> entries);

  std::uint32_t find(std::int64_t key) const;
  /// `entries`: ascending, each key once; they replace what is there.
  key_directory changed(std::vector<entry> entries) const;
  std::size_t bytes() const;

private:
  /// Of a dense one, which only the oldest may be, the keys are first, first + 1 and so on; some may be nowhere.
  struct level {
    std::int64_t first{};
    std::vector<std::int64_t> keys;  ///< empty: dense
    std::vector<std::uint32_t> partitions;
  };
  static std::shared_ptr<const level> to_level(std::vector<entry> entries, bool oldest);
  static std::vector<entry> entries_of(const level& of);

  std::vector<std::shared_ptr<const level>> levels_;  // the oldest and largest first
};

}  // namespace tidb::detail
