#include "tidbxx/client/connect.hpp"

#include "client/settings.hpp"
#include "tidbxx/core/error.hpp"

#include <memory>
#include <utility>

namespace tidb {

namespace {

/// Connects at once, so that a wrong setting is told here and not at the first statement.
client open(detail::resolved_options options, std::source_location where) {
  auto state = std::make_shared<detail::pool_state>(std::move(options), pool_options{}, where);
  state->checkout({.where = where});
  return client(std::move(state));
}

template <class Handle>
client adopt(Handle* open, std::source_location where) {
  if (open == nullptr) throw_usage("connect was given no connection: the pointer is null", where);
  return client(std::make_shared<detail::pool_state>(detail::adopt(open, {.where = where})));
}

}  // namespace

client connect(std::source_location where) { return open(detail::resolve_environment({}, where), where); }

client connect(text_view url, std::source_location where) { return open(detail::resolve_url(url.text, where), where); }

client connect(const connect_options& options, std::source_location where) {
  return open(detail::resolve(options, {}, where), where);
}

client connect(pool& shared) { return client(shared.state()); }

client connect(st_mysql* open, std::source_location where) { return adopt(open, where); }

client connect(sqlite3* open, std::source_location where) { return adopt(open, where); }

}  // namespace tidb
