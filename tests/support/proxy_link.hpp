// One connection through the proxy; only for the proxy itself.
#pragma once

#include "support/proxy.hpp"

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

namespace tests {

inline constexpr std::size_t side(direction way) { return static_cast<std::size_t>(way); }

/// One connection: two sockets, and a thread for each direction. The last thread to end closes both.
class tcp_proxy::link {
public:
  link(int client, int server) : sockets_{server, client} {}

  int socket_to(direction way) const noexcept { return sockets_[side(way)]; }
  int socket_from(direction way) const noexcept { return sockets_[1 - side(way)]; }

  void start(tcp_proxy& proxy) {
    for (auto way : {direction::to_server, direction::to_client})
      threads_[side(way)] = std::thread([this, &proxy, way] { proxy.pump(*this, way); });
  }
  void join() {
    for (auto& thread : threads_)
      if (thread.joinable()) thread.join();
  }
  /// How far the packet that is passing in one direction has come.
  struct frame {
    std::array<unsigned char, 5> header{};
    std::size_t done{}, size{};
    bool doomed{}, asks_for_tls{};
  };

  std::array<frame, 2> frames{};
  std::optional<direction> last{};
  int running{2};
  bool encrypted{}, silent{}, broken{}, reset{};
  std::string question{};

  void close() {
    for (int& one : sockets_) {
      const linger at_once{1, 0};
      if (reset) ::setsockopt(one, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
      ::close(one);
      one = -1;
    }
  }

private:
  std::array<int, 2> sockets_;
  std::array<std::thread, 2> threads_;
};

/// What becomes of bytes that have come: so many go on, and then a fault strikes or not.
struct tcp_proxy::verdict {
  std::size_t pass{};
  std::optional<fault> then{};
};

}  // namespace tests
