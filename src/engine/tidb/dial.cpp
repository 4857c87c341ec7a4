#include "engine/tidb/dial.hpp"

#include "engine/connect_progress.hpp"
#include "engine/tidb/background.hpp"
#include "engine/tidb/greeting.hpp"
#include "engine/tidb/tls.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidb::detail {
namespace {

using clock = std::chrono::steady_clock;

/// How often an attempt that waits for the network looks whether it was given up. Nobody waits for that.
constexpr int slice_ms = 50;

/// One attempt to connect, shared by the caller and the thread that does it.
struct attempt {
  attempt(handle_pointer on, const resolved_options& options, const char* into)
      : handle(std::move(on)), host(options.host), user(options.user), password(options.password),
        database(into ? into : ""), port(options.port), mode(options.ssl_mode.value_or(ssl_mode::verify_identity)) {}

  handle_pointer handle;
  const std::string host, user, password, database;
  const unsigned port;
  const ssl_mode mode;
  std::atomic<connect_step> step{connect_step::resolving};

  std::mutex mutex;
  std::condition_variable_any changed;
  bool connected{}, done{}, given_up{};
  int socket{-1};  // our own copy: libmariadb may close its number at any time
  std::optional<background_work> left_alone;

  /// False once the attempt was given up.
  bool goes_on(int libmariadbs) {
    const std::lock_guard lock(mutex);
    if (!given_up && step < connect_step::login) {  // it may be the socket for the host's next address
      if (socket >= 0) ::close(socket);
      socket = ::fcntl(libmariadbs, F_DUPFD_CLOEXEC, 0);
    }
    return !given_up;
  }
  bool was_given_up() {
    const std::lock_guard lock(mutex);
    return given_up;
  }
  void give_up() {  // under the mutex
    given_up = true;
    if (socket < 0) return;  // still at the name server, which knows no way to be interrupted
    left_alone.emplace();
    ::shutdown(socket, SHUT_RDWR);
  }
};

thread_local attempt* current = nullptr;

#ifdef POLLRDHUP
constexpr short closed_by_peer = POLLRDHUP;
#else
constexpr short closed_by_peer = POLLHUP;
#endif

/// Like poll: the events that came, or 0 once the attempt was given up.
int wait_for(attempt& of, int socket, short events) {
  for (;;) {
    pollfd one{socket, events, 0};
    const int got = ::poll(&one, 1, slice_ms);
    if (got > 0) return one.revents;
    if (got < 0 && errno != EINTR) return 0;
    if (of.was_given_up()) return 0;
  }
}

/// The greeting, when all of it has come, without taking it; empty if what comes is none. Nothing: given up.
std::optional<std::string_view> peek_greeting(attempt& of, int socket, std::span<char> buffer) {
  for (;;) {
    const int came = wait_for(of, socket, POLLIN | closed_by_peer);
    if (came == 0) return std::nullopt;
    const auto got = ::recv(socket, buffer.data(), buffer.size(), MSG_PEEK | MSG_DONTWAIT);
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    const auto size = greeting_size(bytes);
    if (size && bytes.size() >= *size) return bytes.substr(0, *size);
    if (got <= 0 || (came & (closed_by_peer | POLLHUP | POLLERR)) != 0) return std::string_view();
    ::poll(nullptr, 0, 1);  // what has come already would end the next wait at once
  }
}

/// Without the server's offer of TLS libmariadb would go on in plain text, except where it must check the certificate's
/// name: so that is what it was told, until now. False if the attempt was given up.
bool look_at_greeting(attempt& of, int socket) {
  std::array<char, longest_greeting> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  const auto greeting = peek_greeting(of, socket, buffer);
  if (!greeting) return false;
  if (of.mode != ssl_mode::disabled && parse_greeting(*greeting).offers_tls) tls_is_offered(of.handle.get(), of.mode);
  of.step = connect_step::login;
  return true;
}

/// libmariadb calls this to wait while it connects; it waits no longer than the caller does.
int on_wait(my_socket socket, my_bool for_reading, int /*seconds*/) noexcept {
  auto& own = *current;
  const auto given_up = [] { return errno = ETIMEDOUT, 0; };
  if (!own.goes_on(socket)) return given_up();
  if (!for_reading && own.step <= connect_step::reaching) {
    own.step = connect_step::reaching;
    const int came = wait_for(own, socket, POLLOUT);
    if (came == 0) return given_up();
    if ((came & (POLLERR | POLLHUP | POLLNVAL)) != 0) return 1;  // libmariadb asks the socket why
    own.step = connect_step::greeting;                           // the server speaks first
  }
  if (own.step < connect_step::login) return look_at_greeting(own, socket) ? 1 : given_up();
  return wait_for(own, socket, for_reading ? POLLIN : POLLOUT) == 0 ? given_up() : 1;
}

void run(const std::shared_ptr<attempt>& own) noexcept {
  auto* handle = own->handle.get();
  current = own.get();
  const bool connected = mysql_real_connect(handle, own->host.c_str(), own->user.c_str(), own->password.c_str(),
                                            own->database.empty() ? nullptr : own->database.c_str(), own->port, nullptr,
                                            CLIENT_FOUND_ROWS) != nullptr;
  current = nullptr;
  if (connected) mysql_optionsv(handle, MARIADB_OPT_IO_WAIT, nullptr);
  bool unwanted = false;
  {
    const std::lock_guard lock(own->mutex);
    if (own->socket >= 0) ::close(std::exchange(own->socket, -1));
    own->connected = connected;
    own->done = true;
    unwanted = own->given_up;
    if (!unwanted) own->changed.notify_all();
  }
  if (unwanted) {
    own->handle.reset();
    own->left_alone.reset();
  }
}

/// A peer that is gone without a word (a machine that lost its power, a cable) is found out within two minutes, also by
/// a statement without a limit. The system's own count is two hours.
void find_silence(my_socket socket) noexcept {
  const auto set = [socket](int level, int option, int value) {
    static_cast<void>(::setsockopt(socket, level, option, &value, sizeof(value)));
  };
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
#ifdef TCP_KEEPIDLE
  set(IPPROTO_TCP, TCP_KEEPIDLE, 60);
  set(IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set(IPPROTO_TCP, TCP_KEEPCNT, 6);
#endif
#ifdef TCP_USER_TIMEOUT
  set(IPPROTO_TCP, TCP_USER_TIMEOUT, 120'000);  // ms, for what was sent and never acknowledged
#endif
}

void set_waiting(MYSQL* handle, const call_context& context) {
  // libmariadb's own count, for the one place that on_wait does not see: reads of the TLS handshake.
  const auto left = std::chrono::ceil<std::chrono::seconds>(context.deadline - clock::now()) + std::chrono::seconds(1);
  const auto seconds = static_cast<unsigned>(std::clamp<std::int64_t>(left.count(), 1, 86'400));
  mysql_optionsv(handle, MYSQL_OPT_CONNECT_TIMEOUT, &seconds);
  mysql_optionsv(handle, MARIADB_OPT_IO_WAIT, reinterpret_cast<const void*>(&on_wait));
}

}  // namespace

login_scene::login_scene(const error_scene& of, const call_context& call) : scene(of), context(call) {
  if (!scene.options) return;  // no login of ours
  const auto now = clock::now();
  const auto most = scene.options->connect_timeout;
  if (most >= std::chrono::duration_cast<std::chrono::milliseconds>(call.deadline - now)) return;
  context.deadline = now + most;
  of_options = true;
}

handle_pointer dial(handle_pointer handle, const resolved_options& options, const char* database,
                    const login_scene& at) {
  set_waiting(handle.get(), at.context);
  const auto own = std::make_shared<attempt>(std::move(handle), options, database);
  try {
    std::thread([own] { run(own); }).detach();
  } catch (const std::system_error& failed) {
    throw_error({.code = errc::connection,
                 .message = fmt::format("no thread could be started to connect: {}", failed.code().message()),
                 .endpoint = std::string(at.scene.endpoint),
                 .where = at.scene.where,
                 .retryable = true,
                 .poisons_connection = true,
                 .sent = false});
  }
  const connect_stage stage(at.context.progress, [&] { return at.waits_for(own->step); });
  std::unique_lock lock(own->mutex);
  own->changed.wait_until(lock, at.context.stop, at.context.deadline, [&] { return own->done; });
  if (!own->done) {
    const connect_step reached = own->step;  // for the shutdown moves it on
    own->give_up();
    throw_error(at.struck(reached, at.context.stop.stop_requested()));
  }
  auto* const made = own->handle.get();
  if (!own->connected)
    throw_error(classify({static_cast<int>(mysql_errno(made)), mysql_sqlstate(made), mysql_error(made)}, at.scene));
  find_silence(mysql_get_socket(made));
  return std::move(own->handle);
}

error_info login_scene::struck(connect_step step, bool stop_requested) const {
  if (!scene.options) return interrupted(scene, stop_requested);
  const auto why =
      stop_requested ? std::string("a stop was requested while connecting")
      : of_options ? fmt::format("no connection within connect_timeout ({} ms)", scene.options->connect_timeout.count())
                   : std::string("no connection before the call's deadline");
  const auto& entry = entry_of_limit(stop_requested);
  error_info info;
  info.code = errc::timeout;
  info.sqlstate = entry.sqlstate;
  info.message = fmt::format("{}: {}", why, waits_for(step));
  info.entry = entry.name;
  info.sent = false;
  info.endpoint = scene.endpoint;
  info.where = scene.where;
  info.retryable = of_options && !stop_requested;  // another attempt may have more luck; the call's own time is over
  info.poisons_transaction = info.poisons_connection = true;
  return info;
}

std::string login_scene::waits_for(connect_step step) const {
  const auto& options = *scene.options;
  const auto address = fmt::format("{}:{}", options.host, options.port);
  switch (step) {
  case connect_step::resolving:
    return fmt::format("the name server has not told the address of {}: check the host's spelling and this machine's "
                       "DNS",
                       options.host);
  case connect_step::reaching:
    return fmt::format("{} does not answer the TCP connection: check the host and the port, that the server runs, and "
                       "that no firewall drops the packets{}",
                       address,
                       is_cloud(options.host)
                           ? ". On TiDB Cloud, this machine's address must be allowed: the IP access list (Dedicated) "
                             "or the firewall rules (Starter, Essential) of the cluster"
                           : "");
  case connect_step::greeting:
    return fmt::format("{} took the TCP connection and then said nothing: check that it is a TiDB port, and that the "
                       "server behind it is well",
                       address);
  case connect_step::login:
    return fmt::format("{} greeted, and then {} did not end", address,
                       options.ssl_mode == ssl_mode::disabled ? "the login" : "the TLS handshake or the login");
  case connect_step::session: break;
  }
  return fmt::format("{} took the login, and then did not answer the session's first statements", address);
}

}  // namespace tidb::detail
