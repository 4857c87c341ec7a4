// The rows of one partition in a snapshot: a large sorted part, small newer parts, and marks of those that left.
#pragma once

#include "search/coded_rows.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tidb::detail {

/// Immutable; a change shares the larger parts with what it came from.
class partition_rows {
public:
  /// A part and which of its rows are alive.
  struct part {
    std::shared_ptr<const coded_run> run;
    std::shared_ptr<const std::vector<std::uint32_t>> alive;  ///< a word a block; null: all rows
  };
  struct place {
    const coded_run* run{};  ///< null: not here
    std::size_t slot{};
  };

  partition_rows() = default;
  explicit partition_rows(coded_run sorted);

  /// Without the keys in `gone`, all of which are here, and with `added`, none of whose keys stay.
  std::shared_ptr<const partition_rows> changed(std::span<const std::int64_t> gone, coded_run added) const;
  place find(std::int64_t key) const;
  std::span<const part> parts() const { return parts_; }
  std::size_t rows() const { return rows_; }
  /// All that is alive, sorted by key.
  coded_run compact() const;

private:
  std::vector<part> parts_;  // the sorted one first, if there is one
  std::size_t rows_{};
};

}  // namespace tidb::detail
