#include "tidbxx/engine/options.hpp"

namespace tidb::detail {

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
