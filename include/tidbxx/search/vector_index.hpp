// How a vector index is made, by table<T>::create_vector_index.
#pragma once

#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/search/index.hpp"

#include <chrono>
#include <cstdint>
#include <source_location>

namespace tidb {

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

void create_vector_index(const executor& on, const index_target& of, const vector_index_options& options,
                         std::source_location where);
index_estimate estimate_vector_index(const executor& on, const index_target& of, const vector_index_options& options,
                                     std::source_location where);

}  // namespace detail

}  // namespace tidb
