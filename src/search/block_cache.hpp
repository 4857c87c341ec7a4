// Blocks of one index, kept as long as there is room.
#pragma once

#include "search/coded_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tidb::detail {

/// As they are used: decoded, or as they were read. A block never changes, so what is here is right as long as its name
/// is asked for. Thread-safe.
template <class Block>
class block_cache {
public:
  /// Null if it is not here.
  std::shared_ptr<const Block> find(const std::string& name) {
    const std::lock_guard lock(using_);
    const auto found = places_.find(name);
    if (found == places_.end()) return nullptr;
    entries_.splice(entries_.begin(), entries_, found->second);
    return found->second->block;
  }
  /// `bytes`: that it takes. Those that were used least recently go until all have at most `most` bytes.
  void keep(const std::string& name, std::shared_ptr<const Block> block, std::size_t bytes, std::size_t most) {
    bytes += name.size();
    const std::lock_guard lock(using_);
    if (places_.contains(name)) return;
    entries_.push_front({name, std::move(block), bytes});
    places_[name] = entries_.begin();
    bytes_ += bytes;
    while (bytes_ > most && !entries_.empty()) {
      bytes_ -= entries_.back().bytes;
      places_.erase(entries_.back().name);
      entries_.pop_back();
    }
  }
  void clear() {
    const std::lock_guard lock(using_);
    entries_.clear();
    places_.clear();
    bytes_ = 0;
  }
  std::size_t bytes() const {
    const std::lock_guard lock(using_);
    return bytes_;
  }

private:
  struct entry {
    std::string name{};
    std::shared_ptr<const Block> block{};
    std::size_t bytes{};
  };
  mutable std::mutex using_;
  std::list<entry> entries_;  // the latest used first
  std::unordered_map<std::string, typename std::list<entry>::iterator> places_;
  std::size_t bytes_{};
};

/// What a search has asked for so far.
struct paging_cost {
  std::uint64_t blocks_read{}, bytes_read{};
  std::uint64_t blocks_cached{};  ///< needed, and in memory
};

/// The runs of a block, partitions ascending.
using block_runs = std::vector<std::shared_ptr<const coded_run>>;
std::size_t bytes_of(const block_runs& runs);

}  // namespace tidb::detail
