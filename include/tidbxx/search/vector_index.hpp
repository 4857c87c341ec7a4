// A vector index: its options, and what can be asked of it. It is made by table<T>::create_vector_index.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/search/distance.hpp"

#include <cstdint>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

struct vector_index_options {
  tidb::metric metric{tidb::metric::cosine};  ///< searches by another one are exact; L1 has no index
  if_exists existing{if_exists::raise};       ///< what to do where the column has an index already
};

/// What an index holds and has cost.
struct index_stats {
  std::uint64_t rows{};               ///< with a vector, as the index knows them
  std::uint64_t delta{};              ///< about how many changes are in no block yet
  std::uint32_t partitions{};         ///< of which a search visits some
  std::uint64_t bytes_in_memory{};    ///< of this client
  std::uint64_t first_stage_bytes{};  ///< of those: what every search scans
  std::uint64_t bytes_stored{};       ///< in the index's blocks
  std::uint64_t vector_bytes{};       ///< of the vectors themselves, as float32
  double seconds{};                   ///< spent on building and merging, by all processes
  std::string built_because{};        ///< why it was built the last time
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
/// Drops the column's index in the transaction that `on` is, on TiDB outside of one; what it was for, or nothing if
/// there is none.
std::optional<metric> take_vector_index(const executor& on, std::string_view table, std::string_view column,
                                        const call_context& context);
/// Makes one in the transaction that `on` is; the next writer or search builds it. On TiDB it is made whole, outside of
/// a transaction.
void put_vector_index(const executor& on, const vector_column& of, metric by, const call_context& context);
/// From now on the indexes of the pool's database are merged after writes that made their deltas long.
void follow_writes(pool_state& pool);

}  // namespace detail

}  // namespace tidb
