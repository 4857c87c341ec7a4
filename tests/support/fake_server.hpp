// A server that plays the beginning of its part and then falls silent.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tests {

/// A packet as a server sends it.
std::string server_packet(char number, std::string_view payload);
/// A server's first packet: of a TiDB, with an offer of TLS or not.
std::string server_greeting(bool tls);

/// Listens on a free port of 127.0.0.1.
class fake_server {
public:
  enum class plays : std::uint8_t {
    dead,            ///< does not even take TCP connections, as behind a firewall that drops packets
    silent,          ///< takes the connection and says nothing
    greets,          ///< greets, without an offer of TLS
    greets_for_tls,  ///< greets, with an offer of TLS
    takes_logins,    ///< greets without TLS, and takes every login
    knows_old_tls,   ///< greets for TLS, and has no version of it as new as the client wants
  };
  explicit fake_server(plays part);
  fake_server(const fake_server&) = delete;
  fake_server& operator=(const fake_server&) = delete;
  ~fake_server();

  std::uint16_t port() const noexcept { return port_; }
  std::string url() const { return "mysql://root:s3cr3t-word@127.0.0.1:" + std::to_string(port_) + "/test"; }
  /// All that clients sent.
  std::string received() const;
  /// How many connections are open.
  int open() const noexcept { return open_; }

private:
  void serve();
  void play(int client);

  const plays part_;
  std::uint16_t port_{};
  int listener_{-1};
  std::vector<int> fillers_;  // of the queue of connections of a dead server
  mutable std::mutex mutex_;
  std::string received_;
  std::atomic<int> open_{};
  std::atomic<bool> ending_{};
  std::thread thread_;
};

}  // namespace tests
