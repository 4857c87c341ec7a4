// tidbxx ping: round trips one after the other, and their spread.
#include "commands.hpp"
#include "output.hpp"
#include <tidbxx/client/doctor.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <csignal>
#include <mutex>
#include <stop_token>
#include <system_error>
#include <thread>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace cli {

namespace {

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

/// Ctrl-C as a stop request; a second one ends the program, as always. One at a time.
class stop_on_signal {
public:
  stop_on_signal() {
    if (::pipe2(pipe_, O_CLOEXEC) != 0) throw failure(std::generic_category().message(errno));
    waiting_ = std::thread([this] {
      char byte{};
      while (::read(pipe_[0], &byte, 1) == 1) source_.request_stop();
    });
    struct sigaction action {};
    action.sa_handler = [](int) {
      const int interrupted = errno;  // of whatever call the thread was in
      static_cast<void>(!::write(pipe_[1], "", 1));
      errno = interrupted;
    };
    action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
  }
  ~stop_on_signal() {
    std::signal(SIGINT, SIG_DFL);
    std::signal(SIGTERM, SIG_DFL);
    ::close(pipe_[1]);
    waiting_.join();
    ::close(pipe_[0]);
  }
  stop_on_signal(const stop_on_signal&) = delete;
  stop_on_signal& operator=(const stop_on_signal&) = delete;
  std::stop_token token() const noexcept { return source_.get_token(); }

private:
  inline static int pipe_[2]{-1, -1};
  std::stop_source source_;
  std::thread waiting_;
};

void sleep_for(double seconds, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any never;
  never.wait_for(lock, stop, std::chrono::duration<double>(std::min(seconds, 86'400.0 * 365)), [] { return false; });
}

class pinging {
public:
  explicit pinging(const ping_command& command)
      : command_(command), pool_(command.url.empty() ? tidb::pool(tidb::connect_options{}) : tidb::pool(command.url)),
        db_(tidb::connect(pool_).with({.stop = signal_.token()})) {}

  int run() {
    while (!stopped()) {
      once();
      if (++sent_ == command_.count) break;
      sleep_for(command_.interval, signal_.token());
    }
    print(command_.json ? json() : summary());
    return failures_.empty() ? succeeded : failed;
  }

private:
  bool stopped() const { return signal_.token().stop_requested(); }

  /// A lost connection is made anew by the next one; the time of that does not count.
  void once() {
    std::string line;
    try {
      static_cast<void>(db_.features());
      times_.push_back(db_.ping());
      line = fmt::format("{:.3f} ms\n", in_ms(times_.back()));
    } catch (const tidb::usage_error&) {
      throw;
    } catch (const tidb::error& problem) {
      if (stopped()) return;  // it was broken off, and neither answered nor failed
      failures_.push_back(describe(problem));
      line = fmt::format("failed: {}\n", failures_.back());
    }
    if (command_.json) return;
    print(fmt::format("{}: {}", sent_ + 1, line));
    finish_output();
  }

  std::string summary() const {
    const auto spread = tidb::summarize(times_);
    auto text = fmt::format("\n{}: {} answered, {} failed\n", db_.endpoint(), times_.size(), failures_.size());
    if (!times_.empty())
      text += fmt::format("min {:.3f} ms, p50 {:.3f} ms, p99 {:.3f} ms, max {:.3f} ms\n", in_ms(spread.min),
                          in_ms(spread.p50), in_ms(spread.p99), in_ms(spread.max));
    return text;
  }

  std::string json() const {
    const auto spread = tidb::summarize(times_);
    const auto number = [&](std::chrono::microseconds time) {
      return times_.empty() ? std::string("null") : fmt::format("{:.3f}", in_ms(time));
    };
    std::string errors;
    for (const auto& each : failures_) errors += (errors.empty() ? "" : ", ") + json_text(each);
    return fmt::format(
        "{{\"endpoint\": {}, \"answered\": {}, \"failed\": {}, \"min_ms\": {}, \"p50_ms\": {}, \"p99_ms\": {}, "
        "\"max_ms\": {}, \"errors\": [{}]}}\n",
        json_text(db_.endpoint()), times_.size(), failures_.size(), number(spread.min), number(spread.p50),
        number(spread.p99), number(spread.max), errors);
  }

  const ping_command& command_;
  stop_on_signal signal_;
  tidb::pool pool_;
  tidb::client db_;
  std::uint64_t sent_{};
  std::vector<std::chrono::microseconds> times_;
  std::vector<std::string> failures_;
};

}  // namespace

int run(const ping_command& command) { return pinging(command).run(); }

}  // namespace cli
