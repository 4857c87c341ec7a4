// What a connection and its statements share: the handle, its state, and how its errors are thrown.
#pragma once

#include "engine/tidb/errors.hpp"
#include "engine/tidb/kill.hpp"
#include "engine/tidb/watchdog.hpp"

#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include <mysql.h>

namespace tidb::detail {

class session {
public:
  /// `on_server`: what to kill there if a call is broken off, or nullptr.
  session(MYSQL* handle, bool owned, std::string endpoint, std::shared_ptr<const server_session> on_server) noexcept
      : handle_(handle), owned_(owned), endpoint_(std::move(endpoint)), on_server_(std::move(on_server)) {}
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session() {
    if (owned_) mysql_close(handle_);
  }

  MYSQL* handle() const noexcept { return handle_; }
  const std::string& endpoint() const noexcept { return endpoint_; }
  bool usable() const noexcept { return usable_; }
  /// Nobody may use it any more.
  void drop() noexcept;

  /// The SQL of the statement whose rows are still being read, or nullptr.
  const std::string* open() const noexcept { return open_; }
  void open(const std::string* sql) noexcept { open_ = sql; }

  /// `kind` as it is right now: a write outside a transaction commits itself.
  call_phase phase(call_phase kind) const noexcept {
    const bool outside = !(handle_->server_status & SERVER_STATUS_IN_TRANS);
    return kind == call_phase::writing && outside ? call_phase::committing : kind;
  }

  /// Throws unless a statement can be sent now, and sets up its limit.
  void begin(std::optional<call_limit>& limit, call_phase phase, std::string_view sql, const call_context& context);
  /// Reads the rest of rows that nobody wants any more, or drops the connection if that takes more than a few seconds.
  /// Either may be nullptr.
  void read_on(MYSQL_STMT* statement, MYSQL_RES* rows) noexcept;
  /// Ends the limit of a call that is over. If it struck after the last byte, the call counts and the connection is
  /// gone.
  void end(std::optional<call_limit>& limit) noexcept;
  /// Throws what the last call failed with. `statement` may be nullptr.
  [[noreturn]] void fail(MYSQL_STMT* statement, std::optional<call_limit>& limit, const error_scene& scene);

private:
  bool peer_has_closed() const noexcept;
  [[noreturn]] void raise(error_info info);
  void kill(call_phase phase) noexcept;

  MYSQL* handle_;
  bool owned_;
  bool usable_{true};
  std::string endpoint_;
  std::shared_ptr<const server_session> on_server_;
  const std::string* open_{};
};

}  // namespace tidb::detail
