#include "tidbxx/client/pool.hpp"

#include "client/settings.hpp"
#include "tidbxx/core/error.hpp"

namespace tidb {

pool::pool(std::string_view url, const pool_options& limits, std::source_location where)
    : state_(std::make_shared<detail::pool_state>(detail::resolve_url(url, where), limits, where)) {}

pool::pool(const connect_options& options, const pool_options& limits, std::source_location where)
    : state_(std::make_shared<detail::pool_state>(detail::resolve(options, {}, where), limits, where)) {}

detail::pool_state& pool::checked(std::source_location where) const {
  if (!state_) throw_usage("this pool was moved from: use the one it was moved to", where);
  return *state_;
}

void pool::warm_up(std::source_location where) { checked(where).warm_up({.where = where}); }

bool pool::close(std::chrono::milliseconds timeout) { return checked().close(timeout); }

pool_stats pool::stats() const { return checked().stats(); }

const std::string& pool::endpoint() const { return checked().endpoint(); }

void pool::observe(write_observer* observer) { checked().observe(observer); }

}  // namespace tidb
