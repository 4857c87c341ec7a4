#include "tidbxx/engine/options.hpp"

#include <type_traits>

namespace tidb::detail {

pool_options merged(pool_options base, const pool_options& over) {
  const auto put = [](auto& target, const auto& with) {
    if (with != std::remove_cvref_t<decltype(with)>{}) target = with;
  };
  put(base.max_size, over.max_size);
  put(base.min_size, over.min_size);
  put(base.checkout_timeout, over.checkout_timeout);
  put(base.max_lifetime, over.max_lifetime);
  put(base.idle_timeout, over.idle_timeout);
  put(base.check_after, over.check_after);
  return base;
}

std::string server_address::text() const {
  // An IPv6 address needs its brackets, or the port could not be told from it.
  auto text = host.find(':') != std::string::npos ? "[" + host + "]" : host;
  if (port != 0) text += ":" + std::to_string(port);
  return text;
}

std::string resolved_options::endpoint() const {
  if (engine == engine_kind::embedded) return file;
  std::string text;
  if (servers.empty()) text = server_address{host, port}.text();
  for (const auto& each : servers) text.append(text.empty() ? "" : ",").append(each.text());
  if (select_database && !database.empty()) text.append("/").append(database);
  return text;
}

}  // namespace tidb::detail
