#include "progress.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <string>

#include <fmt/format.h>
#include <unistd.h>

namespace cli {

namespace {

volatile std::sig_atomic_t stop_requested = 0;

void note_stop(int) { stop_requested = 1; }

void handle(void (*with)(int)) {
  struct sigaction action {};
  action.sa_handler = with;
  action.sa_flags = SA_RESTART | static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

}  // namespace

progress_bar::progress_bar(std::string_view what, std::uint64_t total)
    : what_(what), total_(total), terminal_(isatty(STDERR_FILENO) == 1) {}

void progress_bar::show(std::uint64_t done) {
  if (!terminal_ || clock::now() < next_) return;
  next_ = clock::now() + std::chrono::milliseconds(100);
  constexpr std::uint64_t width = 30;
  const auto part = total_ == 0 ? width : std::min(width, done * width / total_);
  const auto seconds = std::chrono::duration<double>(clock::now() - started_).count();
  fmt::print(stderr, "\r{} [{:<{}}] {}/{} ({:.0f}/s) ", what_, std::string(static_cast<std::size_t>(part), '#'), width,
             done, total_, static_cast<double>(done) / std::max(seconds, 0.001));
  shown_ = true;
}

void progress_bar::clear() {
  if (shown_) fmt::print(stderr, "\r\x1b[K");
  shown_ = false;
}

stop_requests::stop_requests() { handle(note_stop); }
stop_requests::~stop_requests() { handle(SIG_DFL); }
bool stop_requests::requested() noexcept { return stop_requested != 0; }

}  // namespace cli
