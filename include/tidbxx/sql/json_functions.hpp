// Functions of JSON documents as typed expressions, the same on every engine.
// Source: TiDB's documentation, "JSON Functions".
#pragma once

#include "tidbxx/sql/functions.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace tidb {

// Paths are MySQL's: `$.name`, `$[0]`, `$.a[*].b`.

namespace detail {

template <class X>
constexpr void check_json() {
  static_assert(category_of_operand<X> == category::json || category_of_operand<X> == category::any,
                "this function is for JSON documents");
}
template <class T, class First, class... Rest>
auto of_json(const char* name, const First& document, const Rest&... rest) {
  check_json<First>();
  return call<std::optional<T>>(name, document, rest...);
}

}  // namespace detail

/// What is at the path; NULL if nothing is.
template <detail::is_operand X, class P>
auto json_extract(const X& document, const P& path) {
  return detail::of_json<json>("JSON_EXTRACT", document, path);
}
/// The same as text, without the quotes of a JSON string: `->>`.
template <detail::is_operand X, class P>
auto json_text(const X& document, const P& path) {
  const auto at = detail::of_json<json>("JSON_EXTRACT", document, path);
  return expr<std::optional<std::string>, typename decltype(at)::used>(
      sql::function("JSON_UNQUOTE", {at.expression()}));
}
/// Whether the document, or what is at the path, contains the other: an equal value, or one of an array's elements.
template <detail::is_operand X>
auto json_contains(const X& document, const json& other) {
  return detail::of_json<bool>("JSON_CONTAINS", document, other);
}
template <detail::is_operand X, class P>
auto json_contains(const X& document, const json& other, const P& path) {
  return detail::of_json<bool>("JSON_CONTAINS", document, other, path);
}
/// Elements of an array, members of an object; 1 of anything else.
template <detail::is_operand X>
auto json_length(const X& document) {
  return detail::of_json<std::int64_t>("JSON_LENGTH", document);
}
template <detail::is_operand X, class P>
auto json_length(const X& document, const P& path) {
  return detail::of_json<std::int64_t>("JSON_LENGTH", document, path);
}
/// OBJECT, ARRAY, STRING, INTEGER, UNSIGNED INTEGER, DOUBLE, BOOLEAN or NULL.
template <detail::is_operand X>
auto json_type(const X& document) {
  return detail::of_json<std::string>("JSON_TYPE", document);
}
/// The names of an object's members.
template <detail::is_operand X>
auto json_keys(const X& document) {
  return detail::of_json<json>("JSON_KEYS", document);
}
/// The document with a value put at the path, in place of what was there.
template <detail::is_operand X, class P, class V>
auto json_set(const X& document, const P& path, const V& item) {
  return detail::of_json<json>("JSON_SET", document, path, item);
}
/// The document with a value behind the last of the array at the path.
template <detail::is_operand X, class P, class V>
auto json_array_append(const X& document, const P& path, const V& item) {
  return detail::of_json<json>("JSON_ARRAY_APPEND", document, path, item);
}
template <detail::is_operand X, class P>
auto json_remove(const X& document, const P& path) {
  return detail::of_json<json>("JSON_REMOVE", document, path);
}

}  // namespace tidb
