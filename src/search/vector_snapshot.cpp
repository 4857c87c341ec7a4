#include "search/vector_snapshot.hpp"

#include "search/code_layout.hpp"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace tidb::detail {

namespace {

using entry = key_directory::entry;

std::size_t rows_of(std::span<const coded_run> runs) {
  std::size_t rows = 0;
  for (const auto& run : runs) rows += run.rows();
  return rows;
}

/// Where the rows that came lie: by key, later runs behind earlier ones.
struct arrival {
  std::int64_t key{};
  std::uint32_t partition{}, run{}, slot{};
};

std::vector<arrival> arrivals_of(std::span<const coded_run> runs) {
  std::vector<arrival> made;
  made.reserve(rows_of(runs));
  for (std::uint32_t r = 0; r < runs.size(); ++r)
    for (std::uint32_t slot = 0; slot < runs[r].rows(); ++slot)
      made.push_back({runs[r].keys[slot], runs[r].partition, r, slot});
  if (!std::ranges::is_sorted(made, {}, &arrival::key)) std::ranges::stable_sort(made, {}, &arrival::key);
  // Of equal keys the last stays: seen from behind it is the first.
  const auto rest =
      std::unique(made.rbegin(), made.rend(), [](const arrival& a, const arrival& b) { return a.key == b.key; });
  made.erase(made.begin(), rest.base());
  return made;
}

/// The rows that came, one run a partition, keys ascending.
std::vector<coded_run> sorted_runs(code_layout layout, std::vector<coded_run> runs, std::vector<arrival> arrivals) {
  std::ranges::stable_sort(arrivals, {}, &arrival::partition);
  std::vector<coded_run> made;
  for (auto first = arrivals.begin(); first != arrivals.end();) {
    const auto last =
        std::find_if(first, arrivals.end(), [&](const auto& one) { return one.partition != first->partition; });
    auto& run = runs[first->run];
    // Nearly always a partition's rows are one run, which is taken as it is.
    const bool whole = static_cast<std::size_t>(last - first) == run.rows() && std::ranges::is_sorted(run.keys) &&
                       std::all_of(first, last, [&](const auto& one) { return one.run == first->run; });
    if (whole) {
      made.push_back(std::move(run));
    } else {
      run_builder builder(layout, first->partition, static_cast<std::size_t>(last - first));
      for (auto one = first; one != last; ++one) builder.add(runs[one->run], one->slot);
      made.push_back(builder.finish());
    }
    first = last;
  }
  return made;
}

/// Joins a partition's rows where the end of a block parted them.
std::vector<coded_run> joined(code_layout layout, std::vector<coded_run> runs) {
  std::vector<coded_run> made;
  made.reserve(runs.size());
  for (auto& run : runs) {
    if (made.empty() || made.back().partition != run.partition) {
      made.push_back(std::move(run));
      continue;
    }
    run_builder builder(layout, made.back(), run.rows());
    for (std::size_t slot = 0; slot < run.rows(); ++slot) builder.add(run, slot);
    made.back() = builder.finish();
  }
  return made;
}

/// Where each key is. Empty if a partition comes twice, or a partition's keys are out of order.
std::vector<entry> plain_entries(std::span<const coded_run> runs) {
  if (std::ranges::adjacent_find(runs, std::greater_equal<>{}, &coded_run::partition) != runs.end()) return {};
  std::vector<entry> made;
  made.reserve(rows_of(runs));
  for (const auto& run : runs) {
    if (std::ranges::adjacent_find(run.keys, std::greater_equal<>{}) != run.keys.end()) return {};
    for (const auto key : run.keys) made.push_back({key, run.partition});
  }
  return made;
}

void check_partitions(std::span<const coded_run> runs, std::uint32_t partitions) {
  for (const auto& run : runs)
    if (run.partition >= partitions)
      throw malformed_index("rows of partition " + std::to_string(run.partition) + "; the model has " +
                            std::to_string(partitions));
}

}  // namespace

vector_snapshot::vector_snapshot(std::shared_ptr<const vector_model> model, std::vector<coded_run> runs)
    : model_(std::move(model)) {
  check_partitions(runs, model_->partitions());
  runs = joined({model_->padded()}, std::move(runs));
  auto entries = plain_entries(runs);
  if (auto dense = key_directory::of_dense(entries)) {
    rows_ = entries.size();
    directory_ = std::move(*dense);
    place(std::move(runs));
    return;
  }
  std::ranges::sort(entries, {}, &entry::key);
  if (entries.empty() || std::ranges::adjacent_find(entries, {}, &entry::key) != entries.end()) {
    entries.clear();
    const auto arrivals = arrivals_of(runs);
    for (const auto& one : arrivals) entries.push_back({one.key, one.partition});
    runs = sorted_runs({model_->padded()}, std::move(runs), arrivals);
  }
  rows_ = entries.size();
  directory_ = key_directory(std::move(entries));
  place(std::move(runs));
}

void vector_snapshot::place(std::vector<coded_run> runs) {
  partitions_.assign(model_->partitions(), std::make_shared<const partition_rows>());
  for (auto& run : runs) {
    const auto partition = run.partition;
    partitions_[partition] = std::make_shared<const partition_rows>(std::move(run));
  }
}

std::shared_ptr<const vector_snapshot> vector_snapshot::changed(std::span<const std::int64_t> gone,
                                                                std::vector<coded_run> added) const {
  check_partitions(added, model_->partitions());
  const auto arrivals = arrivals_of(added);
  std::vector<entry> entries;
  entries.reserve(arrivals.size() + gone.size());
  for (const auto& one : arrivals) entries.push_back({one.key, one.partition});
  for (const auto key : gone) entries.push_back({key, key_directory::nowhere});
  // a key that leaves and comes again came
  std::ranges::stable_sort(entries, {}, &entry::key);
  entries.erase(std::ranges::unique(entries, {}, &entry::key).begin(), entries.end());

  std::vector<entry> leaving;  // with the partitions that they leave
  for (const auto& one : entries)
    if (const auto old = directory_.find(one.key); old != key_directory::nowhere) leaving.push_back({one.key, old});
  std::erase_if(entries, [&](const entry& one) {
    return one.partition == key_directory::nowhere && !std::ranges::binary_search(leaving, one.key, {}, &entry::key);
  });

  std::shared_ptr<vector_snapshot> made(new vector_snapshot(*this));
  made->directory_ = directory_.changed(std::move(entries));
  made->rows_ = rows_ + arrivals.size() - leaving.size();
  auto runs = sorted_runs({model_->padded()}, std::move(added), arrivals);
  std::ranges::stable_sort(leaving, {}, &entry::partition);
  auto run = runs.begin();
  auto left = leaving.begin();
  std::vector<std::int64_t> keys;
  while (run != runs.end() || left != leaving.end()) {
    auto partition = key_directory::nowhere;
    if (run != runs.end()) partition = run->partition;
    if (left != leaving.end()) partition = std::min(partition, left->partition);
    keys.clear();
    for (; left != leaving.end() && left->partition == partition; ++left) keys.push_back(left->key);
    coded_run came;
    if (run != runs.end() && run->partition == partition) came = std::move(*run++);
    made->partitions_[partition] = partitions_[partition]->changed({model_->padded()}, keys, std::move(came));
  }
  return made;
}

std::vector<coded_run> vector_snapshot::runs() const {
  std::vector<coded_run> made;
  for (const auto& partition : partitions_)
    if (partition->rows() != 0) made.push_back(partition->compact({model_->padded()}));
  return made;
}

vector_snapshot::memory vector_snapshot::bytes() const {
  memory sum;
  sum.keys = directory_.bytes();
  for (const auto& partition : partitions_) {
    for (const auto& part : partition->parts()) {
      sum.codes += part.run->blocks.size() + (part.alive == nullptr ? 0 : part.alive->size() * sizeof(std::uint32_t));
      sum.second += part.run->second.size() + part.run->second_factors.size() * sizeof(float);
      sum.keys += part.run->keys.size() * sizeof(std::int64_t) + part.run->names.bytes();
    }
    sum.other += sizeof(partition_rows) + sizeof(partition) + partition->parts().size_bytes();
  }
  sum.other += model_->table().bytes();
  return sum;
}

}  // namespace tidb::detail
