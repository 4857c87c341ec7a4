// Finds out why a connection does not work, or what it will cost: step by step, from the settings to the latency.
#pragma once

#include "tidbxx/client/connect.hpp"
#include "tidbxx/engine/options.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace tidb {

/// How one step of `diagnose` ended.
enum class step_status : std::uint8_t {
  ok,
  warning,  ///< it works, and something about it will surprise or cost
  failed,   ///< it does not work; no step of the same server comes after it
  skipped,  ///< not asked for, or not there, and nothing depends on it
};
/// "ok", "warning", "failed" or "skipped".
std::string_view to_string(step_status status) noexcept;

/// One step: what was found, and after a warning or a failure what to do about it.
struct diagnosis_step {
  std::string name{};  ///< "settings", "dns", "tcp", "greeting", "tls", "login", "sql", "privileges" …
  step_status status{};
  std::string detail{};
  std::string remedy{};  ///< the likely cause and the remedy; empty for ok and skipped
  std::string server{};  ///< `host:port`, where the settings name several; otherwise empty
  std::chrono::microseconds duration{};
};

/// A setting in use, and where it came from.
struct diagnosed_setting {
  std::string name{};
  std::string value{};   ///< of the password only "given" or "empty"
  std::string source{};  ///< "argument", "URL", "environment variable TIDB_HOST", ".env TIDB_HOST" or "default"
};

/// What a look at the settings, the way and the database has found, step by step.
struct diagnosis {
  std::string endpoint{};  ///< host, port and database, or the file; empty if the settings are wrong
  std::vector<diagnosed_setting> settings{};
  std::vector<diagnosis_step> steps{};
  /// True if no step failed.
  bool healthy() const noexcept;
};

/// Is told of each step when it ends; `so_far` has it as its last one, and the settings from the first step on.
using diagnosis_listener = std::function<void(const diagnosis_step& step, const diagnosis& so_far)>;

/// Looks at settings, DNS, TCP, greeting, TLS (chain, expiry, name), login, SQL, privileges, features and latency of a
/// TiDB; or at the folder, the file, its integrity, free space, lock and latency of an embedded database. Stops at the
/// first failure; of several hosts it goes the way to each, and looks at the SQL and what follows of the first that let
/// it in. Changes nothing: no database, file or setting is made or altered, and holds no secret.
/// Errors: none of tidbxx's own: what fails is a step of the report; what `listener` throws.
/// Cost: two connections a host, some forty round trips; at most `connect_timeout` for each step that waits for the
/// network, but for the resolver, which has limits of its own.
diagnosis diagnose(text_view url, const diagnosis_listener& listener = {});
/// The same by options; without any, as the environment and `.env` say.
diagnosis diagnose(const connect_options& options = {}, const diagnosis_listener& listener = {});

/// The spread of some round trips.
struct latency_summary {
  std::chrono::microseconds min{};
  std::chrono::microseconds p50{};
  std::chrono::microseconds p99{};
  std::chrono::microseconds max{};
};
/// Percentiles by nearest rank: each is one of the samples. All zero without samples.
latency_summary summarize(std::vector<std::chrono::microseconds> samples);

}  // namespace tidb
