// Work that is split among threads, for the time of one call.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <thread>
#include <vector>

namespace tidb::detail {

/// Runs work(first, last) over slices of 0 … count, one slice on this thread. Throws what the first slice that failed
/// threw, once all have ended.
template <class Work>
void in_parallel(std::size_t count, unsigned threads, const Work& work) {
  const std::size_t slices = std::clamp<std::size_t>(threads, 1, std::max<std::size_t>(count, 1));
  std::vector<std::exception_ptr> failed(slices);
  const auto run = [&](std::size_t slice) noexcept {
    try {
      work(count * slice / slices, count * (slice + 1) / slices);
    } catch (...) {
      failed[slice] = std::current_exception();
    }
  };
  {
    std::vector<std::jthread> running;
    running.reserve(slices - 1);
    for (std::size_t slice = 1; slice < slices; ++slice) running.emplace_back(run, slice);
    run(0);
  }
  for (const auto& each : failed)
    if (each) std::rethrow_exception(each);
}

}  // namespace tidb::detail
