// One index of vectors or texts: where it is stored, and what this client has of it in memory.
#pragma once

#include "search/paged_rows.hpp"
#include "search/server_delta.hpp"
#include "search/table_rows.hpp"
#include "search/text_rows.hpp"
#include "search/tracked_rows.hpp"
#include "tidbxx/engine/executor.hpp"
#include "tidbxx/search/index.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

/// The rows of an index, in one of these ways; none before it is built.
struct view_rows {
  std::shared_ptr<const vector_snapshot> whole{};
  std::shared_ptr<const paged_rows> paged{};  ///< larger than the memory it may have
  std::shared_ptr<const text_rows> texts{};   ///< of a full-text index

  explicit operator bool() const noexcept { return whole || paged || texts; }
  std::size_t rows() const;
  /// Of vectors.
  const vector_model& model() const { return paged ? paged->model() : whole->model(); }
  /// In memory for good.
  std::size_t bytes() const;
};

/// The index as of one version of the manifest and one number of the delta.
struct index_view {
  index_manifest manifest{};
  std::int64_t checksum{};         ///< of the manifest
  std::int64_t seen{};             ///< all changes up to this number are in `rows`
  std::vector<delta_row> delta{};  ///< on TiDB: those of the delta that are in `rows`
  delta_mark mark{};               ///< of these
  view_rows rows{};
  view_rows merged{};                             ///< without rows of the delta
  std::shared_ptr<const tracked_rows> tracked{};  ///< what is in `rows` of what other tools write, if that is tracked
  std::shared_ptr<const tracked_rows> tracked_merged{};  ///< in `merged`
  /// About how many changes are in no block yet: an undone write may leave a gap in the numbers. What is tracked may be
  /// in the delta, too.
  std::int64_t unmerged() const noexcept {
    return std::max(seen - manifest.upto() + mark.rows, tracked ? tracked->unmerged : 0);
  }
};

struct index_trigger {
  std::string name{};
  std::string sql{};
};

/// On TiDB, where clients learn of an index only after a while. In the order of its life, from when its tables are
/// there.
enum class index_state : std::uint8_t {
  writing,   ///< who writes tells its delta; transactions that do not know of it yet are waited for
  building,  ///< they are over
  ready,     ///< built, and searched by
  dropping,  ///< searched by no longer
  native,    ///< none of these: it is TiDB's own, of which there are no tables
};

/// What an index is in the database. `table` is what it is called there now.
struct index_place {
  std::int64_t id{};
  std::string table{};
  std::string registered{};  ///< what the table was called when the index was made
  std::vector<std::string> columns{};
  metric by{};
  std::string text{};  ///< of a full-text index: its text_form
  std::uint32_t dimensions{};
  std::vector<index_trigger> triggers{};  ///< those of the index that are there
  bool is_text() const noexcept { return !text.empty(); }
  bool has(std::string_view column) const;
  /// For calls that name the index by its column.
  index_target target() const { return {table, columns.front(), dimensions}; }
  /// The name of table<T>'s call that does this to it: "rebuild" is rebuild_index or rebuild_fulltext_index.
  std::string call(std::string_view verb) const {
    return std::string(verb) + (is_text() ? "_fulltext_index" : "_index");
  }
  index_form form() const { return {.by = by, .text = text}; }
  // on TiDB
  index_state state{index_state::ready};
  std::vector<key_column> key{};  ///< the columns of the primary key
  std::string native_name{};      ///< of TiDB's own index
  std::string table_id{};     ///< TiDB's own for the table that has the name now; a table that is made anew has another
  std::int64_t generation{};  ///< of what is added to the delta
};

/// Not even the part of the index that has to be in memory for good fits there.
class index_too_large : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// Threads: shared by all of a client.
class search_index {
public:
  search_index(std::int64_t id, engine_kind engine) : tables_(id, engine) {}

  /// The index as `snapshot` sees it, which is a transaction on the embedded engine. Kept for later calls if `keep`,
  /// which is for transactions that only read. Null: the one in memory is newer than what the transaction sees. `most`:
  /// bytes in memory. Errors: damaged_index, newer_index, index_too_large; of the database.
  std::shared_ptr<const index_view> refresh(const executor& snapshot, const index_place& place, bool keep,
                                            std::uint64_t most, const call_context& context);
  /// Forgets what is in memory.
  void forget();
  /// The next refresh does not believe that the file is the one that it was: its schema has changed, and so a backup
  /// may have been restored into it.
  void check_state() noexcept { unsure_.store(true, std::memory_order_release); }
  std::shared_ptr<const index_view> last() const;
  /// In memory.
  std::size_t bytes() const { return bytes_.load(std::memory_order_relaxed) + cached_bytes(); }
  std::size_t cached_bytes() const { return cache_.bytes() + payloads_.bytes(); }
  /// Blocks of rows or documents, where they are not all in memory.
  block_cache<block_runs>& cache() noexcept { return cache_; }
  block_cache<std::string>& payloads() noexcept { return payloads_; }

  const index_tables& tables() const noexcept { return tables_; }

  /// For a minute, what waits for long transactions is left alone.
  void rest() noexcept {
    rests_until_ = (std::chrono::steady_clock::now() + std::chrono::minutes(1)).time_since_epoch();
  }
  bool is_resting() const noexcept { return std::chrono::steady_clock::now().time_since_epoch() < rests_until_.load(); }

private:
  friend class index_healing;

  void believe_only_what_is_stored(std::int64_t checksum);
  void keep_merged(const index_view& view);
  std::shared_ptr<const index_view> refresh_from_server(const executor& on, const index_place& place, bool keep,
                                                        std::uint64_t most, const call_context& context);
  std::shared_ptr<const index_view> read_from_server(const executor& snapshot, const index_place& place, bool keep,
                                                     std::uint64_t most, const call_context& context);

  index_tables tables_;
  std::atomic_flag healing_{};
  mutable std::mutex refreshing_;
  std::shared_ptr<const index_view> view_;
  std::atomic<std::size_t> bytes_{};
  block_cache<block_runs> cache_;
  block_cache<std::string> payloads_;  ///< of documents
  std::atomic<bool> unsure_{};
  std::atomic<std::chrono::steady_clock::duration> rests_until_{};
};

/// Building an index anew because it was found damaged: one thread does it, the others search without it meanwhile.
class index_healing {
public:
  explicit index_healing(search_index& index)
      : index_(index), ours_(!index.healing_.test_and_set(std::memory_order_acquire)) {}
  index_healing(const index_healing&) = delete;
  index_healing& operator=(const index_healing&) = delete;
  ~index_healing() {
    if (ours_) index_.healing_.clear(std::memory_order_release);
  }
  bool is_ours() const noexcept { return ours_; }

private:
  search_index& index_;
  bool ours_;
};

/// The number of the newest row of the delta; 0 if it is empty.
std::int64_t newest_delta(const executor& on, const index_tables& tables, const call_context& context);
/// Keys of the delta from behind `after` on, at most `limit` of its rows; the number of the last of them.
std::vector<std::int64_t> read_delta(const executor& on, const index_tables& tables, std::int64_t after,
                                     std::int64_t limit, std::int64_t& last, const call_context& context);
/// False once VACUUM has numbered the rows anew.
bool rows_are_numbered_as_before(const executor& on, const index_tables& tables, const index_manifest& of,
                                 const call_context& context);

}  // namespace tidb::detail
