// Random numbers that are the same on every machine and with every standard library.
// Source: Steele, Lea & Flood, "Fast splittable pseudorandom number generators" (SplitMix64), OOPSLA 2014.
#pragma once

#include <cstddef>
#include <cstdint>
#include <numeric>
#include <utility>
#include <vector>

namespace tidb::detail {

class random_numbers {
public:
  explicit random_numbers(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    auto mixed = state_ += 0x9E3779B97F4A7C15U;
    mixed = (mixed ^ mixed >> 30) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ mixed >> 27) * 0x94D049BB133111EBU;
    return mixed ^ mixed >> 31;
  }
  /// Below the limit; the tiny bias towards small numbers does not matter here.
  std::size_t below(std::size_t limit) { return static_cast<std::size_t>(next() % limit); }

private:
  std::uint64_t state_;
};

/// `count` different numbers below `limit`, in random order.
inline std::vector<std::size_t> choose(std::size_t count, std::size_t limit, random_numbers& random) {
  std::vector<std::size_t> all(limit);
  std::iota(all.begin(), all.end(), std::size_t{0});
  for (std::size_t i = 0; i < count && i < limit; ++i) std::swap(all[i], all[i + random.below(limit - i)]);
  all.resize(count < limit ? count : limit);
  return all;
}

}  // namespace tidb::detail
