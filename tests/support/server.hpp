// A TiDB of a test's own, which it may kill and start again.
#pragma once

#include "support/engines.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace tests {

/// Started by scripts/tidb-server on a free port, with an empty database; stopped with the object.
/// Cost: some seconds to start, one to restart.
class own_server {
public:
  /// `security` holds the lines of the section [security] of its configuration; empty: no TLS.
  /// Errors: std::runtime_error with what the script said.
  explicit own_server(const std::string& security = {});
  own_server(const own_server&) = delete;
  own_server& operator=(const own_server&) = delete;
  ~own_server();

  /// Why there can be none here, or nothing.
  static std::optional<std::string> why_not();

  /// At once, in the middle of whatever it does.
  void kill();
  /// After `kill`: on the same port, with the data it had.
  void restart();

  /// Of root, who has no password; plain text.
  std::string url(const std::string& database = "test") const;
  std::uint16_t port() const noexcept { return port_; }

private:
  std::string script(const std::string& command) const;

  temporary_folder folder_;
  std::uint16_t port_{};
};

/// Called by SetUp: skips the test where there is no server for it, and fails it where CI=true promises one.
void expect_own_server(bool has_started = true);

/// A test that starts a server of its own.
class on_own_server : public testing::Test {
protected:
  void SetUp() override { expect_own_server(); }
};

/// Has a server demand encryption; `set` runs a statement on an encrypted connection, `lets_in` tells whether a plain
/// one gets in. Note: after each SET GLOBAL, TiDB takes over all settings once more, in a session of its own. If that
/// is one whose last statement was a SET, it finds that this session has no TLS, and the setting is off again. Another
/// one has its turn the next time.
void demand_encryption(const std::function<void(const std::string&)>& set, const std::function<bool()>& lets_in);

/// Runs a shell command; its output. Errors: std::runtime_error with that output if it fails.
std::string shell(const std::string& command);

}  // namespace tests
