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

std::string resolved_options::endpoint() const {
  if (engine == engine_kind::embedded) return file;
  std::string text;
  // An IPv6 address needs its brackets, or the port could not be told from it.
  if (host.find(':') != std::string::npos)
    text.append("[").append(host).append("]");
  else
    text = host;
  text.append(":").append(std::to_string(port));
  if (select_database && !database.empty()) text.append("/").append(database);
  return text;
}

}  // namespace tidb::detail
