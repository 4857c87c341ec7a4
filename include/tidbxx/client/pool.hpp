// A pool of connections that several clients share.
#pragma once

#include "tidbxx/engine/options.hpp"
#include "tidbxx/engine/pool.hpp"

#include <memory>
#include <string_view>

namespace tidb {

/// A pool that several clients share. Copies share the same connections; they close with the last copy and client.
/// Threads: may be shared.
class pool {
public:
  /// Connects lazily. Errors: usage_error for a wrong URL.
  explicit pool(std::string_view url, pool_options limits = {});
  explicit pool(const connect_options& options, pool_options limits = {});

  /// From now on `observer` is told of every write through this pool; it must outlive the pool. nullptr: nobody is.
  void observe(write_observer* observer) noexcept { state_->observe(observer); }
  const std::shared_ptr<detail::pool_state>& state() const noexcept { return state_; }

private:
  std::shared_ptr<detail::pool_state> state_;
};

}  // namespace tidb
