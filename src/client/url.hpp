// What a database URL says of a connection.
#pragma once

#include "tidbxx/engine/options.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tidb::detail {

/// All that may be said of TLS, before it is boiled down to one mode.
struct tls_request {
  std::optional<tidb::ssl_mode> mode{};
  std::optional<bool> enabled{};  ///< `ssl=`, `ssl_disabled=`
  std::optional<bool> verify_cert{};
  std::optional<bool> verify_identity{};
  std::string ca{};
  std::string cert{};
  std::string key{};

  bool off() const { return mode == tidb::ssl_mode::disabled || enabled == false; }
  bool has_files() const { return !ca.empty() || !cert.empty() || !key.empty(); }
  bool names_a_mode() const { return mode || enabled || verify_cert || verify_identity; }
};

/// What one source says of a connection. An empty optional was not said.
struct connect_request {
  engine_kind engine{engine_kind::tidb};
  std::optional<std::string> host{};
  std::optional<std::uint16_t> port{};
  std::optional<std::string> user{};
  std::optional<std::string> password{};
  std::optional<std::string> database{};
  std::optional<std::string> file{};
  bool selects_none{};  ///< a URL without a database
  tls_request tls{};
  std::optional<bool> ensure_database{};
  std::optional<std::chrono::milliseconds> connect_timeout{};
  std::optional<std::chrono::milliseconds> statement_timeout{};
  std::optional<std::chrono::milliseconds> lock_timeout{};
  pool_options pool{};
  std::optional<bool> echo{};
  std::optional<bool> show_parameters{};
  std::optional<std::chrono::milliseconds> slow_statement{};
  std::optional<std::uint64_t> index_memory{};
  std::map<std::string, std::string> session_variables{};
  std::map<std::string, std::string> sources{};  ///< filled by who knows where this came from
};

/// Reads `mysql://user:password@host:port/database?parameters`, its synonyms, and `sqlite:path`.
/// Errors: usage_error, which names a place in the URL and never repeats a part that could be a password's.
connect_request parse_url(std::string_view url);

/// A port's number, or nothing if the text is none between 1 and 65535.
std::optional<std::uint16_t> parse_port(std::string_view text);

/// True if this can be a host's name or address; `text` may be anything, a URL or a password included.
bool is_host(std::string_view text);

/// ASCII letters in lower case.
std::string lowered(std::string_view text);

}  // namespace tidb::detail
