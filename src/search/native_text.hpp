// What is special about TiDB's own full-text index: its parser, its DDL, and that few servers have it.
#pragma once

#include "search/search_index.hpp"
#include "tidbxx/search/fulltext_index.hpp"

#include <source_location>
#include <span>
#include <string>
#include <string_view>

namespace tidb::detail {

/// Errors: usage_error for several columns, and for options that are for an index in tables.
void check_native_text_options(const index_target& of, std::span<const std::string_view> columns,
                               const fulltext_index_options& options, std::source_location where);

/// What the registry has of such an index: a text_form, which reads words much as TiDB does, and its parser.
std::string native_text_form(std::string_view column, fulltext_parser parser);

/// The name of the column's full-text index in what SHOW CREATE TABLE gives; empty if there is none of it alone.
std::string fulltext_index_in(std::string_view create_table, std::string_view column);

/// Errors: unsupported without full-text search, told by what a search of the column is answered with.
void expect_fulltext_search(const executor& on, const index_place& place, const call_context& context);
/// Errors: unsupported unless the column can be searched by the index now.
void expect_fulltext_index(const executor& on, const index_place& place, const call_context& context);
/// Without waiting for anything.
void add_texts_to_tidb(const executor& on, const index_place& place, const call_context& context);

}  // namespace tidb::detail
