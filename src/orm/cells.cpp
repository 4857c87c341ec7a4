#include "tidbxx/orm/cells.hpp"

#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/error.hpp"
#include "tidbxx/core/time.hpp"
#include "tidbxx/schema/table_definition.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

/// Why the column would hold another value, and what to do; empty if it would not.
std::string problem_of(const value_view& cell, column_type type) {
  switch (type.kind) {
  case type_kind::date:
  case type_kind::datetime:
  case type_kind::timestamp:
  case type_kind::time: {
    if (auto why = check_count(cell.kind, cell.integer); !why.empty()) return why;
    std::int64_t unit = 1;
    for (int digits = type.scale; digits < 6; ++digits) unit *= 10;
    if (cell.kind == value_kind::date || cell.integer % unit == 0) return {};
    return "is finer than its fraction: round it with std::chrono::floor, or give the column more digits";
  }
  case type_kind::year: {
    const auto number =
        cell.kind == value_kind::unsigned_integer ? static_cast<std::int64_t>(cell.unsigned_integer) : cell.integer;
    return number == 0 || (number >= 1901 && number <= 2155) ? "" : "is outside the years 1901 to 2155";
  }
  case type_kind::enumeration:
    return cell.kind != value_kind::integer || cell.integer != 0 ? "" : "is a value of the enum that has no label";
  case type_kind::char_:
    return cell.text().ends_with(' ') ? "ends with a blank, which CHAR drops: take the column as VARCHAR" : "";
  case type_kind::binary:
    if (cell.size == type.length) return {};
    return fmt::format("has {} bytes, where the column takes exactly {}", cell.size, type.length);
  default: return {};
  }
}

[[noreturn]] void refuse(const value_view& cell, std::string_view column, column_type type, const std::string& why,
                         std::source_location where) {
  // neither a value without a label nor a count beyond its kind's range has a text
  const bool unnamed = type.kind == type_kind::enumeration || !check_count(cell.kind, cell.integer).empty();
  throw_usage(fmt::format("the column \"{}\" ({}): the value{} {}", column, to_string(type),
                          unnamed ? "" : " " + to_string(cell), why),
              where);
}

/// The decimal with as many digits behind the point as the column has.
std::string scaled(const value_view& cell, std::string_view column, column_type type, std::source_location where) {
  decimal number;
  if (decode_decimal(cell, number) != decode_result::ok) return std::string(cell.text());  // a converter's own
  decimal made;
  try {
    made = number.rounded(type.scale);
  } catch (const usage_error&) {
    refuse(cell, column, type, "has too many digits", where);
  }
  if (made != number)
    refuse(cell, column, type, fmt::format("has more digits behind its point: round it with rounded({})", type.scale),
           where);
  return to_string(made);
}

/// Nothing if the cell is right as it is.
std::optional<value> fitted(const value_view& cell, std::string_view column, column_type type,
                            std::source_location where) {
  if (cell.is_null()) return std::nullopt;
  if (type.kind == type_kind::decimal) {
    const auto text = scaled(cell, column, type, where);
    if (cell.kind == value_kind::decimal && text == cell.text()) return std::nullopt;
    return value(value_view::bytes(value_kind::decimal, text.data(), text.size()));
  }
  if (const auto why = problem_of(cell, type); !why.empty()) refuse(cell, column, type, why, where);
  return std::nullopt;
}

}  // namespace

value_view kept_cells::keep(const value_view& cell) {
  return values_.emplace_back(std::make_unique<value>(cell))->view();
}

value_view kept_cells::fit(const value_view& cell, std::string_view column, column_type type) {
  const auto made = fitted(cell, column, type, where_);
  return made ? keep(made->view()) : cell;
}

void kept_cells::forget_first(std::size_t count) {
  values_.erase(values_.begin(), values_.begin() + static_cast<std::ptrdiff_t>(count));
}

void fit_literal(sql::expression& item, std::string_view column, column_type type) {
  if (item.kind() != sql::op::literal) return;
  if (const auto made = fitted(item.root().literal(), column, type, {})) item = sql::literal(made->view());
}

void round_computed(sql::expression& item, std::uint8_t scale) {
  if (item.kind() == sql::op::literal || item.kind() == sql::op::inserted) return;
  item = sql::unary(sql::op::exact,
                    sql::function(sql::lasting{"ROUND"},
                                  {std::move(item), sql::expression(sql::op::constant, std::to_string(scale))}));
}

}  // namespace tidb::detail
