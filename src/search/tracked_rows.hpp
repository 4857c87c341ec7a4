// Rows that other tools write on TiDB: seen by a column that the server sets to the time of each change.
//
// A change bears the time of its statement, and is there from its commit on. So whoever has read the table in a
// snapshot of the time N knows all changes but those that are committed later, and these bear a time of no earlier than
// N - longest_transaction. From there on keys and times are read again; of those that are new the rows are read.
#pragma once

#include "search/index_manifest.hpp"
#include "tidbxx/engine/executor.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace tidb::detail {

struct index_place;

/// From a statement to its commit. A change that is committed later may be seen by nobody.
inline constexpr std::chrono::minutes longest_transaction{5};
/// Readers of snapshots that are no further apart go on from what the others have read.
inline constexpr std::chrono::minutes readers_apart{1};

/// The column that is tracked by is there no longer.
class tracking_lost : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A row as it was read: a row with the same key and another time has changed since.
struct seen_row {
  std::int64_t key{};
  std::int64_t time{};            ///< microseconds since 1970, as the column says
  std::int64_t doubtful_until{};  ///< till then it may change and bear the same time; 0: no longer
};

/// Tells one set of keys and times from another without reading them: each change makes the sum of the times greater,
/// and so does one row that comes for another that goes.
struct tracked_mark {
  std::int64_t rows{};
  std::string times{};  ///< their sum
  std::uint64_t keys{};
  friend bool operator==(const tracked_mark&, const tracked_mark&) = default;
};

/// Of those before `split`, which hardly change any more, and of the others.
struct tracked_marks {
  tracked_mark older{}, newer{};
  friend bool operator==(const tracked_marks&, const tracked_marks&) = default;
};

/// All rows that have a time from `from` on, as somebody has read them.
struct tracked_rows {
  std::int64_t from{};                   ///< seconds since 1970
  std::int64_t split{};                  ///< seconds since 1970
  std::vector<seen_row> rows{};          ///< ascending by key
  std::optional<tracked_marks> marks{};  ///< of these
  bool is_settled{true};                 ///< none of them is doubtful
  std::int64_t unmerged{};               ///< about how many have been read since the index was merged
};

/// What a snapshot has and `before` has not.
struct tracked_changes {
  std::vector<std::int64_t> keys{};  ///< ascending; also of rows that have gone
  tracked_rows after{};              ///< with these
};

/// True unless what the transaction sees is so old that `known` no longer tells what has changed since.
bool reaches_back(const tracked_rows& known, const tracking& by, const executor& inside, const call_context& context);

/// All that the transaction may see and that may change unseen, for an index that is built from what it sees.
/// Errors, here and below: tracking_lost.
tracked_rows read_tracked(const executor& inside, const tracking& by, const index_place& place,
                          const call_context& context);
/// Of very many changes the `most` that are oldest; the next call gives the others.
tracked_changes read_tracked_since(const executor& inside, const tracking& by, const index_place& place,
                                   const tracked_rows& before, std::size_t most, const call_context& context);
/// Whether `known` is all that there is. Cost: one statement, which goes through an index from `from` on.
bool is_all_tracked(const executor& on, const tracking& by, const index_place& place, const tracked_rows& known,
                    const call_context& context);
/// About how many of the tracked rows are in no block yet.
std::int64_t count_tracked(const executor& on, const index_manifest& manifest, const index_place& place,
                           const call_context& context);

/// For the manifest: whoever reads the index need not read again the rows that were merged into it.
void store_tracked(index_blocks& blocks, const tracked_rows& merged, index_manifest& into);
/// Errors: damaged_index.
tracked_rows load_tracked(index_blocks& blocks, const index_manifest& of);

/// Ascending, each once.
std::vector<std::int64_t> both_keys(std::vector<std::int64_t> left, std::span<const std::int64_t> right);

}  // namespace tidb::detail
