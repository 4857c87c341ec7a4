// How long a part of a search took.
#pragma once

#include <chrono>

namespace tidb::detail {

/// Adds the time since it was made to a plan's field.
class timed {
public:
  explicit timed(double& to) : to_(to), start_(clock::now()) {}
  timed(const timed&) = delete;
  timed& operator=(const timed&) = delete;
  ~timed() { to_ += std::chrono::duration<double, std::micro>(clock::now() - start_).count(); }

private:
  using clock = std::chrono::steady_clock;

  double& to_;
  clock::time_point start_;
};

}  // namespace tidb::detail
