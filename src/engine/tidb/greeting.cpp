#include "engine/tidb/greeting.hpp"

#include <algorithm>

#include <mysql.h>

namespace tidb::detail {
namespace {

constexpr std::size_t header_size = 4;

unsigned byte_at(std::string_view bytes, std::size_t at) noexcept {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

/// The payload of the error packet: number, and behind # the SQLSTATE, then words.
void read_error(server_greeting& greeting, std::string_view payload) {
  greeting.error_code = static_cast<int>(byte_at(payload, 1) | byte_at(payload, 2) << 8U);
  auto text = payload.substr(std::min<std::size_t>(3, payload.size()));
  if (text.starts_with('#')) text.remove_prefix(std::min<std::size_t>(6, text.size()));
  greeting.error_text = text;
}

}  // namespace

std::optional<std::size_t> greeting_size(std::string_view bytes) noexcept {
  if (bytes.size() < header_size) return std::nullopt;
  // A greeting is number 0 of its conversation, and short; whatever else speaks first looks otherwise.
  const std::size_t size = byte_at(bytes, 0) | byte_at(bytes, 1) << 8U | byte_at(bytes, 2) << 16U;
  return byte_at(bytes, 3) != 0 || size == 0 || size > longest_greeting - header_size ? 0 : header_size + size;
}

server_greeting parse_greeting(std::string_view packet) {
  constexpr unsigned protocol_10 = 10, error_mark = 0xFF;
  constexpr std::size_t abilities =
      1 + 4 + 8 + 1;  // behind the version: its zero, the connection's number, salt, a zero
  const auto payload = packet.substr(std::min(header_size, packet.size()));
  server_greeting greeting;
  greeting.speaks_mysql = byte_at(payload, 0) == protocol_10 || byte_at(payload, 0) == error_mark;
  if (byte_at(payload, 0) == error_mark) read_error(greeting, payload);
  if (byte_at(payload, 0) != protocol_10) return greeting;
  const auto end = std::min(payload.find('\0'), payload.size());
  greeting.version = payload.substr(1, end - 1);
  greeting.offers_tls = (byte_at(payload, end + abilities + 1) << 8U & CLIENT_SSL) != 0;
  return greeting;
}

}  // namespace tidb::detail
