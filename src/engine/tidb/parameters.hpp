// Parameters on their way to a prepared statement.
#pragma once

#include "tidbxx/core/value.hpp"

#include <cstddef>
#include <source_location>
#include <span>
#include <string>
#include <vector>

#include <mysql.h>

namespace tidb::detail {

/// Binds values to one statement. Numbers, texts and blobs are sent from where they are.
/// Cost: no allocation once a statement has run with the same kinds; the types go to the server when they change.
class parameters {
public:
  /// Binds all of them. `values` has one value for each parameter of the statement and lives until it was executed.
  /// Errors: usage_error that names the parameter, for NaN, infinity, or a date that TiDB does not have.
  void bind(MYSQL_STMT* statement, std::span<const value_view> values, std::source_location where);
  /// What the values bound take on the wire, at the least.
  std::size_t bytes() const noexcept { return bytes_; }
  /// The server has to be told the types again.
  void forget() noexcept { bound_ = false; }

private:
  void set(std::size_t index, const value_view& value, std::source_location where);
  void set_bytes(MYSQL_BIND& bind, const void* data, std::size_t size) noexcept;
  void set_vector(std::size_t index, const value_view& value, std::source_location where);
  void set_time(std::size_t index, const value_view& value, std::source_location where);

  std::vector<MYSQL_BIND> binds_;
  std::vector<MYSQL_TIME> times_;   // only if a date or time was bound
  std::vector<std::string> texts_;  // only if a vector was bound
  std::size_t bytes_{};
  bool bound_{};
};

}  // namespace tidb::detail
