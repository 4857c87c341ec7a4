// What a column can be, beside what its member's type says: the options of tidb::column.
#pragma once

#include <cstdint>

namespace tidb {

struct primary_key_t {};
inline constexpr primary_key_t primary_key{};  ///< part of the primary key; several columns make a composite one
struct auto_increment_t {};
inline constexpr auto_increment_t auto_increment{};  ///< a member of 0 asks for a key
struct unique_t {};
inline constexpr unique_t unique{};

/// VARCHAR(n): at most `characters` characters, 1 to 16,383.
struct varchar {
  std::uint32_t characters{};
  constexpr explicit varchar(std::uint32_t n) : characters(n) {}
};
/// CHAR(n): at most `characters` characters, 1 to 255; a text that ends with a blank is refused, as CHAR drops it.
struct char_ {
  std::uint32_t characters{};
  constexpr explicit char_(std::uint32_t n) : characters(n) {}
};
struct tinytext_t {};
inline constexpr tinytext_t tinytext{};  ///< a text of up to 255 bytes, not 64 KiB
struct mediumtext_t {};
inline constexpr mediumtext_t mediumtext{};  ///< a text of up to 16 MiB (TiDB: its row limit), not 64 KiB
struct longtext_t {};
inline constexpr longtext_t longtext{};

/// VARBINARY(n): at most `bytes` bytes, 1 to 65,535.
struct varbinary {
  std::uint32_t bytes{};
  constexpr explicit varbinary(std::uint32_t n) : bytes(n) {}
};
/// BINARY(n): exactly `bytes` bytes, 1 to 255; fewer are refused, as BINARY adds zeros to them.
struct binary {
  std::uint32_t bytes{};
  constexpr explicit binary(std::uint32_t n) : bytes(n) {}
};
struct tinyblob_t {};
inline constexpr tinyblob_t tinyblob{};  ///< up to 255 bytes, not 64 KiB
struct mediumblob_t {};
inline constexpr mediumblob_t mediumblob{};  ///< up to 16 MiB (TiDB: its row limit), not 64 KiB
struct longblob_t {};
inline constexpr longblob_t longblob{};  ///< bytes beyond 64 KiB

/// DECIMAL(precision, scale): `precision` digits, 1 to 65, of which `scale`, 0 to 30, are behind the point. A decimal
/// with more digits behind its point is refused unless they are zeros; TiDB would round it.
struct numeric {
  std::uint32_t precision{};
  std::uint8_t scale{};
  constexpr numeric(std::uint32_t p, std::uint8_t s) : precision(p), scale(s) {}
};

/// DATETIME(fraction): with as many digits of fraction, 0 to 6, not 6. A finer point in time is refused; TiDB would
/// round it.
struct datetime {
  std::uint8_t fraction{};
  constexpr explicit datetime(std::uint8_t digits) : fraction(digits) {}
};
struct timestamp_t {
  std::uint8_t fraction{6};
  constexpr timestamp_t operator()(std::uint8_t digits) const { return {digits}; }
};
/// TIMESTAMP(6), or `timestamp(n)` TIMESTAMP(n): from 1970-01-01 00:00:01 to 2038-01-19 03:14:07 UTC.
inline constexpr timestamp_t timestamp{};
/// TIME(fraction), as `datetime`.
struct time {
  std::uint8_t fraction{};
  constexpr explicit time(std::uint8_t digits) : fraction(digits) {}
};

struct year_t {};
inline constexpr year_t year{};  ///< YEAR of an integer: 1901 to 2155, or 0
/// BIT(n) of an unsigned integer or bool: `bits` bits, 1 to 64.
struct bit {
  std::uint32_t bits{};
  constexpr explicit bit(std::uint32_t n) : bits(n) {}
};

}  // namespace tidb
