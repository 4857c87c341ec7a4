#include "search/paged_rows.hpp"

#include "search/snapshot_search.hpp"
#include "search/stored_rows.hpp"

#include <algorithm>
#include <utility>

namespace tidb::detail {

namespace {

// 64 MiB at most are held by a search beside what the cache has.
constexpr std::size_t blocks_in_hand = 64;
constexpr std::size_t bytes_a_name = sizeof(std::string) + 2 * sizeof(std::uint64_t) + 32;

std::vector<key_directory::entry> entries_of(std::vector<std::int64_t> keys, std::uint32_t age) {
  std::ranges::sort(keys);
  const auto twice = std::ranges::unique(keys);
  keys.erase(twice.begin(), twice.end());
  std::vector<key_directory::entry> made;
  made.reserve(keys.size());
  for (const auto key : keys) made.push_back({key, age});
  return made;
}

}  // namespace

bool paged_rows::is_possible(const index_manifest& of) {
  return std::ranges::all_of(of.segments, [](const index_segment& each) {
    return each.first_partitions.size() == each.rows_in.size() && std::ranges::is_sorted(each.first_partitions);
  });
}

std::shared_ptr<const paged_rows> paged_rows::load(index_blocks& blocks, const index_manifest& of,
                                                   const paged_rows* before) {
  auto made = std::make_shared<paged_rows>();
  const bool same_model = before != nullptr && before->model_blocks_ == of.model;
  made->model_ = same_model ? before->model_ : load_model(blocks, of);
  made->model_blocks_ = of.model;
  bool same = same_model;  // so far: a merge replaces the last segments
  for (std::uint32_t age = 0; age < of.segments.size(); ++age) {
    const auto& stored = of.segments[age];
    made->stored_ += stored.rows;
    same = same && age < before->segments_.size() && before->segments_[age].blocks == stored.rows_in &&
           before->segments_[age].gone == stored.gone;
    if (same) {
      made->segments_.push_back(before->segments_[age]);
      continue;
    }
    segment next{.blocks = stored.rows_in, .gone = stored.gone, .first_partitions = stored.first_partitions};
    next.latest =
        age == 0 ? key_directory() : made->segments_.back().latest.changed(entries_of(gone_in(blocks, stored), age));
    made->segments_.push_back(std::move(next));
  }
  made->fresh_ = std::make_shared<const vector_snapshot>(made->model_, std::vector<coded_run>());
  if (!made->segments_.empty()) made->latest_ = made->segments_.back().latest;
  return made;
}

std::shared_ptr<const paged_rows> paged_rows::changed(std::span<const std::int64_t> gone,
                                                      std::vector<coded_run> added) const {
  auto made = std::make_shared<paged_rows>(*this);
  std::vector<std::int64_t> keys(gone.begin(), gone.end());
  for (const auto& run : added) keys.insert(keys.end(), run.keys.begin(), run.keys.end());
  made->latest_ = latest_.changed(entries_of(std::move(keys), static_cast<std::uint32_t>(segments_.size())));
  made->fresh_ = fresh_->changed(gone, std::move(added));
  return made;
}

std::size_t paged_rows::bytes() const {
  const auto fresh = fresh_->bytes();  // the model among it
  std::size_t sum = latest_.bytes() + fresh.codes + fresh.second + fresh.keys + fresh.other;
  for (const auto& each : segments_)
    sum += each.blocks.size() * (bytes_a_name + sizeof(std::uint32_t)) + each.gone.size() * bytes_a_name;
  return sum;
}

std::uint64_t paged_rows::estimate_bytes(const index_manifest& of) {
  std::uint64_t gone = 0, blocks = 0;
  for (const auto& each : of.segments) {
    gone += each.gone_keys;
    blocks += each.rows_in.size();
  }
  constexpr std::size_t bytes_a_key = sizeof(std::int64_t) + sizeof(std::uint32_t);
  return estimate_model({.dimensions = of.of.dimensions, .by = of.by}, of.trained_rows) + gone * bytes_a_key +
         blocks * bytes_a_name;
}

std::span<const std::string> paged_source::blocks_of(const paged_rows::segment& in, std::uint32_t partition) {
  const auto& first = in.first_partitions;
  // the one before the first that begins with it, or behind, may end with it
  auto from = std::ranges::lower_bound(first, partition);
  if (from != first.begin()) --from;
  const auto to = std::ranges::upper_bound(first, partition);
  if (to <= from) return {};
  return std::span(in.blocks).subspan(static_cast<std::size_t>(from - first.begin()),
                                      static_cast<std::size_t>(to - from));
}

std::size_t paged_source::fetch(std::span<const std::uint32_t> partitions) {
  held_blocks needed;
  std::vector<std::string> missing;
  std::size_t count = 0;
  for (const auto partition : partitions) {
    if (count > 0 && needed.size() >= blocks_in_hand) break;
    ++count;
    for (const auto& segment : rows_.segments_)
      for (const auto& name : blocks_of(segment, partition)) {
        const auto [place, is_new] = needed.try_emplace(name);
        if (!is_new) continue;
        const auto here = held_.find(name);
        place->second = here != held_.end() ? here->second : cache_.find(name);
        if (!place->second)
          missing.push_back(name);
        else if (here == held_.end())
          ++cost_.blocks_cached;
      }
  }
  held_ = std::move(needed);
  if (!missing.empty()) read(missing);
  ready_.clear();
  for (const auto partition : partitions.first(count)) ready_.emplace(partition, assemble(partition));
  return count;
}

void paged_source::read(const std::vector<std::string>& names) {
  blocks_.read_some(names, [&](const std::string& name, std::string_view payload) {
    auto runs = std::make_shared<block_runs>();
    for (auto& run : runs_in(model(), name, payload))
      runs->push_back(std::make_shared<const coded_run>(std::move(run)));
    ++cost_.blocks_read;
    cost_.bytes_read += payload.size();
    held_[name] = runs;
    const auto bytes = bytes_of(*runs);
    cache_.keep(name, std::move(runs), bytes, most_);
  });
}

paged_source::ready paged_source::assemble(std::uint32_t partition) const {
  ready made;
  for (std::uint32_t age = 0; age < rows_.segments_.size(); ++age)
    for (const auto& name : blocks_of(rows_.segments_[age], partition))
      for (const auto& run : *held_.at(name)) {
        if (run->partition != partition) continue;
        made.parts.push_back({run, nullptr});
        made.ages.push_back(age);
      }
  for (const auto& part : rows_.fresh_->partition(partition).parts()) {
    made.parts.push_back(part);
    made.ages.push_back(static_cast<std::uint32_t>(rows_.segments_.size()));
  }
  return made;
}

std::span<const partition_rows::part> paged_source::parts(std::uint32_t partition) const {
  const auto found = ready_.find(partition);
  return found == ready_.end() ? std::span<const partition_rows::part>() : found->second.parts;
}

bool paged_source::is_latest(std::uint32_t partition, std::size_t part, std::int64_t key) const {
  const auto last = rows_.latest_.find(key);
  return last == key_directory::nowhere || last <= ready_.at(partition).ages[part];
}

}  // namespace tidb::detail
