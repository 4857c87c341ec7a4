// How a full-text index is made, by table<T>::create_fulltext_index.
#pragma once

#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/search/analyzer.hpp"
#include "tidbxx/search/index.hpp"

#include <chrono>
#include <cstdint>
#include <source_location>
#include <span>
#include <string_view>
#include <vector>

namespace tidb {

/// What finds the words in TiDB's own full-text index.
enum class fulltext_parser : std::uint8_t {
  standard,      ///< parts at spaces and signs, in small letters: for English
  multilingual,  ///< the words of Chinese, Japanese and Korean, too
  ngram,         ///< three characters at a time, so that parts of words are found; of a query all of them
};

/// How an index is made, of the table of T.
template <class T>
struct fulltext_index_options_of {
  analyzer_options analyzer{};
  /// What a word counts in each column, in the order of the columns, from 0; those that are missing have 1.
  std::vector<double> boosts{};
  if_exists existing{if_exists::raise};  ///< what to do where one of the columns has an index already
  index_kind kind{index_kind::own_tables};
  fulltext_parser parser{fulltext_parser::multilingual};  ///< of an index of the server, which takes no analyzer
  /// How long to wait until the table is copied to TiFlash, for an index of the server; default 5 min.
  std::chrono::milliseconds replica_timeout{std::chrono::minutes(5)};
  time_column<T> tracked_by{};  ///< as vector_index_options_of has it
};

/// The same without the table.
using fulltext_index_options = fulltext_index_options_of<void>;

namespace detail {

template <class T>
fulltext_index_options untyped(const fulltext_index_options_of<T>& options) {
  const auto& [analyzer, boosts, existing, kind, parser, replica_timeout, tracked_by] = options;
  return {.analyzer = analyzer,
          .boosts = boosts,
          .existing = existing,
          .kind = kind,
          .parser = parser,
          .replica_timeout = replica_timeout,
          .tracked_by = tracked_by};
}

void create_fulltext_index(const executor& on, std::string_view table, std::span<const std::string_view> columns,
                           const fulltext_index_options& options, std::source_location where);

}  // namespace detail

}  // namespace tidb
