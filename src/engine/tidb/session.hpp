// What a connection and its statements share: the handle, its state, and how its errors are thrown.
#pragma once

#include "engine/fork.hpp"
#include "engine/tidb/errors.hpp"
#include "engine/tidb/kill.hpp"
#include "engine/tidb/watchdog.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <source_location>
#include <string>
#include <string_view>

#include <mysql.h>

namespace tidb::detail {

class session {
public:
  /// `max_packet`: 0 if not known. `on_server`: what to kill there if a call is broken off, or nullptr.
  session(MYSQL* handle, bool owned, std::string endpoint, std::size_t max_packet,
          std::shared_ptr<const server_session> on_server) noexcept
      : handle_(handle), owned_(owned), endpoint_(std::move(endpoint)), max_packet_(max_packet),
        on_server_(std::move(on_server)) {}
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session();

  MYSQL* handle() const noexcept { return handle_; }
  const std::string& endpoint() const noexcept { return endpoint_; }
  /// False for a handle that the program opened.
  bool owned() const noexcept { return owned_; }
  bool usable() const noexcept { return usable_ && !is_inherited(); }
  /// True in a child process made by fork(): the conversation on this connection is the parent's, and so are its
  /// statements on the server.
  bool is_inherited() const noexcept { return home_.is_left(); }
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

  /// Throws if the server would refuse a packet of so many bytes, its first not counted. It would answer and close;
  /// whether the answer or the broken connection is seen first, would be chance.
  void expect_fits(std::size_t bytes, std::string_view sql, const call_context& context) const {
    if (bytes >= max_packet_ && max_packet_ != 0) [[unlikely]]
      refuse_size(bytes, sql, context);
  }
  /// Throws unless a statement can be sent now, and sets up its limit.
  void begin(std::optional<call_limit>& limit, call_phase phase, std::string_view sql, const call_context& context);
  /// Reads the rest of rows that nobody wants any more. If that takes long, the server is told to end their statement;
  /// if it then takes more than a few seconds, the connection is dropped. Either may be nullptr.
  void read_on(MYSQL_STMT* statement, MYSQL_RES* rows) noexcept;
  /// Ends the limit of a call that is over. If it struck after the last byte, the call counts and the connection is
  /// gone.
  void end(std::optional<call_limit>& limit) noexcept;
  /// Throws what the last call failed with. `statement` may be nullptr.
  [[noreturn]] void fail(MYSQL_STMT* statement, std::optional<call_limit>& limit, const error_scene& scene);

private:
  static bool read_until(std::chrono::steady_clock::time_point end, MYSQL_STMT* statement, MYSQL_RES* rows) noexcept;
  bool peer_has_closed() const noexcept;
  [[noreturn]] void raise(error_info info);
  [[noreturn]] void refuse_inherited(const error_scene& scene) const;
  [[noreturn]] void refuse_size(std::size_t bytes, std::string_view sql, const call_context& context) const;
  [[noreturn]] void refuse_second(std::source_location where) const;
  void kill(call_phase phase) noexcept;

  MYSQL* handle_;
  home_process home_;
  bool owned_;
  bool usable_{true};
  std::string endpoint_;
  std::size_t max_packet_;
  std::shared_ptr<const server_session> on_server_;
  const std::string* open_{};
};

}  // namespace tidb::detail
