#include "engine/fork.hpp"

#include <pthread.h>

namespace tidb::detail {
namespace {

[[maybe_unused]] const int counting = ::pthread_atfork(nullptr, nullptr, [] { ++fork_depth; });

}  // namespace

home_process::home_process() noexcept : depth_(fork_depth.load(std::memory_order_relaxed)) {}

}  // namespace tidb::detail
