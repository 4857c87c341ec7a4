#include "client/hosts.hpp"

#include "client/url.hpp"
#include "core/text.hpp"
#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>

namespace tidb::detail {
namespace {

void check_host(std::string_view host, const std::string& source) {
  if (!is_host(host)) throw_usage(fmt::format("host ({}) has a character that no host name has", source));
}

/// `host`, `host:4001`, `[::1]:4001` or `::1`.
server_address address_of(std::string_view text, std::uint16_t port, const std::string& source) {
  const bool brackets = text.starts_with('[') && text.find(']') != std::string_view::npos;
  const bool one_colon = std::ranges::count(text, ':') == 1;
  const auto colon = brackets ? text.find(':', text.find(']')) : one_colon ? text.find(':') : std::string_view::npos;
  auto host = text.substr(0, colon);
  if (brackets) host = host.ends_with(']') ? host.substr(1, host.size() - 2) : std::string_view();
  check_host(host, source);
  if (colon == std::string_view::npos) return {std::string(host), port};
  const auto own = parse_port(text.substr(colon + 1));
  if (!own) throw_usage(fmt::format("host ({}): a port in it is not a number between 1 and 65535", source));
  return {std::string(host), *own};
}

}  // namespace

std::vector<server_address> hosts_of(const std::string& text, std::uint16_t port, const std::string& source) {
  if (text.find("://") != std::string::npos)
    throw_usage(fmt::format("host ({}) is a URL: pass it to connect(url) or set it as TIDB_DATABASE_URL", source));
  if (text.find(',') == std::string::npos) {
    if (std::ranges::count(text, ':') == 1)
      throw_usage(fmt::format("host ({}) has a port in it: the port is a field of its own", source));
    check_host(text, source);
    return {{text, port}};
  }
  std::vector<server_address> all;
  for (std::string_view rest = text;;) {
    const auto comma = std::min(rest.find(','), rest.size());
    all.push_back(address_of(trimmed(rest.substr(0, comma)), port, source));
    if (comma == rest.size()) return all;
    rest.remove_prefix(comma + 1);
  }
}

}  // namespace tidb::detail
