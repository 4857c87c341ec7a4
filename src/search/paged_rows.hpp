// The rows of an index that is larger than the memory it may have: blocks are read when a search comes to them.
#pragma once

#include "search/block_cache.hpp"
#include "search/index_manifest.hpp"
#include "search/key_directory.hpp"
#include "search/row_source.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace tidb::detail {

/// What is in memory for good: the model, which keys later segments have anew, and the rows of the delta.
/// Immutable; shared by threads, and what did not change with what it came from.
class paged_rows {
public:
  /// `before`: of an earlier manifest, or null. Errors: damaged_index.
  static std::shared_ptr<const paged_rows> load(index_blocks& blocks, const index_manifest& of,
                                                const paged_rows* before);
  /// Whether the manifest tells in which blocks a partition is, as earlier versions of this library did not.
  static bool is_possible(const index_manifest& of);
  /// What `bytes` will be about, without the delta.
  static std::uint64_t estimate_bytes(const index_manifest& of);

  /// With rows of the delta, as vector_snapshot::changed.
  std::shared_ptr<const paged_rows> changed(std::span<const std::int64_t> gone, std::vector<coded_run> added) const;

  const vector_model& model() const { return *model_; }
  /// Rows that were changed count twice until they are merged.
  std::size_t rows() const { return stored_ + fresh_->rows(); }
  /// Without the blocks that a cache has.
  std::size_t bytes() const;

private:
  friend class paged_source;
  struct segment {
    std::vector<std::string> blocks{}, gone{};
    std::vector<std::uint32_t> first_partitions{};
    key_directory latest{};  ///< of keys that this or an earlier segment changed: the number of the last that did
  };

  std::shared_ptr<const vector_model> model_;
  std::vector<std::string> model_blocks_;
  std::vector<segment> segments_;
  std::size_t stored_{};
  std::shared_ptr<const vector_snapshot> fresh_;  // the delta's rows
  key_directory latest_;                          // those of the delta, too: their number follows the last segment's
};

/// For one search: holds what the partitions in hand need.
class paged_source final : public row_source {
public:
  /// `most`: bytes that the cache may have. Lifetime: borrows all.
  paged_source(const paged_rows& rows, index_blocks& blocks, block_cache<block_runs>& cache, std::size_t most)
      : rows_(rows), blocks_(blocks), cache_(cache), most_(most) {}

  const vector_model& model() const override { return rows_.model(); }
  std::size_t rows() const override { return rows_.rows(); }
  /// Errors: damaged_index, of which missing_block may tell that the index has changed; of the database.
  std::size_t fetch(std::span<const std::uint32_t> partitions) override;
  std::span<const partition_rows::part> parts(std::uint32_t partition) const override;
  bool is_latest(std::uint32_t partition, std::size_t part, std::int64_t key) const override;
  const paging_cost& cost() const { return cost_; }

private:
  struct ready {
    std::vector<partition_rows::part> parts{};
    std::vector<std::uint32_t> ages{};  ///< of the parts: the segment that each is of
  };
  using held_blocks = std::unordered_map<std::string, std::shared_ptr<const block_runs>>;

  /// The blocks of a segment that have rows of a partition.
  static std::span<const std::string> blocks_of(const paged_rows::segment& in, std::uint32_t partition);
  void read(const std::vector<std::string>& names);
  ready assemble(std::uint32_t partition) const;

  const paged_rows& rows_;
  index_blocks& blocks_;
  block_cache<block_runs>& cache_;
  std::size_t most_;
  held_blocks held_;
  std::map<std::uint32_t, ready> ready_;
  paging_cost cost_;
};

}  // namespace tidb::detail
