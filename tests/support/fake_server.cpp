#include "support/fake_server.hpp"

#include <stdexcept>
#include <string_view>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace tests {

std::string server_packet(char number, std::string_view payload) {
  std::string text(3, '\0');
  text[0] = static_cast<char>(payload.size());
  text += number;
  text += payload;
  return text;
}

std::string server_greeting(bool tls) {
  using namespace std::string_view_literals;
  std::string text;
  for (const auto part : {"\x0a"
                          "8.0.11-TiDB-v8.5.6\0"sv,
                          "\1\0\0\0saltsalt\0"sv,
                          // what it can: the protocol of 4.1, transactions, long salts, names of plugins, TLS or not
                          tls ? "\x0b\xaa"sv : "\x0b\xa2"sv, "\x2e\2\0\x08\0\x15"sv,
                          "\0\0\0\0\0\0\0\0\0\0saltsaltsalt\0mysql_native_password\0"sv})
    text += part;
  return server_packet(0, text);
}

namespace {

void send_all(int to, const std::string& text) {
  if (::send(to, text.data(), text.size(), MSG_NOSIGNAL) < 0) return;  // the client has gone
}

bool readable(int socket) {
  pollfd one{socket, POLLIN, 0};
  return ::poll(&one, 1, 20) > 0;
}

}  // namespace

fake_server::fake_server(plays part) : part_(part), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, size) != 0 || ::listen(listener_, part == plays::dead ? 0 : 64) != 0 ||
      ::getsockname(listener_, any, &size) != 0)
    throw std::runtime_error("no port to listen on");
  port_ = ntohs(address.sin_port);
  // Once the queue of connections is full, the kernel drops whatever comes.
  for (int i = 0; part == plays::dead && i < 4; ++i) {
    fillers_.push_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
    (void)::connect(fillers_.back(), any, size);
  }
  if (part != plays::dead) thread_ = std::thread([this] { serve(); });
}

fake_server::~fake_server() {
  ending_ = true;
  if (thread_.joinable()) thread_.join();
  for (const int one : fillers_) ::close(one);
  ::close(listener_);
}

std::string fake_server::received() const {
  const std::lock_guard lock(mutex_);
  return received_;
}

void fake_server::serve() {
  while (!ending_) {
    if (!readable(listener_)) continue;
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) continue;
    ++open_;
    play(client);
    --open_;
    ::close(client);
  }
}

void fake_server::play(int client) {
  if (part_ != plays::silent)
    send_all(client, server_greeting(part_ == plays::greets_for_tls || part_ == plays::knows_old_tls));
  bool logged_in = false;
  while (!ending_) {
    if (!readable(client)) continue;
    char bytes[4096];
    const auto got = ::recv(client, bytes, sizeof bytes, 0);
    if (got <= 0) return;
    {
      const std::lock_guard lock(mutex_);
      received_.append(bytes, static_cast<std::size_t>(got));
    }
    if (part_ == plays::takes_logins && !logged_in)
      send_all(client, server_packet(2, std::string_view("\0\0\0\2\0\0\0", 7)));
    logged_in = true;
    const bool hello = received().find('\x16') != std::string::npos;
    if (part_ == plays::knows_old_tls && hello) send_all(client, std::string("\x15\3\2\0\2\2\x46", 7));
  }
}

}  // namespace tests
