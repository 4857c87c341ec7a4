// UUIDs, kept as 16 bytes or as text.
#pragma once

#include "tidbxx/core/column_type.hpp"
#include "tidbxx/core/value.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace tidb {

/// A UUID: 16 bytes, as a column BINARY(16). For a column of text take tidb::text_uuid.
/// Note: the bytes are in the order in which the text shows them, as UUID_TO_BIN(text) gives them in SQL.
class uuid {
public:
  /// All zeros, the nil UUID.
  constexpr uuid() noexcept = default;
  constexpr explicit uuid(const std::array<std::byte, 16>& bytes) noexcept : bytes_(bytes) {}
  /// 32 hexadecimal digits in either case, in groups of 8-4-4-4-12 or all together, perhaps in braces.
  /// Errors: usage_error for anything else.
  explicit uuid(std::string_view text);
  /// A new one of version 4: 122 random bits from the system.
  static uuid random();

  constexpr const std::array<std::byte, 16>& bytes() const noexcept { return bytes_; }

  friend constexpr bool operator==(const uuid&, const uuid&) noexcept = default;
  friend constexpr std::strong_ordering operator<=>(const uuid&, const uuid&) noexcept = default;

private:
  std::array<std::byte, 16> bytes_{};
};

/// "123e4567-e89b-12d3-a456-426614174000"
std::string to_string(const uuid& id);

/// A UUID that is text in its column, CHAR(36), for tables that other programs read. It takes twice the room.
class text_uuid {
public:
  text_uuid() noexcept : text_uuid(uuid()) {}
  text_uuid(const uuid& id) noexcept;
  /// Errors: as uuid's.
  explicit text_uuid(std::string_view text) : text_uuid(uuid(text)) {}
  operator uuid() const { return uuid(text()); }

  /// 36 characters, small letters. Lifetime: of this.
  std::string_view text() const noexcept { return {text_.data(), text_.size()}; }

  friend bool operator==(const text_uuid&, const text_uuid&) noexcept = default;
  friend std::strong_ordering operator<=>(const text_uuid&, const text_uuid&) noexcept = default;

private:
  std::array<char, 36> text_;
};

namespace detail {
decode_result decode_uuid(const value_view& cell, uuid& out) noexcept;
}  // namespace detail

/// Both read both forms: 16 bytes and text. Errors, when read: wrong_length for other bytes, malformed for other text.
template <>
struct codec<uuid> {
  static constexpr column_type type{type_kind::binary, false, 16};
  static value_view encode(const uuid& item) noexcept {
    return value_view::bytes(value_kind::blob, item.bytes().data(), item.bytes().size());
  }
  static decode_result decode(const value_view& cell, uuid& out) noexcept { return detail::decode_uuid(cell, out); }
};

template <>
struct codec<text_uuid> {
  static constexpr column_type type{type_kind::char_, false, 36};
  static value_view encode(const text_uuid& item) noexcept { return value_view::of(item.text()); }
  static decode_result decode(const value_view& cell, text_uuid& out) noexcept {
    uuid id;
    const auto result = detail::decode_uuid(cell, id);
    if (result == decode_result::ok) out = id;
    return result;
  }
};

}  // namespace tidb
