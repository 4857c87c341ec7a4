// tidbxx ping: round trips one after the other, and their spread.
#include "commands.hpp"
#include "output.hpp"
#include <tidbxx/client/doctor.hpp>

#include <cerrno>
#include <csignal>
#include <ctime>

#include <fmt/format.h>

namespace cli {

namespace {

volatile std::sig_atomic_t stop_asked = 0;

double in_ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1000; }

/// Ctrl-C ends the sleep and the loop; a second one ends the program, as always.
void listen_for_stop() {
  struct sigaction action {};
  action.sa_handler = [](int) { stop_asked = 1; };
  action.sa_flags = static_cast<int>(SA_RESETHAND);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

void sleep_for(double seconds) {
  timespec left{static_cast<time_t>(seconds), 0};
  left.tv_nsec = static_cast<long>((seconds - static_cast<double>(left.tv_sec)) * 1e9);
  while (stop_asked == 0 && nanosleep(&left, &left) != 0 && errno == EINTR) {
  }
}

class pinging {
public:
  explicit pinging(const ping_command& command)
      : command_(command), pool_(command.url.empty() ? tidb::pool(tidb::connect_options{}) : tidb::pool(command.url)),
        db_(tidb::connect(pool_)) {}

  int run() {
    listen_for_stop();
    while (stop_asked == 0) {
      once();
      if (++sent_ == command_.count) break;
      sleep_for(command_.interval);
    }
    print(command_.json ? json() : summary());
    return failures_.empty() ? succeeded : failed;
  }

private:
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
  tidb::pool pool_;
  tidb::client db_;
  std::uint64_t sent_{};
  std::vector<std::chrono::microseconds> times_;
  std::vector<std::string> failures_;
};

}  // namespace

int run(const ping_command& command) { return pinging(command).run(); }

}  // namespace cli
