// What a long command shows and heeds: a progress bar, and the wish to stop.
#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

namespace cli {

/// A line on standard error that overwrites itself; nothing where that is no terminal.
class progress_bar {
public:
  progress_bar(std::string_view what, std::uint64_t total);
  ~progress_bar() { clear(); }
  progress_bar(const progress_bar&) = delete;
  progress_bar& operator=(const progress_bar&) = delete;

  /// Cost: nothing, but ten times a second.
  void show(std::uint64_t done);
  void clear();

private:
  using clock = std::chrono::steady_clock;
  std::string_view what_;
  std::uint64_t total_;
  bool terminal_;
  bool shown_{};
  clock::time_point started_{clock::now()};
  clock::time_point next_{};
};

/// From its making on Ctrl-C and SIGTERM ask to stop; a second one ends the process.
class stop_requests {
public:
  stop_requests();
  ~stop_requests();
  stop_requests(const stop_requests&) = delete;
  stop_requests& operator=(const stop_requests&) = delete;
  static bool requested() noexcept;
};

}  // namespace cli
