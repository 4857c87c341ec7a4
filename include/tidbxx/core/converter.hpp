// A type of your own as a column, a parameter and a result.
#pragma once

#include "tidbxx/core/codec.hpp"

#include <span>
#include <string_view>
#include <type_traits>
#include <utility>

namespace tidb {

/// Specialise it for a type of yours, which then crosses as another type that tidbxx knows:
///   template <> struct tidb::converter<celsius> {
///     using stored = double;                                // what the column holds: any type that can be one
///     static double to_stored(const celsius& item);         // may give a reference into `item`
///     static celsius from_stored(const double& stored);     // what it throws reaches whoever reads
///   };
/// Note: the type needs a default constructor. NULL is std::optional's matter, as for every type.
/// Cost: what `to_stored` gives by value is copied once if it is text, bytes, a decimal, JSON or a vector.
template <class T>
struct converter;

namespace detail {

template <class T>
concept converted = requires(const T& item, const typename converter<T>::stored& stored) {
  { converter<T>::to_stored(item) } -> std::convertible_to<const typename converter<T>::stored&>;
  { converter<T>::from_stored(stored) } -> std::convertible_to<T>;
};

/// A value that whoever encoded it has to keep: a view of a temporary one does not compile.
class kept_value {
public:
  explicit kept_value(const value_view& view) : value_(view) {}
  operator value_view() const& noexcept { return value_.view(); }
  operator value_view() const&& = delete;

private:
  value value_;
};

/// Whether a view of a column's type holds the whole value and points nowhere.
constexpr bool is_whole_in_view(type_kind kind) {
  switch (kind) {
  case type_kind::boolean:
  case type_kind::tinyint:
  case type_kind::smallint:
  case type_kind::integer:
  case type_kind::bigint:
  case type_kind::float32:
  case type_kind::float64:
  case type_kind::datetime:
  case type_kind::date:
  case type_kind::time:
  case type_kind::timestamp:
  case type_kind::year:
  case type_kind::bit:
  case type_kind::enumeration:
  case type_kind::set: return true;
  default: return false;
  }
}

}  // namespace detail

/// As the converter says.
template <detail::converted T>
struct codec<T> {
  using stored = typename converter<T>::stored;
  static_assert(encodable<stored> && decodable<stored>, "the converter's `stored` is no type that can be a column");
  static constexpr column_type type = codec<stored>::type;
  static constexpr std::span<const std::string_view> labels = detail::labels_of<stored>();
  static constexpr bool borrows =
      std::is_lvalue_reference_v<decltype(converter<T>::to_stored(std::declval<const T&>()))>;

  static auto encode(const T& item) {
    const stored& made = converter<T>::to_stored(item);
    if constexpr (borrows || (detail::is_whole_in_view(type.kind) && !detail::converted<stored>))
      return codec<stored>::encode(made);
    else {
      const auto& encoded = codec<stored>::encode(made);
      return detail::kept_value(encoded);
    }
  }
  static decode_result decode(const value_view& cell, T& out) {
    stored read{};
    const auto result = codec<stored>::decode(cell, read);
    if (result == decode_result::ok) out = converter<T>::from_stored(read);
    return result;
  }
};

}  // namespace tidb
