// Interleaved pairs of the yardstick and ours, and the ratio of their rates.
#pragma once

#include <functional>
#include <string>

namespace bench {

struct options {
  bool quick{};
  std::size_t rows{200'000};
};

/// Reads --quick and --rows N; exits with a message for anything else.
options parse(int argc, char** argv);

/// Runs both in turn, `pairs` times after one warm-up, and prints the median of the ratios yardstick time / our time
/// with its quartiles, for wall time and for this process's CPU time, then the line that has the target.
/// `items`: what one run does, for the rates. `reset` runs before each, unmeasured.
void compare(
    const std::string& name, double want, int pairs, std::size_t items, const std::function<void()>& yardstick,
    const std::function<void()>& ours, const std::function<void()>& reset = [] {});

}  // namespace bench
