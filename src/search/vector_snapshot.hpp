// All rows of a vector index in memory, at one moment.
#pragma once

#include "search/coded_rows.hpp"
#include "search/key_directory.hpp"
#include "search/partition_rows.hpp"
#include "search/vector_model.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace tidb::detail {

/// Immutable; shared by threads.
class vector_snapshot {
public:
  /// Of a key in two runs, the row of the later one counts.
  vector_snapshot(std::shared_ptr<const vector_model> model, std::vector<coded_run> runs);

  /// After these changes: the keys in `gone` leave (unknown ones are ignored), then the rows in `added` come and
  /// replace those of the same key. Cost: grows with the change, not with the rows; what did not change is shared with
  /// this.
  std::shared_ptr<const vector_snapshot> changed(std::span<const std::int64_t> gone,
                                                 std::vector<coded_run> added) const;
  /// What is alive, compact, one run a partition that has rows: for writing it down.
  std::vector<coded_run> runs() const;

  bool contains(std::int64_t key) const { return directory_.find(key) != key_directory::nowhere; }
  std::size_t rows() const { return rows_; }
  const vector_model& model() const { return *model_; }
  const std::shared_ptr<const vector_model>& shared_model() const { return model_; }

  struct memory {
    std::size_t codes{};   ///< the first codes, their factors, and marks of rows that left
    std::size_t second{};  ///< the second codes and their factors
    std::size_t keys{};    ///< of the rows, and the directory from keys to partitions
    std::size_t other{};   ///< the model
  };
  memory bytes() const;

  /// For the search.
  const partition_rows& partition(std::uint32_t number) const { return *partitions_[number]; }
  const key_directory& directory() const { return directory_; }

private:
  vector_snapshot() = default;
  /// Each run in its partition.
  void place(std::vector<coded_run> runs);

  std::shared_ptr<const vector_model> model_;
  std::vector<std::shared_ptr<const partition_rows>> partitions_;
  key_directory directory_;
  std::size_t rows_{};
};

}  // namespace tidb::detail
