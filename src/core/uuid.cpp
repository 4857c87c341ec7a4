#include "tidbxx/core/uuid.hpp"

#include "tidbxx/core/error.hpp"

#include <cerrno>
#include <cstring>
#include <optional>
#include <system_error>

#include <fmt/format.h>
#include <sys/random.h>

namespace tidb {
namespace {

constexpr bool dash_before(std::size_t byte) noexcept { return byte == 4 || byte == 6 || byte == 8 || byte == 10; }

int digit_of(char letter) noexcept {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

std::optional<uuid> parse(std::string_view text) noexcept {
  if (text.size() > 2 && text.front() == '{' && text.back() == '}') text = text.substr(1, text.size() - 2);
  const bool dashes = text.size() == 36;
  if (!dashes && text.size() != 32) return std::nullopt;
  std::array<std::byte, 16> bytes{};
  for (std::size_t i = 0, at = 0; i < bytes.size(); ++i, at += 2) {
    if (dashes && dash_before(i) && text[at++] != '-') return std::nullopt;
    const int high = digit_of(text[at]), low = digit_of(text[at + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<std::byte>(high * 16 + low);
  }
  return uuid(bytes);
}

}  // namespace

uuid::uuid(std::string_view text) {
  const auto parsed = parse(text);
  if (!parsed)
    throw_usage(fmt::format("\"{}\" is no UUID: it is 32 hexadecimal digits, such as "
                            "123e4567-e89b-12d3-a456-426614174000",
                            text.substr(0, 100)),
                {});
  *this = *parsed;
}

uuid uuid::random() {
  std::array<std::byte, 16> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0)
    throw std::system_error(errno, std::system_category(), "the system gives no random bytes");
  bytes[6] = (bytes[6] & std::byte{0x0F}) | std::byte{0x40};  // version 4
  bytes[8] = (bytes[8] & std::byte{0x3F}) | std::byte{0x80};  // of the usual layout
  return uuid(bytes);
}

text_uuid::text_uuid(const uuid& id) noexcept {
  constexpr std::string_view digits = "0123456789abcdef";
  auto* at = text_.data();
  for (std::size_t i = 0; i < 16; ++i) {
    if (dash_before(i)) *at++ = '-';
    const auto byte = std::to_integer<unsigned>(id.bytes()[i]);
    *at++ = digits[byte >> 4U];
    *at++ = digits[byte & 0xFU];
  }
}

std::string to_string(const uuid& id) { return std::string(text_uuid(id).text()); }

decode_result detail::decode_uuid(const value_view& cell, uuid& out) noexcept {
  if (cell.is_null()) return decode_result::null;
  if (cell.kind == value_kind::text) {
    const auto parsed = parse(cell.text());
    if (!parsed) return decode_result::malformed;
    out = *parsed;
    return decode_result::ok;
  }
  if (cell.kind != value_kind::blob) return decode_result::wrong_kind;
  if (cell.size != 16) return decode_result::wrong_length;
  std::array<std::byte, 16> bytes{};
  std::memcpy(bytes.data(), cell.data, bytes.size());
  out = uuid(bytes);
  return decode_result::ok;
}

}  // namespace tidb
