// A TCP proxy between a client and a server that breaks the connection where a test wants it broken.
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

namespace tests {

enum class direction : std::uint8_t { to_server, to_client };

/// Where in the traffic a fault strikes: at the `packet`-th packet `way` from the call of `strike` on, over all
/// connections. With `text`, only packets that hold it count.
struct fault_point {
  enum class place : std::uint8_t {
    before,    ///< nothing of the packet goes on
    inside,    ///< half of it does
    after,     ///< all of it does
    answered,  ///< all of it does, and the first packet that comes back does not
  };
  direction way{direction::to_server};
  std::size_t packet{1};
  place where{place::before};
  std::string text{};
};

enum class fault : std::uint8_t {
  cut,      ///< both sides see the other one close
  reset,    ///< both sides see a connection reset
  swallow,  ///< both sides see nothing any more
};

/// Listens on a free port of 127.0.0.1 and passes on to a server. It knows the packets of the MySQL protocol; once a
/// connection is encrypted, its TLS records count as packets.
/// Threads: every function may be called from any.
class tcp_proxy {
public:
  /// `url` names the server; its host may be a name.
  explicit tcp_proxy(const std::string& url);
  tcp_proxy(const tcp_proxy&) = delete;
  tcp_proxy& operator=(const tcp_proxy&) = delete;
  /// Closes all connections.
  ~tcp_proxy();

  std::uint16_t port() const noexcept { return port_; }
  /// The URL given, with this proxy's address in place of the server's.
  std::string url() const;

  /// New connections go to this port: that of a server that was started again.
  void backend(std::uint16_t port);
  /// While on, connecting is refused.
  void refuse(bool on);
  /// While on, what comes is swallowed, and a connection that lost something stays silent for good.
  void swallow(bool on);
  /// Holds back whatever comes, in each direction, for this long.
  void delay(std::chrono::milliseconds time);
  /// Passes on at most so much in each direction of a connection; 0: no limit.
  void throttle(std::size_t bytes_per_second);
  /// Cuts all open connections now.
  void cut_all(fault how = fault::cut);
  /// Strikes once, there. Replaces one that has not struck.
  void strike(fault_point where, fault how = fault::cut);
  /// True if the last `strike` has struck, or does so within this time.
  bool struck(std::chrono::milliseconds wait = std::chrono::milliseconds(0));
  /// The beginning of the packet to the server that was under way, or being answered, where it struck.
  std::string question() const;

  /// Counted from the start, or from `reset_counts` on.
  std::size_t packets(direction way) const;
  /// How often an answer followed a question.
  std::size_t round_trips() const;
  std::size_t connections() const;
  void reset_counts();
  /// Connections open right now.
  std::size_t open_connections() const;

private:
  class link;
  struct verdict;
  void listen_on_free_port();
  void accept_all();
  void open(int client);
  int connect_backend(std::uint16_t port) const;
  void pump(link& on, direction way);
  void pass(link& on, int to, std::string_view bytes);
  void pause(const link& on, std::chrono::nanoseconds time);
  verdict inspect(link& on, direction way, std::string_view bytes);
  bool hits(direction way, std::string_view packet);
  void break_link(link& on, fault how);
  void remove_ended();

  std::string url_;
  std::string host_;
  std::uint16_t port_{};
  int listener_{-1};

  mutable std::mutex mutex_;  // guards all below, and the links
  std::condition_variable changed_;
  std::uint16_t backend_{};
  bool ending_{};
  bool refusing_{};
  bool swallowing_{};
  std::chrono::milliseconds delay_{};
  std::size_t throttle_{};
  std::optional<fault_point> armed_{};
  fault how_{};
  link* awaited_{};  // the connection whose answer the fault waits for
  bool struck_{};
  std::string question_{};
  std::array<std::size_t, 2> packets_{};
  std::size_t round_trips_{};
  std::size_t connections_{};
  std::list<std::unique_ptr<link>> links_;

  std::thread acceptor_;
};

}  // namespace tests
