// What a column can be, beside what its member's type says: the options of tidb::column.
#pragma once

#include <concepts>
#include <cstdint>
#include <string_view>

namespace tidb {

struct primary_key_t {};
inline constexpr primary_key_t primary_key{};  ///< part of the primary key; several columns make a composite one
struct auto_increment_t {};
inline constexpr auto_increment_t auto_increment{};  ///< a member of 0 asks for a key
struct unique_t {};
inline constexpr unique_t unique{};
struct indexed_t {};
inline constexpr indexed_t indexed{};  ///< an index of the column, with its name; `index_on` makes larger ones
/// TiDB's AUTO_RANDOM(bits), 1 to 15: keys that spread over the cluster; a member of 0 asks for one. On the embedded
/// engine keys count up.
struct auto_random {
  std::uint8_t bits{5};
  constexpr auto_random() = default;
  constexpr explicit auto_random(std::uint8_t n) : bits(n) {}
};

struct row_version_t {};
/// An integer that counts the writes of its row: a session that would write over another's write says so instead
/// (stale_object).
inline constexpr row_version_t row_version{};

/// What happens to rows whose parent is deleted or gets another key.
enum class reference_action : std::uint8_t { no_action, restrict, cascade, set_null, set_default };

namespace detail {

enum class default_kind : std::uint8_t { none, integer, real, text, sql };

struct default_facts {
  default_kind kind{};
  std::int64_t integer{};
  double real{};
  std::string_view text{};
};

/// What a column may say beside its type and keys.
struct column_more {
  /// The table and the column that a foreign key refers to.
  struct place {
    std::string_view table{}, column{};
  };

  default_facts default_to{};
  std::string_view comment{};
  std::string_view collation{};
  std::uint8_t auto_random_bits{};
  bool indexed{};
  bool row_version{};
  place (*references)(){};
  reference_action on_delete{}, on_update{};
};

}  // namespace detail

/// DEFAULT: what the column holds of rows that are written without it, by other tools or by `insert_from`.
struct default_value {
  detail::default_facts made{};
  template <std::integral Number>
  constexpr explicit default_value(Number number)
      : made{.kind = detail::default_kind::integer, .integer = static_cast<std::int64_t>(number)} {
    if (number > 0 && made.integer < 0) throw "a default beyond a signed 64-bit integer: write it as a text";
  }
  constexpr explicit default_value(double number) : made{.kind = detail::default_kind::real, .real = number} {}
  constexpr explicit default_value(std::string_view text) : made{.kind = detail::default_kind::text, .text = text} {}
  constexpr explicit default_value(const char* text) : default_value(std::string_view(text)) {}
};
/// DEFAULT of SQL, such as `CURRENT_TIMESTAMP(6)`.
struct default_sql {
  std::string_view text{};
  constexpr explicit default_sql(std::string_view sql) : text(sql) {}
};
/// COMMENT of a column, or in `mapping(…).with` of the table.
struct comment {
  std::string_view text{};
  constexpr explicit comment(std::string_view words) : text(words) {}
};
/// A collation of TiDB's, such as `utf8mb4_general_ci`. On the embedded engine texts compare by their bytes.
struct collation {
  std::string_view name{};
  constexpr explicit collation(std::string_view collation_name) : name(collation_name) {}
};

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
