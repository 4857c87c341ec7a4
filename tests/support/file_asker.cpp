#include "support/file_asker.hpp"

#include "support/fake_server.hpp"

#include <array>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tests {

using namespace std::string_view_literals;

namespace {

constexpr auto all_is_well = "\0\0\0\2\0\0\0"sv;
constexpr auto end_of_part = "\xfe\0\0\2\0"sv;
constexpr auto a_text_column = "\3def\0\0\0\1c\0\x0c\x2d\0\xff\0\0\0\xfd\0\0\0\0\0"sv;
constexpr auto not_preparable = "\xff\x0f\5#HY000this is not prepared"sv;
constexpr char good_bye = 1, query = 3, prepare = 0x16;

bool readable(int socket) {
  pollfd one{socket, POLLIN, 0};
  return ::poll(&one, 1, 20) > 0;
}

}  // namespace

/// One connection, packet by packet.
struct file_asker::client {
  file_asker& server;
  int socket;
  std::string waiting{};
  unsigned char number{};  ///< of the last packet

  /// False once the client has left, or the test is over.
  bool read(std::string& payload) {
    while (true) {
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(waiting[i]); };
      const std::size_t size = waiting.size() < 4 ? 0U : byte(0) | byte(1) << 8U | byte(2) << 16U;
      if (waiting.size() >= 4 && waiting.size() >= size + 4) {
        number = byte(3);
        payload = waiting.substr(4, size);
        waiting.erase(0, size + 4);
        return true;
      }
      if (!receive()) return false;
    }
  }

  bool receive() {
    while (!readable(socket))
      if (server.ending_) return false;
    std::array<char, 4096> bytes{};
    const auto got = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (got <= 0) return false;
    const std::string_view text(bytes.data(), static_cast<std::size_t>(got));
    const std::lock_guard lock(server.mutex_);
    server.received_ += text;
    waiting += text;
    return true;
  }

  void send(std::string_view payload) { send_bytes(server_packet(static_cast<char>(++number), payload)); }

  void send_bytes(const std::string& text) const {
    if (::send(socket, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;  // the client has gone
  }

  /// What a login asks: version, comment, SQL mode, largest packet, longest silence, the connection's number, its
  /// character set, and whether there are search indexes.
  void send_facts() {
    constexpr std::array cells{
        "8.0.11-TiDB-v8.5.6"sv, ""sv, "STRICT_TRANS_TABLES"sv, "67108864"sv, "28800"sv, "7"sv, "utf8mb4"sv, "0"sv};
    send(std::string(1, static_cast<char>(cells.size())));
    for (std::size_t i = 0; i < cells.size(); ++i) send(a_text_column);
    send(end_of_part);
    std::string row;
    for (const auto cell : cells) row.append(1, static_cast<char>(cell.size())).append(cell);
    send(row);
    send(end_of_part);
  }
};

file_asker::file_asker(std::string when, std::vector<std::string> files)
    : when_(std::move(when)), files_(std::move(files)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, size) != 0 || ::listen(listener_, 16) != 0 || ::getsockname(listener_, any, &size) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

file_asker::~file_asker() {
  ending_ = true;
  thread_.join();
  ::close(listener_);
}

std::string file_asker::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

void file_asker::serve() {
  while (!ending_) {
    if (!readable(listener_)) continue;
    client one{*this, ::accept(listener_, nullptr, nullptr)};
    if (one.socket < 0) continue;
    ++connections_;
    play(one);
    ::close(one.socket);
  }
}

void file_asker::play(client& on) {
  on.send_bytes(server_greeting(false));
  std::string payload;
  if (!on.read(payload)) return;
  on.send(all_is_well);
  while (on.read(payload) && !payload.empty() && payload[0] != good_bye) {
    if (payload[0] == prepare)
      on.send(not_preparable);
    else if (payload[0] == query && payload.find(when_) != std::string::npos)
      ask(on);
    else if (payload.find("VERSION()") != std::string::npos)
      on.send_facts();
    else
      on.send(all_is_well);
  }
}

void file_asker::ask(client& on) {
  for (const auto& file : files_) {
    ++asked_;
    on.send("\xfb" + file);
    std::string part;
    while (on.read(part) && !part.empty()) {
    }
  }
  on.send(all_is_well);
}

}  // namespace tests
