// Which search indexes a database has.
#pragma once

#include "tidbxx/engine/executor.hpp"
#include "tidbxx/search/analyzer.hpp"
#include "tidbxx/search/index.hpp"

#include <cstdint>
#include <source_location>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

/// A search index, and what it was made with.
struct search_index_definition {
  std::string table{};
  std::vector<std::string> columns{};  ///< one of a vector index
  bool is_fulltext{};
  index_kind kind{};
  tidb::metric metric{};         ///< of a vector index
  std::uint32_t dimensions{};    ///< of a vector index
  analyzer_options analyzer{};   ///< of a full-text index in tables
  std::vector<double> boosts{};  ///< of a full-text index, in the order of its columns; those that are missing have 1
  bool is_ready{};               ///< false: it is being made or dropped, on TiDB by any program
};

namespace detail {

/// Of the table, or with an empty name of all, by tables and columns.
std::vector<search_index_definition> list_indexes(const executor& on, std::string_view table,
                                                  std::source_location where);

}  // namespace detail

}  // namespace tidb
