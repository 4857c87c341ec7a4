// How each error that a TiDB can make is made: what the tests of server_errors_test.cpp go through.
#pragma once

#include "support/server.hpp"
#include <tidbxx/core/error.hpp>
#include <tidbxx/engine/driver.hpp>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace tests {

/// One connection without a pool, so that a test may begin, kill and leave open what it likes.
class raw_session {
public:
  explicit raw_session(std::uint16_t port, std::string user = "root", std::string password = {},
                       tidb::ssl_mode mode = tidb::ssl_mode::disabled, std::string database = "shop");
  void run(std::string_view sql, const tidb::call_context& context = {}) { connection_->run(sql, context); }
  /// Runs it as a prepared statement and reads its rows.
  void query(const std::string& sql, const tidb::call_context& context = {});
  std::string value(const std::string& sql);
  const std::string& id() const noexcept { return id_; }
  bool usable() const { return connection_->usable(); }

private:
  std::unique_ptr<tidb::engine_connection> connection_;
  std::string id_;
};

/// What a provocation works with: a server of its own, and two sessions on it.
struct stage {
  std::uint16_t port{};
  raw_session one{port};
  raw_session two{port};
  raw_session as(const std::string& user) const { return raw_session(port, user); }
};

struct provocation {
  std::string_view entry{};  ///< of docs/errors.md
  int code{};                ///< of the server; 0: the error is ours
  void (*provoke)(stage&){};
  std::string_view sql{};  ///< instead: one statement is enough
};

/// Statements and rows that are refused.
std::span<const provocation> refused_statements();
/// Transactions in each other's way, sizes, lost connections, logins.
std::span<const provocation> staged_errors();

}  // namespace tests
