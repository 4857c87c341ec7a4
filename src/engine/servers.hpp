// The servers of a pool: spread, fail-over, and the pauses after a refusal.
#pragma once

#include "engine/connection_source.hpp"
#include "tidbxx/core/error.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace tidb::detail {

struct server_pauses {
  std::chrono::milliseconds quota{60'000};  ///< no attempts after the free quota was used up
  std::chrono::milliseconds down{2'000};    ///< a server that failed is the last choice; doubled with each failure
  std::chrono::milliseconds longest{30'000};
};

/// New connections go to the servers in turn. One that cannot be reached is passed over, and for a while comes last.
class servers final : public connection_source {
public:
  using opener = std::function<std::unique_ptr<engine_connection>(const resolved_options&, const call_context&)>;

  servers(const resolved_options& options, opener open, server_pauses pauses = {});
  /// Errors: what the server says; connection_error that lists all failures if none of several can be reached;
  /// quota_exhausted, for a while without asking again.
  std::unique_ptr<engine_connection> open(const call_context& context) override;

private:
  using clock = std::chrono::steady_clock;
  struct server {
    resolved_options options;
    clock::time_point last_choice_until{};
    std::chrono::milliseconds pause{};
  };

  std::unique_ptr<engine_connection> open_one(std::size_t number, const call_context& context);
  std::vector<std::size_t> in_turn();
  void note(std::size_t number, bool reached);
  void refuse_while_used_up(const call_context& context);
  [[noreturn]] void rest(const error& used_up);

  const opener opener_;
  const server_pauses pauses_;
  const std::string endpoint_;  ///< of all of them
  std::mutex mutex_;            // guards what follows, but for the options
  std::vector<server> servers_;
  std::size_t next_{};
  std::optional<error> used_up_;
  clock::time_point asks_again_at_{};
};

}  // namespace tidb::detail
