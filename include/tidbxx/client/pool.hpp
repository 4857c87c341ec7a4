// A pool of connections that several clients share.
#pragma once

#include "tidbxx/engine/options.hpp"
#include "tidbxx/engine/pool.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>
#include <utility>

namespace tidb {

/// A pool that several clients share. Copies share the same connections; they close with the last copy and client.
/// Connections are lent in the order in which they are asked for.
/// Threads: may be shared.
class pool {
public:
  /// Connects lazily. What `limits` leaves at zero is as the URL or the options say.
  /// Errors: usage_error for a wrong URL or number.
  explicit pool(std::string_view url, const pool_options& limits = {},
                std::source_location where = std::source_location::current());
  explicit pool(const connect_options& options, const pool_options& limits = {},
                std::source_location where = std::source_location::current());

  /// Connects now, until there are pool_options::min_size connections, at least one.
  /// Errors: whatever connecting gives; those made before it stay.
  void warm_up(std::source_location where = std::source_location::current());
  /// Ends the pool: who waits for a connection or asks for one from now on gets a usage_error, those in use are closed
  /// as they come back. True if all were within the time.
  bool close(std::chrono::milliseconds timeout = std::chrono::seconds(10));
  /// What it has done and has now. The numbers belong together only while no other thread uses the pool.
  pool_stats stats() const;

  /// `host:port/database`, the hosts with commas, or the file.
  const std::string& endpoint() const;
  /// From now on `observer` is told of every write through this pool; it must outlive the pool. nullptr: nobody is.
  void observe(write_observer* observer);
  /// From now on `hook` is called after each statement of this pool, in the thread that ran it; an empty one ends that.
  /// What it throws is dropped: the statement has run. Note: a statement that it runs itself would call it again,
  /// and needs another connection: that of the statement it is told of is still borrowed.
  void on_statement(std::function<void(const statement_event&)> hook) {
    checked().watching().set_hook(std::move(hook));
  }
  /// What went through this pool since it was made.
  statement_counters counters() const { return checked().watching().sum(); }
  const std::shared_ptr<detail::pool_state>& state() const noexcept { return state_; }

private:
  detail::pool_state& checked(std::source_location where = std::source_location::current()) const;

  std::shared_ptr<detail::pool_state> state_;
};

}  // namespace tidb
