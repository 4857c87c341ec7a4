// The manifest: which blocks are the index, and up to where the delta is in them.
#pragma once

#include "search/index_blocks.hpp"
#include "tidbxx/search/distance.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// The changes between two numbers of the delta: keys that are no longer what they were, and rows as they became.
struct index_segment {
  std::int64_t upto{};  ///< the delta's rows up to this number are in it
  std::uint64_t rows{};
  std::uint64_t gone_keys{};
  std::uint64_t name_bytes{};                     ///< of keys that are no integers
  std::uint64_t memory{}, outline_memory{};       ///< that documents take: all of them, and without their postings
  std::vector<std::string> gone{};                ///< blocks of keys
  std::vector<std::string> rows_in{};             ///< blocks of coded rows, or those of documents in their order
  std::vector<std::uint32_t> first_partitions{};  ///< of each of these, ascending; none of earlier versions
};

/// On TiDB: the column by which rows that other tools write are seen, if there is one.
struct tracking {
  std::string column{};
  bool is_timestamp{};  ///< else a DATETIME, in the time zone of whoever has written
  bool is_fine{};       ///< has six digits: two changes of a row do not bear the same time
  explicit operator bool() const noexcept { return !column.empty(); }
};

/// On TiDB: what the server had counted of the table when the index was built, or when it had begun to count anew, and
/// what was told since.
struct counted_changes {
  std::int64_t changes{};
  std::int64_t counted_rows{};  ///< late
  std::int64_t analyzed{};      ///< in what snapshot the server has last looked at all rows
  std::int64_t rows{};          ///< that were there
  std::int64_t told{};          ///< taken out of the delta since
};

struct index_manifest {
  std::int64_t version{};  ///< of the manifest; each change counts it up
  int format{index_tables_version};
  metric by{};
  indexed_column of{};
  std::string nonce{};        ///< of the triggers
  std::string text{};         ///< of a full-text index: its text_form
  std::string analyzed_by{};  ///< the analyzer's version; empty: not built yet
  // of an index of vectors
  std::uint64_t seed{};              ///< of the rotation
  std::vector<std::string> model{};  ///< blocks; none: not built yet
  std::uint64_t trained_rows{};
  std::vector<index_segment> segments{};  ///< oldest first
  double seconds{};                       ///< spent on building and merging
  std::string built_because{};            ///< the last time
  // on TiDB
  std::int64_t lowest{};       ///< the delta has no rows of a generation before this
  std::int64_t generation{};   ///< the newest
  std::int64_t turned{};       ///< when that began, in milliseconds of the server's clock
  std::uint64_t taken{};       ///< rows taken out of the delta since
  std::int64_t built_until{};  ///< somebody builds the index, by then at the latest: milliseconds of the server's clock
  std::optional<counted_changes> counted{};
  tracking tracked_by{};
  std::int64_t tracked_from{};         ///< seconds since 1970: later changes may be in no block
  std::uint64_t tracked_rows{};        ///< how many later ones are
  std::vector<std::string> tracked{};  ///< blocks of their keys and times

  bool is_text() const noexcept { return !text.empty(); }
  bool is_built() const noexcept { return !model.empty() || !analyzed_by.empty(); }
  /// Nothing is known of the rows any more, but that the delta up to there is done with.
  void forget_rows(std::int64_t upto);
  std::int64_t upto() const noexcept { return segments.empty() ? 0 : segments.back().upto; }
  std::vector<std::string> blocks() const;
  std::string body() const;
};

std::string metric_name(metric by);
bool is_metric(std::string_view name);
/// Errors: damaged_index.
metric metric_named(std::string_view name);

/// A manifest of a layout that only a later version of this library knows.
class newer_index : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Errors: damaged_index, newer_index.
index_manifest read_manifest(const executor& on, const index_tables& tables, const call_context& context);
/// Writes it in place of the version before; false if another one is there by now.
bool replace_manifest(const executor& on, const index_tables& tables, index_manifest& changed,
                      const call_context& context);
void insert_manifest(const executor& on, const index_tables& tables, index_manifest& first,
                     const call_context& context);

}  // namespace tidb::detail
