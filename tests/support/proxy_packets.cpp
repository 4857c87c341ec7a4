// Where packets begin and end in what passes through the proxy, and whether one of them is the one to strike at.
#include "support/proxy_link.hpp"

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace tests {

tcp_proxy::verdict tcp_proxy::inspect(link& on, direction way, std::string_view bytes) {
  const std::scoped_lock lock(mutex_);
  if (swallowing_) on.silent = true;
  if (on.silent) return {};
  if (awaited_ == &on && armed_ && armed_->way != way) {
    armed_.reset();
    awaited_ = nullptr;
    return {0, how_};
  }
  if (way == direction::to_client && on.last == direction::to_server) ++round_trips_;
  on.last = way;

  auto& frame = on.frames[side(way)];
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t header = on.encrypted ? 5 : 4;
    if (frame.done == 0) {
      ++packets_[side(way)];
      if (way == direction::to_server) on.question = bytes.substr(at, 80);
      frame.doomed = hits(way, bytes.substr(at));
      // The request for TLS is 32 bytes with the flag CLIENT_SSL; whatever follows is encrypted.
      frame.asks_for_tls = way == direction::to_server && !on.encrypted && bytes.size() >= at + 6 &&
                           bytes.substr(at, 4) == std::string_view("\x20\0\0\1", 4) && (bytes[at + 5] & 0x08) != 0;
      if (frame.doomed && armed_->where == fault_point::place::before) {
        armed_.reset();
        return {at, how_};
      }
    }
    if (frame.done < header) {
      frame.header[frame.done++] = static_cast<unsigned char>(bytes[at++]);
      if (frame.done < header) continue;
      const auto& h = frame.header;
      frame.size = header + (on.encrypted ? static_cast<std::size_t>(h[3] << 8 | h[4])
                                          : static_cast<std::size_t>(h[0] | h[1] << 8 | h[2] << 16));
    }
    const bool half = frame.doomed && armed_ && armed_->where == fault_point::place::inside;
    const auto goal = half ? header + (frame.size - header) / 2 : frame.size;
    const auto step = std::min(bytes.size() - at, goal - frame.done);
    at += step;
    frame.done += step;
    if (frame.done < goal) continue;
    frame.done = 0;
    if (frame.asks_for_tls) on.encrypted = true;
    if (!frame.doomed || !armed_) continue;
    if (armed_->where == fault_point::place::answered) {
      awaited_ = &on;
    } else {
      armed_.reset();
      return {at, how_};
    }
  }
  return {bytes.size()};
}

/// Whether the packet that begins here is the one. Its text is looked for in what has come of it.
bool tcp_proxy::hits(direction way, std::string_view packet) {
  if (!armed_ || armed_->way != way || armed_->packet == 0) return false;
  if (!armed_->text.empty()) {
    if (packet.size() < 4) return false;
    const auto byte = [&](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(packet[i])); };
    const auto size = 4 + (byte(0) | byte(1) << 8 | byte(2) << 16);
    if (packet.substr(0, size).find(armed_->text) == std::string_view::npos) return false;
  }
  return --armed_->packet == 0;
}

}  // namespace tests
