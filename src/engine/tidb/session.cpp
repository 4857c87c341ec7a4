#include "engine/tidb/session.hpp"

#include <cerrno>
#include <chrono>
#include <utility>

#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidb::detail {
namespace {

/// How long reading on may take when nobody wants the rows any more; a new connection is made sooner.
constexpr std::chrono::seconds leftovers{3};
/// And how long before the server is told to end the statement, which takes another connection.
constexpr std::chrono::milliseconds few_leftovers{200};

}  // namespace

session::~session() {
  if (owned_ && !is_inherited()) mysql_close(handle_);
  // the rest is left as it is: libmariadb would say good-bye on the parent's behalf
  if (owned_ && is_inherited()) ::close(mysql_get_socket(handle_));
}

void session::refuse_inherited(const error_scene& scene) const {
  throw_error({.code = errc::usage,
               .message = fmt::format("the connection to {} was open when this process was forked, and both processes "
                                      "would speak on it at once: connect in the child only, or before fork() close "
                                      "the client, or let the child exec another program",
                                      endpoint_),
               .sql = std::string(scene.sql),
               .endpoint = endpoint_,
               .where = scene.where});
}

void session::refuse_size(std::size_t bytes, std::string_view sql, const call_context& context) const {
  error_info info;
  info.sql = sql;
  info.endpoint = endpoint_;
  info.where = context.where;
  info.sent = false;
  judge(info, entry_named("packet-too-large"));
  info.message += fmt::format(" (it takes {} bytes or more, and the limit is {})", bytes, max_packet_);
  throw_error(std::move(info));
}

/// Shows the statement that is open.
void session::refuse_second(std::source_location where) const {
  throw_error({.code = errc::usage,
               .message = "a statement on this connection still has rows to read: read or drop them first, or use a "
                          "second connection",
               .sql = *open_,
               .endpoint = endpoint_,
               .where = where});
}

void session::begin(std::optional<call_limit>& limit, call_phase phase, std::string_view sql,
                    const call_context& context) {
  const error_scene scene{phase, sql, endpoint_, context.where};
  if (is_inherited()) [[unlikely]]
    refuse_inherited(scene);
  if (open_) refuse_second(context.where);
  if (!usable_) raise(lost_before_sending(scene));
  if (context.has_limit()) {
    if (auto over = call_limit::already(context); over != call_limit::end::none)
      throw_error(not_sent(scene, over == call_limit::end::stop));
  }
  // A write on a connection that was cut while idle would come back as "outcome unknown"; one look avoids the doubt,
  // and costs little beside a round trip. Inside a transaction there is no doubt before its end: the server rolls back.
  const bool is_sure = phase != call_phase::committing && (handle_->server_status & SERVER_STATUS_IN_TRANS) != 0;
  if (!is_sure && peer_has_closed()) raise(lost_before_sending(scene));
  if (context.has_limit()) limit.emplace(mysql_get_socket(handle_), context);
}

/// True once there are no more.
bool session::read_until(std::chrono::steady_clock::time_point end, MYSQL_STMT* statement, MYSQL_RES* rows) noexcept {
  while (std::chrono::steady_clock::now() < end)
    if (statement ? mysql_stmt_fetch(statement) != 0 : mysql_fetch_row(rows) == nullptr) return true;
  return false;
}

void session::read_on(MYSQL_STMT* statement, MYSQL_RES* rows) noexcept {
  if (!usable()) return;
  try {
    const auto begun = std::chrono::steady_clock::now();
    call_limit brief(mysql_get_socket(handle_), {.deadline = begun + leftovers});
    if (!read_until(begun + few_leftovers, statement, rows)) {
      if (on_server_) end_statement(*on_server_, begun + leftovers);
      read_until(begun + 2 * leftovers, statement, rows);  // the limit strikes before
    }
    const bool struck = brief.end_watch() != call_limit::end::none;
    if (struck) kill(call_phase::reading);
    // that the statement was ended is the server's own word, and the connection is good
    if (struck || is_local(static_cast<int>(mysql_errno(handle_)))) drop();
  } catch (...) {  // no memory for the limit
    drop();
  }
}

void session::end(std::optional<call_limit>& limit) noexcept {
  if (!limit) return;
  if (limit->end_watch() != call_limit::end::none) usable_ = false;
  limit.reset();
}

void session::drop() noexcept {
  usable_ = false;
  // Closing a statement reads what is left of its rows; without a socket there is nothing left.
  if (owned_ && !is_inherited()) ::shutdown(mysql_get_socket(handle_), SHUT_RDWR);
}

void session::fail(MYSQL_STMT* statement, std::optional<call_limit>& limit, const error_scene& scene) {
  // Errors among the rows are kept in the connection only.
  const bool own = statement && mysql_stmt_errno(statement) != 0;
  raw_error raw{static_cast<int>(own ? mysql_stmt_errno(statement) : mysql_errno(handle_)),
                own ? mysql_stmt_sqlstate(statement) : mysql_sqlstate(handle_),
                own ? mysql_stmt_error(statement) : mysql_error(handle_)};
  const auto reached = limit ? limit->end_watch() : call_limit::end::none;
  const bool broken_off = is_local(raw.code) && reached != call_limit::end::none;
  if (broken_off) kill(scene.phase);
  auto info = broken_off ? interrupted(scene, reached == call_limit::end::stop) : classify(raw, scene);
  if (reached != call_limit::end::none) usable_ = false;
  limit.reset();
  raise(std::move(info));
}

void session::kill(call_phase phase) noexcept {
  // A COMMIT is nearly done and soon over; killing it makes its outcome no clearer.
  const bool in_transaction = handle_->server_status & SERVER_STATUS_IN_TRANS;
  if (phase == call_phase::committing && in_transaction) return;
  kill_later(on_server_);
}

void session::raise(error_info info) {
  if (info.poisons_connection) usable_ = false;
  // The server may have ended the transaction, which an error does not tell: until its next answer tells, a write is
  // taken for one that commits itself.
  if (info.poisons_transaction) handle_->server_status &= ~static_cast<unsigned>(SERVER_STATUS_IN_TRANS);
  throw_error(std::move(info));
}

bool session::peer_has_closed() const noexcept {
  char byte{};
  auto got = ::recv(mysql_get_socket(handle_), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  // Nobody speaks while no call is on its way: even a byte is the farewell of a server that closes.
  return got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR);
}

}  // namespace tidb::detail
