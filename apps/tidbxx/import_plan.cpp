#include "import_plan.hpp"

#include "commands.hpp"
#include "output.hpp"
#include <tidbxx/core/time.hpp>

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace cli {

namespace {

using tidb::value;
using tidb::value_kind;
using tidb::value_view;

/// The field as JSON writes it, but a text as it is.
std::string text_of(const field_value& field) {
  switch (field.kind) {
  case field_kind::null: return {};
  case field_kind::integer: return fmt::to_string(field.integer);
  case field_kind::unsigned_integer: return fmt::to_string(field.unsigned_integer);
  case field_kind::real: return nlohmann::json(field.real).dump();
  case field_kind::boolean: return field.boolean ? "true" : "false";
  case field_kind::text:
  case field_kind::json: break;
  }
  return std::string(field.text);
}

value bytes(value_kind kind, std::string_view text) { return value(value_view::bytes(kind, text.data(), text.size())); }

std::string shown(const field_value& field) {
  auto text = text_of(field);
  if (text.size() > 40) text = text.substr(0, 40) + "…";
  return field.kind == field_kind::text ? json_text(text) : text;
}

class converter {
public:
  converter(const field_value& field, const table_column& column, bool loose, std::string& problem)
      : field_(loose && field.kind == field_kind::text && wants_meaning(column.takes) ? meaning_of(field.text) : field),
        column_(column), loose_(loose), problem_(problem) {}

  value run() const {
    switch (column_.takes) {
    case column_class::boolean:
    case column_class::integer: return integer();
    case column_class::real:
    case column_class::decimal: return number();
    case column_class::text: return bytes(value_kind::text, text_of(field_));
    case column_class::blob: return bytes(value_kind::blob, text_of(field_));
    case column_class::json: return json();
    case column_class::date: return count(value_kind::date, "dates (YYYY-MM-DD)");
    case column_class::datetime: return count(value_kind::datetime, "dates with a time (YYYY-MM-DD HH:MM:SS)");
    case column_class::time: return count(value_kind::time, "times (HH:MM:SS)");
    case column_class::vector: return vector();
    case column_class::other: break;
    }
    return as_it_is();
  }

private:
  static bool wants_meaning(column_class takes) {
    return takes == column_class::boolean || takes == column_class::integer || takes == column_class::real ||
           takes == column_class::decimal;
  }

  value refuse(std::string_view takes) const {
    problem_ = fmt::format("the column \"{}\" takes {}, and the value is {}", column_.name, takes, shown(field_));
    return {};
  }

  value integer() const {
    constexpr double exact = 9007199254740992.0;  // 2^53
    if (field_.kind == field_kind::boolean) return value(value_view::of(std::int64_t{field_.boolean}));
    if (field_.kind == field_kind::real && std::fabs(field_.real) <= exact && std::trunc(field_.real) == field_.real)
      return value(value_view::of(static_cast<std::int64_t>(field_.real)));
    if (field_.kind != field_kind::integer && field_.kind != field_kind::unsigned_integer) return refuse("integers");
    return as_it_is();
  }

  value number() const {
    if (field_.kind != field_kind::integer && field_.kind != field_kind::unsigned_integer &&
        field_.kind != field_kind::real)
      return refuse("numbers");
    return as_it_is();
  }

  value json() const {
    if (field_.kind != field_kind::text) return bytes(value_kind::json, text_of(field_));
    if (!loose_) return bytes(value_kind::json, json_text(field_.text));
    if (!nlohmann::json::accept(field_.text)) return refuse("JSON");
    return bytes(value_kind::json, field_.text);
  }

  value count(value_kind kind, std::string_view takes) const {
    if (field_.kind != field_kind::text) return refuse(takes);
    const auto found = kind == value_kind::date       ? tidb::detail::date_from_text(field_.text)
                       : kind == value_kind::datetime ? tidb::detail::datetime_from_text(field_.text)
                                                      : tidb::detail::time_from_text(field_.text);
    return found ? value(value_view::count(kind, *found)) : refuse(takes);
  }

  value vector() const {
    std::vector<float> numbers;
    if (field_.kind != field_kind::json && field_.kind != field_kind::text) return refuse("vectors ([1,2,3])");
    problem_ = tidb::detail::parse_vector(field_.text, numbers);
    if (problem_.empty()) problem_ = tidb::detail::check_vector(numbers);
    if (problem_.empty() && column_.dimensions != 0 && numbers.size() != column_.dimensions)
      problem_ = fmt::format("it has {} dimensions, and the column {}", numbers.size(), column_.dimensions);
    if (problem_.empty()) return value(value_view::of(std::span<const float>(numbers)));
    problem_ = fmt::format("the vector for the column \"{}\": {}", column_.name, problem_);
    return {};
  }

  value as_it_is() const {
    switch (field_.kind) {
    case field_kind::null: return {};
    case field_kind::integer: return value(value_view::of(field_.integer));
    case field_kind::unsigned_integer: return value(value_view::of(field_.unsigned_integer));
    case field_kind::real: return value(value_view::of(field_.real));
    case field_kind::boolean: return value(value_view::of(std::int64_t{field_.boolean}));
    case field_kind::text:
    case field_kind::json: break;
    }
    return bytes(value_kind::text, field_.text);
  }

  field_value field_;
  const table_column& column_;
  bool loose_;
  std::string& problem_;
};

void check_vectors(const std::string& table, const table_column& column, const vector_source& source) {
  if (column.takes != column_class::vector)
    throw failure(
        fmt::format("--vectors: the column \"{}\" of \"{}\" is a {} and no vector", column.name, table, column.type));
  if (column.dimensions != 0 && column.dimensions != source.file->dimensions())
    throw failure(fmt::format("{}: the vectors have {} dimensions, and the column \"{}\" of \"{}\" has {}",
                              source.file->file().path(), source.file->dimensions(), column.name, table,
                              column.dimensions));
}

}  // namespace

std::vector<vector_source> open_vectors(const std::vector<std::string>& options) {
  std::vector<vector_source> sources;
  for (const auto& option : options) {
    const auto equals = option.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == option.size())
      throw wrong_use_error(fmt::format("--vectors takes COLUMN=FILE.npy, and got \"{}\"", option));
    const auto column = option.substr(0, equals);
    for (const auto& other : sources)
      if (lower(other.column) == lower(column))
        throw wrong_use_error(fmt::format("--vectors names the column \"{}\" twice", column));
    sources.push_back({column, std::make_unique<npy_file>(option.substr(equals + 1))});
  }
  return sources;
}

std::vector<planned_column> plan_import(const std::string& table, const std::vector<table_column>& columns,
                                        const field_names& names, const std::vector<vector_source>& vectors) {
  std::vector<planned_column> plan;
  std::vector<std::string> missing;
  const auto add = [&](const std::string& name, std::size_t place, bool from_vectors) {
    const auto* column = find_column(columns, name);
    if (column == nullptr) return missing.push_back(name);
    for (const auto& other : plan)
      if (other.column.name == column->name)
        throw failure(
            fmt::format("two sources for the column \"{}\": {}", column->name,
                        from_vectors ? "a field of the file and --vectors" : "fields that differ only in case"));
    if (from_vectors) check_vectors(table, *column, vectors[place]);
    plan.push_back({*column, place, from_vectors});
  };
  for (std::size_t i = 0; i < names.size(); ++i) add(names.all()[i], i, false);
  for (std::size_t i = 0; i < vectors.size(); ++i) add(vectors[i].column, i, true);
  if (!missing.empty())
    throw failure(
        fmt::format("the table \"{}\" has no column for: {}; its columns: {}. Add them, or import into a new table",
                    table, list_of(missing), list_of(columns)));
  for (const auto& column : columns) {
    const bool filled =
        std::ranges::any_of(plan, [&](const auto& planned) { return planned.column.name == column.name; });
    if (!filled && !column.nullable && !column.has_default)
      throw failure(fmt::format("the column \"{}\" of \"{}\" must have a value, and the file has no such field",
                                column.name, table));
  }
  return plan;
}

value convert(const field_value& field, const table_column& column, bool loose, std::string& problem) {
  if (field.kind == field_kind::null) return {};
  return converter(field, column, loose, problem).run();
}

}  // namespace cli
