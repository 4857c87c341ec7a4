// tidbxx search: the rows whose vectors are nearest, by an exact search in the database.
#include "catalog.hpp"
#include "commands.hpp"
#include "output.hpp"
#include <tidbxx/sql/printer.hpp>

#include <algorithm>
#include <charconv>
#include <span>

#include <fmt/format.h>

namespace cli {

namespace {

using tidb::sql::quote_identifier;

tidb::metric metric_of(std::string_view name) {
  if (name == "l2") return tidb::metric::l2;
  if (name == "l1") return tidb::metric::l1;
  if (name == "negative_inner_product") return tidb::metric::negative_inner_product;
  return tidb::metric::cosine;
}

std::vector<table_column> vector_columns(const std::vector<table_column>& columns) {
  std::vector<table_column> found;
  std::ranges::copy_if(columns, std::back_inserter(found),
                       [](const auto& column) { return column.takes == column_class::vector; });
  return found;
}

const table_column& choose_column(const search_command& command, const std::vector<table_column>& columns) {
  const auto choices = vector_columns(columns);
  if (!command.column.empty()) {
    const auto* named = find_column(columns, command.column);
    if (named == nullptr)
      throw failure(fmt::format("the table \"{}\" has no column \"{}\"; its columns: {}", command.table, command.column,
                                list_of(columns)));
    if (named->takes != column_class::vector)
      throw failure(fmt::format("the column \"{}\" of \"{}\" is a {} and no vector; the table's vectors: {}",
                                named->name, command.table, named->type, list_of(choices)));
    return *named;
  }
  if (choices.empty())
    throw failure(
        fmt::format("the table \"{}\" has no column of vectors; its columns: {}", command.table, list_of(columns)));
  if (choices.size() > 1)
    throw wrong_use_error(fmt::format("the table \"{}\" has several columns of vectors: choose one with --column: {}",
                                      command.table, list_of(choices)));
  return *find_column(columns, choices.front().name);
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

class search_run {
public:
  search_run(const search_command& command, const tidb::client& db)
      : command_(command), db_(db), columns_(require_columns(db, command.table)),
        column_(choose_column(command, columns_)) {}

  int run() {
    if (command_.by_row)
      take_row();
    else
      query_ = tidb::vector_from_text(command_.vector);
    check_query();
    name_outputs();
    auto statement = sql();
    print_rows(statement, parameters());
    return succeeded;
  }

private:
  void take_row() {
    const auto& key = key_for_like(command_, columns_);
    own_ = key_value(key, command_.like);
    own_column_ = quote_identifier(key.name);
    const auto found = db_.query_values(fmt::format("SELECT {} FROM {} WHERE {} = ?", quote_identifier(column_.name),
                                                    quote_identifier(command_.table), own_column_),
                                        {own_})
                           .one_or_none();
    if (!found)
      throw failure(fmt::format("there is no row of \"{}\" with the {} {}", command_.table, key.name, command_.like));
    if ((*found)[std::size_t{0}].is_null())
      throw failure(fmt::format("the row {} of \"{}\" has no vector: its \"{}\" is NULL", command_.like, command_.table,
                                column_.name));
    query_ = found->get<tidb::vector<>>(found->names().front());
  }

  void check_query() const {
    if (column_.dimensions != 0 && query_.size() != column_.dimensions)
      throw wrong_use_error(fmt::format("the vector has {} dimensions, and the column \"{}\" of \"{}\" has {}",
                                        query_.size(), column_.name, command_.table, column_.dimensions));
    if (query_.empty()) throw wrong_use_error("the vector is empty");
  }

  /// Distance and score first, then the columns; vectors are left out.
  void name_outputs() {
    const bool taken = find_column(columns_, "distance") != nullptr || find_column(columns_, "score") != nullptr;
    names_ = {taken ? "_distance" : "distance", taken ? "_score" : "score"};
    for (const auto& column : columns_) {
      if (column.takes == column_class::vector) continue;
      names_.push_back(column.name);
    }
  }

  /// Equal distances in the order of the key: the engines would each have an order of their own.
  std::string sql() const {
    const auto distance = fmt::format("{}({}, ?)", tidb::detail::distance_function(metric_of(command_.metric)),
                                      quote_identifier(column_.name));
    auto text = fmt::format("SELECT {} AS `_tidbxx_distance`", distance);
    for (std::size_t i = 2; i < names_.size(); ++i) text += ", " + quote_identifier(names_[i]);
    text += fmt::format(" FROM {} WHERE {} IS NOT NULL", quote_identifier(command_.table), distance);
    if (!own_column_.empty()) text += fmt::format(" AND {} <> ?", own_column_);
    // on a line of its own: a comment in it must not swallow the rest
    if (!command_.where.empty()) text += fmt::format(" AND (\n{}\n)", command_.where);
    text += " ORDER BY `_tidbxx_distance`";
    for (const auto& column : columns_)
      if (column.in_key) text += ", " + quote_identifier(column.name);
    return text + fmt::format(" LIMIT {}", command_.limit);
  }

  std::vector<tidb::value> parameters() const {
    const tidb::value vector(tidb::value_view::of(std::span<const float>(query_)));
    std::vector<tidb::value> values{vector, vector};
    if (!own_column_.empty()) values.push_back(own_);
    return values;
  }

  void print_rows(const std::string& statement, std::vector<tidb::value> values) const {
    const auto writer = make_writer(command_.format);
    const auto by = metric_of(command_.metric);
    const auto rows = db_.query_values(statement, std::move(values)).all();  // an error comes before any output
    writer->begin(names_);
    std::vector<tidb::value_view> cells;
    for (const auto& row : rows) {
      const auto distance = row.get<double>("_tidbxx_distance");
      cells = {tidb::value_view::of(distance), tidb::value_view::of(tidb::detail::score_of(by, distance))};
      for (std::size_t i = 1; i < row.size(); ++i) cells.push_back(row[i].view());
      writer->add(cells);
    }
    writer->end();
  }

  const search_command& command_;
  const tidb::client& db_;
  std::vector<table_column> columns_;
  const table_column& column_;
  tidb::vector<> query_{};
  tidb::value own_{};
  std::string own_column_{};  ///< quoted; of --like
  std::vector<std::string> names_;
};

}  // namespace

int run(const search_command& command) {
  if (command.by_row == !command.vector.empty())
    throw wrong_use_error("search needs either --vector '[…]' or --like ID; see tidbxx search --help");
  const auto db = open(command.url);
  return search_run(command, db).run();
}

}  // namespace cli
