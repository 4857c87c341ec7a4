// Vector functions of SQL as typed expressions; the same on every engine.
// Source: TiDB's documentation, "Vector Functions and Operators".
#pragma once

#include "tidbxx/core/vector.hpp"
#include "tidbxx/sql/typed.hpp"

#include <concepts>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace tidb {

enum class metric {
  cosine,                  ///< 1 − cosine of the angle, 0 to 2; NULL for a zero vector
  l2,                      ///< Euclidean
  l1,                      ///< Manhattan
  negative_inner_product,  ///< −(a · b)
};

namespace detail {

/// The SQL function of a metric.
std::string_view distance_function(metric by);
/// Errors: usage_error for NaN, infinity, a number beyond float32, or too many dimensions.
sql::expression vector_literal(std::span<const float> numbers);
sql::expression vector_literal(std::initializer_list<double> numbers);
/// As float32; what does not fit becomes infinity, which check_vector refuses.
std::vector<float> to_floats(std::initializer_list<double> numbers);

/// Vectors on the other side of a distance: a column, an expression, a span, a tidb::vector.
template <class V>
sql::expression vector_operand(const V& other) {
  if constexpr (is_operand<V>) {
    static_assert(category_of<typename V::type>() == category::vector ||
                      category_of<typename V::type>() == category::any,
                  "a distance is between vectors");
    return other.expression();
  } else {
    static_assert(std::convertible_to<const V&, std::span<const float>>,
                  "a distance is between vectors: give a tidb::vector, a span of float or a list in braces");
    return vector_literal(std::span<const float>(other));
  }
}

template <is_operand X, class V>
auto distance_to(metric by, const X& column, sql::expression other) {
  static_assert(category_of<typename X::type>() == category::vector, "a distance is between vectors");
  return result_of<double, X, V>(
      sql::function(std::string(distance_function(by)), {column.expression(), std::move(other)}));
}

}  // namespace detail

// Distances: smaller is nearer. NULL if a vector is NULL, and for the cosine distance of a zero vector: read those with
// .nullable(). Errors, when run: vectors of different dimensions.
template <detail::is_operand X, class V>
auto cosine_distance(const X& column, const V& other) {
  return detail::distance_to<X, V>(metric::cosine, column, detail::vector_operand(other));
}
template <detail::is_operand X>
auto cosine_distance(const X& column, std::initializer_list<double> other) {
  return detail::distance_to<X, int>(metric::cosine, column, detail::vector_literal(other));
}
template <detail::is_operand X, class V>
auto l2_distance(const X& column, const V& other) {
  return detail::distance_to<X, V>(metric::l2, column, detail::vector_operand(other));
}
template <detail::is_operand X>
auto l2_distance(const X& column, std::initializer_list<double> other) {
  return detail::distance_to<X, int>(metric::l2, column, detail::vector_literal(other));
}
template <detail::is_operand X, class V>
auto l1_distance(const X& column, const V& other) {
  return detail::distance_to<X, V>(metric::l1, column, detail::vector_operand(other));
}
template <detail::is_operand X>
auto l1_distance(const X& column, std::initializer_list<double> other) {
  return detail::distance_to<X, int>(metric::l1, column, detail::vector_literal(other));
}
template <detail::is_operand X, class V>
auto negative_inner_product(const X& column, const V& other) {
  return detail::distance_to<X, V>(metric::negative_inner_product, column, detail::vector_operand(other));
}
template <detail::is_operand X>
auto negative_inner_product(const X& column, std::initializer_list<double> other) {
  return detail::distance_to<X, int>(metric::negative_inner_product, column, detail::vector_literal(other));
}

/// The number of dimensions.
template <detail::is_operand X>
auto vec_dims(const X& vector) {
  return detail::result_of<std::int64_t, X, X>(sql::function("VEC_DIMS", {vector.expression()}));
}
/// The Euclidean length, in float64.
template <detail::is_operand X>
auto vec_l2_norm(const X& vector) {
  return detail::result_of<double, X, X>(sql::function("VEC_L2_NORM", {vector.expression()}));
}
/// The text form, `[1,2,3]`.
template <detail::is_operand X>
auto vec_as_text(const X& vector) {
  return detail::result_of<std::string, X, X>(sql::function("VEC_AS_TEXT", {vector.expression()}));
}
/// A vector from its text form, a text or a column of text. Errors, when run: a text that is no vector.
template <class X>
auto vec_from_text(const X& text) {
  static_assert(detail::category_of<typename detail::operand_traits<X>::type>() == detail::category::text,
                "VEC_FROM_TEXT reads text");
  return detail::result_of<vector<>, X, X>(sql::function("VEC_FROM_TEXT", {detail::to_expression(text)}));
}

}  // namespace tidb
