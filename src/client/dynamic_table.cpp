#include "tidbxx/client/dynamic_table.hpp"

#include "client/dynamic_facts.hpp"
#include "orm/typed_cell.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/vector.hpp"
#include "tidbxx/orm/json_filter.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

namespace tidb {

namespace detail {

dynamic_facts::dynamic_facts(table_definition found) : definition(std::move(found)) {
  labels.reserve(definition.columns.size());
  std::vector<std::string> all;
  for (const auto& column : definition.columns) {
    all.push_back(column.name);
    const auto& own = labels.emplace_back(column.labels.begin(), column.labels.end());
    columns.push_back({.name = column.name, .type = column.type, .nullable = column.nullable, .labels = own});
  }
  names = std::make_shared<const std::vector<std::string>>(std::move(all));
}

std::size_t dynamic_facts::place_of(std::string_view column, std::string_view wanted_for,
                                    std::source_location where) const {
  const auto found = std::ranges::find(columns, column, &column_facts::name);
  if (found == columns.end())
    throw_usage(fmt::format("the table `{}` has no column \"{}\" {}; its columns: {}", definition.name, column,
                            wanted_for, fmt::join(*names, ", ")),
                where);
  return static_cast<std::size_t>(found - columns.begin());
}

std::optional<std::size_t> dynamic_facts::only_vectors() const {
  const auto has_vectors = [](const column_facts& column) { return column.type.kind == type_kind::vector; };
  if (std::ranges::count_if(columns, has_vectors) != 1) return std::nullopt;
  return static_cast<std::size_t>(std::ranges::find_if(columns, has_vectors) - columns.begin());
}

const column_facts& dynamic_facts::vectors(std::string_view column, std::source_location where) const {
  const auto& found = columns[place_of(column, "of vectors", where)];
  if (found.type.kind != type_kind::vector)
    throw_usage(fmt::format("the column \"{}\" of `{}` is a {}, not a column of vectors", column, definition.name,
                            to_string(found.type)),
                where);
  return found;
}

const column_facts& dynamic_facts::texts(std::string_view column, std::source_location where) const {
  const auto& found = columns[place_of(column, "of text", where)];
  switch (found.type.kind) {
  case type_kind::varchar:
  case type_kind::char_:
  case type_kind::tinytext:
  case type_kind::text:
  case type_kind::mediumtext:
  case type_kind::longtext: return found;
  default: break;
  }
  throw_usage(fmt::format("the column \"{}\" of `{}` is a {}, and a full-text index is of columns of text", column,
                          definition.name, to_string(found.type)),
              where);
}

value dynamic_value(const value_view& cell, const column_facts& column) {
  if (column.type.kind != type_kind::vector || cell.kind != value_kind::text)
    return value(typed_cell(cell, &column).cell);
  const auto vector = vector_from_text(cell.text());
  return value(value_view::of(std::span<const float>(vector)));
}

}  // namespace detail

dynamic_table::dynamic_table(detail::executor on, table_definition definition)
    : on_(std::move(on)), facts_(std::make_shared<const detail::dynamic_facts>(std::move(definition))) {
  statement_.table = facts_->definition.name;
  for (const auto& column : facts_->columns) statement_.columns.add(sql::column(statement_.table, column.name));
}

const table_definition& dynamic_table::definition() const noexcept { return facts_->definition; }

dynamic_table& dynamic_table::where(std::string_view filter, std::source_location where) {
  sql::add_condition(statement_.where, detail::parse_json_filter(filter, statement_.table, facts_->columns, where));
  return *this;
}

dynamic_table& dynamic_table::order_by(std::string_view column, bool descending, std::source_location where) {
  facts_->place_of(column, "to order by", where);
  statement_.order.add(sql::order_term(sql::column(statement_.table, column), descending));
  return *this;
}

dynamic_table& dynamic_table::limit(std::uint64_t rows) {
  statement_.limit = detail::row_number(rows);
  return *this;
}

dynamic_table& dynamic_table::offset(std::uint64_t rows) {
  statement_.offset = detail::row_number(rows);
  return *this;
}

row dynamic_table::labelled(row one) const {
  std::vector<value> values;
  values.reserve(one.size());
  for (std::size_t place = 0; place < one.size(); ++place)
    values.emplace_back(detail::dynamic_value(one[place].view(), facts_->columns[place]));
  return {facts_->names, std::move(values)};
}

std::vector<row> dynamic_table::all(std::source_location where) const {
  auto rows = detail::read_all<row>(detail::bound_select(on_, statement_, where).request());
  for (auto& one : rows) one = labelled(std::move(one));
  return rows;
}

row dynamic_table::one(std::source_location where) const {
  return labelled(detail::read_one<row>(detail::bound_select(on_, statement_, where).request()));
}

std::optional<row> dynamic_table::one_or_none(std::source_location where) const {
  auto found = detail::read_one_or_none<row>(detail::bound_select(on_, statement_, where).request());
  if (found) found = labelled(*std::move(found));
  return found;
}

std::int64_t dynamic_table::count(std::source_location where) const {
  return detail::count_rows(on_, statement_, where);
}

std::string dynamic_table::text(detail::text_format format, std::source_location where) const {
  return detail::text_of(detail::bound_select(on_, statement_, where).request(), format, facts_->columns);
}

std::string dynamic_table::json(std::source_location where) const { return text(detail::text_format::json, where); }
std::string dynamic_table::csv(std::source_location where) const { return text(detail::text_format::csv, where); }

dynamic_search dynamic_table::searching(detail::search_request request) const {
  request.where = statement_.where;
  return {on_, facts_, std::move(request)};
}

dynamic_search dynamic_table::search(detail::words_view words) const {
  return searching({.words = detail::words_request{.words = std::string(words.text)}});
}

dynamic_search dynamic_table::search(std::span<const float> vector) const {
  return searching({.query = {vector.begin(), vector.end()}});
}

dynamic_search dynamic_table::search(std::initializer_list<double> vector) const {
  return search(detail::to_floats(vector));
}

dynamic_search dynamic_table::search(detail::words_view words, std::span<const float> vector) const {
  return searching(
      {.words = detail::words_request{.words = std::string(words.text)}, .query = {vector.begin(), vector.end()}});
}

dynamic_search dynamic_table::search(detail::words_view words, std::initializer_list<double> vector) const {
  return search(words, detail::to_floats(vector));
}

dynamic_search dynamic_table::search_by_key(const std::vector<value>& key, std::source_location where) const {
  const auto& columns = facts_->definition.primary_key;
  if (key.empty() || key.size() != columns.size())
    throw_usage(fmt::format("the primary key of `{}` has {} columns, but {} values were given", facts_->definition.name,
                            columns.size(), key.size()),
                where);
  sql::expression like;
  for (std::size_t i = 0; i < columns.size(); ++i)
    sql::add_condition(like, sql::binary(sql::op::equal, sql::column({}, columns[i]), sql::literal(key[i])));
  return searching({.like = std::move(like)});
}

detail::index_target dynamic_table::target(std::string_view column) const {
  const auto found = std::ranges::find(facts_->columns, column, &detail::column_facts::name);
  const bool is_vector = found != facts_->columns.end() && found->type.kind == type_kind::vector;
  return {facts_->definition.name, column, is_vector ? found->type.length : 0};
}

void dynamic_table::create_vector_index(std::string_view column, const vector_index_options& options,
                                        std::source_location where) const {
  const auto& found = facts_->vectors(column, where);
  detail::create_vector_index(on_, target(found.name), options, where);
}

void dynamic_table::create_fulltext_index(const std::vector<std::string>& columns,
                                          const fulltext_index_options& options, std::source_location where) const {
  if (columns.empty()) throw_usage("create_fulltext_index takes the columns to index", where);
  std::vector<std::string_view> names;
  for (const auto& column : columns) names.push_back(facts_->texts(column, where).name);
  detail::create_fulltext_index(on_, facts_->definition.name, names, options, where);
}

void dynamic_table::drop_index(std::string_view column, std::source_location where) const {
  detail::drop_index(on_, target(column), where);
}

bool dynamic_table::has_index(std::string_view column, std::source_location where) const {
  return detail::has_index(on_, target(column), where);
}

index_check dynamic_table::check_index(std::string_view column, std::source_location where) const {
  return detail::check_index(on_, target(column), where);
}

void dynamic_table::rebuild_index(std::string_view column, std::source_location where) const {
  detail::rebuild_index(on_, target(column), where);
}

void dynamic_table::optimize_index(std::string_view column, std::source_location where) const {
  detail::optimize_index(on_, target(column), where);
}

index_stats dynamic_table::index_stats(std::string_view column, std::source_location where) const {
  return detail::stats_of_index(on_, target(column), where);
}

}  // namespace tidb
