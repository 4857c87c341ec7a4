#include "search/block_cache.hpp"

#include <utility>

namespace tidb::detail {

std::size_t bytes_of(const coded_run& run) {
  return sizeof(run) + run.keys.size() * sizeof(std::int64_t) + run.blocks.size() + run.second.size() +
         run.second_factors.size() * sizeof(float) + run.names.bytes();
}

std::shared_ptr<const block_runs> block_cache::find(const std::string& name) {
  const std::lock_guard lock(using_);
  const auto found = places_.find(name);
  if (found == places_.end()) return nullptr;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->runs;
}

void block_cache::keep(const std::string& name, std::shared_ptr<const block_runs> runs, std::size_t most) {
  std::size_t size = name.size();
  for (const auto& run : *runs) size += bytes_of(*run);
  const std::lock_guard lock(using_);
  if (places_.contains(name)) return;
  entries_.push_front({name, std::move(runs), size});
  places_[name] = entries_.begin();
  bytes_ += size;
  while (bytes_ > most && !entries_.empty()) {
    bytes_ -= entries_.back().bytes;
    places_.erase(entries_.back().name);
    entries_.pop_back();
  }
}

void block_cache::clear() {
  const std::lock_guard lock(using_);
  entries_.clear();
  places_.clear();
  bytes_ = 0;
}

std::size_t block_cache::bytes() const {
  const std::lock_guard lock(using_);
  return bytes_;
}

}  // namespace tidb::detail
