// What a pool opens its connections from.
#pragma once

#include "tidbxx/engine/driver.hpp"

#include <memory>

namespace tidb::detail {

/// Threads: opens for several at once.
class connection_source {
public:
  connection_source() = default;
  connection_source(const connection_source&) = delete;
  connection_source& operator=(const connection_source&) = delete;
  virtual ~connection_source() = default;
  virtual std::unique_ptr<engine_connection> open(const call_context& context) = 0;
};

/// The file or the servers that the options name.
std::unique_ptr<connection_source> source_of(const resolved_options& options);
/// Of a pool whose one connection was handed over: there is no other.
std::unique_ptr<connection_source> source_of_adopted(std::string endpoint);

}  // namespace tidb::detail
