#include "search/partition_rows.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace tidb::detail {

namespace {

/// Where a key is in a run, alive or not; the number of rows if nowhere. Where it came, left and came again, the last
/// place, which alone may be alive.
std::size_t slot_of(const coded_run& run, bool ascending, std::int64_t key) {
  const auto& keys = run.keys;
  if (ascending) {
    const auto at = std::ranges::lower_bound(keys, key);
    return at == keys.end() || *at != key ? keys.size() : static_cast<std::size_t>(at - keys.begin());
  }
  const auto at = std::find(keys.rbegin(), keys.rend(), key);
  return at == keys.rend() ? keys.size() : static_cast<std::size_t>(keys.rend() - at) - 1;
}

std::size_t blocks_of(const partition_rows::part& part) { return code_layout::blocks(part.run->rows()); }

}  // namespace

partition_rows::partition_rows(coded_run run) : rows_(run.rows()) {
  if (rows_ != 0) parts_.push_back({std::make_shared<const coded_run>(std::move(run)), nullptr});
}

std::shared_ptr<const partition_rows> partition_rows::changed(code_layout layout, std::span<const std::int64_t> gone,
                                                              coded_run added) const {
  auto made = std::make_shared<partition_rows>(*this);
  for (const auto key : gone) made->remove(key);
  if (added.rows() != 0) made->append(layout, std::move(added));
  if (made->wasteful()) return std::make_shared<partition_rows>(made->compact(layout));
  return made;
}

void partition_rows::remove(std::int64_t key) {
  for (std::size_t p = parts_.size(); p-- > 0;) {
    auto& from = parts_[p];
    const auto slot = slot_of(*from.run, p == 0, key);
    if (slot == from.run->rows() || !from.is_alive(slot)) continue;
    auto alive = from.alive == nullptr ? std::make_shared<marks>(blocks_of(from), ~std::uint32_t{0})
                                       : std::make_shared<marks>(*from.alive);
    (*alive)[slot / block_rows] &= ~(std::uint32_t{1} << slot % block_rows);
    from.alive = std::move(alive);
    --rows_;
    return;
  }
}

void partition_rows::append(code_layout layout, coded_run added) {
  rows_ += added.rows();
  // A few rows go into the newest block while it has room: a copy of that, and no other row moves.
  if (parts_.size() > 1 && parts_.back().run->rows() + added.rows() <= block_rows) {
    run_builder builder(layout, *parts_.back().run, added.rows());
    for (std::size_t slot = 0; slot < added.rows(); ++slot) builder.add(added, slot);
    // its marks, one word, have ones for rows to come
    parts_.back().run = std::make_shared<const coded_run>(builder.finish());
    return;
  }
  parts_.push_back({std::make_shared<const coded_run>(std::move(added)), nullptr});
  // Parts grow by a factor, so that a row is copied a few times in all.
  while (parts_.size() > 2 && parts_[parts_.size() - 2].run->rows() <= 2 * parts_.back().run->rows())
    merge_newest(layout);
}

void partition_rows::merge_newest(code_layout layout) {
  const auto newest = std::move(parts_.back());
  parts_.pop_back();
  auto& before = parts_.back();
  run_builder builder(layout, before.run->partition, before.run->rows() + newest.run->rows());
  for (const auto* from : {&std::as_const(before), &newest})
    for (std::size_t slot = 0; slot < from->run->rows(); ++slot)
      if (from->is_alive(slot)) builder.add(*from->run, slot);
  before = {std::make_shared<const coded_run>(builder.finish()), nullptr};
}

/// Whether a search scans much that is not alive, or a key is looked for in too many rows without order.
bool partition_rows::wasteful() const {
  std::size_t blocks = 0, unordered = 0;
  for (std::size_t p = 0; p < parts_.size(); ++p) {
    blocks += blocks_of(parts_[p]);
    if (p > 0) unordered += parts_[p].run->rows();
  }
  const auto needed = code_layout::blocks(rows_);
  return blocks > needed + std::max<std::size_t>(2, needed / 6) || unordered > std::max<std::size_t>(64, rows_ / 4);
}

partition_rows::place partition_rows::find(std::int64_t key) const {
  for (std::size_t p = parts_.size(); p-- > 0;) {
    const auto slot = slot_of(*parts_[p].run, p == 0, key);
    if (slot != parts_[p].run->rows() && parts_[p].is_alive(slot)) return {parts_[p].run.get(), slot};
  }
  return {};
}

coded_run partition_rows::compact(code_layout layout) const {
  if (parts_.empty()) return {};
  if (parts_.size() == 1 && parts_[0].alive == nullptr) return run_builder(layout, *parts_[0].run, 0).finish();
  struct row {
    std::int64_t key{};
    std::uint32_t part{}, slot{};
  };
  std::vector<row> rows;
  rows.reserve(rows_);
  for (std::uint32_t p = 0; p < parts_.size(); ++p)
    for (std::uint32_t slot = 0; slot < parts_[p].run->rows(); ++slot)
      if (parts_[p].is_alive(slot)) rows.push_back({parts_[p].run->keys[slot], p, slot});
  std::ranges::sort(rows, {}, &row::key);
  run_builder builder(layout, parts_[0].run->partition, rows.size());
  for (const auto& one : rows) builder.add(*parts_[one.part].run, one.slot);
  return builder.finish();
}

}  // namespace tidb::detail
