// Where a search finds the coded rows of partitions: all in memory, or read when it comes to them.
#pragma once

#include "search/vector_snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace tidb::detail {

class row_source {
public:
  virtual ~row_source() = default;

  virtual const vector_model& model() const = 0;
  /// How many there are; of a source that reads them, rows that were changed may count twice.
  virtual std::size_t rows() const = 0;
  /// Null where rows are read when they are needed.
  virtual const vector_snapshot* all_in_memory() const { return nullptr; }

  /// Makes some of these partitions ready, the first one at least; the number. What was ready before may go.
  virtual std::size_t fetch(std::span<const std::uint32_t> partitions) = 0;
  /// Of a partition that is ready.
  virtual std::span<const partition_rows::part> parts(std::uint32_t partition) const = 0;
  /// Whether the row with this key in this part of the partition is the latest.
  virtual bool is_latest(std::uint32_t partition, std::size_t part, std::int64_t key) const = 0;
};

class snapshot_source final : public row_source {
public:
  /// Lifetime: borrows `rows`.
  explicit snapshot_source(const vector_snapshot& rows) : rows_(rows) {}

  const vector_model& model() const override { return rows_.model(); }
  std::size_t rows() const override { return rows_.rows(); }
  const vector_snapshot* all_in_memory() const override { return &rows_; }
  std::size_t fetch(std::span<const std::uint32_t> partitions) override { return partitions.size(); }
  std::span<const partition_rows::part> parts(std::uint32_t partition) const override {
    return rows_.partition(partition).parts();
  }
  bool is_latest(std::uint32_t, std::size_t, std::int64_t) const override { return true; }

private:
  const vector_snapshot& rows_;
};

}  // namespace tidb::detail
