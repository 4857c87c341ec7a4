// Ends on the server what the client has given up.
#pragma once

#include "tidbxx/engine/options.hpp"

#include <chrono>
#include <cstdint>
#include <memory>

namespace tidb::detail {

/// A session as its server knows it, and the way to that server.
struct server_session {
  resolved_options options;
  std::uint64_t id{};
};

/// Sends KILL for the session through a new connection, in the background: TiDB goes on with a statement whose client
/// has gone. It is tried once, within seconds, and not at all if too many wait already or the process ends.
void kill_later(std::shared_ptr<const server_session> victim) noexcept;

/// Ends the statement that the session runs, if it still does, and waits until the server has done so: no later one is
/// hit. False if it could not be told in time.
bool end_statement(const server_session& of, std::chrono::steady_clock::time_point deadline) noexcept;

}  // namespace tidb::detail
