// The way to a server, one step at a time: its name's addresses, and which of them answer. For finding out what is
// wrong; connections themselves are made by libmariadb.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidb::detail {

using probe_deadline = std::chrono::steady_clock::time_point;

/// What the resolver says of a name.
struct host_addresses {
  std::vector<std::string> found{};  ///< as numbers, in the resolver's order
  std::string problem{};             ///< in the resolver's words, or empty
  bool try_again{};                  ///< no name server answered: the name itself may be right
};

/// Note: waits for as long as the resolver does, which may be many seconds when no name server answers.
host_addresses look_up(const std::string& host);

/// A connected socket that ends with its scope. Every wait has a deadline.
class probe_socket {
public:
  probe_socket() noexcept = default;
  explicit probe_socket(int descriptor) noexcept : descriptor_(descriptor) {}
  probe_socket(probe_socket&& other) noexcept;
  probe_socket& operator=(probe_socket&& other) noexcept;
  ~probe_socket();

  int descriptor() const noexcept { return descriptor_; }
  explicit operator bool() const noexcept { return descriptor_ >= 0; }
  /// What comes next, at least one byte. Errors: std::system_error: timed_out at the deadline, connection_reset if the
  /// other end hung up, or what the system says.
  std::string receive(probe_deadline deadline) const;
  /// Errors: as receive.
  void send(std::string_view bytes, probe_deadline deadline) const;

private:
  void wait_for(short event, probe_deadline deadline) const;
  int descriptor_{-1};
};

/// How one address answered.
struct reached_address {
  std::string address{};
  int error{};  ///< errno; 0 if it accepted the connection
  std::chrono::microseconds time{};
};

struct reached_host {
  std::vector<reached_address> addresses{};  ///< in the order they were given
  probe_socket socket{};                     ///< to the first that accepted, or none
  bool reached() const noexcept { return static_cast<bool>(socket); }
};

/// Connects to all addresses at once, and waits until each has answered or the deadline has passed.
reached_host reach(const std::vector<std::string>& addresses, std::uint16_t port, probe_deadline deadline);

}  // namespace tidb::detail
