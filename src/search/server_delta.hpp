// The delta of an index on TiDB: rows that transactions add in any order, each under a random number that no other has.
#pragma once

#include "search/index_tables.hpp"
#include "search/row_keys.hpp"
#include "tidbxx/engine/executor.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tidb::detail {

/// One change. `generation`: what the delta's rows are read from on is counted up, so that no reader has to walk over
/// those that were deleted.
struct delta_row {
  std::int64_t id{};
  std::int64_t generation{};
  std::int64_t key{};  ///< the number of the row
  std::string name{};  ///< of its key, where that is no integer
  friend auto operator<=>(const delta_row&, const delta_row&) = default;
};

/// Tells one set of the delta's rows from another without reading them.
struct delta_mark {
  std::int64_t rows{};
  std::uint64_t mix{};  ///< of their numbers
  friend bool operator==(const delta_mark&, const delta_mark&) = default;
};

struct server_numbers {
  std::int64_t version{};
  std::int64_t checksum{};
  delta_mark delta{};
};

/// The manifest's version and what the delta has from a generation on, by one statement.
/// Errors: damaged_index without a manifest.
server_numbers read_server_numbers(const executor& on, const index_tables& tables, std::int64_t lowest,
                                   const call_context& context);

/// Adds to the delta that the rows with these keys have changed, in the transaction that `inside` is.
void add_to_delta(const executor& inside, const index_tables& tables, std::int64_t generation, const row_keys& keys,
                  const call_context& context);
/// In the order of their numbers; at most so many, of the oldest generations.
std::vector<delta_row> read_server_delta(const executor& on, const index_tables& tables, std::int64_t lowest,
                                         std::int64_t most, const call_context& context);
void remove_from_delta(const executor& inside, const index_tables& tables, std::span<const delta_row> rows,
                       const call_context& context);

delta_mark mark_of(std::span<const delta_row> rows) noexcept;
/// Ascending, each once.
row_keys keys_of(std::span<const delta_row> rows);

}  // namespace tidb::detail
