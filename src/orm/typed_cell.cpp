#include "orm/typed_cell.hpp"

#include <fmt/format.h>

namespace tidb::detail {
namespace {

std::string labels_of_bits(std::uint64_t bits, std::span<const std::string_view> labels) {
  std::string text;
  for (std::size_t i = 0; i < labels.size(); ++i)
    if ((bits >> i & 1U) != 0) text.append(text.empty() ? "" : ",").append(labels[i]);
  return text;
}

}  // namespace

typed_cell::typed_cell(const value_view& from, const column_facts* column) : cell(from) {
  if (column == nullptr) return;
  type = column->type.kind;
  const bool is_integer = cell.kind == value_kind::integer || cell.kind == value_kind::unsigned_integer;
  if (type == type_kind::vector && cell.kind == value_kind::blob) cell.kind = value_kind::vector;
  if (is_integer && (type == type_kind::enumeration || type == type_kind::set)) name(column->labels);
}

/// Both kinds of integers have the same bits here.
void typed_cell::name(std::span<const std::string_view> labels) {
  const auto number = cell.unsigned_integer;
  if (type == type_kind::set)
    own_ = labels_of_bits(number, labels);
  else if (number >= 1 && number <= labels.size())
    own_ = labels[number - 1];
  else
    return;
  cell = value_view::of(std::string_view(own_));
}

std::string shortest(double number, type_kind type) {
  return type == type_kind::float32 ? fmt::to_string(static_cast<float>(number)) : fmt::to_string(number);
}

}  // namespace tidb::detail
