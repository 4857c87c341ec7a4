#include "engine/tidb/background.hpp"

#include "engine/fork.hpp"

#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <mutex>

namespace tidb::detail {
namespace {

constexpr std::chrono::milliseconds patience_at_exit{500};

struct all_work {
  std::stop_source ending;
  std::mutex mutex;
  std::condition_variable changed;
  int running{};
  bool registered{};
};

/// Never destroyed: its threads may outlive static objects.
constinit one_a_process<all_work> work_here;

all_work& all() { return work_here.get(); }

void end_all() {
  auto& work = all();
  work.ending.request_stop();
  std::unique_lock lock(work.mutex);
  work.changed.wait_for(lock, patience_at_exit, [&] { return work.running == 0; });
}

}  // namespace

background_work::background_work() noexcept {
  auto& work = all();
  const std::lock_guard lock(work.mutex);
  ++work.running;
  // Not before: what is registered late runs early, and this has to run before OpenSSL's own end.
  if (!work.registered) work.registered = std::atexit(end_all) == 0;
}

background_work::~background_work() {
  auto& work = all();
  const std::lock_guard lock(work.mutex);
  --work.running;
  work.changed.notify_all();
}

std::stop_token background_work::process_end() noexcept { return all().ending.get_token(); }

}  // namespace tidb::detail
