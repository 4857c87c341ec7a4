// A full-text index: how it is made. It is made by table<T>::create_fulltext_index.
#pragma once

#include "tidbxx/schema/table_definition.hpp"
#include "tidbxx/search/analyzer.hpp"
#include "tidbxx/search/index.hpp"

#include <source_location>
#include <span>
#include <string_view>
#include <vector>

namespace tidb {

/// How an index is made, of the table of T.
template <class T>
struct fulltext_index_options_of {
  analyzer_options analyzer{};
  /// What a word counts in each column, in the order of the columns, from 0; those that are missing have 1.
  std::vector<double> boosts{};
  if_exists existing{if_exists::raise};  ///< what to do where one of the columns has an index already
  time_column<T> tracked_by{};           ///< as vector_index_options_of has it
};

/// The same without the table.
using fulltext_index_options = fulltext_index_options_of<void>;

namespace detail {

template <class T>
fulltext_index_options untyped(const fulltext_index_options_of<T>& options) {
  const auto& [analyzer, boosts, existing, tracked_by] = options;
  return {.analyzer = analyzer, .boosts = boosts, .existing = existing, .tracked_by = tracked_by};
}

void create_fulltext_index(const executor& on, std::string_view table, std::span<const std::string_view> columns,
                           const fulltext_index_options& options, std::source_location where);

}  // namespace detail

}  // namespace tidb
