// Decoded blocks of one index, kept as long as there is room.
#pragma once

#include "search/coded_rows.hpp"

#include <cstddef>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

namespace tidb::detail {

/// The runs of a block, partitions ascending.
using block_runs = std::vector<std::shared_ptr<const coded_run>>;

/// A block never changes, so what is here is right as long as its name is asked for. Thread-safe.
class block_cache {
public:
  /// Null if it is not here.
  std::shared_ptr<const block_runs> find(const std::string& name);
  /// Those that were used least recently go until all have at most `most` bytes.
  void keep(const std::string& name, std::shared_ptr<const block_runs> runs, std::size_t most);
  void clear();
  std::size_t bytes() const;

private:
  struct entry {
    std::string name{};
    std::shared_ptr<const block_runs> runs{};
    std::size_t bytes{};
  };
  mutable std::mutex using_;
  std::list<entry> entries_;  // the latest used first
  std::unordered_map<std::string, std::list<entry>::iterator> places_;
  std::size_t bytes_{};
};

std::size_t bytes_of(const coded_run& run);

}  // namespace tidb::detail
