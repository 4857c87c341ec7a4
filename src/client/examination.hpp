// What the steps of `diagnose` have in common.
#pragma once

#include "tidbxx/client/client.hpp"
#include "tidbxx/client/doctor.hpp"
#include "tidbxx/core/error.hpp"

#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace tidb::detail {

/// What a step found.
struct finding {
  step_status status{};
  std::string detail{};
  std::string remedy{};
};
inline finding good(std::string detail) { return {step_status::ok, std::move(detail), {}}; }
inline finding skipped(std::string detail) { return {step_status::skipped, std::move(detail), {}}; }
inline finding warning(std::string detail, std::string remedy) {
  return {step_status::warning, std::move(detail), std::move(remedy)};
}
inline finding failed(std::string detail, std::string remedy) {
  return {step_status::failed, std::move(detail), std::move(remedy)};
}
/// The error as a failed step: the server's words, and ours with the cause and the remedy.
finding failed(const error& problem);

/// Runs steps, times them, and reports each to the listener.
class examination {
public:
  examination(diagnosis& report, const diagnosis_listener& listener) : report_(report), listener_(listener) {}

  /// False if the step failed, after which no other of its server may come; an exception is a failure.
  bool step(std::string name, const std::function<finding()>& look);
  /// The same for what a server may lack or not tell: an error is a warning, unless the connection is lost.
  bool feature(std::string name, const std::function<finding()>& look);
  /// The steps that follow belong to this one of several servers.
  void turn_to(std::string server) { server_ = std::move(server); }

private:
  diagnosis& report_;
  const diagnosis_listener& listener_;
  std::string server_;
};

/// The steps from the look-up of the name to the login. Gives the connection, or nothing if one failed.
std::optional<client> examine_way(examination& steps, resolved_options options);
/// What a logged-in session can tell of its server.
void examine_server(examination& steps, const client& db, const resolved_options& options);
void examine_file(examination& steps, const resolved_options& options);

/// Some round trips, as the last step.
finding look_at_latency(const client& db);

}  // namespace tidb::detail
