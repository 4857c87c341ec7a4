// The rows of one partition in a snapshot: a large part, small newer parts, and marks of rows that left.
#pragma once

#include "search/code_layout.hpp"
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
  using marks = std::vector<std::uint32_t>;  ///< a word a block of rows
  struct part {
    std::shared_ptr<const coded_run> run;
    std::shared_ptr<const marks> alive;  ///< null: all rows

    bool is_alive(std::size_t slot) const {
      return alive == nullptr || ((*alive)[slot / block_rows] >> slot % block_rows & 1) != 0;
    }
  };
  struct place {
    const coded_run* run{};  ///< null: not here
    std::size_t slot{};
  };

  partition_rows() = default;
  /// `run`: keys ascending.
  explicit partition_rows(coded_run run);

  /// Without the keys in `gone` (unknown ones are ignored), then with `added`, none of whose keys are here any more.
  std::shared_ptr<const partition_rows> changed(code_layout layout, std::span<const std::int64_t> gone,
                                                coded_run added) const;
  place find(std::int64_t key) const;
  std::span<const part> parts() const { return parts_; }
  std::size_t rows() const { return rows_; }
  /// All that is alive, keys ascending.
  coded_run compact(code_layout layout) const;

private:
  void remove(std::int64_t key);
  void append(code_layout layout, coded_run added);
  void merge_newest(code_layout layout);
  bool wasteful() const;

  std::vector<part> parts_;  // the first is the large one, with its keys ascending; those of others may be in any order
  std::size_t rows_{};
};

}  // namespace tidb::detail
