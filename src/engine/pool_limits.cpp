#include "engine/pool_limits.hpp"

#include "tidbxx/core/error.hpp"

#include <algorithm>
#include <string>
#include <thread>

namespace tidb::detail {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr std::size_t most_connections = 100'000;
constexpr milliseconds longest = std::chrono::hours(24 * 366);

std::size_t default_size(const resolved_options& options) {
  if (options.engine == engine_kind::tidb) return std::size_t{4} * std::max(1U, std::thread::hardware_concurrency());
  // each connection to ":memory:" would be a database of its own
  return options.file == ":memory:" ? 1 : 8;
}

void check_time(milliseconds given, const char* name, std::source_location where) {
  if (given.count() < 0 || given > longest)
    throw_usage(std::string("pool_options::") + name +
                    " must be between 0, which means what suits the deployment, and a year",
                where);
}

}  // namespace

pool_options limits_of(const resolved_options& options, const pool_options& over, std::source_location where) {
  auto limits = merged(options.pool, over);
  if (limits.max_size > most_connections) throw_usage("pool_options::max_size is above 100,000 connections", where);
  check_time(limits.checkout_timeout, "checkout_timeout", where);
  check_time(limits.max_lifetime, "max_lifetime", where);
  check_time(limits.idle_timeout, "idle_timeout", where);
  check_time(limits.check_after, "check_after", where);
  const bool in_memory = options.engine == engine_kind::embedded && options.file == ":memory:";
  if (in_memory && limits.max_size > 1)
    throw_usage("a database in memory has one connection: leave pool_options::max_size at 1", where);
  // it would be empty after each of them
  if (in_memory) limits.max_lifetime = limits.idle_timeout = limits.check_after = milliseconds(0);

  if (limits.max_size == 0) limits.max_size = std::max(default_size(options), limits.min_size);
  if (limits.min_size > limits.max_size)
    throw_usage("pool_options::min_size (" + std::to_string(limits.min_size) + ") is above its max_size (" +
                    std::to_string(limits.max_size) + ")",
                where);
  limits.min_size = std::max<std::size_t>(limits.min_size, 1);
  if (limits.checkout_timeout == milliseconds(0)) limits.checkout_timeout = 30s;
  return limits;
}

connection_times times_of(const pool_options& given, const capabilities& server) {
  connection_times times;
  if (server.engine == engine_kind::tidb) {
    // the public endpoints cut what is idle for 340 s, and may cut anything after 30 min
    const bool cloud = server.deployment.starts_with("TiDB Cloud");
    times = cloud ? connection_times{5min, 4min, 30s} : connection_times{8h, 8h, 30s};
    if (server.wait_timeout.count() > 0) {
      const auto before_the_server = milliseconds(server.wait_timeout) * 9 / 10;
      times.max_lifetime = std::min(times.max_lifetime, before_the_server);
      times.idle_timeout = std::min(times.idle_timeout, before_the_server);
    }
  }
  const auto put = [](milliseconds& time, milliseconds asked) {
    if (asked.count() != 0) time = asked;
  };
  put(times.max_lifetime, given.max_lifetime);
  put(times.idle_timeout, given.idle_timeout);
  put(times.check_after, given.check_after);
  return times;
}

}  // namespace tidb::detail
