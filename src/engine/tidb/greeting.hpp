// The first packet of the MySQL protocol, which the server sends.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tidb::detail {

struct server_greeting {
  bool speaks_mysql{};    ///< false: something else listens there
  std::string version{};  ///< "8.0.11-TiDB-v8.5.6"
  bool offers_tls{};
  int error_code{};          ///< not 0: the server turned the connection away
  std::string error_text{};  ///< in its words
};

constexpr std::size_t longest_greeting = 4096;

/// The size of the packet that begins so, with its header: nothing before that has come, 0 if it is no greeting.
std::optional<std::size_t> greeting_size(std::string_view bytes) noexcept;

/// `packet`: all of it, with its header.
server_greeting parse_greeting(std::string_view packet);

}  // namespace tidb::detail
