// Digests, checksums and other spellings of bytes.
#include "engine/sqlite/function_call.hpp"
#include "engine/sqlite/numeric_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include <openssl/evp.h>
#include <openssl/rand.h>

namespace tidb::detail {
namespace {

std::string hex_of(std::string_view bytes, const char* digits) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    text += digits[static_cast<unsigned char>(byte) >> 4];
    text += digits[static_cast<unsigned char>(byte) & 15];
  }
  return text;
}

constexpr const char* small_digits = "0123456789abcdef";
constexpr const char* large_digits = "0123456789ABCDEF";

void digest(function_call& call, const EVP_MD* method) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned size = 0;
  const auto text = call.text(0);
  if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, method, nullptr) != 1)
    return call.fail("the digest could not be computed");
  call.result_text(hex_of({reinterpret_cast<const char*>(bytes.data()), size}, small_digits));
}

void md5(function_call& call) { digest(call, EVP_md5()); }
void sha1(function_call& call) { digest(call, EVP_sha1()); }

void sha2(function_call& call) {
  switch (call.integer(1)) {
  case 0:
  case 256: return digest(call, EVP_sha256());
  case 224: return digest(call, EVP_sha224());
  case 384: return digest(call, EVP_sha384());
  case 512: return digest(call, EVP_sha512());
  default: return call.null();
  }
}

constexpr auto crc_table = [] {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    auto remainder = i;
    for (int bit = 0; bit < 8; ++bit) remainder = (remainder >> 1) ^ ((remainder & 1) != 0 ? 0xEDB88320U : 0U);
    table[i] = remainder;
  }
  return table;
}();

void crc32(function_call& call) {
  std::uint32_t sum = 0xFFFFFFFFU;
  for (const char byte : call.text(0)) sum = crc_table[(sum ^ static_cast<unsigned char>(byte)) & 0xFFU] ^ (sum >> 8);
  call.result(std::int64_t{sum ^ 0xFFFFFFFFU});
}

/// HEX: of a number its value, of text and bytes the bytes.
void hex(function_call& call) {
  if (!call.is_number(0)) {
    const auto bytes = call.text(0);
    if (bytes.size() > longest_result / 2) return call.null();
    return call.result_text(hex_of(bytes, large_digits));
  }
  char digits[16];
  const auto end = std::to_chars(digits, digits + sizeof digits, static_cast<std::uint64_t>(call.integer(0)), 16).ptr;
  std::string text(digits, end);
  for (auto& digit : text)
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  call.result_text(text);
}

int value_of_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'z') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'Z') return digit - 'A' + 10;
  return 99;
}

void unhex(function_call& call) {
  const auto text = call.text(0);
  std::string bytes;
  bytes.reserve(text.size() / 2 + 1);
  int high = text.size() % 2 == 0 ? -1 : 0;  // of an odd count, the first digit is a byte
  for (const char digit : text) {
    const int value = value_of_digit(digit);
    if (value > 15) return call.null();
    if (high < 0) {
      high = value;
    } else {
      bytes += static_cast<char>(high * 16 + value);
      high = -1;
    }
  }
  call.result_bytes(bytes);
}

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void to_base64(function_call& call) {
  const auto bytes = call.text(0);
  if (bytes.size() > longest_result / 3 * 2) return call.null();
  constexpr std::size_t line = 76;
  std::string text;
  std::size_t column = 0;
  for (std::size_t i = 0; i < bytes.size(); i += 3, column += 4) {
    if (column == line) {
      text += '\n';
      column = 0;
    }
    const auto group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (j < group.size() ? static_cast<unsigned char>(group[j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j) text += j <= group.size() ? base64_digits[bits >> (18 - 6 * j) & 63] : '=';
  }
  call.result_text(text);
}

void from_base64(function_call& call) {
  std::string digits;
  for (const char character : call.text(0))
    if (character != ' ' && (character < '\t' || character > '\r')) digits += character;
  if (digits.size() % 4 != 0) return call.null();
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 4) {
    std::uint32_t bits = 0;
    std::size_t padding = 0;
    for (std::size_t j = 0; j < 4; ++j) {
      const auto value = base64_digits.find(digits[i + j]);
      const bool may_pad = j >= 2 && i + 4 == digits.size() && digits[i + j] == '=';
      if ((value == base64_digits.npos && !may_pad) || (padding > 0 && !may_pad)) return call.null();
      padding += may_pad ? 1 : 0;
      bits = bits << 6 | (may_pad ? 0U : static_cast<std::uint32_t>(value));
    }
    for (std::size_t j = 0; j < 3 - padding; ++j) bytes += static_cast<char>(bits >> (16 - 8 * j) & 255);
  }
  call.result_bytes(bytes);
}

void uuid(function_call& call) {
  std::array<unsigned char, 16> bytes{};
  if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1) return call.fail("UUID: no random bytes");
  bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
  auto text = hex_of({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, small_digits);
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  call.result_text(text);
}

/// 127.1 is 127.0.0.1.
void inet_aton(function_call& call) {
  const auto text = call.text(0);
  if (text.empty() || text.back() == '.') return call.null();
  std::int64_t address = 0;
  std::int64_t part = 0;
  int dots = 0;
  for (const char character : text) {
    if (character >= '0' && character <= '9') {
      part = part * 10 + (character - '0');
      if (part > 255) return call.null();
    } else if (character == '.' && ++dots <= 3) {
      address = address << 8 | part;
      part = 0;
    } else {
      return call.null();
    }
  }
  if (dots == 1) address <<= 16;
  if (dots == 2) address <<= 8;
  call.result(address << 8 | part);
}

void inet_ntoa(function_call& call) {
  const auto address = call.integer(0);
  if (address < 0 || address > 0xFFFFFFFF) return call.null();
  std::string text;
  for (const int shift : {24, 16, 8, 0}) text += std::to_string(address >> shift & 255) + (shift > 0 ? "." : "");
  call.result_text(text);
}

/// The number's digits in a base of 2 to 36.
std::string in_base(std::uint64_t number, int base) {
  char digits[64];
  const auto end = std::to_chars(digits, digits + sizeof digits, number, base).ptr;
  std::string text(digits, end);
  for (auto& digit : text)
    if (digit >= 'a') digit = static_cast<char>(digit - 'a' + 'A');
  return text;
}

/// CONV(number, from, to): a negative base means signed numbers.
void conv(function_call& call) {
  auto text = call.text(0);
  const auto from = call.integer(1);
  const auto to = call.integer(2);
  const auto is_base = [](std::int64_t base) { return (base >= 2 && base <= 36) || (base >= -36 && base <= -2); };
  if (!is_base(from) || !is_base(to)) return call.null();
  const auto blanks = text.find_first_not_of(" \t\n\v\f\r");
  text.remove_prefix(blanks == text.npos ? text.size() : blanks);
  bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const auto base = static_cast<std::uint64_t>(from < 0 ? -from : from);
  const auto all = text;
  std::uint64_t number = 0;
  for (; !text.empty(); text.remove_prefix(1)) {
    const auto digit = static_cast<std::uint64_t>(value_of_digit(text.front()));
    if (digit >= base) break;
    if (__builtin_mul_overflow(number, base, &number) || __builtin_add_overflow(number, digit, &number))
      return call.fail("CONV: the number does not fit 64 bits");
  }
  if (text.size() == all.size()) return call.result_text("0");
  constexpr auto half = std::uint64_t{1} << 63;
  if (from < 0) number = std::min(number, negative ? half : half - 1);
  if (negative) number = ~number + 1;
  negative = to < 0 && number >= half;
  if (negative) number = ~number + 1;
  call.result_text((negative ? "-" : "") + in_base(number, static_cast<int>(to < 0 ? -to : to)));
}

template <int Base>
void spelled(function_call& call) {
  call.result_text(in_base(static_cast<std::uint64_t>(call.integer(0)), Base));
}

constexpr function_entry entries[] = {
    {"MD5", 1, 1, md5},
    {"SHA", 1, 1, sha1},
    {"SHA1", 1, 1, sha1},
    {"SHA2", 2, 2, sha2},
    {"CRC32", 1, 1, crc32},
    {"TIDB_HEX", 1, 1, hex},
    {"UNHEX", 1, 1, unhex},
    {"TO_BASE64", 1, 1, to_base64},
    {"FROM_BASE64", 1, 1, from_base64},
    {"UUID", 0, 0, uuid, on_null::call, purity::changing},
    {"INET_ATON", 1, 1, inet_aton},
    {"INET_NTOA", 1, 1, inet_ntoa},
    {"CONV", 3, 3, conv},
    {"BIN", 1, 1, spelled<2>},
    {"OCT", 1, 1, spelled<8>},
};

}  // namespace

int register_coding_functions(function_registry& registry) noexcept { return registry.add(entries); }

}  // namespace tidb::detail
