// The conditions of a search by an index, and its rows by their keys.
#pragma once

#include "search/index_catalog.hpp"
#include "tidbxx/search/search.hpp"

#include <cstdint>
#include <string>

namespace tidb::detail {

inline constexpr std::uint64_t most_candidates = 8192;  ///< read in one statement; SQLite takes 32,766 parameters

// When the conditions are looked at, for an index that proposes rows.
inline constexpr std::uint64_t rows_probed = 24;        ///< beyond twice the rows wanted, to see how many match
inline constexpr std::uint64_t most_probed_share = 16;  ///< a filter that needs more of the table than this goes first
inline constexpr std::uint64_t few_that_match = 8;  ///< and so does one that an index answers with less than an eighth

/// How many rows to propose next, where `found` of those that were proposed meet the conditions.
std::uint64_t next_probe(std::uint64_t probed, std::uint64_t found, std::uint64_t wanted);

/// How many rows a search looks for, those of the offset included.
std::uint64_t wanted_rows(const search_request& request);

class row_filter {
public:
  row_filter(const executor& on, const search_request& request, const indexed_column& of, const call_context& context)
      : on_(on), request_(request), of_(of), context_(context) {}

  /// The keys of the rows that meet the conditions, at most so many.
  row_keys matching_keys(std::int64_t most) const;
  /// The engine finds those rows without reading the whole table.
  bool has_index(const index_listing& known) const;
  /// Errors: damaged_index for a key that is none of the table's.
  sql::expression has_key_among(const row_keys& keys) const;
  /// Adds the columns of the key; reads them from a row whose cells before are `first`.
  void add_key_columns(sql::select& statement) const;
  /// The number of a row, from those columns; its name if it has one.
  std::int64_t key_in(std::span<const value_view> cells, std::string& name) const;

private:
  sql::select matching(std::int64_t most) const;

  const executor& on_;
  const search_request& request_;
  const indexed_column& of_;
  const call_context& context_;
};

/// The engine answers the statement without reading the whole table. Noted in `known`.
bool finds_by_index(const executor& on, const sql::select& statement, const index_listing& known,
                    const call_context& context);

}  // namespace tidb::detail
