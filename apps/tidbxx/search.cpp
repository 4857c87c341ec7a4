// tidbxx search: the rows that match words best, those whose vectors are nearest, or both.
#include "catalog.hpp"
#include "commands.hpp"
#include "search_output.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace cli {

namespace {

search_kind kind_of(const search_command& command) {
  if (!command.by_words) return search_kind::vector;
  return command.vector.empty() ? search_kind::words : search_kind::hybrid;
}

void check(const search_command& command) {
  const bool by_vector = !command.vector.empty();
  if (!command.by_words && !command.by_row && !by_vector)
    throw wrong_use_error("search needs words, --vector '[…]' or --like ID; see tidbxx search --help");
  if (command.by_words && command.by_row)
    throw wrong_use_error("--like ID is a search by a vector alone: leave out the words, or give --vector '[…]'");
  if (command.hybrid && (!command.by_words || !by_vector))
    throw wrong_use_error(fmt::format("--hybrid is a search by words and by a vector: add {}; this command has no "
                                      "model that makes vectors of words",
                                      command.by_words ? "--vector '[…]'" : "the words"));
  if (!command.by_words && (command.match_all || command.strict || command.highlight || !command.text_column.empty()))
    throw wrong_use_error("--match-all, --strict, --highlight and --text-column are for a search by words");
  if (command.by_words && !by_vector && (command.by_metric || !command.column.empty()))
    throw wrong_use_error("--metric and --column are for a search by a vector: add --vector '[…]'");
  if (command.explain && command.format == output_format::csv)
    throw wrong_use_error("--explain is for --format table and json: CSV has rows of one kind only");
}

std::vector<table_column> columns_that_take(column_class what, const std::vector<table_column>& columns) {
  std::vector<table_column> found;
  std::ranges::copy_if(columns, std::back_inserter(found), [&](const auto& column) { return column.takes == what; });
  return found;
}

const table_column& choose_column(const search_command& command, const std::vector<table_column>& columns) {
  const auto choices = columns_that_take(column_class::vector, columns);
  if (!command.column.empty()) {
    const auto& named = require_column(columns, command.table, command.column);
    if (named.takes != column_class::vector)
      throw failure(fmt::format("the column \"{}\" of \"{}\" is a {} and no vector; the table's vectors: {}",
                                named.name, command.table, named.type, list_of(choices)));
    return named;
  }
  if (choices.empty())
    throw failure(
        fmt::format("the table \"{}\" has no column of vectors; its columns: {}", command.table, list_of(columns)));
  if (choices.size() > 1)
    throw wrong_use_error(fmt::format("the table \"{}\" has several columns of vectors: choose one with --column: {}",
                                      command.table, list_of(choices)));
  return *find_column(columns, choices.front().name);
}

/// The full-text index to search by.
tidb::search_index_definition choose_texts(const search_command& command, const tidb::client& db,
                                           const std::vector<table_column>& columns) {
  auto indexes = db.list_search_indexes(command.table);
  std::erase_if(indexes, [](const auto& index) { return !index.is_fulltext; });
  if (indexes.empty())
    throw failure(fmt::format("the table \"{}\" has no full-text index: make one with tidbxx index create {} --text "
                              "COLUMN; its columns of text: {}",
                              command.table, command.table, list_of(columns_that_take(column_class::text, columns))));
  if (command.text_column.empty()) {
    if (indexes.size() == 1) return indexes.front();
    throw wrong_use_error(fmt::format("the table \"{}\" has several full-text indexes: choose one with --text-column: "
                                      "{}",
                                      command.table, list_of(indexes)));
  }
  const auto* const found = find_index(indexes, command.text_column);
  if (found == nullptr)
    throw failure(fmt::format("no full-text index of \"{}\" has the column \"{}\"; those there are have: {}",
                              command.table, command.text_column, list_of(indexes)));
  return *found;
}

/// The primary key's only column. Errors: failure if there is none, or several.
const table_column& key_for_like(const search_command& command, const std::vector<table_column>& columns) {
  const auto parts = std::ranges::count_if(columns, &table_column::in_key);
  if (parts != 1)
    throw failure(fmt::format("--like finds a row by its primary key, and \"{}\" has {}: use --vector", command.table,
                              parts == 0 ? "none" : "one of several columns"));
  return *std::ranges::find_if(columns, &table_column::in_key);
}

tidb::value key_value(const table_column& key, const std::string& text) {
  if (key.takes != column_class::integer) return tidb::value(tidb::value_view::of(std::string_view(text)));
  const auto* const end = text.data() + text.size();
  std::int64_t number{};
  if (const auto [stop, code] = std::from_chars(text.data(), end, number); code == std::errc{} && stop == end)
    return tidb::value(tidb::value_view::of(number));
  std::uint64_t larger{};
  if (const auto [stop, code] = std::from_chars(text.data(), end, larger); code == std::errc{} && stop == end)
    return tidb::value(tidb::value_view::of(larger));
  throw wrong_use_error(fmt::format("--like: the key \"{}\" is an integer, and \"{}\" is none", key.name, text));
}

tidb::dynamic_search search_for(const search_command& command, const tidb::dynamic_table& table,
                                const std::vector<table_column>& columns) {
  if (command.by_row) return table.search_by_key({key_value(key_for_like(command, columns), command.like)});
  if (command.vector.empty()) return table.search(command.words);
  const auto vector = tidb::vector_from_text(command.vector);
  if (vector.empty()) throw wrong_use_error("the vector is empty");
  return command.by_words ? table.search(command.words, vector) : table.search(vector);
}

/// JSON if it begins like that.
void add_condition(tidb::dynamic_search& search, const std::string& where) {
  const auto begin = where.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return;
  if (where[begin] == '{')
    search.where(where);
  else  // on a line of its own: a comment in it must not swallow the rest
    search.where(tidb::raw<bool>("(\n" + where + "\n)"));
}

std::vector<std::string> printed_columns(const search_command& command, const std::vector<table_column>& columns) {
  std::vector<std::string> names;
  for (const auto& name : command.columns) names.push_back(require_column(columns, command.table, name).name);
  if (!names.empty()) return names;
  for (const auto& column : columns)
    if (column.takes != column_class::vector) names.push_back(column.name);
  return names;
}

std::vector<tidb::hit<tidb::row>> hits_of(const search_command& command, const tidb::dynamic_search& search,
                                          std::optional<tidb::search_plan>& plan) {
  try {
    return plan ? search.all(*plan) : search.all();
  } catch (const tidb::error& error) {
    if (!command.by_row || error.code() != tidb::errc::no_row) throw;
    throw failure(fmt::format("there is no row of \"{}\" with the key {}", command.table, command.like));
  }
}

}  // namespace

int run(const search_command& command) {
  check(command);
  const auto db = open(command.url);
  const auto columns = require_columns(db, command.table);
  const auto kind = kind_of(command);
  const auto printed = printed_columns(command, columns);
  auto search = search_for(command, db.open_table(command.table), columns);
  search_output output(command, kind, printed);
  if (kind != search_kind::words) search.vector_column(choose_column(command, columns).name).metric(command.metric);
  if (command.by_words) {
    const auto texts = choose_texts(command, db, columns);
    search.text_column(texts.columns.front()).match_all(command.match_all).strict(command.strict);
    if (command.highlight) output.mark(search.highlighter(), texts.columns);
  }
  add_condition(search, command.where);
  search.columns(printed).limit(command.limit).offset(command.offset);
  std::optional<tidb::search_plan> plan;
  if (command.explain) plan.emplace();
  const auto hits = hits_of(command, search, plan);  // an error comes before any output
  output.print(hits, plan ? &*plan : nullptr);
  return succeeded;
}

}  // namespace cli
