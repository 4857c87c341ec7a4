// A server that asks its clients for files.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tests {

/// Logs everybody in and answers every statement that all is well; but to one that holds `when` it answers with
/// requests for these files, one after the other, as the server of a LOAD DATA LOCAL does. One client at a time.
class file_asker {
public:
  file_asker(std::string when, std::vector<std::string> files);
  file_asker(const file_asker&) = delete;
  file_asker& operator=(const file_asker&) = delete;
  ~file_asker();

  std::string url() const { return "mysql://root@127.0.0.1:" + std::to_string(port_) + "/test"; }
  /// All that clients sent.
  std::string received() const;
  /// How often a file was asked for.
  int asked() const noexcept { return asked_; }
  int connections() const noexcept { return connections_; }

private:
  struct client;
  void serve();
  void play(client& on);
  void ask(client& on);

  const std::string when_;
  const std::vector<std::string> files_;
  std::uint16_t port_{};
  int listener_{-1};
  mutable std::mutex mutex_;
  std::string received_;
  std::atomic<int> asked_{};
  std::atomic<int> connections_{};
  std::atomic<bool> ending_{};
  std::thread thread_;
};

}  // namespace tests
