#include "schema/default_form.hpp"

#include "schema/table_sql.hpp"
#include "tidbxx/core/decimal.hpp"
#include "tidbxx/core/time.hpp"

#include <algorithm>
#include <charconv>
#include <system_error>

#include <fmt/format.h>

namespace tidb::detail {

namespace {

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number number{};
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::optional<std::string> form_of_integer(std::string_view text) {
  if (const auto number = whole<std::int64_t>(text)) return std::to_string(*number);
  if (const auto number = whole<std::uint64_t>(text)) return std::to_string(*number);
  return std::nullopt;
}

std::optional<std::string> form_of_decimal(std::string_view text) {
  decimal number;
  if (parse_decimal(text, number) != decode_result::ok) return std::nullopt;
  std::string digits(number.text());
  if (number.scale() > 0) digits.erase(digits.find_last_not_of('0') + 1);
  if (digits.ends_with('.')) digits.pop_back();
  if (digits == "-0") digits = "0";
  return digits;
}

std::optional<std::string> form_of_labels(const column_definition& column, std::string_view text) {
  const auto number = number_of_labels(column, text);
  if (!number) return std::nullopt;
  if (column.type.kind == type_kind::enumeration) return std::string(text);
  std::string all;
  for (std::size_t i = 0; i < column.labels.size(); ++i)
    if ((*number >> i & 1U) != 0) all += (all.empty() ? "" : ",") + column.labels[i];
  return all;
}

}  // namespace

/// The number that the embedded engine holds for the label of an ENUM, or for the labels of a SET with commas between.
std::optional<std::uint64_t> number_of_labels(const column_definition& column, std::string_view text) {
  const auto place = [&](std::string_view label) -> std::optional<std::uint64_t> {
    const auto found = std::ranges::find(column.labels, label);
    if (found == column.labels.end()) return std::nullopt;
    return static_cast<std::uint64_t>(found - column.labels.begin());
  };
  if (column.type.kind == type_kind::enumeration) {
    const auto found = place(text);
    return found ? std::optional(*found + 1) : std::nullopt;
  }
  std::uint64_t bits = 0;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto found = place(text.substr(0, end));
    if (!found) return std::nullopt;
    bits |= std::uint64_t{1} << *found;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return bits;
}

std::optional<std::string> form_of_default(const column_definition& column, std::string_view text) {
  const auto kind = column.type.kind;
  if (is_integer(kind) || kind == type_kind::boolean || kind == type_kind::year || kind == type_kind::bit)
    return form_of_integer(text);
  switch (kind) {
  case type_kind::float32:
  case type_kind::float64: {
    const auto number = whole<double>(text);
    return number ? std::optional(fmt::format("{}", *number)) : std::nullopt;
  }
  case type_kind::decimal: return form_of_decimal(text);
  case type_kind::enumeration:
  case type_kind::set: return form_of_labels(column, text);
  case type_kind::date: {
    const auto days = date_from_text(text);
    return days ? std::optional(date_to_text(*days)) : std::nullopt;
  }
  case type_kind::datetime:
  case type_kind::timestamp: {
    constexpr std::int64_t microseconds_a_day = 86'400'000'000;
    if (const auto at = datetime_from_text(text)) return datetime_to_text(*at);
    const auto days = date_from_text(text);
    return days ? std::optional(datetime_to_text(*days * microseconds_a_day)) : std::nullopt;
  }
  case type_kind::time: {
    const auto length = time_from_text(text);
    return length ? std::optional(time_to_text(*length)) : std::nullopt;
  }
  case type_kind::vector:
  case type_kind::json: return std::nullopt;  // TiDB takes none for them
  default: return std::string(text);
  }
}

}  // namespace tidb::detail
