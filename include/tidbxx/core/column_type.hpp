// The types that a column can have, and what a C++ type has to say to cross to one and back.
#pragma once

#include "tidbxx/core/value.hpp"

#include <concepts>
#include <cstdint>
#include <type_traits>

namespace tidb {

/// Column types, by TiDB's names.
enum class type_kind : std::uint8_t {
  boolean,
  tinyint,
  smallint,
  integer,
  bigint,
  float32,
  float64,
  varchar,
  text,
  mediumtext,
  longtext,
  blob,
  longblob,
  datetime,
  date,
  time,
  json,
  vector,
  decimal,
  char_,
  tinytext,
  binary,
  varbinary,
  tinyblob,
  mediumblob,
  timestamp,
  year,
  bit,
  enumeration,
  set
};

/// A column's type.
struct column_type {
  type_kind kind{};
  bool is_unsigned{};
  /// Characters of a char and varchar, bytes of a binary and varbinary, bits of a bit, digits of a decimal, dimensions
  /// of a vector (0: any).
  std::uint32_t length{};
  /// Digits after the point: of a decimal, and of the seconds of a datetime, timestamp and time (0 to 6).
  std::uint8_t scale{};
  friend bool operator==(const column_type&, const column_type&) = default;
};

/// Why a cell could not be read into a C++ type.
enum class decode_result : std::uint8_t { ok, null, wrong_kind, out_of_range, malformed, wrong_length };

/// How T crosses; specialised for each type that can be a column, a parameter or a result. Types of your own have a
/// tidb::converter instead.
///   static constexpr column_type type;                          // the column type that create_table gives it
///   static constexpr std::span<const std::string_view> labels;  // of an ENUM and a SET only
///   static value_view encode(const T&) noexcept;                // borrows from its argument
///   static decode_result decode(const value_view&, T&);         // reads one cell in place
template <class T>
struct codec;

template <class T>
concept encodable = requires(const T& item) {
  requires std::convertible_to<const std::remove_cvref_t<decltype(codec<T>::encode(item))>&, value_view>;
};

template <class T>
concept decodable = requires(const value_view& cell, T& out) {
  { codec<T>::decode(cell, out) } -> std::same_as<decode_result>;
};

}  // namespace tidb
