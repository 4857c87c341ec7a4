#include "tidbxx/orm/dynamic_table.hpp"

#include "orm/typed_cell.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/orm/json_filter.hpp"

#include <algorithm>
#include <utility>

namespace tidb {

/// The table, and its columns as statements know them, which borrow from it.
struct dynamic_table::facts {
  table_definition definition{};
  std::vector<std::vector<std::string_view>> labels{};
  std::vector<detail::column_facts> columns{};
  std::shared_ptr<const std::vector<std::string>> names{};

  explicit facts(table_definition found) : definition(std::move(found)) {
    labels.reserve(definition.columns.size());
    std::vector<std::string> all;
    for (const auto& column : definition.columns) {
      all.push_back(column.name);
      const auto& own = labels.emplace_back(column.labels.begin(), column.labels.end());
      columns.push_back({.name = column.name, .type = column.type, .nullable = column.nullable, .labels = own});
    }
    names = std::make_shared<const std::vector<std::string>>(std::move(all));
  }
};

dynamic_table::dynamic_table(detail::executor on, table_definition definition)
    : on_(std::move(on)), facts_(std::make_shared<const facts>(std::move(definition))) {
  statement_.table = facts_->definition.name;
  for (const auto& column : facts_->columns) statement_.columns.add(sql::column(statement_.table, column.name));
}

const table_definition& dynamic_table::definition() const noexcept { return facts_->definition; }

dynamic_table& dynamic_table::where(std::string_view filter, std::source_location where) {
  sql::add_condition(statement_.where, detail::parse_json_filter(filter, statement_.table, facts_->columns, where));
  return *this;
}

dynamic_table& dynamic_table::order_by(std::string_view column, bool descending, std::source_location where) {
  if (std::ranges::find(facts_->columns, column, &detail::column_facts::name) == facts_->columns.end())
    throw_usage("the table `" + statement_.table + "` has no column \"" + std::string(column) + "\" to order by",
                where);
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

/// The embedded engine keeps an ENUM as a number, a SET as bits and a vector as bytes.
row dynamic_table::labelled(row one) const {
  std::vector<value> values;
  values.reserve(one.size());
  for (std::size_t place = 0; place < one.size(); ++place)
    values.emplace_back(detail::typed_cell(one[place].view(), &facts_->columns[place]).cell);
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

}  // namespace tidb
