// Conditions as JSON, for tools whose users choose them at run time.
#pragma once

#include "tidbxx/orm/mapping.hpp"

#include <source_location>
#include <span>
#include <string_view>

namespace tidb {

namespace detail {

sql::expression parse_json_filter(std::string_view filter, std::string_view table,
                                  std::span<const column_facts> columns, std::source_location where);

}  // namespace detail

/// A condition on the columns of T's table: `{"coins": {"$gte": 100}, "name": {"$in": ["ann", "bob"]}}`. Members that
/// stand side by side must all hold. Values cross as parameters.
///   $eq $ne $gt $gte $lt $lte   with a value; a value without an operator is $eq; null is for $eq and $ne
///   $in $nin                    with an array of values
///   $and $or                    with an array of filters; $not with a filter
/// A name with points goes into a JSON column: `{"tags.colour": "red"}`, `{"tags.sizes[0]": {"$gt": 3}}`.
/// There a value is of its own type only: a number meets no text, and nothing below 5 but numbers. Whole numbers of 64
/// bits with a sign are compared exactly, others as doubles. null is what is null or absent; $ne, $nin and $not hold
/// for whatever is of another type or absent. A column that is NULL, however, meets neither a comparison nor its $not.
/// Dates and points in time are texts, `2026-01-31` and `2026-01-31 12:00:00`; decimals are texts or whole numbers.
/// Errors: usage_error that names the place in the filter: no JSON, an unknown column or operator, a value of another
/// type than the column's, more than 64 filters in one another.
template <detail::mapped T>
expr<bool, tables<T>> json_filter(std::string_view filter,
                                  std::source_location where = std::source_location::current()) {
  return expr<bool, tables<T>>(detail::parse_json_filter(filter, detail::source_name<T>(), detail::facts_of<T>, where));
}

}  // namespace tidb
