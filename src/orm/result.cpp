#include "tidbxx/orm/result.hpp"

#include "tidbxx/core/error.hpp"
#include "tidbxx/orm/row.hpp"

#include <algorithm>

namespace tidb {

namespace detail {

void throw_column_count(std::size_t expected, const open_rows& rows, const statement_text& text,
                        const call_context& context) {
  throw_error({.code = errc::usage,
               .message = "the statement gives " + std::to_string(rows.columns().size()) +
                          " columns, but is read into " + std::to_string(expected),
               .sql = text.sql(),
               .where = context.where});
}

dynamic_rows::dynamic_rows(const read_request& request)
    : rows_(request.on, request.text, request.parameters, request.context),
      names_(std::make_shared<const std::vector<std::string>>(rows_.columns().begin(), rows_.columns().end())) {}

bool dynamic_rows::next(row& out) {
  if (!rows_.next()) return false;
  std::vector<value> values;
  values.reserve(rows_.cells().size());
  for (const auto& cell : rows_.cells()) values.emplace_back(cell);
  out = row(names_, std::move(values));
  return true;
}

}  // namespace detail

row::row(std::shared_ptr<const std::vector<std::string>> names, std::vector<value> values)
    : names_(std::move(names)), values_(std::move(values)) {}

const std::vector<std::string>& row::names() const noexcept {
  static const std::vector<std::string> none;
  return names_ ? *names_ : none;
}

const value& row::operator[](std::string_view column) const {
  const auto found = std::ranges::find(names(), column);
  if (found != names().end()) {
    if (const auto count = std::ranges::count(names(), column); count > 1)
      throw_usage("the result has " + std::to_string(count) + " columns called \"" + std::string(column) +
                  "\": name them apart with AS, or take them by their place");
    return values_[static_cast<std::size_t>(found - names().begin())];
  }
  std::string known;
  for (const auto& name : names()) known += (known.empty() ? "" : ", ") + name;
  throw_usage("the result has no column \"" + std::string(column) + "\"; it has: " + known);
}

}  // namespace tidb
