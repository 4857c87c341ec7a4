// A vector index: its options, and what can be asked of it. It is made by table<T>::create_vector_index.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/orm/mapping.hpp"
#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/search/distance.hpp"

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

/// Whose index it is. A column has one of them.
enum class index_kind : std::uint8_t {
  own_tables,  ///< tidbxx's, in tables of the database: on both engines, without TiFlash
  server,      ///< TiDB's own: HNSW, kept by TiFlash; for cosine and L2
};

/// A column of T's table that the server sets to the time of each change, `c<&doc::changed_at>`; or none. Of void: by
/// its name.
template <class T>
class time_column {
public:
  constexpr time_column() = default;
  template <class Table, auto Member>
  constexpr time_column(const column_ref<Table, Member>&) : name_(column_ref<Table, Member>::name()) {
    static_assert(std::same_as<Table, T>, "tracked_by: a column of another table");
    constexpr auto kind = detail::column_of<detail::row_of<Table>, Member>().type.kind;
    static_assert(kind == type_kind::timestamp || kind == type_kind::datetime,
                  "tracked_by: the time of the last change is a TIMESTAMP or a DATETIME");
  }
  template <class Other>
    requires std::same_as<T, void>
  constexpr time_column(const time_column<Other>& other) : name_(other.name()) {}
  /// Lifetime: borrows the name.
  constexpr explicit time_column(std::string_view name)
    requires std::same_as<T, void>
      : name_(name) {}
  constexpr std::string_view name() const noexcept { return name_; }

private:
  std::string_view name_{};
};

/// How an index is made, of the table of T.
template <class T>
struct vector_index_options_of {
  tidb::metric metric{tidb::metric::cosine};  ///< searches by another one are exact; L1 has no index
  if_exists existing{if_exists::raise};       ///< what to do where the column has an index already
  index_kind kind{index_kind::own_tables};
  /// How long to wait until the table is copied to TiFlash, for an index of the server; default 5 min.
  std::chrono::milliseconds replica_timeout{std::chrono::minutes(5)};
  /// For tables that other tools write, too: searches on TiDB then find the rows that these add and change, as long as
  /// at most five minutes pass from a statement to its commit. The primary key is one signed integer, and the column
  /// one that the server sets: TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6), first in an
  /// index of the table; creation looks whether it is. A DATETIME does, too, at the price of reading the keys of some
  /// 14 hours. On the embedded engine triggers see all writes, and this is not looked at. Cost: a statement more a
  /// search.
  time_column<T> tracked_by{};
};

/// The same without the table.
using vector_index_options = vector_index_options_of<void>;

/// What an index holds and has cost. Of one of the server's there are rows, delta, not_indexed and error.
struct index_stats {
  index_kind kind{};
  std::uint64_t rows{};   ///< with a vector, as the index knows them; changed ones twice where it is read in parts
  std::uint64_t delta{};  ///< about how many changes are in no block yet, or not in TiFlash's stable layer
  std::uint64_t not_indexed{};        ///< server: rows of the stable layer that each search compares one by one
  std::uint32_t partitions{};         ///< of which a search visits some
  std::uint64_t bytes_in_memory{};    ///< of this client
  std::uint64_t first_stage_bytes{};  ///< of those: what every search scans
  std::uint64_t bytes_stored{};       ///< in the index's blocks
  std::uint64_t vector_bytes{};       ///< of the vectors themselves, as float32
  double seconds{};                   ///< spent on building and merging, by all processes
  std::string built_because{};        ///< why it was built the last time
  /// On TiDB about how many changes of the table, by the server's own count, nobody has told the index of since it was
  /// built; those that set other columns are among them. Some minutes late. None: it cannot be known.
  std::optional<std::uint64_t> unseen_changes{};
  std::string warning{};  ///< that other tools write the table, and searches lack rows; empty: nothing tells so
  std::string error{};    ///< server: what ended the building of it, in TiFlash's words
};

/// What check_index found.
struct index_check {
  std::uint64_t rows{};       ///< looked at
  std::uint64_t missing{};    ///< rows of the table that no search by the index would find
  std::uint64_t stale{};      ///< rows whose vector is another one than the index has
  std::uint64_t left_over{};  ///< entries whose row has left the table unseen, as REPLACE does it
  std::vector<std::string> problems{};
  bool ok() const noexcept { return problems.empty(); }
};

/// What an index would take.
struct index_estimate {
  std::uint64_t rows{};
  std::uint64_t bytes_in_memory{};  ///< of each client that searches
  std::uint64_t bytes_stored{};
};

namespace detail {

template <class T>
vector_index_options untyped(const vector_index_options_of<T>& options) {
  const auto& [metric, existing, kind, replica_timeout, tracked_by] = options;
  return {.metric = metric,
          .existing = existing,
          .kind = kind,
          .replica_timeout = replica_timeout,
          .tracked_by = tracked_by};
}

/// A column of vectors, without types.
struct vector_column {
  std::string_view table{};
  std::string_view name{};
  std::uint32_t dimensions{};
};

void create_vector_index(const executor& on, const vector_column& of, const vector_index_options& options,
                         std::source_location where);
void drop_vector_index(const executor& on, const vector_column& of, std::source_location where);
bool has_vector_index(const executor& on, const vector_column& of, std::source_location where);
void rebuild_vector_index(const executor& on, const vector_column& of, std::source_location where);
void optimize_vector_index(const executor& on, const vector_column& of, std::source_location where);
index_check check_vector_index(const executor& on, const vector_column& of, std::source_location where);
index_stats stats_of_vector_index(const executor& on, const vector_column& of, std::source_location where);
index_estimate estimate_vector_index(const executor& on, const vector_column& of, const vector_index_options& options,
                                     std::source_location where);

/// DROP TABLE and the indexes of the table with it. `sql` drops the table.
void drop_with_indexes(const executor& on, std::string_view table, std::string_view sql, const call_context& context);
/// Empties the table by `sql`, and its indexes.
void empty_with_indexes(const executor& on, std::string_view table, std::string_view sql, const call_context& context);
/// What an index was made with.
struct taken_index {
  metric by{};
  std::string tracked_by{};
};
/// Drops the column's index in the transaction that `on` is, on TiDB outside of one; nothing if there is none.
std::optional<taken_index> take_vector_index(const executor& on, std::string_view table, std::string_view column,
                                             const call_context& context);
/// Makes one in the transaction that `on` is; the next writer or search builds it. On TiDB it is made whole, outside of
/// a transaction.
void put_vector_index(const executor& on, const vector_column& of, const taken_index& as, const call_context& context);
/// From now on the indexes of the pool's database are merged after writes that made their deltas long.
void follow_writes(pool_state& pool);

}  // namespace detail

}  // namespace tidb
