// Which partition has a key: sorted arrays, the newer before the older.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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
  explicit key_directory(const std::vector<entry>& entries);

  std::uint32_t find(std::int64_t key) const;
  /// `entries`: ascending, each key once; they replace what is there.
  key_directory changed(const std::vector<entry>& entries) const;
  std::size_t bytes() const;

private:
  struct level {
    std::vector<std::int64_t> keys;
    std::vector<std::uint32_t> partitions;
  };
  static std::shared_ptr<const level> to_level(const std::vector<entry>& entries);
  static std::shared_ptr<const level> merged(const level& older, const level& newer, bool oldest);

  std::vector<std::shared_ptr<const level>> levels_;  // the oldest and largest first
};

}  // namespace tidb::detail
