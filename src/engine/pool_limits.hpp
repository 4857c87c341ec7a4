// The numbers of a pool: what was asked for, and what suits the deployment.
#pragma once

#include "tidbxx/engine/options.hpp"

#include <source_location>

namespace tidb::detail {

/// The sizes and the patience of a pool; its times stay as they were given. `over` wins over the options' own.
/// Errors: usage_error for numbers that make no sense.
pool_options limits_of(const resolved_options& options, const pool_options& over, std::source_location where);

/// How long one connection is used. Zero: without end.
struct connection_times {
  std::chrono::milliseconds max_lifetime{};
  std::chrono::milliseconds idle_timeout{};
  std::chrono::milliseconds check_after{};
};
connection_times times_of(const pool_options& given, const capabilities& server);

}  // namespace tidb::detail
