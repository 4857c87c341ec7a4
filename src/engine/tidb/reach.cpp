#include "engine/tidb/reach.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <system_error>
#include <utility>

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tidb::detail {
namespace {

using clock = std::chrono::steady_clock;
using address_list = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

address_list resolve(const std::string& host, const char* port, int flags, int& problem) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  addrinfo* found = nullptr;
  problem = getaddrinfo(host.c_str(), port, &hints, &found);
  return {problem == 0 ? found : nullptr, &freeaddrinfo};
}

/// What poll waits, in its milliseconds, never a little short of the deadline.
int milliseconds_until(probe_deadline deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 3'600'000));
}

[[noreturn]] void fail(int error) { throw std::system_error(error, std::system_category()); }

/// One address on its way. `report` is filled when its fate is known.
struct attempt {
  probe_socket socket{};
  reached_address report{};
  clock::time_point began{};
  bool over{};

  void end(int error) {
    report.error = error;
    report.time = std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began);
    over = true;
    if (error != 0) socket = {};
  }
};

attempt start(const std::string& address, const std::string& port) {
  attempt made;
  made.report.address = address;
  made.began = clock::now();
  int problem = 0;
  const auto numeric = resolve(address, port.c_str(), AI_NUMERICHOST | AI_NUMERICSERV, problem);
  if (!numeric) {
    made.end(EADDRNOTAVAIL);
    return made;
  }
  made.socket = probe_socket(::socket(numeric->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (made.socket && ::connect(made.socket.descriptor(), numeric->ai_addr, numeric->ai_addrlen) == 0)
    made.end(0);
  else if (errno != EINPROGRESS)
    made.end(errno);
  return made;
}

int result_of(const probe_socket& socket) {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(socket.descriptor(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/// Waits for news of the attempts that are still on their way.
void wait_for_any(std::vector<attempt>& attempts, probe_deadline deadline) {
  std::vector<pollfd> waiting;
  std::vector<attempt*> whose;
  for (auto& each : attempts) {
    if (each.over) continue;
    waiting.push_back({each.socket.descriptor(), POLLOUT, 0});
    whose.push_back(&each);
  }
  const int ready = ::poll(waiting.data(), waiting.size(), milliseconds_until(deadline));
  const bool too_late = ready == 0 && clock::now() >= deadline;
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    if (ready > 0 && waiting[i].revents != 0)
      whose[i]->end(result_of(whose[i]->socket));
    else if (too_late)
      whose[i]->end(ETIMEDOUT);
  }
}

}  // namespace

host_addresses look_up(const std::string& host) {
  int problem = 0;
  host_addresses all;
  const auto list = resolve(host, nullptr, 0, problem);
  if (problem != 0) {
    all.problem = problem == EAI_SYSTEM ? std::system_category().message(errno) : gai_strerror(problem);
    all.try_again = problem == EAI_AGAIN || problem == EAI_SYSTEM;
    return all;
  }
  for (const auto* each = list.get(); each != nullptr; each = each->ai_next) {
    std::array<char, NI_MAXHOST> text{};
    if (getnameinfo(each->ai_addr, each->ai_addrlen, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) != 0)
      continue;
    std::string address(text.data());
    if (std::ranges::find(all.found, address) == all.found.end()) all.found.push_back(std::move(address));
  }
  return all;
}

probe_socket::probe_socket(probe_socket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

probe_socket& probe_socket::operator=(probe_socket&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

probe_socket::~probe_socket() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void probe_socket::wait_for(short event, probe_deadline deadline) const {
  pollfd waiting{descriptor_, event, 0};
  int ready = 0;
  do {
    ready = ::poll(&waiting, 1, milliseconds_until(deadline));
    if (ready == 0 && clock::now() >= deadline) fail(ETIMEDOUT);
  } while (ready == 0 || (ready < 0 && errno == EINTR));
  if (ready < 0) fail(errno);
}

std::string probe_socket::receive(probe_deadline deadline) const {
  std::array<char, 4096> buffer{};
  for (;;) {
    const auto got = ::recv(descriptor_, buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got > 0) return {buffer.data(), static_cast<std::size_t>(got)};
    if (got == 0) fail(ECONNRESET);
    if (errno == EAGAIN)
      wait_for(POLLIN, deadline);
    else if (errno != EINTR)
      fail(errno);
  }
}

void probe_socket::send(std::string_view bytes, probe_deadline deadline) const {
  while (!bytes.empty()) {
    const auto sent = ::send(descriptor_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0)
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    else if (errno == EAGAIN)
      wait_for(POLLOUT, deadline);
    else if (errno != EINTR)
      fail(errno);
  }
}

reached_host reach(const std::vector<std::string>& addresses, std::uint16_t port, probe_deadline deadline) {
  std::vector<attempt> attempts;
  attempts.reserve(addresses.size());
  for (const auto& address : addresses) attempts.push_back(start(address, std::to_string(port)));
  const auto on_its_way = [](const attempt& each) { return !each.over; };
  while (std::ranges::any_of(attempts, on_its_way)) wait_for_any(attempts, deadline);
  reached_host host;
  for (auto& each : attempts) {
    if (!host.socket && each.report.error == 0) host.socket = std::move(each.socket);
    host.addresses.push_back(std::move(each.report));
  }
  return host;
}

}  // namespace tidb::detail
