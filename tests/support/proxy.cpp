#include "support/proxy.hpp"

#include "support/proxy_link.hpp"

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <system_error>
#include <vector>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tests {

namespace {

[[noreturn]] void fail(const std::string& what) {
  throw std::system_error(errno, std::generic_category(), "proxy: " + what);
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int bound_to(std::uint16_t port) {
  const int made = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (made < 0) fail("socket");
  const int on = 1;
  ::setsockopt(made, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const auto address = loopback(port);
  if (::bind(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return made;
  ::close(made);
  return -1;
}

std::uint16_t port_of(int listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

/// Where "host:port" stands in a URL, and its parts.
struct authority {
  std::size_t begin, size;
  std::string host;
  std::uint16_t port;
};

authority authority_of(const std::string& url) {
  const auto scheme = url.find("://");
  if (scheme == std::string::npos) throw std::invalid_argument("proxy: no URL of a server: " + url);
  const auto end = std::min(url.find_first_of("/?", scheme + 3), url.size());
  const auto at = url.rfind('@', end);
  const auto begin = at == std::string::npos ? scheme + 3 : at + 1;
  const auto text = url.substr(begin, end - begin);
  const auto colon = text.rfind(':');
  return {begin, end - begin, text.substr(0, colon),
          colon == std::string::npos ? std::uint16_t{4000}
                                     : static_cast<std::uint16_t>(std::stoul(text.substr(colon + 1)))};
}

}  // namespace

tcp_proxy::tcp_proxy(const std::string& url) : url_(url) {
  const auto server = authority_of(url);
  host_ = server.host;
  backend_ = server.port;
  listen_on_free_port();
  acceptor_ = std::thread([this] { accept_all(); });
}

tcp_proxy::~tcp_proxy() {
  {
    const std::scoped_lock lock(mutex_);
    ending_ = true;
    for (auto& one : links_) break_link(*one, fault::cut);
  }
  changed_.notify_all();
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  for (auto& one : links_) one->join();
  ::close(listener_);
}

// A port that was asked for stays bound when the socket stops listening, so that `refuse` can end.
void tcp_proxy::listen_on_free_port() {
  for (int attempt = 0; listener_ < 0; ++attempt) {
    if (attempt == 100) fail("no free port");
    const int probe = bound_to(0);
    if (probe < 0) fail("bind");
    port_ = port_of(probe);
    ::close(probe);
    listener_ = bound_to(port_);
  }
  if (::listen(listener_, SOMAXCONN) != 0) fail("listen");
}

std::string tcp_proxy::url() const {
  const auto server = authority_of(url_);
  auto own = url_;
  return own.replace(server.begin, server.size, "127.0.0.1:" + std::to_string(port_));
}

void tcp_proxy::accept_all() {
  for (;;) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client >= 0) {
      open(client);
      continue;
    }
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return ending_ || !refusing_; });
    if (ending_) return;
  }
}

void tcp_proxy::open(int client) {
  remove_ended();
  std::unique_lock lock(mutex_);
  const auto port = backend_;
  lock.unlock();
  const int server = connect_backend(port);
  if (server < 0) {  // as a server that is just going down
    ::close(client);
    return;
  }
  const int on = 1;
  for (int one : {client, server}) ::setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  lock.lock();
  ++connections_;
  links_.push_back(std::make_unique<link>(client, server));
  if (ending_) break_link(*links_.back(), fault::cut);
  links_.back()->start(*this);
}

int tcp_proxy::connect_backend(std::uint16_t port) const {
  addrinfo hints{}, *found = nullptr;
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  if (::getaddrinfo(host_.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return -1;
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> all(found, &::freeaddrinfo);
  for (auto* one = found; one != nullptr; one = one->ai_next) {
    const int made = ::socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
    if (made >= 0 && ::connect(made, one->ai_addr, one->ai_addrlen) == 0) return made;
    if (made >= 0) ::close(made);
  }
  return -1;
}

void tcp_proxy::pump(link& on, direction way) {
  std::vector<char> buffer(1 << 16);
  const int from = on.socket_from(way), to = on.socket_to(way);
  for (;;) {
    const auto got = ::recv(from, buffer.data(), buffer.size(), 0);
    if (got <= 0) break;
    std::unique_lock lock(mutex_);
    if (delay_.count() > 0) changed_.wait_for(lock, delay_, [&] { return on.broken; });
    lock.unlock();
    const std::string_view bytes(buffer.data(), static_cast<std::size_t>(got));
    const auto what = inspect(on, way, bytes);
    if (what.then) {
      lock.lock();
      on.silent = true;  // or the other side's answer might still come through
      lock.unlock();
    }
    pass(on, to, bytes.substr(0, what.pass));
    if (!what.then) continue;
    lock.lock();
    break_link(on, *what.then);
    struck_ = true;
    question_ = on.question;
    changed_.notify_all();
  }
  const std::scoped_lock lock(mutex_);
  if (!on.silent && !on.broken) ::shutdown(to, SHUT_WR);
  if (--on.running > 0) return;
  if (awaited_ == &on) awaited_ = nullptr;
  on.close();
}

void tcp_proxy::pass(link& on, int to, std::string_view bytes) {
  while (!bytes.empty()) {
    std::unique_lock lock(mutex_);
    if (on.broken) return;
    const auto limit = throttle_;
    lock.unlock();
    const auto size = limit == 0 ? bytes.size() : std::clamp<std::size_t>(limit / 50, 1, bytes.size());
    const auto sent = ::send(to, bytes.data(), size, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
      if (limit != 0) pause(on, std::chrono::nanoseconds(1'000'000'000LL * sent / static_cast<long long>(limit)));
    } else if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      pollfd writable{to, POLLOUT, 0};  // and a look at `broken` now and then
      ::poll(&writable, 1, 50);
    } else {
      return;  // its end is met by whoever reads from it
    }
  }
}

void tcp_proxy::pause(const link& on, std::chrono::nanoseconds time) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, time, [&] { return on.broken; });
}

void tcp_proxy::break_link(link& on, fault how) {
  if (on.running == 0) return;
  if (how == fault::swallow) {
    on.silent = true;
    return;
  }
  on.broken = true;
  on.reset = how == fault::reset;
  for (auto way : {direction::to_server, direction::to_client})
    // For a reset nothing may go out before the sockets close.
    ::shutdown(on.socket_to(way), on.reset ? SHUT_RD : SHUT_RDWR);
  changed_.notify_all();
}

void tcp_proxy::remove_ended() {
  std::list<std::unique_ptr<link>> ended;
  {
    const std::scoped_lock lock(mutex_);
    for (auto one = links_.begin(); one != links_.end();) {
      const auto next = std::next(one);
      if ((*one)->running == 0) ended.splice(ended.end(), links_, one);
      one = next;
    }
  }
  for (auto& one : ended) one->join();
}

void tcp_proxy::backend(std::uint16_t port) {
  const std::scoped_lock lock(mutex_);
  backend_ = port;
}

void tcp_proxy::refuse(bool on) {
  const std::scoped_lock lock(mutex_);
  if (refusing_ == on) return;
  if (on)
    ::shutdown(listener_, SHUT_RDWR);
  else if (::listen(listener_, SOMAXCONN) != 0)
    fail("listen");
  refusing_ = on;
  changed_.notify_all();
}

void tcp_proxy::swallow(bool on) {
  const std::scoped_lock lock(mutex_);
  swallowing_ = on;
}

void tcp_proxy::delay(std::chrono::milliseconds time) {
  const std::scoped_lock lock(mutex_);
  delay_ = time;
}

void tcp_proxy::throttle(std::size_t bytes_per_second) {
  const std::scoped_lock lock(mutex_);
  throttle_ = bytes_per_second;
}

void tcp_proxy::cut_all(fault how) {
  const std::scoped_lock lock(mutex_);
  for (auto& one : links_) break_link(*one, how);
}

void tcp_proxy::strike(fault_point where, fault how) {
  const std::scoped_lock lock(mutex_);
  armed_ = std::move(where);
  how_ = how;
  awaited_ = nullptr;
  struck_ = false;
}

bool tcp_proxy::struck(std::chrono::milliseconds wait) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, wait, [this] { return struck_; });
}

std::string tcp_proxy::question() const {
  const std::scoped_lock lock(mutex_);
  return question_;
}

std::size_t tcp_proxy::packets(direction way) const {
  const std::scoped_lock lock(mutex_);
  return packets_[side(way)];
}

std::size_t tcp_proxy::round_trips() const {
  const std::scoped_lock lock(mutex_);
  return round_trips_;
}

std::size_t tcp_proxy::connections() const {
  const std::scoped_lock lock(mutex_);
  return connections_;
}

void tcp_proxy::reset_counts() {
  const std::scoped_lock lock(mutex_);
  packets_ = {};
  round_trips_ = connections_ = 0;
}

std::size_t tcp_proxy::open_connections() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::size_t>(std::ranges::count_if(links_, [](const auto& one) { return one->running > 0; }));
}

}  // namespace tests
