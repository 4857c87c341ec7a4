// Threads that nobody waits for: connecting that was given up, and KILL of what was abandoned.
#pragma once

#include <stop_token>

namespace tidb::detail {

/// Counts a thread that is inside libmariadb although nobody waits for it. When the process ends, all of them are told
/// to stop and waited for, a fraction of a second at most: OpenSSL is taken down then, and they must not be using it.
class background_work {
public:
  background_work() noexcept;
  background_work(const background_work&) = delete;
  background_work& operator=(const background_work&) = delete;
  ~background_work();

  /// Stopped when the process ends.
  static std::stop_token process_end() noexcept;
};

}  // namespace tidb::detail
