#include "../measure.hpp"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>
#include <vector>

#include <fmt/core.h>
#include <sys/resource.h>

namespace bench {

namespace {

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct sample {
  double wall{}, cpu{};
};

sample run(const std::function<void()>& work, const std::function<void()>& reset) {
  reset();
  const auto cpu = cpu_seconds();
  const auto start = std::chrono::steady_clock::now();
  work();
  return {std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(), cpu_seconds() - cpu};
}

struct quartiles {
  double low{}, middle{}, high{};
};

quartiles of(std::vector<double> numbers) {
  std::ranges::sort(numbers);
  const auto at = [&](double share) {
    return numbers[static_cast<std::size_t>(share * static_cast<double>(numbers.size() - 1) + 0.5)];
  };
  return {at(0.25), at(0.5), at(0.75)};
}

}  // namespace

options parse(int argc, char** argv) {
  options made;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--quick") {
      made.quick = true;
      made.rows = 20'000;
    } else if (word == "--rows" && i + 1 < argc) {
      made.rows = static_cast<std::size_t>(std::strtoull(argv[++i], nullptr, 10));
    } else {
      fmt::print(stderr, "usage: {} [--quick] [--rows N]\n", argv[0]);
      std::exit(2);
    }
  }
  return made;
}

void compare(const std::string& name, double want, int pairs, std::size_t items, const std::function<void()>& yardstick,
             const std::function<void()>& ours, const std::function<void()>& reset) {
  std::vector<double> wall, cpu, yardstick_seconds, our_seconds;
  run(yardstick, reset);
  run(ours, reset);
  for (int pair = 0; pair < pairs; ++pair) {
    // who goes first alternates, so that neither always finds warmer caches
    const bool ours_first = pair % 2 == 1;
    const auto first = run(ours_first ? ours : yardstick, reset);
    const auto second = run(ours_first ? yardstick : ours, reset);
    const auto& theirs = ours_first ? second : first;
    const auto& own = ours_first ? first : second;
    wall.push_back(theirs.wall / own.wall);
    cpu.push_back(theirs.cpu / std::max(own.cpu, 1e-9));
    yardstick_seconds.push_back(theirs.wall);
    our_seconds.push_back(own.wall);
  }
  const auto w = of(wall), p = of(cpu);
  const auto rate = [&](const std::vector<double>& seconds) { return static_cast<double>(items) / of(seconds).middle; };
  fmt::print("{}: ours {:.0f} a second, yardstick {:.0f}; wall ratio {:.3f} ({:.3f} to {:.3f}), CPU ratio {:.3f} "
             "({:.3f} to {:.3f}), {} pairs\n",
             name, rate(our_seconds), rate(yardstick_seconds), w.middle, w.low, w.high, p.middle, p.low, p.high, pairs);
  fmt::print("ratio {} {:.2f} want >= {:.2f}\n", name, w.middle, want);
  fmt::print("ratio {}.cpu {:.2f} want >= {:.2f}\n", name, p.middle, want);
  std::fflush(stdout);
}

}  // namespace bench
