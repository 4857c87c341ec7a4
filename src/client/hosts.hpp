// The hosts that one text names.
#pragma once

#include "tidbxx/engine/options.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace tidb::detail {

/// One host, or several with commas between them, each of these with a `:port` of its own or not.
/// Errors: usage_error that names `source` and never repeats the text, which may be a URL with a password.
std::vector<server_address> hosts_of(const std::string& text, std::uint16_t port, const std::string& source);

}  // namespace tidb::detail
