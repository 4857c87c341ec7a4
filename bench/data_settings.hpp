// What the benchmarks over the packages' data are told.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>

#include <fmt/core.h>

namespace bench {

struct data_settings {
  std::string data{};  ///< folder; empty: made up
  std::size_t rows{40'000};
  bool quick{};
};

/// Ends the program with its usage for other arguments.
inline data_settings parse_data_settings(int argc, char** argv) {
  data_settings made;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--data" && i + 1 < argc)
      made.data = argv[++i];
    else if (word == "--rows" && i + 1 < argc)
      made.rows = std::strtoull(argv[++i], nullptr, 10);
    else if (word == "--quick")
      made.quick = true;
    else {
      fmt::print(stderr, "usage: {} [--data DIR] [--rows N] [--quick]\n", argv[0]);
      std::exit(2);
    }
  }
  return made;
}

double seconds_of(const auto& run) {
  const auto start = std::chrono::steady_clock::now();
  run();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace bench
