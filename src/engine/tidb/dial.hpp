// From a handle with its options to a login: TCP, TLS and the login, within limits of milliseconds.
#pragma once

#include "engine/tidb/errors.hpp"
#include "tidbxx/engine/driver.hpp"

#include <cstdint>
#include <memory>
#include <string>

#include <mysql.h>

namespace tidb::detail {

struct handle_closer {
  void operator()(MYSQL* handle) const noexcept { mysql_close(handle); }
};
using handle_pointer = std::unique_ptr<MYSQL, handle_closer>;

/// How far connecting has come.
enum class connect_step : std::uint8_t { resolving, reaching, greeting, login, session };

/// One login: what its errors tell, and its limits: the call's, and `connect_timeout` if that ends sooner.
struct login_scene {
  login_scene(const error_scene& scene, const call_context& call);
  error_info struck(connect_step step, bool stop_requested) const;
  /// In words, what this step waits for, and what to check if it does for long.
  std::string waits_for(connect_step step) const;

  error_scene scene;
  call_context context;
  bool of_options{};  ///< connect_timeout ends first
};

/// Connects and logs in. libmariadb counts whole seconds and looks up names without any limit, so it works on a thread
/// of its own, which is left to itself when a limit strikes: its socket is shut down, and it closes the handle.
/// Errors: what libmariadb tells; timeout that names the step that hung.
/// Cost: a thread; nothing beside the handshakes.
handle_pointer dial(handle_pointer handle, const resolved_options& options, const char* database,
                    const login_scene& at);

}  // namespace tidb::detail
